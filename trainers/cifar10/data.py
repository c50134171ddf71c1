"""The data of CIFAR-10: 32 × 32 images and labels, and the held-out part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trainers.core.data import Source, load
from trainers.core.held_out import last_of_each

SOURCE = Source(name="cifar10", hub="uoft-cs/cifar10")
HELD_OUT = 500  # of each class: 5,000 of the 50,000 training images, stratified


@dataclass(frozen=True, eq=False)
class Images:
    """images: (n, 32, 32, 3) uint8; labels: (n,) int64; exact: (n,) bool, false where this copy
    of the data has an image only as a JPEG."""

    images: np.ndarray
    labels: np.ndarray
    exact: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, which: np.ndarray) -> Images:
        """Those with these indices, or in this mask."""
        return Images(self.images[which], self.labels[which], self.exact[which])


def read(split: str, folder: str | None = None) -> Images:
    """`train` or `test`, in the original order. Raises DataError."""
    rows = load(SOURCE, split, folder)
    names = rows.column_names
    picture, label = ("image" if "image" in names else "img"), "label"
    images = np.stack([np.asarray(i.convert("RGB"), np.uint8) for i in rows[picture]])
    exact = rows["exact"] if "exact" in names else np.ones(len(images), bool)
    return Images(images, np.asarray(rows[label], np.int64), np.asarray(exact, bool))


def held_out(labels: np.ndarray, each: int = HELD_OUT) -> np.ndarray:
    """A mask (n,) of the training images on which choices are made."""
    return last_of_each(labels, each)


def generated(n: int = 60) -> Images:
    """A handful of samples for --dry-run: a bar whose height and colour tell the class."""
    labels = np.arange(n) % 10
    images = np.random.default_rng(0).integers(0, 60, (n, 32, 32, 3)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[28 - 2 * label : 30, 8:24] = (20 * label, 200, 255 - 20 * label)
    return Images(images, labels.astype(np.int64), np.ones(n, bool))
