"""Which training photos ship as thumbnails, and how small."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageOps

from demos.transfer_learning.photos import Photo
from trainers.transfer_learning.data import Photos

# With the five example photos, fewer than 90 photos of the data ship.
MOST, SIDE, QUALITY = 81, 96, 72


def chosen_photos(photos: Photos, x: np.ndarray, missed: np.ndarray) -> list[Photo]:
    """At most 81 photos, the same number of each class: those that folds missed (a mask), then such
    as lie far apart by their features (n, width)."""
    each = max(1, MOST // len(photos.classes))
    found = []
    for label, name in enumerate(photos.classes):
        places = np.flatnonzero(photos.labels == label)
        for i in spread(x[places], each, [*np.flatnonzero(missed[places])]):
            index = int(places[i])
            picture = thumbnail(photos.pictures[index])
            found.append(Photo(photos.names[index], name, index, picture))
    return found[:MOST]


def spread(x: np.ndarray, count: int, first: list[int]) -> list[int]:
    """Indices of `count` rows of (n, d), or of all: the `first`, the one in the middle, then always
    the one that is furthest from those already taken."""
    middle = int(np.square(x - x.mean(0)).sum(1).argmin())
    taken = [*dict.fromkeys([*map(int, first), middle])][:count]
    while len(taken) < min(count, len(x)):
        apart = np.square(x[:, None] - x[taken][None]).sum(2).min(1)
        apart[taken] = -1
        taken.append(int(apart.argmax()))
    return taken


def thumbnail(rgb: np.ndarray) -> bytes:
    """A picture as a WebP of 96 × 96 pixels, cut to its middle."""
    buffer = io.BytesIO()
    small = ImageOps.fit(Image.fromarray(rgb), (SIDE, SIDE), Image.Resampling.LANCZOS)
    small.save(buffer, "WEBP", quality=QUALITY, method=6)
    return buffer.getvalue()
