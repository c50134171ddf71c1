"""What the answers of classifiers have in common: their best classes, and how callers get them."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from pydantic import Field

from demos.core.api import ApiAnswer
from demos.core.familiarity import Familiarity, is_familiar

BEST = 3  # classes that are shown


class Prepared(Protocol):
    """A picture as a network sees it, and what was done to it, in words."""

    notes: tuple[str, ...]


class Classification:
    """One picture's answer, of which a demo's own record adds the rest.

    probabilities: (k,) in the order of `labels`; prepared: what the network saw.
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray
    prepared: Prepared
    familiarity: Familiarity | None

    @property
    def top(self) -> list[tuple[str, float]]:
        """The most probable classes with their probabilities, best first."""
        order = np.argsort(-self.probabilities)[:BEST]
        return [(self.labels[i], float(self.probabilities[i])) for i in order]

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API; no probabilities of what is unlike the training data."""
        shares = zip(self.labels, self.probabilities, strict=True)
        known = is_familiar(self.familiarity)
        return {
            "label": self.top[0][0],
            "probabilities": {k: round(float(p), 4) for k, p in shares} if known else None,
            "notes": list(self.prepared.notes),
        }


class ClassificationAnswer(ApiAnswer):
    """What the endpoint answers."""

    label: str = Field(description="the most probable class, the nearest one if unfamiliar")
    probabilities: dict[str, float] | None = Field(
        description="of each class, with sum 1; null for an unfamiliar picture"
    )
    notes: list[str] = Field(description="what was done to the picture, in words")
