"""What is found in a text: names with their places, kinds and confidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import BaseModel, Field

from demos.core.api import ApiAnswer
from demos.core.familiarity import Familiarity, is_familiar
from demos.named_entities.words import Word


@dataclass(frozen=True)
class Name:
    """A name: words `first` to `last` (behind the last one), characters `start` to `end`.

    confidence: how often a name like this one is right in both place and kind, measured on
    held-out data; kinds: the probability of each kind.
    """

    first: int
    last: int
    start: int
    end: int
    text: str
    kind: str
    confidence: float
    kinds: dict[str, float]


@dataclass(frozen=True, eq=False)
class Found:
    """The names of one text.

    shares: (words, labels) what the network says of each word; sentences: slices of words;
    read, of: word pieces that were read, and that there are.
    """

    text: str
    words: tuple[Word, ...]
    labels: tuple[str, ...]
    names: tuple[Name, ...]
    shares: np.ndarray
    sentences: tuple[slice, ...] = ()
    read: int = 0
    of: int = 0
    familiarity: Familiarity | None = None

    @property
    def numbers(self) -> np.ndarray:
        """(words,) the network's likeliest number for each word, which a list gives a name to."""
        return self.shares.argmax(1) if len(self.shares) else np.zeros(0, np.int64)

    @property
    def tokens(self) -> list[str]:
        """The words as they are written."""
        return [self.text[a:b] for a, b in self.words]

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API."""
        units = utf16(self.text)
        return {
            "names": [
                {
                    "text": n.text, "kind": n.kind, "start": n.start, "end": n.end,
                    "start_utf16": units[n.start], "end_utf16": units[n.end],
                    "confidence": round(n.confidence, 4) if is_familiar(self.familiarity) else None,
                }
                for n in self.names
            ],
            "words": self.tokens,
            "labels": list(self.labels),
            "pieces": self.of,
            "pieces_read": self.read,
        }  # fmt: skip


def utf16(text: str) -> list[int]:
    """(len(text) + 1,) where each character begins in UTF-16 units, as JavaScript counts them."""
    places = [0]
    for c in text:
        places.append(places[-1] + (2 if ord(c) > 0xFFFF else 1))
    return places


class NameAnswer(BaseModel):
    """One name."""

    text: str
    kind: str = Field(description="PER, ORG or LOC, and MISC from the model of CoNLL-2003")
    start: int = Field(description="first character (code point) in the text as it was sent", ge=0)
    end: int = Field(description="character after the last one", ge=0)
    start_utf16: int = Field(description="start in UTF-16 units, as JavaScript counts", ge=0)
    end_utf16: int = Field(description="end in UTF-16 units", ge=0)
    confidence: float | None = Field(
        description="that place and kind are right; null for an unfamiliar text", ge=0, le=1
    )


class NamesAnswer(ApiAnswer):
    """What the endpoint answers."""

    names: list[NameAnswer] = Field(description="the names in the order of the text")
    words: list[str] = Field(description="the words of the text")
    labels: list[str] = Field(description="the label of each word: O, B-PER, I-PER and so on")
    pieces: int = Field(description="word pieces that the text has", ge=0)
    pieces_read: int = Field(description="word pieces that were read", ge=0)


@dataclass(frozen=True)
class Piece:
    """A word piece: the number of its word, what it is, and what the network says of it."""

    word: int
    text: str
    first: bool
    shares: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Context:
    """One word while more and more of the others are hidden.

    steps: (what was hidden last, {kind or O: probability}), at first with nothing hidden.
    """

    word: str
    steps: list[tuple[str, dict[str, float]]] = field(default_factory=list)
