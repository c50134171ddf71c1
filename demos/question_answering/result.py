"""What an answer to a question is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, Field

from demos.core.api import ApiAnswer
from demos.core.familiarity import Familiarity, is_familiar


@dataclass(frozen=True)
class Span:
    """Words of the paragraph: characters `start` to `end`, and their share of all possible
    answers, “no answer” among them, spans that overlap with this one included.

    The share is calibrated: as often does the span have words of the right answer.
    """

    start: int
    end: int
    text: str
    share: float


@dataclass(frozen=True, eq=False)
class Found:
    """The answer to one question.

    spans: the best five, best first, no two alike or overlapping. margin: by how much the best
    one's score exceeds that of “no answer”; at or above `threshold` it counts as an answer.
    longest: how many words an answer may have.
    """

    question: str
    paragraph: str
    spans: tuple[Span, ...]
    margin: float
    threshold: float
    familiarity: Familiarity | None = None
    longest: int = 30

    @property
    def answer(self) -> str | None:
        """The best span's words, or None where the paragraph seems to have no answer."""
        if not self.spans or self.margin < self.threshold:
            return None
        return self.spans[0].text

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API."""
        best = self.spans[0] if self.answer is not None else None
        return {
            "answer": self.answer,
            "start": best.start if best else None,
            "end": best.end if best else None,
            "margin": round(self.margin, 3),
            "threshold": round(self.threshold, 3),
            "candidates": [
                {"text": s.text, "start": s.start, "end": s.end,
                 "share": round(s.share, 4) if is_familiar(self.familiarity) else None}
                for s in self.spans
            ],
        }  # fmt: skip


class Candidate(BaseModel):
    """One of the best spans."""

    text: str
    start: int = Field(description="first character in the paragraph as it was sent", ge=0)
    end: int = Field(description="character after the last one", ge=0)
    share: float | None = Field(
        description="of all possible answers; null if the text is not familiar", ge=0, le=1
    )


class QuestionAnswer(ApiAnswer):
    """What the endpoint answers."""

    answer: str | None = Field(description="words of the paragraph, or null for no answer")
    start: int | None = Field(description="where the answer starts in the paragraph, in characters")
    end: int | None = Field(description="where it ends")
    margin: float = Field(
        description="score of the best span less that of no answer; -99 if there is no span"
    )
    threshold: float = Field(description="the least margin at which the best span is an answer")
    candidates: list[Candidate] = Field(description="the five best spans")


@dataclass(frozen=True, eq=False)
class Matrix:
    """Shares of all starts (rows) and ends (columns) among a part of the paragraph's pieces;
    (n, n), NaN where no answer is possible. words: (n,) the pieces as they are written."""

    words: list[str]
    shares: np.ndarray


@dataclass(frozen=True, eq=False)
class Weights:
    """What each word of the question and of the paragraph adds to the best span's margin.

    question, paragraph: (words, values) each; the paragraph's are those of one window.
    """

    question: tuple[list[str], np.ndarray]
    paragraph: tuple[list[str], np.ndarray]
