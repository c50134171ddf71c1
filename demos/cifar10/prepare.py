"""From a picture of any size to the 32 × 32 pixels that the networks see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from demos.core.images import Picture

SIDE = 32
LONG = 3.0  # a picture longer than this many times its width loses much, which is said


@dataclass(frozen=True, eq=False)
class Prepared:
    """The (32, 32, 3) uint8 image that a network sees, the square (left, top, side) of the
    picture that it was cut from, and what was done, in words."""

    image: np.ndarray
    crop: tuple[int, int, int]
    notes: tuple[str, ...]


def prepare(picture: Picture, place: float = 0.5) -> Prepared:
    """The largest square of a picture, reduced to 32 × 32 by averaging over areas.

    place: where the square lies along the longer side, from 0 (left or top) to 1.
    """
    rows, columns = picture.rgb.shape[:2]
    side = min(rows, columns)
    left, top = round(place * (columns - side)), round(place * (rows - side))
    square = Image.fromarray(
        np.ascontiguousarray(picture.rgb[top : top + side, left : left + side])
    )
    # Lanczos smooths over the pixels that it leaves out (antialiasing), and enlarges as well.
    small = square.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    notes = [*picture.notes]
    if max(rows, columns) > LONG * side:
        notes.append(f"only a square of {side} × {side} of its {columns} × {rows} pixels is seen")
    if side < SIDE:
        notes.append(f"enlarged: it had only {columns} × {rows} pixels")
    return Prepared(np.asarray(small), (left, top, side), tuple(notes))


def placed(
    values: np.ndarray, crop: tuple[int, int, int], shape: tuple[int, int]
) -> np.ndarray:  # fmt: skip
    """(32, 32) numbers about what a network saw, spread over the square (left, top, side) of a
    picture with `shape` (rows, columns); 0 outside of it."""
    left, top, side = crop
    spread = Image.fromarray(values.astype(np.float32))
    found = np.zeros(shape, np.float32)
    found[top : top + side, left : left + side] = np.asarray(
        spread.resize((side, side), Image.Resampling.BILINEAR)
    )
    return found
