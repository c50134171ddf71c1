"""What a classification of clothing is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from demos.core.api import ApiAnswer
from demos.core.familiarity import Familiarity, is_familiar
from demos.fashion_mnist.prepare import Prepared


@dataclass(frozen=True, eq=False)
class Clothing:
    """One picture's answer.

    probabilities: (10,) in the order of `labels`; prepared: the 28 × 28 that the network saw and
    what was done to the picture.
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray
    prepared: Prepared
    familiarity: Familiarity | None = None

    @property
    def top(self) -> list[tuple[str, float]]:
        """The three most probable classes with their probabilities, best first."""
        order = np.argsort(-self.probabilities)[:3]
        return [(self.labels[i], float(self.probabilities[i])) for i in order]

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API."""
        return {
            "label": self.top[0][0],
            "probabilities": {
                label: round(float(p), 4)
                for label, p in zip(self.labels, self.probabilities, strict=True)
            }
            if is_familiar(self.familiarity)
            else None,
            "notes": list(self.prepared.notes),
        }


class ClothingAnswer(ApiAnswer):
    """What the endpoint answers."""

    label: str = Field(description="the most probable class, the nearest one if unfamiliar")
    probabilities: dict[str, float] | None = Field(
        description="of each class, with sum 1; null for an unfamiliar picture"
    )
    notes: list[str] = Field(description="what was done to the picture, in words")


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a class was named.

    saliency: (28, 28), the attribution of each pixel to the named class (`method` says how);
    features: (channels, rows, columns), the maps after the first convolution.
    """

    label: str
    method: str
    saliency: np.ndarray
    features: np.ndarray
