"""Pictures of none of the ten classes: patterns of our own, and Caltech-101's other classes where
they are at hand. Half of each kind chooses, the other half reports."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from trainers.cifar10.visitors import seen_of
from trainers.core.data import DataError, Source, load

PATTERNS = 150  # of each half


def half(choosing: bool) -> dict[str, np.ndarray]:
    """Images (n, 32, 32, 3) by kind."""
    found = {"patterns": patterns(0 if choosing else 1)}
    photos = caltech("train" if choosing else "test")
    return found | ({"caltech": photos} if photos is not None else {})


def caltech(split: str) -> np.ndarray | None:
    """Photos of other classes, as the networks see them; None where they are not at hand."""
    if not (Path(os.environ.get("GALLERY_DATA", "")) / "caltech_other").is_dir():
        return None  # no outsider is worth a download
    try:
        rows = load(Source(name="caltech_other"), split)
    except DataError:
        return None
    return seen_of([np.asarray(image.convert("RGB")) for image in rows["image"]])


def patterns(seed: int) -> np.ndarray:
    """(n, 32, 32, 3) uint8: noise, clouds, stripes, boards and plain shapes in any colours."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:32, 0:32]
    found = []
    for i in range(PATTERNS):
        low, high = rng.uniform(0, 1, (2, 3))
        turn, period = rng.uniform(0, np.pi), rng.uniform(3, 12)
        along = x * np.cos(turn) + y * np.sin(turn)
        across = y * np.cos(turn) - x * np.sin(turn)
        cloud = gaussian_filter(rng.normal(size=(32, 32)), rng.uniform(1, 5), mode="wrap")
        share = [
            rng.uniform(size=(32, 32)),
            (cloud - cloud.min()) / np.ptp(cloud),
            (np.sin(2 * np.pi * along / period) > 0).astype(float),
            ((np.sin(2 * np.pi * along / period) > 0) ^ (np.sin(2 * np.pi * across / period) > 0)),
            (np.hypot(x - rng.uniform(8, 24), y - rng.uniform(8, 24)) < rng.uniform(4, 12)),
        ][i % 5]
        found.append(low + np.asarray(share, float)[..., None] * (high - low))
    return np.round(255 * np.stack(found)).astype(np.uint8)
