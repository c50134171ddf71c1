"""What an answer about a text is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field

from demos.core.api import ApiAnswer
from demos.core.familiarity import Familiarity

ABSTAINED = "The book does not say."
STAGES = {"words": "BM25", "dense": "dense", "late": "late interaction", "fused": "fused",
          "reranked": "reranked"}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A passage: characters `first` to `last` of the text, and within it those that answer or come
    nearest, `start` to `end`.

    chapter: its title. margin: of the reader's best span in it over “no answer”, or None where it
    was not read. ranks: by stage, from 1.
    """

    chunk: int
    chapter: str
    first: int
    last: int
    start: int
    end: int
    passage: str
    score: float
    margin: float | None
    ranks: dict[str, int]

    @property
    def words(self) -> str:
        """The marked words."""
        return self.passage[self.start - self.first : self.end - self.first]


@dataclass(frozen=True, eq=False)
class Reply:
    """An answer with what it stands on, or none.

    question: as it was asked; asked: as it was searched (rewritten where it leaned on what was
    said before). answer: words of the text, or None. how: `reader`, `prepared` (one of our written
    questions was near, and its marked answer is shown) or `quote`. certainty: 0–1, at 0.5 by
    default it counts as answered. relevance: the highest similarity found, 0–1. remembered: how
    many messages were looked at. own_words: the text is our notes, not the book itself.
    """

    question: str
    asked: str
    answer: str | None
    how: str
    sources: tuple[Source, ...]
    certainty: float
    threshold: float
    relevance: float
    wanted: float
    supported: bool
    familiarity: Familiarity | None = None
    remembered: int = 0
    own_words: bool = False
    features: dict[str, float] = field(default_factory=dict)

    @property
    def relevant(self) -> bool:
        """Whether the search found something near enough."""
        return self.relevance >= self.wanted

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API."""
        cited = self.sources if self.answer is not None else ()
        return {
            "answer": self.answer or ABSTAINED,
            "abstained": self.answer is None,
            "supported": self.supported,
            "searched": self.asked,
            "certainty": round(self.certainty, 4),
            "relevance": round(self.relevance, 4),
            "sources": [
                {
                    "chapter": s.chapter, "passage": s.passage, "start": s.first, "end": s.last,
                    "answer_start": s.start, "answer_end": s.end,
                }
                for s in cited
            ],
        }  # fmt: skip


class PassageRecord(BaseModel):
    """A cited passage."""

    chapter: str
    passage: str
    start: int = Field(description="first character of the passage in the text", ge=0)
    end: int = Field(description="character after its last one", ge=0)
    answer_start: int = Field(description="first character of what answers, in the text", ge=0)
    answer_end: int = Field(description="character after it", ge=0)


class BookAnswer(ApiAnswer):
    """What the endpoint answers."""

    answer: str = Field(description=f"words of the text, or “{ABSTAINED}”")
    abstained: bool = Field(description="whether no answer was found")
    supported: bool = Field(
        description="whether every name and number and 80 % of the other words of the answer stand "
        "in the cited passages"
    )
    searched: str = Field(description="the question as it was searched")
    certainty: float = Field(description="from 0 to 1 that the text answers", ge=0, le=1)
    relevance: float = Field(description="similarity of the nearest part of the text")
    sources: list[PassageRecord] = Field(description="the cited passages, best first; none if it "
                                         "abstained")  # fmt: skip
