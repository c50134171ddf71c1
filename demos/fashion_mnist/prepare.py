"""A picture is prepared as the data was: Xiao, Rasul, Vollgraf (2017), section 2.

Their steps: trim the plain border, scale the longest edge to 28 pixels, sharpen, centre on
28 × 28, negate. The polarity (dark on light, or light on dark as in the data) is found by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from scipy import ndimage

from demos.core.errors import UserError
from demos.core.images import Picture

SIDE = 28
# A border pixel differs from the ground by less than this share of the picture's range.
TOLERANCE = 0.08
LEAST_RANGE = 24  # of 255; below that there is nothing to see
# An outline fills little of the area that it encloses.
OUTLINE = 0.5


@dataclass(frozen=True, eq=False)
class Prepared:
    """The (28, 28) uint8 image that a network sees, and what was done to get it."""

    image: np.ndarray
    notes: tuple[str, ...]
    inverted: bool = False
    outline: bool = False


def prepare(picture: Picture) -> Prepared:
    """Prepare any picture. Raises UserError for one without anything on it."""
    grey = np.asarray(Image.fromarray(picture.rgb).convert("L"))
    if int(grey.max()) - int(grey.min()) < LEAST_RANGE:
        raise UserError(
            "There is nothing on this picture: it is of one shade. Draw something, or choose an "
            "example."
        )
    notes = list(picture.notes)
    inverted = light_ground(grey)
    if inverted:
        grey = 255 - grey
        notes.append("negated: the ground was light, in the data it is black")
    if grey.shape == (SIDE, SIDE):
        return Prepared(grey, tuple(notes), inverted)
    grey = np.maximum(grey.astype(np.int16) - ground(grey), 0)
    filled, outline = fill_outline(grey)
    if outline:
        notes.append("a closed outline was filled: the data has no outlines")
    trimmed = trim(filled)
    notes.append(f"trimmed to {trimmed.shape[1]} × {trimmed.shape[0]} pixels, scaled to 28")
    return Prepared(to_28(trimmed), tuple(notes), inverted, outline)


def light_ground(grey: np.ndarray) -> bool:
    """Whether a picture is dark on light: the median of its border is above the middle of its
    range. In the training images the border is black (the rule and its limits were chosen there).
    """
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    middle = (float(grey.min()) + float(grey.max())) / 2
    share = float((border > middle).mean())
    if share > 0.5:
        return True
    # A garment that fills the frame covers the border's middles but hardly ever its corners.
    corners = np.array([grey[0, 0], grey[0, -1], grey[-1, 0], grey[-1, -1]])
    return bool((corners > middle).sum() >= 3)


def ground(grey: np.ndarray) -> int:
    """The shade of the ground of a light-on-dark picture: the median of its border."""
    return int(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def fill_outline(grey: np.ndarray) -> tuple[np.ndarray, bool]:
    """Fill a closed outline with its own shade; (image, whether it was one)."""
    drawn = grey > TOLERANCE * grey.max()
    # What is blank and not joined to the ground around the picture; one pass, where
    # `binary_fill_holes` grows the ground pixel by pixel.
    blank, _ = ndimage.label(np.pad(~drawn, 1, constant_values=True))
    holes = ((blank > 0) & (blank != blank[0, 0]))[1:-1, 1:-1]
    if drawn.sum() == 0 or drawn.sum() / (drawn.sum() + holes.sum()) > OUTLINE:
        return grey, False
    filled = grey.copy()
    filled[holes] = np.median(grey[drawn])
    return filled, True


def trim(grey: np.ndarray) -> np.ndarray:
    """Without the plain border."""
    drawn = grey > TOLERANCE * grey.max()
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def to_28(grey: np.ndarray) -> np.ndarray:
    """Longest edge to 28 pixels, sharpened, centred, in the full range."""
    stretched = (grey * (255.0 / max(1, grey.max()))).clip(0, 255).astype(np.uint8)
    rows, columns = stretched.shape
    scale = SIDE / max(rows, columns)
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    small = Image.fromarray(stretched).resize(size, Image.Resampling.LANCZOS)
    small = small.filter(ImageFilter.UnsharpMask(radius=1, percent=60, threshold=0))
    out = Image.new("L", (SIDE, SIDE), 0)
    out.paste(small, ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2))
    return np.asarray(out)
