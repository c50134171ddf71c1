"""An image of the data as a visitor would bring it: larger, a little out of focus, as a JPEG."""

from __future__ import annotations

import numpy as np

from demos.cifar10.prepare import prepare
from demos.core.images import Picture
from trainers.core.wild import Change
from trainers.core.wild_pictures import blurred, compressed, exposed, magnified

ENLARGED = 8  # times


def enlarged(image: np.ndarray) -> np.ndarray:
    """An image (32, 32, 3) as a picture (256, 256, 3)."""
    return magnified(image, ENLARGED)


def brought(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A picture that was cut by up to two pixels on each side, made lighter or darker, put a
    little out of focus and saved as JPEG."""
    left, top, right, below = rng.integers(0, 3, 4)
    cut = image[top : 32 - below, left : 32 - right]
    large = exposed(magnified(cut, ENLARGED), float(rng.uniform(0.75, 1.3)))
    return compressed(blurred(large, float(rng.uniform(0, 4))), int(rng.integers(50, 90)))


VISITOR: Change[np.ndarray] = Change(
    "visitor", "cut, lighter or darker, out of focus, JPEG", "moderate", brought
)


def seen_of(pictures: list[np.ndarray]) -> np.ndarray:
    """What a network sees (n, 32, 32, 3) of pictures."""
    return np.stack([prepare(Picture(picture)).image for picture in pictures])


def as_brought(images: np.ndarray) -> np.ndarray:
    """What a network sees of images (n, 32, 32, 3) uint8 after they were brought."""
    return seen_of([VISITOR(image, i) for i, image in enumerate(images)])
