"""The data of Fashion-MNIST: 28 × 28 images and labels, the held-out part, augmentation."""

from __future__ import annotations

import numpy as np
import torch

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


def augment(
    x: torch.Tensor,
    rng: np.random.Generator,
    *,
    flip: np.ndarray | None = None,
    shift: int = 2,
    erase: float = 0.0,
) -> torch.Tensor:
    """Random flips, shifts and erased rectangles (Zhong et al. 2020) of (B, 1, 28, 28) in 0-1.

    flip: (B,) which images are mirrored, at random if not given; shift: pixels in each direction;
    erase: the probability of a rectangle of noise.
    """
    batch, _, rows, columns = x.shape
    mirrored = torch.from_numpy(rng.random(batch) < 0.5 if flip is None else flip)
    x = torch.where(mirrored[:, None, None, None], x.flip(-1), x)
    padded = torch.nn.functional.pad(x, (shift,) * 4)
    top, left = (torch.from_numpy(rng.integers(0, 2 * shift + 1, batch)) for _ in range(2))
    y = top[:, None] + torch.arange(rows)
    z = left[:, None] + torch.arange(columns)
    x = padded[torch.arange(batch)[:, None, None], 0, y[:, :, None], z[:, None, :]][:, None]
    for i in np.flatnonzero(rng.random(batch) < erase):
        area, aspect = rng.uniform(0.02, 0.3) * rows * columns, np.exp(rng.uniform(-1.1, 1.1))
        h, w = (max(1, round(v)) for v in (np.sqrt(area * aspect), np.sqrt(area / aspect)))
        if h < rows and w < columns:
            a, b = rng.integers(0, rows - h + 1), rng.integers(0, columns - w + 1)
            noise = torch.from_numpy(rng.random((h, w), np.float32))
            x[i, 0, a : a + h, b : b + w] = noise
    return x
