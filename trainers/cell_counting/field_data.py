"""What `field` is trained on: pictures changed as visitors' are, brought to the network's size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from demos.cell_counting import prepare
from demos.cell_counting.size import diameter_in
from trainers.cell_counting import data, nuclei
from trainers.core import wild_pictures as wild

SIDE = 128  # of the crops that are trained on
SIGMA = 2.0  # of the density truth, in canonical pixels
MOST = 640  # pixels: of a larger photograph a part is taken


@dataclass(frozen=True, eq=False)
class Field:
    """One picture to train on. diameter: the true one, in pixels; seen: the estimated one."""

    rgb: np.ndarray
    points: np.ndarray
    diameter: float
    seen: float
    synthetic: bool


@dataclass(frozen=True)
class Mix:
    """What is drawn: the shares of empty and of synthetic fields (the rest are photographs), how
    often changes are made beside their usual rates, how often a photograph has the size that the
    estimate gives it (otherwise one between that and the true one), the deviation of its logarithm
    from that, and how often it has any size that the network knows."""

    empty: float = 0.08
    synthetic: float = 0.3
    changed: float = 1.0
    seen: float = 0.0
    jitter: float = 0.1
    anysize: float = 0.0


FIRST = Mix(empty=0.06, synthetic=0.2, seen=0.3, anysize=0.4)
LAST = Mix(empty=0.05, synthetic=0.3, changed=0.5, seen=0.6, jitter=0.05, anysize=0.15)


def fields(cells: data.Cells, photographs: list[nuclei.Photograph]) -> list[Field]:
    """Both kinds. The synthetic cells' diameter is the canonical one by definition."""
    synthetic = [
        Field(rgb, nuclei.points_of(dots), prepare.DIAMETER, prepare.DIAMETER, True)
        for rgb, dots in zip(cells.rgb, cells.dots, strict=True)
    ]
    return synthetic + [
        Field(p.rgb, p.points, p.diameter, diameter_in(prepare.view(p.rgb).value), False)
        for p in photographs
    ]


