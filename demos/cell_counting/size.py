"""How large a picture's cells are."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from demos.cell_counting.plain import SMALLEST, otsu, standing_out
from demos.cell_counting.prepare import DIAMETER, resized, view

LEAST, MOST = 3.0, 200.0  # pixels
STEPS = 5
CLEAR = 4.0  # cells that stand out by more deviations of the ground are clear


def estimate_diameter(rgb: np.ndarray) -> float:
    """The median diameter of the cells of an (H, W, 3) uint8 picture, in its pixels."""
    return diameter_in(view(rgb).value)


def diameter_in(value: np.ndarray) -> float:
    """As `estimate_diameter`, for a `View`'s value (H, W).

    Pieces of the picture above Otsu's threshold are measured in a picture scaled so that they
    come out at the canonical diameter; measuring there makes the answer the same for every
    magnification, since the smoothing grows with the cells.
    """
    diameter = first_guess(value)
    for _ in range(STEPS):
        scale = DIAMETER / diameter
        found = pieces(resized(value, scale)) / scale
        if found <= 0:
            break
        done = abs(np.log(found / diameter)) < 0.02
        diameter = float(np.clip(found, LEAST, MOST))
        if done:
            break
    return diameter


def first_guess(value: np.ndarray) -> float:
    """A coarse diameter, from the finest smoothing of a thumbnail at which cells stand out."""
    scale = min(1.0, 512 / max(value.shape))
    small = resized(value, scale)
    tries = []
    for sigma in (1.0, 2.0, 4.0):
        smooth = ndimage.gaussian_filter(small, sigma)
        bright = smooth > otsu(smooth)
        tries.append((standing_out(smooth, bright), -sigma, median_diameter(bright)))
        if tries[-1][0] >= CLEAR:
            break
    found = tries[-1][2] if tries[-1][0] >= CLEAR else max(tries)[2]
    return float(np.clip((found or DIAMETER) / scale, LEAST, MOST))


def median_diameter(bright: np.ndarray) -> float:
    """The median diameter of the pieces of a mask (H, W), or 0."""
    found, n = ndimage.label(bright)
    areas = np.bincount(found.ravel(), minlength=n + 1)[1:]
    areas = areas[areas >= SMALLEST]
    return float(np.sqrt(4 * np.median(areas) / np.pi)) if areas.size else 0.0


def pieces(value: np.ndarray) -> float:
    """The median diameter of what lies above Otsu's threshold, cut apart at its necks; or 0."""
    smooth = ndimage.gaussian_filter(value, 1.0)
    bright = smooth > otsu(smooth)
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(bright), 1.0)
    top = bright & (depth == ndimage.maximum_filter(depth, round(DIAMETER / 3) * 2 + 1))
    if not top.any():
        return 0.0
    tops, n = ndimage.label(top, np.ones((3, 3)))
    near = ndimage.distance_transform_edt(~top, return_distances=False, return_indices=True)
    areas = np.bincount(tops[tuple(near)][bright], minlength=n + 1)[1:]
    areas = areas[areas >= SMALLEST]
    return float(np.sqrt(4 * np.median(areas) / np.pi)) if areas.size else 0.0
