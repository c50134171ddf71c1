"""Reading a visitor's own document, window after window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demos.core.documents import Document
from demos.question_answering.result import Found

if TYPE_CHECKING:
    from demos.question_answering.predict import Predictor

AT_ONCE = 8  # windows between two looks at the progress bar


@dataclass(frozen=True, eq=False)
class Reading:
    """How far a document is read: `done` of `of` windows; in the end, the answer and the number
    of the window, from 1, that gave it."""

    done: int
    of: int
    found: Found | None = None
    window: int = 0


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
