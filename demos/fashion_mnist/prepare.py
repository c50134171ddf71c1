"""A picture is prepared as the data was: Xiao, Rasul, Vollgraf (2017), section 2.

Their steps: trim the plain border, scale the longest edge to 28 pixels, centre on 28 × 28, negate.
The polarity (dark on light, or light on dark as in the data) is detected, and a garment that
lies a little askew is straightened, since those in the data hang straight. They also sharpened;
here that is left out, since a sharp reduction does as much: sharpening on top of it costs accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from demos.core import images
from demos.core.errors import UserError
from demos.core.images import Picture

SIDE = 28
# Steps between a picture of any size and 28 pixels: where the garment is found, what is worked on.
OVERVIEW, WORKING, ASKEW = 512, 112, 64
# A border pixel differs from the ground by less than this share of the picture's range: the upper
# limit holds for an uneven ground, the lower one for a plain one.
TOLERANCE = (0.04, 0.08)
EVEN = 12  # of 255: a plain ground differs from its median by less
LEAST_RANGE = 24  # of 255; below that there is nothing to see
# An outline fills little of the area that it encloses.
OUTLINE = 0.5
ANGLES = np.arange(-12.0, 13.0)  # degrees that a picture is straightened by
LEAST_ANGLE = 2.0  # less is not worth another interpolation
SYMMETRIC = 0.35  # the share of a garment that may differ from its mirror image
PRIOR = 2e-4  # per square degree: straight is likelier than askew


@dataclass(frozen=True, eq=False)
class Prepared:
    """The (28, 28) uint8 image that a network sees, and what was done to get it."""

    image: np.ndarray
    notes: tuple[str, ...]
    inverted: bool = False
    outline: bool = False


def prepare(picture: Picture) -> Prepared:
    """Prepare any picture. Raises UserError for one with nothing in it."""
    rgb, framed = without_frame(picture.rgb)
    grey = np.asarray(Image.fromarray(rgb).convert("L"))
    if int(grey.max()) - int(grey.min()) < LEAST_RANGE:
        raise UserError(
            "There is nothing in this picture: it is all one shade. Draw something, or choose an "
            "example."
        )
    notes = [*picture.notes, *["a frame was cut off"] * framed]
    inverted = light_ground(grey)
    if inverted:
        grey = 255 - grey
        notes.append("negated: its background was light, and in the data it is black")
    if grey.shape == (SIDE, SIDE):
        return Prepared(grey, tuple(notes), inverted)
    found = cut_out(grey)
    notes.append(f"trimmed to {found.shape[1]} × {found.shape[0]} pixels, scaled to 28")
    garment, outline = fill_outline(scaled(found, WORKING))
    if outline:
        notes.append("a closed outline was filled: the data has no outlines")
    angle = askew(garment)
    if angle:
        garment = trim(turned(garment, angle), TOLERANCE[0])
        notes.append(f"turned by {abs(angle):.0f}° to hang straight, as in the data")
    return Prepared(to_28(garment), tuple(notes), inverted, outline)


def without_frame(rgb: np.ndarray) -> tuple[np.ndarray, bool]:
    """A picture (rows, columns, 3) without a frame of one colour around a ground of another, and
    whether it had one.

    What is cut off from a garment on a plain ground leaves no plain border, or nothing inside it;
    an outline has one, but it is thin.
    """
    left, top, right, bottom = images.content(rgb, margins=1)
    inside = rgb[top:bottom, left:right]
    if inside.shape == rgb.shape or int(np.ptp(inside.max(-1))) < LEAST_RANGE:
        return rgb, False
    ground = np.median(ring(inside, 0), 0)
    deep = 1 + min(inside.shape[:2]) // 16
    plain = all(
        (np.abs(ring(inside, depth) - ground).max(-1) < EVEN).mean() > 0.95 for depth in (0, deep)
    )
    other = np.abs(ground - rgb[0, 0]).max() > LEAST_RANGE
    return (inside, True) if plain and other else (rgb, False)


def ring(rgb: np.ndarray, depth: int) -> np.ndarray:
    """The pixels (n, 3) of a picture's border, or of a ring so many pixels further inside."""
    part = rgb[depth : len(rgb) - depth, depth : rgb.shape[1] - depth].astype(np.int16)
    return np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])


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


def border(grey: np.ndarray) -> np.ndarray:
    """The outermost pixels of (rows, columns), in a row."""
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])


