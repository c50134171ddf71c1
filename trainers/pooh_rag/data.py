"""Texts, our notes on them, and questions about them.

A file of questions has one JSON object a line: `question`, `answers`, `evidence` (sentences of the
text, found by their words) and `kind`. Ours name their evidence by `places`, the characters of a
text whose hash stands in the first line: they hold no sentence of the book.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from demos.core import documents
from demos.core.errors import UserError
from demos.pooh_rag import book
from demos.pooh_rag.index import Note
from trainers.core.data import DataError

HERE = Path(__file__).parent
NOTES, COMPANION = HERE / "texts" / "notes.json", HERE / "texts" / "companion.md"
QUESTIONS = {name: HERE / "questions" / f"{name}.jsonl" for name in ("book", "companion")}
KINDS = ("fact", "why", "paraphrase", "unanswerable", "injection")
HALVES = {"validation": "choosing", "test": "reported"}


@dataclass(frozen=True)
class Question:
    """A question about a text. places: (start, end) of each piece of evidence, in characters."""

    question: str
    answers: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    kind: str
    half: str = ""

    @property
    def answerable(self) -> bool:
        return bool(self.answers)


def read_book(path: str | None = None) -> str:
    """The book's text, from a file or from where it may lie. Raises DataError."""
    try:
        content = Path(path).read_bytes() if path else book.fetch()
        return book.body(content)
    except OSError:
        raise DataError(f"{path} cannot be read: give the book's file with --data.") from None
    except UserError as error:
        raise DataError(str(error)) from None


def read_text(path: str) -> str:
    """A text, Markdown or PDF; the book without what stands around it. Raises UserError."""
    found = Path(path)
    content = found.read_bytes() if found.is_file() else b""
    if b"Project Gutenberg" in content[:2000] and b"WINNIE-THE-POOH" in content:
        return book.body(content)
    return documents.read(path).text


def notes() -> tuple[list[Note], str]:
    """What we wrote about the book, and the hash of the text that it is about."""
    found = json.loads(NOTES.read_text(encoding="utf-8"))
    return [Note.of(note) for note in found["notes"]], found["about"]


def read_questions(path: Path, text: str) -> list[Question]:
    """The questions of a file about a text. Raises DataError where the two do not fit."""
    if not path.is_file():
        raise DataError(f"{path} is not a file of questions.")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError):
        raise DataError(f"{path} holds no questions: give one JSON object a line.") from None
    if rows and "about" in rows[0] and rows.pop(0)["about"] != book.digest(text):
        raise DataError(f"{path} asks about another text than the one that was given.")
    return [_question(row, text, path) for row in rows]


def _question(row: dict[str, Any], text: str, path: Path) -> Question:
    if not isinstance(row, dict) or not isinstance(row.get("question"), str):
        raise DataError(f"{path} has a line without a question.")
    places = [tuple(p) for p in row.get("places", [])]
    for words in row.get("evidence", []):
        places += find(words, text)
    answers = tuple(row.get("answers") or ())
    if answers and not places:
        # It counts as never found; one line of a file must not keep the others from being asked.
        print(f"The evidence for “{row['question'][:60]}” is not in the text.", file=sys.stderr)
    return Question(row["question"], answers, tuple(places), row.get("kind", "fact"),
                    row.get("half", ""))  # fmt: skip


def find(words: str, text: str) -> list[tuple[int, int]]:
    """Where words stand in a text, whatever its line breaks, quotes, dashes and capitals are."""
    letters, places = _letters(text)
    wanted, _ = _letters(words)
    found, at = [], letters.find(wanted) if wanted else -1
    while at >= 0:
        found.append((places[at], places[at + len(wanted) - 1] + 1))
        at = letters.find(wanted, at + 1)
    return found


@lru_cache(maxsize=4)
def _letters(text: str) -> tuple[str, list[int]]:
    """The letters and digits of a text in lower case, and where each of them stands."""
    kept = [(c.lower()[:1], i) for i, c in enumerate(text) if c.isalnum()]
    return "".join(c for c, _ in kept), [i for _, i in kept]


def half(questions: Sequence[Question], split: str) -> list[Question]:
    """Those for choosing (validation) or for reporting (test); all of a file without halves."""
    wanted = HALVES[split]
    return [q for q in questions if q.half in ("", wanted)]
