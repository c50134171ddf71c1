"""Changed copies of a picture to train on: what the trainer does and what the page shows.

The original flips, turns, shears and shifts pictures and changes their colours. Strengths from
nothing to too much are compared in the note.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

GROUND = (127, 127, 127)  # comes in at the corners of what is turned


@dataclass(frozen=True)
class Augmentation:
    """Strengths: shares of pictures that are mirrored and turned upside down, degrees of turning
    and shear, shift and enlargement as shares of the side, change of light and colour (0-1), of
    hue (a share of the circle)."""

    mirror: float = 0.0
    upside_down: float = 0.0
    turn: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    enlarge: float = 0.0
    colour: float = 0.0
    hue: float = 0.0


STRENGTHS = {
    "off": Augmentation(),
    "light": Augmentation(mirror=0.5, shift=0.05, enlarge=0.15),
    "original": Augmentation(
        mirror=0.5, upside_down=0.5, turn=20, shear=10, shift=0.1, enlarge=0.1, colour=0.2, hue=0.02
    ),
    "strong": Augmentation(
        mirror=0.5, upside_down=0.5, turn=45, shear=25, shift=0.2, enlarge=0.4, colour=0.5, hue=0.1
    ),
}


def augment(rgb: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """A changed copy of (height, width, 3) uint8, of the same size."""
    image = Image.fromarray(rgb)
    if rng.random() < how.mirror:
        image = ImageOps.mirror(image)
    if rng.random() < how.upside_down:
        image = ImageOps.flip(image)
    if how.turn or how.shear or how.shift or how.enlarge:
        image = image.transform(
            image.size, Image.Transform.AFFINE, _affine(image.size, how, rng),
            Image.Resampling.BILINEAR, fillcolor=GROUND,
        )  # fmt: skip
    for change in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        if how.colour:
            image = change(image).enhance(1 + rng.uniform(-how.colour, how.colour))
    if how.hue:
        hue, *rest = image.convert("HSV").split()
        turned = np.asarray(hue) + np.uint8(round(rng.uniform(-how.hue, how.hue) * 255) % 256)
        image = Image.merge("HSV", (Image.fromarray(turned), *rest)).convert("RGB")
    return np.asarray(image)


def _affine(
    size: tuple[int, int], how: Augmentation, rng: np.random.Generator
) -> tuple[float, ...]:
    """Where each pixel of the copy comes from, as Pillow wants it: about the picture's middle."""
    turn, shear = np.deg2rad([rng.uniform(-how.turn, how.turn), rng.uniform(-how.shear, how.shear)])
    scale = 1 + rng.uniform(-how.enlarge / 3, how.enlarge)
    cos, sin = np.cos(turn) / scale, np.sin(turn) / scale
    matrix = np.array([[cos, sin], [-sin, cos]]) @ [[1, np.tan(shear)], [0, 1]]
    middle = np.array(size) / 2
    shift = rng.uniform(-how.shift, how.shift, 2) * size
    offset = middle - matrix @ (middle + shift)
    return (*matrix[0], offset[0], *matrix[1], offset[1])
