"""The data of super-resolution: photos, their halves, and patches of both.

Low-resolution pictures are made by antialiased bicubic interpolation, from 8 bits to 8 bits. Of
`bsds400`, 40 photos (fixed) are left for choosing; a net that ships has seen all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from demos.super_resolution.scale import SCALE, cut, halved, resized
from trainers.core.data import Source, load

BSDS, PETS, SET5, SET14 = (
    Source(name) for name in ("bsds400", "oxford_pets_256", "set5", "set14")
)  # fmt: skip
HELD_OUT = 40
# Photos are shrunk, too, before they are halved: that makes more of them, and sharper ones, since
# shrinking averages the traces of JPEG away.
SHRUNK = (1.0, 0.85, 0.7, 0.6, 0.5)


@dataclass(frozen=True, eq=False)
class Photo:
    """One picture (rows, columns, 3) uint8 of even size, whether its file had one channel, and its
    name."""

    rgb: np.ndarray
    single: bool = False
    name: str = ""


def read(source: Source, split: str, folder: str | None = None) -> list[Photo]:
    """The pictures of a split, cut to even sizes. Raises DataError."""
    return [
        Photo(
            cut(np.asarray(row["image"].convert("RGB"))), row["image"].mode == "L",
            str(row.get("name") or number),
        )
        for number, row in enumerate(load(source, split, folder), 1)
    ]  # fmt: skip


def held_out(photos: int) -> np.ndarray:
    """The indices of the photos that are left for choosing: 40, or a fifth of fewer than 200."""
    return np.sort(np.random.default_rng(0).permutation(photos)[: min(HELD_OUT, photos // 5)])


def divided(photos: Sequence[Photo]) -> tuple[list[Photo], list[Photo]]:
    """Photos to train on, and those that are left for choosing."""
    left = set(held_out(len(photos)).tolist())
    rest = [p for i, p in enumerate(photos) if i not in left]
    return rest, [photos[i] for i in sorted(left)]


def generated(n: int = 8, side: int = 96) -> list[Photo]:
    """Made-up pictures for a dry run: waves of several widths and colours."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side] / side
    found = []
    for _ in range(n):
        waves = np.zeros((side, side))
        for _ in range(4):
            across, down = rng.normal(0, 9, 2)
            waves += np.sin(2 * np.pi * (across * x + down * y + rng.random()))
        rgb = 128 + 30 * waves[..., None] * rng.uniform(0.5, 1, 3)
        found.append(Photo(np.clip(rgb, 0, 255).astype(np.uint8)))
    return found


@dataclass(frozen=True, eq=False)
class Pairs:
    """Small pictures and their originals, (rows, columns, 3) uint8 each."""

    small: list[np.ndarray]
    large: list[np.ndarray]

    def patches(
        self, rng: np.random.Generator, batch: int, side: int, views: Sequence[int] = range(8)
    ) -> tuple[np.ndarray, np.ndarray]:
        """(batch, side, side, 3) and (batch, 2 side, 2 side, 3) uint8: places at random, all
        pixels alike, each in one of these flips and turns."""
        small, large = [], []
        for i in rng.choice(len(self.small), batch, p=self._areas):
            top, left = (int(rng.integers(n - side + 1)) for n in self.small[i].shape[:2])
            which = int(rng.choice(views))
            for part, pictures, scale in ((small, self.small, 1), (large, self.large, SCALE)):
                area = pictures[i][
                    top * scale : (top + side) * scale, left * scale : (left + side) * scale
                ]
                part.append(dihedral(area, which))
        return np.stack(small), np.stack(large)

    @cached_property
    def _areas(self) -> np.ndarray:
        found = np.array([p.size for p in self.small], float)
        return found / found.sum()


def pairs(photos: Sequence[Photo], side: int, shrunk: Sequence[float] = SHRUNK) -> Pairs:
    """The pairs of photos at several sizes, where a patch of `side` small pixels fits in."""
    large = []
    for photo in photos:
        for factor in shrunk:
            rows, columns = (round(n * factor) for n in photo.rgb.shape[:2])
            if min(rows, columns) // SCALE >= side:
                large.append(cut(photo.rgb if factor == 1 else resized(photo.rgb, columns, rows)))
    return Pairs([halved(rgb) for rgb in large], large)


def dihedral(part: np.ndarray, which: int) -> np.ndarray:
    """One of the eight flips and turns of an array (rows, columns, 3)."""
    if which & 4:
        part = part.swapaxes(0, 1)
    return part[:: -1 if which & 1 else 1, :: -1 if which & 2 else 1]
