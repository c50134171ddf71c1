"""Is a small picture like the halved photos that the networks know? Four traits say so.

No network is asked: the traits are read off the picture's own pixels, so that all variants judge
alike. Each grows with how far a picture is from a halved photo, and the largest one decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import Familiarity, Scale
from demos.super_resolution.scale import brightness

KEY = "familiarity"  # in evaluation.json
TRAITS = ("compressed", "noisy", "blurred", "drawn")
LEAST = 32  # pixels of the shorter side; in a smaller picture the traits cannot be read
MOST = 512  # pixels of a side that are looked at, in the middle of a larger picture
BLOCK = 8  # pixels of a JPEG's block
BETWEEN = np.array((2, 4, 6))
LARGEST = 8  # grey levels of a jump that counts as a block's edge; a larger one is an object's
CELL = 16  # pixels of a cell in which two tones are looked for


def traits(rgb: np.ndarray) -> np.ndarray:
    """(rows, columns, 3) uint8, of at least 32 pixels a side, to (4,), in the order of TRAITS."""
    top, left = (max(0, (n - MOST) // 2) for n in rgb.shape[:2])
    y = brightness(rgb[top : top + MOST, left : left + MOST])
    return np.array([blocks(y), noise(y), blur(y), two_tones(y)])


def blocks(y: np.ndarray) -> float:
    """How much more the brightness jumps at every eighth column and row than between them, in grey
    levels; two standard errors are taken off, so that small pictures do not stand out. Only every
    second place is compared, since a picture that was enlarged jumps at every second one."""
    found = []
    for values in (y, y.T):
        step = np.abs(np.diff(values, axis=1))
        jump = step[:, 1:-1] - (step[:, :-2] + step[:, 2:]) / 2
        jump = np.clip(jump, -LARGEST, LARGEST).mean(0)
        by_place = jump[: len(jump) // BLOCK * BLOCK].reshape(-1, BLOCK)
        means = by_place.mean(0)
        edge = means.argmax()
        error = np.delete(by_place, edge, 1).std() / np.sqrt(len(by_place))
        between = np.median(means[(edge + BETWEEN) % BLOCK])
        found.append(means[edge] - between - 2 * error)
    return float(np.mean(found))


def noise(y: np.ndarray) -> float:
    """The logarithm of the noise in grey levels, where the picture is smoothest (the mean absolute
    Laplacian difference of Immerkær 1996, its tenth percentile over tiles of 8 × 8)."""
    across = y[:, 2:] - 2 * y[:, 1:-1] + y[:, :-2]
    found = across[2:] - 2 * across[1:-1] + across[:-2]
    levels = _tiles(np.abs(found)) * np.sqrt(np.pi / 2) / 6
    some = levels[levels > 0.05]  # without what is perfectly even: white, black
    return float(np.log(0.05 + np.quantile(some, 0.1))) if len(some) else float(np.log(0.05))


def blur(y: np.ndarray) -> float:
    """How soft the sharpest tenth of the picture is: the logarithm of the squared slope over the
    squared curvature."""
    across, down = np.diff(y, axis=1)[1:-1], np.diff(y, axis=0)[:, 1:-1]
    slope = (across[:, 1:] ** 2 + across[:, :-1] ** 2 + down[1:] ** 2 + down[:-1] ** 2) / 2
    curvature = np.diff(across, axis=1) ** 2 + np.diff(down, axis=0) ** 2
    slopes, curvatures = _tiles(slope), _tiles(curvature)
    top = np.argsort(slopes)[-max(1, len(slopes) // 10) :]
    return float(np.log((slopes[top].sum() + 1e-3) / (curvatures[top].sum() + 1e-3)))


def two_tones(y: np.ndarray) -> float:
    """How much of a cell has one tone, light or dark, where the contrast is high: the mean over the
    half of the cells with the highest contrast, 0-1."""
    rows, columns = (n // CELL for n in y.shape)
    cells = y[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
    cells = cells.swapaxes(1, 2).reshape(-1, CELL**2)
    low, high = np.quantile(cells, (0.02, 0.98), axis=1)
    top = np.argsort(high - low)[-max(1, len(cells) // 2) :]
    place = (cells[top] - low[top, None]) / np.maximum(high - low, 1)[top, None]
    return float(np.maximum((place > 0.88).mean(1), (place < 0.12).mean(1)).mean())


def _tiles(values: np.ndarray) -> np.ndarray:
    """The means (n,) of tiles of 8 × 8."""
    rows, columns = (n // BLOCK for n in values.shape)
    whole = values[: rows * BLOCK, : columns * BLOCK]
    return whole.reshape(rows, BLOCK, columns, BLOCK).mean((1, 3)).ravel()


@dataclass(frozen=True, eq=False)
class Known:
    """What halved photos are like: of each trait (4,) its median and how far beyond that it
    usually lies at most; and what the scores mean."""

    middle: np.ndarray
    reach: np.ndarray
    scale: Scale

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Known:
        """From what evaluation.json holds."""
        middle, reach = (np.asarray(found[name], float) for name in ("middle", "reach"))
        return cls(middle, reach, Scale(tuple(found["quantiles"])))

    def scores(self, found: np.ndarray) -> np.ndarray:
        """Traits (n, 4) to scores (n, 4), more being more familiar."""
        return -(found - self.middle) / self.reach

    def __call__(self, small: np.ndarray) -> tuple[Familiarity | None, str | None]:
        """How familiar a small picture is, and the trait that sets it apart if it is not; None
        for both if it is too small to tell."""
        if min(small.shape[:2]) < LEAST:
            return None, None
        scores = self.scores(traits(small))
        found = self.scale(float(scores.min()))
        return found, None if found.familiar else TRAITS[int(scores.argmin())]


def known_of(checkpoint: Checkpoint) -> Known | None:
    """What a checkpoint says that photos are like; None if it says nothing."""
    found = checkpoint.evaluation.get(KEY)
    return Known.of(found) if found else None
