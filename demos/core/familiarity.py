"""Is an input like the data that a model was trained on? One score per demo, one threshold for all.

A network answers every input, even one of a kind that it has never seen, and is often most sure
where it knows least. Each demo therefore scores its inputs (by the distance of features to the
training data, say), and what that score means is read off data held out from training: an input
is familiar unless 95 % of the held-out data is more so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

THRESHOLD = 0.05  # the share of held-out data that is called unfamiliar


@dataclass(frozen=True)
class Familiarity:
    """How familiar one input is: the share of held-out inputs that are no more familiar, 0–1."""

    share: float

    @property
    def familiar(self) -> bool:
        return self.share >= THRESHOLD


@dataclass(frozen=True)
class Scale:
    """Turns a score (more is more familiar) into a share.

    quantiles: scores of held-out data in rising order, at equal steps from the smallest to the
    largest; at least 21 of them, so that the threshold is one.
    """

    quantiles: tuple[float, ...]

    @classmethod
    def of(cls, scores: Sequence[float] | np.ndarray, steps: int = 200) -> Scale:
        """The scale of held-out scores (n,)."""
        found = np.quantile(np.asarray(scores, float), np.linspace(0, 1, steps + 1))
        return cls(tuple(float(v) for v in found))

    def __call__(self, score: float) -> Familiarity:
        """The familiarity of an input with this score; NaN counts as not familiar at all."""
        if not score >= self.quantiles[0]:
            return Familiarity(0.0)
        marks = np.linspace(0, 1, len(self.quantiles))
        return Familiarity(float(np.interp(score, self.quantiles, marks)))


def is_familiar(found: Familiarity | None) -> bool:
    """Whether nothing speaks against an answer's confidence: a variant that cannot say counts as
    familiar."""
    return found is None or found.familiar
