"""The book itself, which the project does not hold: where it may lie, and its index once built."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from demos.core.errors import UserError
from demos.pooh_rag import index

if TYPE_CHECKING:
    from demos.pooh_rag.encode import Encode
    from demos.pooh_rag.index import Index, Note

HOME = "https://www.gutenberg.org/cache/epub/67098/pg67098.txt"
MOST = 2**20  # bytes
MISSING = (
    "The book could not be fetched: this machine seems to be offline. Download {} elsewhere and "
    "give the file below, or name its folder in $GALLERY_DATA."
)


def folder() -> Path:
    """Where the index of the book is kept once it was built."""
    return Path(os.environ.get("GALLERY_CACHE", "runs/cache")) / "pooh_rag" / "book"


def body(content: bytes) -> str:
    """The stories without what stands before and behind them: the text that notes and questions
    count their characters in. Raises UserError for another text."""
    text = content.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    start = text.find("INTRODUCTION\n\n", text.find("*** START OF"))
    end = text.rfind("Printed in Canada", 0, text.find("*** END OF"))
    if start < 0 or end < start:
        raise UserError("This is not the text of Project Gutenberg's book 67098: give that file.")
    return text[start:end].rstrip()


def digest(text: str) -> str:
    """By which notes and questions name the text that they are about."""
    return hashlib.sha256(text.encode()).hexdigest()


def find() -> Path | None:
    """The book's file on this machine, if it is there."""
    root = os.environ.get("GALLERY_DATA")
    places = [folder() / "book.txt"]
    if root:
        places += sorted(Path(root).glob("winnie_the_pooh/*.txt"))
    return next((p for p in places if p.is_file()), None)


def fetch() -> bytes:
    """The book from this machine or its home page. Raises UserError with what else to do."""
    found = find()
    if found is not None:
        return found.read_bytes()
    try:
        with urllib.request.urlopen(HOME, timeout=20) as answer:
            return answer.read(MOST)
    except OSError:
        raise UserError(MISSING.format(HOME)) from None


def keep(
    content: bytes, encode: Encode, notes: list[Note], about: str,
    progress: Callable[[int, int], None] | None = None,
) -> Index:  # fmt: skip
    """Index the book and keep the index in `folder()`; notes count if they are about this text."""
    text = body(content)
    known = notes if digest(text) == about else []
    made = index.build(text, encode, known, progress=progress)
    folder().mkdir(parents=True, exist_ok=True)
    for name, data in index.files(made).items():
        temporary = folder() / f".{name}-{os.getpid()}"
        temporary.write_bytes(data)
        os.replace(temporary, folder() / name)
    (folder() / "book.txt").write_bytes(content)
    return made


def whole(kept: tuple[Path, float, Index] | None) -> tuple[Path, float, Index] | None:
    """The built index, read again where it changed since; None where there is none."""
    path = folder() / "index.json"
    try:
        when = path.stat().st_mtime
    except OSError:
        return None
    if kept is None or kept[:2] != (path, when):
        return path, when, index.load(lambda name: (folder() / name).read_bytes())
    return kept
