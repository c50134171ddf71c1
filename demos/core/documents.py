"""A visitor's own document: plain text, Markdown or PDF, and which page a place in it is on."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demos.core import text
from demos.core.errors import UserError

MOST_PAGES, MOST_BYTES = 50, 20 * 2**20  # of a PDF
LIMIT = 200_000  # characters
BETWEEN = "\n\n"  # two pages
BROKEN = "This PDF could not be read: it is damaged, or not a PDF at all. Please save it again."
LOCKED = "This PDF is encrypted: save it without a password first."
SCANNED = (
    "This PDF holds pictures of pages and no text, as scanners make them: run text recognition "
    "(OCR) on it first."
)
# What a printer joins to one sign, taken apart so that words are found.
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}


@dataclass(frozen=True)
class Document:
    """The text of a document; `pages` says at which character each page begins (one without
    pages has one), `empty` which pages, from 1, hold no text."""

    text: str
    pages: tuple[int, ...] = (0,)
    empty: tuple[int, ...] = ()

    def page(self, place: int) -> int:
        """The number of the page, from 1, that a character is on."""
        return bisect_right(self.pages, place)


def read(path: str | Path | None) -> Document:
    """The document in a file. Raises UserError with one sentence that says what is wrong."""
    if path is not None and Path(path).suffix.lower() == ".pdf" and Path(path).is_file():
        return _pdf(Path(path))
    # A file has limits of its own, larger than those of a text that is pasted.
    return Document(_whole(text.read_document(path, LIMIT)))


def _whole(found: str) -> str:
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in found)


def _pdf(path: Path) -> Document:
    if path.stat().st_size > MOST_BYTES:
        raise UserError(
            f"This PDF is {path.stat().st_size / 2**20:.0f} MB; at most {MOST_BYTES // 2**20} MB "
            "are accepted, so please split it."
        )
    try:
        texts = _pages(path)
    except UserError:
        raise
    except Exception:  # a damaged PDF can make its reader fail anywhere
        raise UserError(BROKEN) from None
    if not text.visible("".join(texts)).strip():
        raise UserError(SCANNED)
    for sign, letters in LIGATURES.items():
        texts = [page.replace(sign, letters) for page in texts]
    starts = [0]
    for page in texts[:-1]:
        starts.append(starts[-1] + len(page) + len(BETWEEN))
    whole = BETWEEN.join(texts)
    if len(whole) > LIMIT:
        raise UserError(
            f"This PDF has {len(whole):,} characters; at most {LIMIT:,} are accepted, so please "
            "split it."
        )
    empty = tuple(n for n, page in enumerate(texts, 1) if not page.strip())
    return Document(_whole(whole), tuple(starts), empty)


def _pages(path: Path) -> list[str]:
    from pypdf import PdfReader

    reader: Any = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UserError(LOCKED)
    if len(reader.pages) > MOST_PAGES:
        raise UserError(
            f"This PDF has {len(reader.pages)} pages; at most {MOST_PAGES} are accepted, so "
            "please split it."
        )
    return [page.extract_text() or "" for page in reader.pages]
