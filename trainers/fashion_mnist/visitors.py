"""A test image as a visitor would bring it: large, off centre, turned a little, saved as JPEG.

The images of the data are 28 × 28 pixels, trimmed and upright. Here one becomes a picture of 360
to 1,200 pixels a side on a plain ground, which then has to find its way back through
`demos.fashion_mnist.prepare`. `python -m trainers.fashion_mnist.visitors` prints the accuracy of
the shipped variants on them.
"""

from __future__ import annotations

import argparse
import io
import json
from dataclasses import dataclass

import numpy as np
from PIL import Image

from demos.core.checkpoint import open_checkpoint
from demos.core.images import Picture
from demos.fashion_mnist import DEMO
from demos.fashion_mnist.predict import Predictor
from demos.fashion_mnist.prepare import prepare
from trainers.core.wild import Change
from trainers.fashion_mnist import data

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
    table = np.round(np.linspace(shade, full, 256)).astype(np.uint8)
    return table[canvas]


def _as_jpeg(grey: np.ndarray, quality: int) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("L"))


def brought(images: np.ndarray, change: Change[np.ndarray] = VISITOR) -> np.ndarray:
    """What a network sees of images (n, 28, 28) uint8 after they were brought: the same shape."""
    return np.stack([prepare(change(image, i)).image for i, image in enumerate(images)])


def main() -> None:
    """Accuracy of every variant, clean and as visitors' pictures. The last 5,000 training images
    were seen in training by what ships, so that there only the difference tells."""
    parser = argparse.ArgumentParser(prog="trainers.fashion_mnist.visitors", description=__doc__)
    parser.add_argument("--data", help="a folder of the data, as for `train`")
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument("--first", type=int, help="only so many images")
    a = parser.parse_args()
    images, labels = data.read("test" if a.split == "test" else "train", a.data)
    if a.split == "validation":
        mask = data.held_out(labels)
        images, labels = images[mask], labels[mask]
    if a.first:
        chosen = np.random.default_rng(0).permutation(len(images))[: a.first]
        images, labels = images[chosen], labels[chosen]
    seen = brought(images)
    for variant in DEMO.variants:
        predictor = Predictor(open_checkpoint(DEMO.name, variant.name))
        found = {
            name: float((predictor.probabilities(given).argmax(1) == labels).mean())
            for name, given in (("clean", images), ("visitor", seen))
        }
        row = {"variant": variant.name, "split": a.split, "n": len(labels), **found}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
