"""The data of Fashion-MNIST: 28 × 28 images and labels, and the held-out part."""

from __future__ import annotations

import numpy as np

from trainers.core.data import Source, load

SOURCE = Source(name="fashion_mnist", hub="zalando-datasets/fashion_mnist")
HELD_OUT = 500  # of each class: the last 5,000 training images in all, stratified


def read(split: str, folder: str | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 28, 28) uint8 and labels (n,) int64 of `train` or `test`. Raises DataError."""
    rows = load(SOURCE, split, folder)
    images = np.stack([np.asarray(image, np.uint8) for image in rows["image"]])
    return images, np.asarray(rows["label"], np.int64)


def held_out(labels: np.ndarray, each: int = HELD_OUT) -> np.ndarray:
    """A mask (n,): the last `each` images of every class, on which all choices are made."""
    mask = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        mask[np.flatnonzero(labels == label)[-each:]] = True
    return mask


def generated(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """A handful of samples for --dry-run: a bar whose height is the class."""
    labels = np.arange(n) % 10
    images = np.zeros((n, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[24 - 2 * label : 26, 8:20] = 200
    return images, labels.astype(np.int64)
