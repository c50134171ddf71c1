"""What a judgement of a text is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from demos.core.api import ApiAnswer
from demos.core.familiarity import Familiarity, is_familiar
from demos.sst2.reading import Reading

POSITIVE, NEGATIVE = "positive", "negative"


@dataclass(frozen=True, eq=False)
class Sentiment:
    """One text's answer: the probability that it is positive, and how the network read it."""

    probability: float
    reading: Reading
    familiarity: Familiarity | None = None

    @property
    def label(self) -> str:
        return POSITIVE if self.probability >= 0.5 else NEGATIVE

    @property
    def share(self) -> float:
        """The probability of the label."""
        return max(self.probability, 1 - self.probability)

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API."""
        words = self.reading.words
        return {
            "label": self.label,
            "probability_positive": round(self.probability, 4)
            if is_familiar(self.familiarity)
            else None,
            "read_as": " ".join(words),
            "unknown_words": [words[i] for i in sorted(self.reading.unknown)],
            "words_cut_off": self.reading.cut,
        }


class SentimentAnswer(ApiAnswer):
    """What the endpoint answers."""

    label: str = Field(description="positive or negative")
    probability_positive: float | None = Field(
        description="that the text is praise; null for an unfamiliar text", ge=0, le=1
    )
    read_as: str = Field(description="the text in the form that the network was trained on")
    unknown_words: list[str] = Field(description="words that the network does not know")
    words_cut_off: int = Field(description="how many words lie beyond what it reads", ge=0)


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each word adds to the logit (positive values count for “positive”); `method` says how.

    values: (words,).
    """

    method: str
    reading: Reading
    values: np.ndarray

    @property
    def strongest(self) -> int | None:
        """The index of the word that weighs most, or None if there is none."""
        return int(np.abs(self.values).argmax()) if len(self.values) else None
