"""A visitor's own document: plain text, Markdown or PDF, and which page a place in it is on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demos.core import text
from demos.core.errors import UserError
from demos.question_answering.result import Found

if TYPE_CHECKING:
    from demos.question_answering.predict import Predictor

MOST_PAGES, MOST_BYTES = 50, 20 * 2**20  # of a PDF
LIMIT = 200_000  # characters
BETWEEN = "\n\n"  # two pages
AT_ONCE = 8  # windows between two looks at the progress bar
BROKEN = "This PDF could not be read: it is damaged, or not a PDF at all. Please save it again."
LOCKED = "This PDF is encrypted: save it without a password first."
SCANNED = (
    "This PDF holds pictures of pages and no text, as scanners make them: run text recognition "
    "(OCR) on it first."
)


@dataclass(frozen=True)
class Document:
    """The text of a document; `pages` says at which character each page begins (one without
    pages has one)."""

    text: str
    pages: tuple[int, ...] = (0,)

    def page(self, place: int) -> int:
        """The number of the page, from 1, that a character is on."""
        return bisect_right(self.pages, place)


@dataclass(frozen=True, eq=False)
class Reading:
    """How far a document is read: `done` of `of` windows; in the end, the answer and the number
    of the window, from 1, that gave it."""

    done: int
    of: int
    found: Found | None = None
    window: int = 0


def read(path: str | Path | None) -> Document:
    """The document in a file. Raises UserError with one sentence that says what is wrong."""
    if path is not None and Path(path).suffix.lower() == ".pdf" and Path(path).is_file():
        return _pdf(Path(path))
    return Document(text.verbatim(text.read_document(path, LIMIT), LIMIT))


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
    starts = [0]
    for page in texts[:-1]:
        starts.append(starts[-1] + len(page) + len(BETWEEN))
    whole = BETWEEN.join(texts)
    if len(whole) > LIMIT:
        raise UserError(
            f"This PDF has {len(whole):,} characters; at most {LIMIT:,} are accepted, so please "
            "split it."
        )
    return Document("".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in whole),
                    tuple(starts))  # fmt: skip


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


def answers(model: Predictor, question: str, document: Document) -> Iterator[Reading]:
    """Read a document window after window; what is yielded last has the answer."""
    from demos.question_answering.predict import candidates

    content = model.text(document.text)
    made = model.windows(question, content)
    parts = []
    for start in range(0, len(made), AT_ONCE):
        yield Reading(start, len(made))
        some = made[start : start + AT_ONCE]
        heads = model.heads(some)
        parts += [candidates(content, w, h) for w, h in zip(some, heads, strict=True)]
    tops = [float(part.margins.max(initial=float("-inf"))) for part in parts]
    found = model.found(question, content, parts)
    yield Reading(len(made), len(made), found, tops.index(max(tops)) + 1)
