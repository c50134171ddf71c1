"""What a classification is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from demos.core.api import ApiAnswer
from demos.core.familiarity import Familiarity, is_familiar

MOST = 5  # classes that are shown


@dataclass(frozen=True, eq=False)
class Classified:
    """One picture's answer: probabilities (k,) in the order of `labels`, and the features (d,) that
    the head saw."""

    labels: tuple[str, ...]
    probabilities: np.ndarray
    features: np.ndarray
    notes: tuple[str, ...] = ()
    familiarity: Familiarity | None = None

    @property
    def top(self) -> list[tuple[str, float]]:
        """The five most probable classes with their probabilities, best first."""
        order = np.argsort(-self.probabilities, kind="stable")[:MOST]
        return [(self.labels[i], float(self.probabilities[i])) for i in order]

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API."""
        known = is_familiar(self.familiarity)
        top = {label: round(share, 4) for label, share in self.top}
        return {
            "label": self.top[0][0] if known else None,
            "nearest": self.top[0][0],
            "probabilities": top if known else None,
            "notes": list(self.notes),
        }


class Answer(ApiAnswer):
    """What the endpoint answers."""

    label: str | None = Field(description="the most probable class; null for none of these")
    nearest: str = Field(description="the class that is nearest, whether or not it is one")
    probabilities: dict[str, float] | None = Field(
        description="of the five most probable classes; null for none of these"
    )
    notes: list[str] = Field(description="what was done to the picture, in words")


@dataclass(frozen=True, eq=False)
class Evidence:
    """What speaks for a class and against it.

    values: (height, width) float32 over the picture, positive where it speaks for the class,
    1 where the strongest point of any class is; speaks, objects: whether anything speaks for it or
    against it at all.
    """

    label: str
    values: np.ndarray
    speaks: bool
    objects: bool


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A training photo that is near: its name, class, cosine and, where one ships, its thumbnail as
    a WebP."""

    name: str
    label: str
    cosine: float
    thumbnail: bytes | None
