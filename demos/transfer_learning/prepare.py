"""From a picture of any shape to the squares that the networks see: the same in page, trainer,
“Teach it yourself” and download."""

from __future__ import annotations

import numpy as np
from PIL import Image

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels


def seen(width: int, height: int, whole: bool) -> Box:
    """The part of a picture that is looked at: the largest square in its middle, or all of it."""
    if whole:
        return 0, 0, width, height
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def square(rgb: np.ndarray, side: int, whole: bool) -> np.ndarray:
    """(height, width, 3) uint8 to the (side, side, 3) uint8 that a network sees: its middle as it
    is, or the whole of it stretched."""
    box = seen(rgb.shape[1], rgb.shape[0], whole)
    small = Image.fromarray(rgb).resize((side, side), Image.Resampling.BICUBIC, box=box)
    return np.asarray(small)


def on_picture(values: np.ndarray, width: int, height: int, whole: bool) -> np.ndarray:
    """A map over what was seen (n, n) as one over the picture (height, width) float32; what was
    not seen is 0."""
    left, top, right, bottom = (round(v) for v in seen(width, height, whole))
    size = (max(1, right - left), max(1, bottom - top))
    large = Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
    found = np.zeros((height, width), np.float32)
    found[top : top + size[1], left : left + size[0]] = np.asarray(large)
    return found