def cut_out(grey: np.ndarray) -> np.ndarray:
    """The part of a light-on-dark picture (rows, columns) uint8 with something in it, as float32
    above the ground, whose shade is the median of the border.

    It is looked for in a smaller copy, where a grain of noise is not a garment.
    """
    factor = max(1, max(grey.shape) // OVERVIEW)
    small = np.asarray(Image.fromarray(grey).reduce(factor), np.float32)
    shade = float(np.median(border(small)))
    small = np.maximum(small - shade, 0)
    if not small.any():  # thinner than the grain that was smoothed away
        factor, small = 1, np.maximum(grey.astype(np.float32) - shade, 0)
    uneven = 1.5 * float(np.quantile(border(small), 0.75)) / float(small.max())
    rows, columns = extent(small, float(np.clip(uneven, *TOLERANCE)))
    part = grey[
        rows.start * factor : rows.stop * factor, columns.start * factor : columns.stop * factor
    ]
    return np.maximum(part.astype(np.float32) - shade, 0)


def extent(grey: np.ndarray, tolerance: float) -> tuple[slice, slice]:
    """The rows and columns with more than this share of the maximum in them."""
    drawn = grey > tolerance * grey.max()
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def trim(grey: np.ndarray, tolerance: float) -> np.ndarray:
    """Without the plain border."""
    return grey[extent(grey, tolerance)]


def scaled(grey: np.ndarray, side: int) -> np.ndarray:
    """(rows, columns) float32 with its longest edge at `side` pixels; less is averaged."""
    scale = side / max(grey.shape)
    size = tuple(max(1, round(n * scale)) for n in grey.shape[::-1])
    return np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.LANCZOS)).clip(0)


def turned(grey: np.ndarray, angle: float) -> np.ndarray:
    """Turned by an angle in degrees, counter-clockwise, on a ground that is large enough."""
    image = Image.fromarray(grey)
    return np.asarray(image.rotate(angle, Image.Resampling.BICUBIC, expand=True)).clip(0)


def fill_outline(grey: np.ndarray) -> tuple[np.ndarray, bool]:
    """Fill a closed outline with its own shade; (image, whether it was one)."""
    drawn = grey > TOLERANCE[1] * grey.max()
    # What is blank and not joined to the ground around the picture; one pass, where
    # `binary_fill_holes` grows the ground pixel by pixel.
    blank, _ = ndimage.label(np.pad(~drawn, 1, constant_values=True))
    holes = ((blank > 0) & (blank != blank[0, 0]))[1:-1, 1:-1]
    if drawn.sum() == 0 or drawn.sum() / (drawn.sum() + holes.sum()) > OUTLINE:
        return grey, False
    filled = grey.copy()
    filled[holes] = np.median(grey[drawn])
    return filled, True


def askew(grey: np.ndarray) -> float:
    """By how many degrees, counter-clockwise, a garment has to be turned to hang straight; 0 where
    it does already or where nothing tells.

    What is symmetric (a shirt, trousers, a bag) hangs straight where it equals its mirror image
    most, what is not (a shoe) where the box around it is smallest. Turned by up to 10°, training
    images are straightened to within 1.9° (root mean square; 5.8° before).
    """
    small = scaled(grey, 3 * ASKEW // 4)
    image = Image.new("F", (ASKEW, ASKEW))
    image.paste(Image.fromarray(small), tuple((ASKEW - n) // 2 for n in small.shape[::-1]))
    mirrored = np.array([_asymmetry(image, angle) for angle in ANGLES])
    cost = mirrored if mirrored.min() < SYMMETRIC else _box_size(np.asarray(image))
    best = int((cost + PRIOR * ANGLES**2).argmin())
    angle = float(ANGLES[best])
    return 0.0 if abs(angle) < LEAST_ANGLE or best in (0, len(ANGLES) - 1) else angle


def _asymmetry(image: Image.Image, angle: float) -> float:
    """The share of a turned image that differs from its mirror image, 0-2."""
    grey = np.asarray(image.rotate(angle, Image.Resampling.BILINEAR))
    columns = grey.sum(0)
    centre = float(columns @ np.arange(len(columns)) / columns.sum())
    mirrored = np.roll(grey[:, ::-1], round(2 * centre) - len(columns) + 1, 1)
    return float(np.abs(grey - mirrored).sum() / grey.sum())


def _box_size(grey: np.ndarray) -> np.ndarray:
    """The mean of circumference and area of the box around a turned garment, for each of ANGLES,
    each in shares of its smallest."""
    rows, columns = np.nonzero(grey > 0.1 * grey.max())
    turn = np.deg2rad(ANGLES)[:, None]
    # Rows point down, so that this is counter-clockwise on the screen.
    width = np.ptp(columns * np.cos(turn) + rows * np.sin(turn), 1) + 1
    height = np.ptp(rows * np.cos(turn) - columns * np.sin(turn), 1) + 1
    circumference, area = width + height, width * height
    return (circumference / circumference.min() + area / area.min()) / 2


def to_28(grey: np.ndarray) -> np.ndarray:
    """Longest edge to 28 pixels, centred, in the full range."""
    small = scaled(grey, SIDE)
    small = np.round(small * (255 / small.max())).clip(0, 255).astype(np.uint8)
    rows, columns = small.shape
    out = np.zeros((SIDE, SIDE), np.uint8)
    # Where it cannot be in the middle, the data has it half a pixel to the right and down.
    top, left = (SIDE - rows + 1) // 2, (SIDE - columns + 1) // 2
    out[top : top + rows, left : left + columns] = small
    return out
