"""Changes to an input that must not change its answer, each named, seeded and of known strength.

A test set shows how a model does on data like its training data; a visitor's picture has been
enlarged, saved as JPEG or photographed in poor light. `wild_pictures` and `wild_texts` hold the
changes by kind, and `evaluate --wild` measures a demo's main metric under each.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np

Input = TypeVar("Input")


@dataclass(frozen=True)
class Change(Generic[Input]):
    """One change of an input.

    kind: what is changed (`exposure`, `typos`); name: how, in words ("twice as bright");
    strength: what a person would call it; apply(input, rng) returns the changed input and leaves
    the given one as it is.
    """

    kind: str
    name: str
    strength: Literal["moderate", "strong"]
    apply: Callable[[Input, np.random.Generator], Input]

    def __call__(self, given: Input, index: int) -> Input:
        """The example with this index, changed; the same for the same index every time."""
        seed = [zlib.crc32(f"{self.kind}: {self.name}".encode()), index]
        return self.apply(given, np.random.default_rng(seed))
