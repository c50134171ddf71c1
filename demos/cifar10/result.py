"""What a classification is, and what explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from demos.cifar10.prepare import Prepared
from demos.core.classification import Classification, ClassificationAnswer
from demos.core.familiarity import Familiarity


@dataclass(frozen=True, eq=False)
class Classified(Classification):
    """One picture's answer.

    probabilities: (10,) in the order of `labels`; prepared: the 32 × 32 before the sliders; seen:
    (32, 32, 3) uint8, what the network saw, shuffled and shifted as asked.
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray
    prepared: Prepared
    seen: np.ndarray
    familiarity: Familiarity | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API."""
        return {**super().to_json(), "crop": list(self.prepared.crop)}


class Answer(ClassificationAnswer):
    """What the endpoint answers."""

    crop: list[int] = Field(
        description="the square that was looked at: left, top and side in the picture's pixels"
    )


@dataclass(frozen=True, eq=False)
class Evidence:
    """What speaks for a class and against it: values (32, 32), positive for, at most 1 in size,
    and the method in words."""

    label: str
    method: str
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Part:
    """One filter, or one hidden unit: what it looks like, and what the network answers without it.

    index: from 0; picture: (rows, columns) or (rows, columns, 3) uint8, its map or its weights;
    probabilities: (10,) without it.
    """

    index: int
    picture: np.ndarray
    probabilities: np.ndarray


@dataclass(frozen=True, eq=False)
class Depth:
    """The filters at one depth of a network, those that matter most to this answer first.

    kind: what a part is called; size: how many there are, of which the first few are here.
    """

    kind: str
    size: int
    caption: str
    parts: list[Part]