def sample(
    rng: np.random.Generator, synthetic: list[Field], photographs: list[Field], mix: Mix = FIRST
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One crop: input (2, S, S), density truth (S, S) in cells, and where it counts (S, S)."""
    kind = rng.random()
    if kind < mix.empty:
        rgb, points, diameter = _empty(rng), np.zeros((0, 2), np.float32), None
    else:
        source = synthetic if kind < mix.empty + mix.synthetic else photographs
        rgb, points, diameter = _drawn(rng, source, mix)
    rgb, points, diameter = _changed(rng, rgb, points, diameter, mix)
    seen = prepare.view(rgb)
    points = points - np.array(seen.box[:2], np.float32)
    points = points[((points >= 0) & (points < seen.value.shape[::-1])).all(1)]
    if diameter is None:
        scale = prepare.scale_of(diameter_in(seen.value))
    else:
        scale = prepare.scale_of(diameter)
        if rng.random() < mix.anysize:
            scale = rng.uniform(prepare.SMALL, prepare.LARGE) / diameter
        scale *= float(np.exp(rng.normal(0, mix.jitter)))
    scale = min(scale, 700 / max(seen.value.shape))
    value = prepare.resized(seen.value, scale)
    at = np.array(value.shape) / seen.value.shape
    return _crop(rng, prepare.network_input(value), points * at[::-1])


def _drawn(
    rng: np.random.Generator, source: list[Field], mix: Mix
) -> tuple[np.ndarray, np.ndarray, float]:
    """A picture of one kind, sometimes with the light of a second one laid over it."""
    chosen = source[rng.integers(len(source))]
    rgb, points = chosen.rgb, chosen.points
    if not chosen.synthetic:
        # Between what is true and what will be seen: the network must bear the estimate's errors.
        share = 1 if rng.random() < mix.seen else rng.random()
        mixed = share * np.log(np.clip(chosen.seen / chosen.diameter, 0.5, 2))
        rgb, points = _part(rng, rgb, points)
        return rgb, points, chosen.diameter * float(np.exp(mixed))
    for _ in range(rng.choice(3, p=[0.65, 0.25, 0.1])):
        other = source[rng.integers(len(source))]
        above, more = _flipped(rng, other.rgb, other.points)
        # Where two cells lie over each other, the light adds up or the brighter one is seen.
        lit = rgb.astype(np.int16) + np.maximum(above.astype(np.int16) - np.median(above), 0)
        lit = np.clip(lit, 0, 255) if rng.random() < 0.5 else np.maximum(rgb, above)
        rgb, points = lit.astype(np.uint8), np.concatenate([points, more])
    return rgb, points, chosen.diameter


def _part(
    rng: np.random.Generator, rgb: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = rgb.shape[:2]
    top = int(rng.integers(max(1, rows - MOST + 1)))
    left = int(rng.integers(max(1, columns - MOST + 1)))
    points = points - np.array([left, top], np.float32)
    inside = (points >= 0).all(1) & (points < MOST).all(1)
    return rgb[top : top + MOST, left : left + MOST], points[inside]


def _flipped(
    rng: np.random.Generator, rgb: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One of the eight flips and rotations of a square picture."""
    side = rgb.shape[1]
    if rng.integers(2):
        rgb, points = rgb[:, ::-1], points * [-1, 1] + [side, 0]
    for _ in range(rng.integers(4)):
        # numpy turns from the first axis to the second: (x, y) becomes (y, side − x).
        side = rgb.shape[1]
        rgb, points = np.rot90(rgb), np.stack([points[:, 1], side - points[:, 0]], 1)
    return rgb, points.astype(np.float32)


def _empty(rng: np.random.Generator) -> np.ndarray:
    """A field without cells, (192, 192, 3) uint8: slope, vignette, clouds, noise."""
    size = (192, 192)
    y, x = np.mgrid[-1 : 1 : size[0] * 1j, -1 : 1 : size[1] * 1j]
    shade = rng.uniform(0, 80) + rng.uniform(-60, 60) * x * rng.random()
    shade = shade - rng.uniform(0, 30) * (x**2 + y**2)
    if rng.random() < 0.5:
        clouds = gaussian_filter(rng.normal(0, 1, size), np.exp(rng.uniform(1, 3.7)), mode="wrap")
        shade = shade + rng.uniform(0, 30) * clouds / clouds.std()
    shade = shade + rng.normal(0, rng.uniform(0, 12) * rng.integers(2) + 0.3, size)
    return np.repeat(np.clip(shade, 0, 255).astype(np.uint8)[..., None], 3, 2)


def _changed(
    rng: np.random.Generator,
    rgb: np.ndarray,
    points: np.ndarray,
    diameter: float | None,
    mix: Mix,
) -> tuple[np.ndarray, np.ndarray, float | None]:
    """The picture as a visitor may bring it; the changes come in the order in which they occur."""

    def by(chance: float) -> bool:
        return bool(rng.random() < chance * mix.changed)

    if diameter is not None and by(0.2):
        factor = float(np.exp(rng.uniform(np.log(max(0.5, 5 / diameter)), 0.3)))
        rgb, points, diameter = wild.magnified(rgb, factor), points * factor, diameter * factor
    if diameter is not None and by(0.12):
        rgb = wild.blurred(rgb, rng.uniform(0.02, 0.12) * diameter)
    if by(0.35):
        rgb = wild.exposed(rgb, float(np.exp(rng.uniform(np.log(0.4), np.log(2.4)))))
    if by(0.3):
        rgb = wild.curved(rgb, float(np.exp(rng.normal(0, 0.3))))
    if by(0.25):
        light = rng.uniform(0, 40), rng.uniform(0, 80) * rng.integers(2), rng.uniform(0, 6.3)
        rgb = wild.over_ground(rgb, *light)
    if by(0.12):
        rgb = wild.labelled(rgb)
    if by(0.35):
        rgb = wild.noisy(rgb, rng.uniform(1, 18), rng)
    if by(0.2):
        rgb = wild.compressed(rgb, int(rng.integers(35, 95)))
    return rgb, points, diameter


def _crop(
    rng: np.random.Generator, given: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A crop of SIDE pixels, flipped; a smaller picture is filled up by its border, unweighted."""
    _, rows, columns = given.shape
    dots = np.zeros((rows, columns), np.float32)
    x, y = np.clip(points.astype(int), 0, [[columns - 1, rows - 1]]).T
    np.add.at(dots, (y, x), 1)
    options = {"sigma": SIGMA, "mode": "constant", "truncate": 4.0}
    truth = gaussian_filter(dots / gaussian_filter(np.ones_like(dots), **options), **options)
    top, left = max(0, rows - SIDE), max(0, columns - SIDE)
    top, left = int(rng.integers(top + 1)), int(rng.integers(left + 1))
    if len(points) and rng.random() < 0.6:  # most of a sparse field is empty
        column, row = points[rng.integers(len(points))]
        top = int(np.clip(row - rng.integers(SIDE), 0, max(0, rows - SIDE)))
        left = int(np.clip(column - rng.integers(SIDE), 0, max(0, columns - SIDE)))
    given = given[:, top : top + SIDE, left : left + SIDE]
    truth = truth[top : top + SIDE, left : left + SIDE]
    below, right = SIDE - given.shape[1], SIDE - given.shape[2]
    counts = np.pad(np.ones(truth.shape, np.float32), ((0, below), (0, right)))
    given = np.pad(given, ((0, 0), (0, below), (0, right)), mode="edge")
    truth = np.pad(truth, ((0, below), (0, right)))
    turns, flip = int(rng.integers(4)), 1 - 2 * int(rng.integers(2))
    return tuple(np.rot90(a, turns, (-2, -1))[..., ::flip].copy() for a in (given, truth, counts))


def batches(
    rng: np.random.Generator,
    synthetic: list[Field],
    photographs: list[Field],
    mix: Mix,
    n: int,
    size: int,
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """`n` batches of `size` crops."""
    for _ in range(n):
        made = [sample(rng, synthetic, photographs, mix) for _ in range(size)]
        x, y, w = (torch.from_numpy(np.stack(part)) for part in zip(*made, strict=True))
        yield x.contiguous(memory_format=torch.channels_last), y, w
