"""What the two sliders do to a picture of 32 × 32: shuffle its pixels, or shift it."""

from __future__ import annotations

from functools import cache

import numpy as np

SIDE = 32
SHIFTS = range(0, 9)  # pixels
SHARES = tuple(s / 10 for s in range(0, 11))  # of the pixels


@cache
def permutation(share: float = 1.0) -> np.ndarray:
    """(1024,) where each pixel of the shuffled picture comes from, the same every time.

    A share of the positions, always the same ones, hand their pixels around; the rest stay.
    Raises ValueError for a share outside 0-1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"the share of pixels is {share}, not between 0 and 1")
    order = np.random.default_rng(0).permutation(SIDE * SIDE)
    found = np.arange(SIDE * SIDE)
    moved = order[: round(share * len(order))]
    found[moved] = np.roll(moved, 1)
    return found


def shuffled(images: np.ndarray, share: float = 1.0) -> np.ndarray:
    """(…, 32, 32, 3) with a share of the pixels shuffled, 0-1; colours stay together."""
    flat = images.reshape(*images.shape[:-3], SIDE * SIDE, 3)
    return flat[..., permutation(share), :].reshape(images.shape)


def shifted(images: np.ndarray, pixels: int) -> np.ndarray:
    """(…, 32, 32, 3) shifted to the right by 0-8 pixels; what comes in is mirrored at the edge.

    Raises ValueError for a shift outside 0-8.
    """
    if pixels not in SHIFTS:
        raise ValueError(f"the shift is {pixels} pixels, not between 0 and {SHIFTS[-1]}")
    room = [(0, 0)] * (images.ndim - 3) + [(0, 0), (pixels, 0), (0, 0)]
    return np.pad(images, room, mode="reflect")[..., :SIDE, :]


def undone(values: np.ndarray, share: float, pixels: int) -> np.ndarray:
    """(32, 32) numbers about the pixels of an image that was shuffled, then shifted: each where its
    pixel came from, 0 for pixels that were shifted out."""
    back = np.zeros_like(values)
    back[:, : SIDE - pixels] = values[:, pixels:]
    found = np.empty(SIDE * SIDE, values.dtype)
    found[permutation(share)] = back.ravel()
    return found.reshape(SIDE, SIDE)
