"""The data of cell counting: images, density truth, protocols, augmentation.

Protocol (the published one): ids 1-100 are the pool, ids 101-200 the test set. Draw k takes N
images of the pool to train and leaves the rest for choosing.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from datasets import Dataset
from PIL import Image
from scipy.ndimage import gaussian_filter

from trainers.core.data import Source, load

POOL = 100


def _read_home(folder: Path, split: str) -> Dataset:
    """The archive of the data's home page: 001cell.png, 001dots.png and so on."""
    for archive in folder.glob("**/*.zip"):
        zipfile.ZipFile(archive).extractall(folder)
    rows = []
    for path in sorted(folder.glob("**/*cell.png")):
        dots = np.asarray(Image.open(path.with_name(path.name.replace("cell", "dots"))))
        mask = dots.max(-1) > 0 if dots.ndim == 3 else dots > 0
        rows.append(
            {
                "id": int(path.name[:3]),
                "image": Image.open(path),
                "dots": Image.fromarray((mask * 255).astype(np.uint8)),
                "count": int(mask.sum()),
            }
        )
    return Dataset.from_list(rows)


SOURCE = Source(
    name="vgg_cells",
    home="https://www.robots.ox.ac.uk/~vgg/research/counting/cells.zip",
    read_home=_read_home,
)


@dataclass(frozen=True, eq=False)
class Cells:
    """Images with their dots. rgb (n, H, W, 3) uint8; dots (n, H, W) bool; ids, counts (n,)."""

    ids: np.ndarray
    rgb: np.ndarray
    dots: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        return self.dots.sum((1, 2))

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, chosen: np.ndarray) -> Cells:
        return Cells(self.ids[chosen], self.rgb[chosen], self.dots[chosen])


def read(folder: str | None = None) -> Cells:
    """All 200 images in the order of their ids. Raises DataError."""
    rows = sorted(load(SOURCE, "all", folder), key=lambda row: row["id"])
    return Cells(
        np.array([row["id"] for row in rows]),
        np.stack([np.asarray(row["image"].convert("RGB")) for row in rows]),
        np.stack([np.asarray(row["dots"].convert("L")) > 0 for row in rows]),
    )


def pool(cells: Cells) -> Cells:
    return cells[cells.ids <= POOL]


def test(cells: Cells) -> Cells:
    return cells[cells.ids > POOL]


def draw(n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices into the pool: `n` to train and the rest to choose on, for draw `k`."""
    order = np.random.default_rng(k).permutation(POOL)
    return np.sort(order[:n]), np.sort(order[n:])


def folds(k: int = 5) -> list[tuple[np.ndarray, np.ndarray]]:
    """k-fold cross-validation of the pool: (train, held out) index pairs, fixed."""
    parts = np.array_split(np.random.default_rng(0).permutation(POOL), k)
    return [(np.setdiff1d(np.arange(POOL), part), np.sort(part)) for part in parts]


def density(dots: np.ndarray, sigma: float, fold: int) -> np.ndarray:
    """The density truth of one image, (H/fold, W/fold) float32, cells per map pixel.

    Every dot becomes a Gaussian of `sigma` pixels that sums to exactly 1 *inside* the image: a
    kernel cut by the border is scaled up, since a tenth of the dots lie within 8 pixels of it.
    Folding adds up `fold` × `fold` pixels, which keeps the sum.
    """
    options = {"sigma": sigma, "mode": "constant", "truncate": 4.0}
    # The Gaussian is symmetric: what is left inside of a dot's kernel is what a field of ones
    # gives at the dot.
    inside = gaussian_filter(np.ones(dots.shape), **options)
    full = gaussian_filter(dots / inside, **options)
    rows, columns = dots.shape
    folded = full.reshape(rows // fold, fold, columns // fold, fold).sum((1, 3))
    return folded.astype(np.float32)


def dihedral(
    image: torch.Tensor, target: torch.Tensor, which: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """One of the eight flips and rotations of (C, H, W) and (H', W') tensors."""
    if which & 4:
        image, target = image.flip(-1), target.flip(-1)
    turns = which & 3
    return image.rot90(turns, (-2, -1)), target.rot90(turns, (-2, -1))


def generated(n: int = 12, size: int = 64) -> Cells:
    """A handful of samples for --dry-run: blurred dots, not meant to look like anything."""
    rng = np.random.default_rng(0)
    dots = np.zeros((n, size, size), bool)
    for image in dots:
        at = rng.integers(0, size, (rng.integers(3, 12), 2))
        image[at[:, 0], at[:, 1]] = True
    blurred = np.stack([gaussian_filter(d.astype(float), 3.0) for d in dots])
    rgb = np.zeros((n, size, size, 3), np.uint8)
    rgb[..., 2] = np.clip(blurred * 6000, 0, 255)
    return Cells(np.arange(1, n + 1), rgb, dots)


def empty_fields(seed: int, size: tuple[int, int], n: int = 200) -> np.ndarray:
    """`n` fields without cells, (n, H, W, 3) uint8."""
    rng = np.random.default_rng([seed, 7])
    return np.stack([empty_field(rng, size) for _ in range(n)])


def empty_field(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A field without cells, (H, W, 3) uint8: slope, vignette, clouds, noise of any strength."""
    rows, columns = (np.linspace(-1, 1, n)[:, None] for n in size)
    slope = rng.uniform(-60, 60, 2) * rng.random()
    shade = rng.uniform(0, 80) + slope[0] * rows + slope[1] * columns.T
    shade = shade - rng.uniform(0, 30) * (rows**2 + columns.T**2)
    clouds = gaussian_filter(rng.normal(0, 1, size), rng.uniform(20, 40), mode="wrap")
    shade = shade + rng.uniform(0, 25) * rng.integers(2) * clouds / clouds.std()
    noise = rng.normal(0, rng.uniform(0, 12), size)
    value = np.clip(shade + noise, 0, 255).astype(np.uint8)
    return np.repeat(value[..., None], 3, 2)
