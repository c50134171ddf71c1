"""What an answer is: a genre, the nearest words, or a mood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, Field

from demos.core.api import ApiAnswer
from demos.core.familiarity import Familiarity, is_familiar
from demos.word_embeddings.queries import Query
from demos.word_embeddings.space import Near


@dataclass(frozen=True, eq=False)
class Genre:
    """Which genre a text sounds like. shares: (7,) calibrated probabilities; names: the genres;
    words: how many words of the text were read."""

    names: tuple[str, ...]
    shares: np.ndarray
    words: int
    familiarity: Familiarity | None = None
    unknown: tuple[str, ...] = ()

    @property
    def order(self) -> list[int]:
        return np.argsort(-self.shares, kind="stable").tolist()

    @property
    def label(self) -> str:
        return self.names[self.order[0]]

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API."""
        known = is_familiar(self.familiarity)
        ranked = [
            {"label": self.names[i], "value": round(float(self.shares[i]), 4)} for i in self.order
        ]
        return _json("genre", self.label, ranked[0]["value"] if known else None, ranked, self)


@dataclass(frozen=True, eq=False)
class Nearest:
    """The words nearest to what was asked. Of a direction, also those at its left end."""

    query: Query
    near: tuple[Near, ...]
    familiarity: Familiarity | None = None
    left: tuple[Near, ...] = ()

    @property
    def unknown(self) -> tuple[str, ...]:
        return self.query.unknown

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API."""
        ranked = [
            {"label": n.word, "value": round(n.similarity, 4), "count": n.count,
             "stability": round(n.stability, 2)}
            for n in (*self.left[::-1], *self.near)
        ]  # fmt: skip
        best = self.near[0]
        return _json("nearest words", best.word, round(best.similarity, 4), ranked, self)


@dataclass(frozen=True, eq=False)
class Mood:
    """How glad or sad a term is, −1 to 1; `read` is the term as the model got it, `known` the
    lexicon's own score of it, `how` by what it was judged."""

    score: float
    read: str
    how: str
    known: float | None = None
    familiarity: Familiarity | None = None
    unknown: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return "positive" if self.score > 0 else "negative"

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API."""
        value = round(self.score, 4) if is_familiar(self.familiarity) else None
        return _json("sentiment", self.label, value, [], self)


Found: TypeAlias = Genre | Nearest | Mood


def _json(
    kind: str, label: str, value: float | None, ranked: list[dict[str, Any]], found: Found
) -> dict[str, Any]:
    return {
        "kind": kind, "label": label, "value": value, "ranked": ranked,
        "unknown_words": list(found.unknown),
    }  # fmt: skip


class Ranked(BaseModel):
    """One genre or word."""

    label: str
    value: float = Field(description="probability of a genre, or cosine similarity of a word")
    count: int | None = Field(default=None, description="how often the lyrics have the word")
    stability: float | None = Field(
        default=None, description="share of its neighbours that a second training found, too"
    )


class WordAnswer(ApiAnswer):
    """What the endpoint answers."""

    kind: Literal["genre", "nearest words", "sentiment"] = Field(
        description="what the variant answers with"
    )
    label: str = Field(description="the genre, the nearest word, or positive or negative")
    value: float | None = Field(
        description="probability of the genre, cosine similarity of the word, or sentiment from -1 "
        "to 1; null for a genre or sentiment of an unfamiliar text"
    )
    ranked: list[Ranked] = Field(
        description="all genres or the ten nearest words, best first; of a direction the ten words "
        "of its left end come before the ten of its right one"
    )
    unknown_words: list[str] = Field(description="words of the text that the variant does not know")


@dataclass(frozen=True, eq=False)
class Deciding:
    """What decided for a genre, in logits. words: of the text; values: (words,) what each adds to
    the margin over all other genres' mean; rest: what style and the genre's frequency add."""

    genre: str
    words: tuple[str, ...]
    values: np.ndarray
    rest: float
    style: dict[str, float] = field(default_factory=dict)
