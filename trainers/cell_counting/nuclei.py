"""Photographs of fluorescent nuclei with one dot per nucleus (BBBC038, Caicedo et al. 2019)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainers.core.data import Source, load

SOURCE = Source(name="nuclei_dsb2018")


@dataclass(frozen=True, eq=False)
class Photograph:
    """rgb (H, W, 3) uint8; points (n, 2) x, y in pixels; diameter: the nuclei's median, pixels."""

    id: str
    rgb: np.ndarray
    points: np.ndarray
    diameter: float

    @property
    def count(self) -> int:
        return len(self.points)


def lie_in(folder: str | None) -> bool:
    """Whether a folder holds photographs in splits, and not the one file of the synthetic cells."""
    return folder is not None and any(Path(folder).glob("test*"))


def read(split: str, folder: str | None = None) -> list[Photograph]:
    """The photographs of `train` or `test` in the order of the data set. Raises DataError."""
    return [
        Photograph(
            row["id"],
            np.asarray(row["image"].convert("RGB")),
            points_of(np.asarray(row["dots"].convert("L")) > 0),
            float(row["diameter"]),
        )
        for row in load(SOURCE, split, folder)
    ]


def generated(rgb: np.ndarray, dots: np.ndarray) -> list[Photograph]:
    """Generated pictures (n, H, W, 3) and their dots (n, H, W) as photographs, for --dry-run."""
    return [
        Photograph(str(i), picture, points_of(mask), 10.0)
        for i, (picture, mask) in enumerate(zip(rgb, dots, strict=True))
    ]


def points_of(dots: np.ndarray) -> np.ndarray:
    """(H, W) bool to the (n, 2) x, y of its true pixels, as float32 at the pixels' centres."""
    rows, columns = np.nonzero(dots)
    return np.stack([columns, rows], 1).astype(np.float32) + 0.5


def groups(photographs: list[Photograph]) -> np.ndarray:
    """Which photographs (n,) look as if they came from one experiment: size, light, sharpness."""
    from sklearn.cluster import AgglomerativeClustering

    features = []
    for p in photographs:
        grey = p.rgb.max(-1).astype(float)
        light = [np.median(grey), np.percentile(grey, 99), np.abs(np.diff(grey, axis=1)).std()]
        size = [2 * np.log2(p.diameter), 0.7 * np.log2(grey.size)]
        features.append([*size, *np.log2(1 + np.array(light))])
    clusters = AgglomerativeClustering(None, distance_threshold=0.8, linkage="average")
    return clusters.fit_predict(np.array(features))


def held_out(photographs: list[Photograph], part: int = 4, parts: int = 5) -> np.ndarray:
    """The indices of the held-out photographs: whole groups, about one part of `parts`."""
    from sklearn.model_selection import GroupKFold

    numbers = np.arange(len(photographs))
    return list(GroupKFold(parts).split(numbers, groups=groups(photographs)))[part][1]
