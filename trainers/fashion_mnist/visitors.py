"""A test image as a visitor would bring it: large, off centre, turned a little, saved as JPEG.

The images of the data are 28 × 28 pixels, trimmed and upright. Here one becomes a picture of 360
to 1,200 pixels a side on a plain ground, which then has to find its way back through
`demos.fashion_mnist.prepare`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from demos.core.images import Picture
from trainers.core.wild import Change

SIDES = (300, 600)  # of the garment's square, in pixels
ROOM = (1.2, 2.0)  # the picture's side in garment squares
ANGLE = 10.0  # degrees to either side
QUALITY = (60, 90)  # of the JPEG
GREYS = (90, 165)  # of a grey ground


@dataclass(frozen=True)
class Brought:
    """What happens to an image on its way; every part can be left out to see what it costs.

    angle: up to so many degrees to either side; quality: of the JPEG, from and to, or None;
    grounds: one of these is drawn; room: how much larger the picture is than the garment.
    """

    angle: float = ANGLE
    quality: tuple[int, int] | None = QUALITY
    grounds: tuple[str, ...] = ("black", "white", "grey")
    room: tuple[float, float] = ROOM

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> Picture:
        """A (28, 28) uint8 image, light on black, as a picture."""
        side = int(rng.integers(SIDES[0], SIDES[1] + 1))
        turned = Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC)
        turned = _turn(turned, float(rng.uniform(-self.angle, self.angle)))
        width, height = (
            max(turned.size[0], round(side * rng.uniform(*self.room))) for _ in range(2)
        )
        canvas = Image.new("L", (width, height), 0)
        left = int(rng.integers(0, width - turned.size[0] + 1))
        top = int(rng.integers(0, height - turned.size[1] + 1))
        canvas.paste(turned, (left, top))
        grey = _on_ground(np.asarray(canvas), str(rng.choice(self.grounds)), rng)
        if self.quality is not None:
            grey = _as_jpeg(grey, int(rng.integers(self.quality[0], self.quality[1] + 1)))
        return Picture(np.repeat(grey[..., None], 3, 2))


VISITOR: Change[np.ndarray] = Change(
    "visitor", "large, off centre, turned by up to 10°, JPEG", "moderate", Brought()
)


def _turn(image: Image.Image, angle: float) -> Image.Image:
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=True) if angle else image


def _on_ground(canvas: np.ndarray, ground: str, rng: np.random.Generator) -> np.ndarray:
    """Light cloth on black, dark cloth on white, or either on a grey."""
    shade = {"black": 0, "white": 255}.get(ground, int(rng.integers(GREYS[0], GREYS[1] + 1)))
    full = 255 if ground == "black" or (ground == "grey" and rng.random() < 0.5) else 0
    found = shade + (full - shade) * (canvas.astype(np.float32) / 255)
    return np.round(found).clip(0, 255).astype(np.uint8)


def _as_jpeg(grey: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("L"))
