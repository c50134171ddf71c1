"""The plain way to count nuclei, without any learning: what an ImageJ user does.

Smooth, Otsu's threshold, distance transform, and one nucleus for every peak of it that is the
highest within a third of the median diameter. It is hard to beat on clean, well-separated nuclei.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

SMOOTH = 1.0  # pixels
SMALLEST = 12  # pixels of area: less is dust


@dataclass(frozen=True, eq=False)
class PlainCount:
    """positions: (n, 2) x, y in pixels; diameter: the pieces' median in pixels, 0 if none."""

    positions: np.ndarray
    diameter: float

    @property
    def count(self) -> int:
        return len(self.positions)


def otsu(values: np.ndarray) -> float:
    """The threshold between two classes of values with the least variance inside (Otsu 1979)."""
    counts, edges = np.histogram(values, 256)
    middle = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    total, sums = below[-1], np.cumsum(counts * middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (sums[-1] * below / total - sums) ** 2 / (below * (total - below))
    return float(middle[np.nanargmax(between[:-1])]) if np.ptp(values) > 0 else float(edges[-1])


def count_plain(grey: np.ndarray) -> PlainCount:
    """Count bright nuclei on a dark background; grey (H, W) of any numeric type."""
    smooth = ndimage.gaussian_filter(grey.astype(np.float32), SMOOTH)
    found, n = ndimage.label(smooth > otsu(smooth))
    areas = np.bincount(found.ravel(), minlength=n + 1)
    areas[0] = 0
    keep = areas >= SMALLEST
    if not keep.any():
        return PlainCount(np.zeros((0, 2), np.float32), 0.0)
    diameter = float(np.sqrt(4 * np.median(areas[keep]) / np.pi))
    mask = keep[found]
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(mask), SMOOTH)
    side = 2 * max(1, round(diameter / 3)) + 1
    tops, n = ndimage.label(mask & (depth == ndimage.maximum_filter(depth, side)), np.ones((3, 3)))
    centres = np.array(ndimage.center_of_mass(tops > 0, tops, range(1, n + 1))).reshape(-1, 2)
    return PlainCount(centres[:, ::-1].astype(np.float32), diameter)


def standing_out(smooth: np.ndarray, bright: np.ndarray) -> float:
    """How many deviations of the dark part lie between the means of both; 2.65 for pure noise."""
    if not bright.any() or bright.all():
        return 0.0
    dark = smooth[~bright]
    return float((smooth[bright].mean() - dark.mean()) / max(float(dark.std()), 1e-6))
