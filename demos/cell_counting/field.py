"""Counting in any fluorescence picture: size and contrast made canonical, then one network.

`Counter.count` answers at once, `Counter.steps` reports its progress on the way.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from safetensors.torch import load
from torch.nn import functional as F

from demos.cell_counting import prepare
from demos.cell_counting.model import UNet, build
from demos.cell_counting.plain import count_plain, standing_out
from demos.cell_counting.size import LEAST, MOST, diameter_in
from demos.core.checkpoint import Checkpoint
from demos.core.errors import UserError
from demos.core.familiarity import Familiarity, Scale

TILE, HALO = 512, 96  # canonical pixels; both are multiples of the network's
PIXELS = 8_000_000  # canonical pixels that are counted at most
EMPTY, CLEAR = 2.9, 3.5  # deviations by which cells stand out: nothing is there, something is
PEAK = 0.35  # a local maximum is a cell from this share of a lone cell's peak on
COARSE, BLURRED = 30.0, 0.66  # an estimated diameter (pixels) and a peakedness that are doubted


@dataclass(frozen=True, eq=False)
class FieldCount:
    """What was found in a picture of `size` (width, height).

    count: cells, a real number. density: (h, w) float32, cells per canonical pixel, with sum
    `count`; it covers `box` (left, top, right, bottom) of the picture. positions: (n, 2) x, y in
    the picture's pixels. diameter: the cells' in the picture's pixels, estimated or as given.
    kind: "photograph" or "synthetic", what the picture is more like. familiarity: how like either.
    interval: 90 % of the count, None unless the picture is familiar. features: of the familiarity.
    notes: what was done to the picture, in words.
    """

    count: float
    size: tuple[int, int]
    box: tuple[int, int, int, int]
    density: np.ndarray
    positions: np.ndarray
    diameter: float
    features: np.ndarray
    kind: str | None = None
    familiarity: Familiarity | None = None
    interval: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()

    def on_picture(self) -> np.ndarray:
        """The density in cells per pixel of the picture, (H, W) float32 with sum `count`."""
        left, top, right, bottom = self.box
        out = np.zeros(self.size[::-1], np.float32)
        part = prepare.stretched(self.density, (right - left, bottom - top)).clip(0)
        total = float(part.sum(dtype=np.float64))
        out[top:bottom, left:right] = part * (self.count / total if total else 0)
        return out


class Counter:
    """A network with what was measured about it: `record` is evaluation.json's `field`."""

    def __init__(self, net: UNet, record: dict[str, Any] | None = None, sigma: float = 2.0):
        self.net = net.eval().to(memory_format=torch.channels_last)
        self.record = record
        self.sigma = sigma

    def count(self, rgb: np.ndarray, diameter: float | None = None) -> FieldCount:
        """The cells of an (H, W, 3) uint8 picture; their diameter in pixels, else estimated.

        Raises UserError for a diameter out of range, and where the picture would grow too large.
        """
        for step in self.steps(rgb, diameter):
            found = step
        return found

    def steps(self, rgb: np.ndarray, diameter: float | None = None) -> Iterator[float | FieldCount]:
        """As `count`: the share that is done after each tile, and finally the answer."""
        seen = prepare.view(rgb)
        if diameter is not None:
            yield from self._steps(rgb, seen, diameter)
            return
        diameter = diameter_in(seen.value)
        found = yield from self._part(rgb, seen, diameter)
        doubted = diameter > COARSE and peakedness(found.features) < BLURRED
        if doubted and seen.value.size * prepare.scale_of(diameter / 2) ** 2 <= PIXELS:
            # A clump of small cells is taken for one large cell; seen closer, it falls apart.
            closer = yield from self._part(rgb, seen, diameter / 2)
            if peakedness(closer.features) > peakedness(found.features):
                found = closer
        if found.kind == "synthetic" and found.diameter > 0.9 * prepare.LARGE:
            # Overlapping cells are known best at the size that the synthetic ones have. Where
            # they are hardly larger, the estimate may have taken several for one.
            found = yield from self._part(rgb, seen, found.diameter, prepare.DIAMETER)
        yield found

    def _part(
        self, rgb: np.ndarray, seen: prepare.View, diameter: float, large: float = prepare.LARGE
    ) -> Generator[float, None, FieldCount]:
        """One of several passes: its progress is reported, its answer returned."""
        for found in self._steps(rgb, seen, diameter, large):
            if isinstance(found, float):
                yield found
        return found

    def _steps(
        self, rgb: np.ndarray, seen: prepare.View, diameter: float, large: float = prepare.LARGE
    ) -> Iterator[float | FieldCount]:
        if not LEAST <= diameter <= MOST:
            raise UserError(f"Give a diameter from {LEAST:.0f} to {MOST:.0f} pixels.")
        scale = prepare.scale_of(diameter, large)
        if seen.value.size * scale**2 > PIXELS:
            raise UserError(
                f"With cells of {diameter:.0f} pixels this picture would be counted at "
                f"{seen.value.size * scale**2 / 1e6:.0f} megapixels; the limit is "
                f"{PIXELS // 10**6}. Please crop it, or correct the diameter."
            )
        value = prepare.resized(seen.value, scale)
        given = prepare.network_input(value)
        density = np.zeros(value.shape, np.float32)
        places = tiles(value.shape)
        for done, (place, inner) in enumerate(places, 1):
            found = self._piece(given[:, place[0], place[1]])
            top, left = place[0].start, place[1].start
            rows, columns = inner
            density[rows, columns] = found[
                rows.start - top : rows.stop - top, columns.start - left : columns.stop - left
            ]
            if done < len(places):
                yield done / len(places)
        yield self._answer(rgb, seen, value, density, diameter, diameter * scale)

    @torch.inference_mode()
    def _piece(self, given: np.ndarray) -> np.ndarray:
        """(2, h, w) to the density (h, w); the border is repeated up to a multiple."""
        _, rows, columns = given.shape
        x = torch.from_numpy(np.ascontiguousarray(given))[None]
        below, right = -rows % self.net.multiple, -columns % self.net.multiple
        x = F.pad(x, (0, right, 0, below), mode="replicate")
        found = self.net(x.contiguous(memory_format=torch.channels_last))[0].numpy()
        return found[:rows, :columns]

    def _answer(
        self,
        rgb: np.ndarray,
        seen: prepare.View,
        value: np.ndarray,
        density: np.ndarray,
        diameter: float,
        canonical: float,
    ) -> FieldCount:
        density *= clearness(value)
        left, top, right, bottom = seen.box
        step = np.array([(right - left) / value.shape[1], (bottom - top) / value.shape[0]])
        positions = local_maxima(density, self.sigma) * step + [left, top]
        features = describe(rgb[top:bottom, left:right], value, density, canonical, self.sigma)
        kind = familiarity = interval = None
        if self.record:
            kind, familiarity = judge(features, self.record)
            if kind == "photograph":
                # Nuclei touch but seldom overlap: peaks count them better than sums.
                density *= len(positions) / max(float(density.sum(dtype=np.float64)), 1e-9)
            else:
                density *= self.record["kinds"][kind]["factor"]
        count = float(density.sum(dtype=np.float64))
        if familiarity and familiarity.familiar and "intervals" in self.record:
            interval = interval_of(count, self.record["intervals"][kind])
        return FieldCount(
            count, (rgb.shape[1], rgb.shape[0]), seen.box, density,
            positions.astype(np.float32), diameter, features, kind, familiarity, interval,
            done_to(rgb, seen),
        )  # fmt: skip


def done_to(rgb: np.ndarray, seen: prepare.View) -> tuple[str, ...]:
    """What was done to an (H, W, 3) picture before it was counted, in words."""
    rows, columns = rgb.shape[:2]
    done = {
        "a margin was cut off": seen.box != (0, 0, columns, rows),
        "dark cells on a light background were inverted": seen.inverted,
        "a scale bar and its label were painted over": seen.labels > 0,
    }
    return tuple(note for note, true in done.items() if true)


def clearness(value: np.ndarray) -> float:
    """0 where nothing stands out from a canonical picture's ground, 1 where something does.

    Whatever is brighter than Otsu's threshold lies 2.65 deviations above the rest in pure noise
    and in clouds, and 4 or more where there are cells, crowded ones too. Contrast is made the same
    for all pictures, and without this an empty field's noise would be made into cells.
    """
    smooth = prepare.smoothed(value)
    out = standing_out(smooth, smooth > prepare.otsu(smooth))
    return float(np.clip((out - EMPTY) / (CLEAR - EMPTY), 0, 1))


def load_counter(checkpoint: Checkpoint) -> Counter:
    """The counter of a published checkpoint, with what was measured about it, if anything was."""
    arguments = dict(checkpoint.card.architecture.arguments)
    arguments.pop("input")
    sigma = arguments.pop("sigma")
    net = build(checkpoint.card.architecture.name, arguments)
    net.load_state_dict(load(checkpoint.read("model.safetensors")))
    return Counter(net, checkpoint.evaluation.get("field"), sigma)


def tiles(shape: tuple[int, int]) -> list[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """(part to look at, part to keep) of a picture (h, w), tile by tile."""
    rows, columns = (_lengths(n) for n in shape)
    return [((r[0], c[0]), (r[1], c[1])) for r in rows for c in columns]


def _lengths(length: int) -> list[tuple[slice, slice]]:
    if length <= TILE + 2 * HALO:
        return [(slice(0, length), slice(0, length))]
    return [
        (slice(max(0, at - HALO), min(length, at + TILE + HALO)), slice(at, min(length, at + TILE)))
        for at in range(0, length, TILE)
    ]


def local_maxima(density: np.ndarray, sigma: float) -> np.ndarray:
    """The (n, 2) x, y of the density's peaks, in its own pixels from the corner."""
    lone = 1 / (2 * np.pi * sigma**2)
    rows, columns = np.nonzero(density > PEAK * lone)
    around = np.pad(density, 1, constant_values=-np.inf)
    near = [around[rows + i, columns + j] for i in range(3) for j in range(3)]
    top = density[rows, columns] == np.max(near, axis=0) if rows.size else np.zeros(0, bool)
    return np.stack([columns[top], rows[top]], 1) + 0.5


def interval_of(count: float, widths: dict[str, float]) -> tuple[float, float]:
    """90 % of the count; its width grows as `scale` · max(count, least) ** power."""
    wide = widths["scale"] * max(count, widths["least"]) ** widths["power"]
    return max(0.0, count - wide), count + wide


def describe(
    rgb: np.ndarray, value: np.ndarray, density: np.ndarray, diameter: float, sigma: float
) -> np.ndarray:
    """What tells pictures of cells from others, (8,) float64; all of it is about 1 or less."""
    smooth = prepare.smoothed(value)
    bright = smooth > prepare.otsu(smooth)
    out = standing_out(smooth, bright)
    count = float(density.sum())
    plain = count_plain(value).count
    lone = 1 / (4 * np.pi * sigma**2)  # what a lone Gaussian's squares sum to
    peaked = float(np.square(density).sum()) / max(count * lone, 1e-9)
    share = float(bright.mean())
    within = float(density[bright].sum()) / max(count, 1e-9)
    return np.array([
        np.log(max(out, 0.1)) / 2,
        np.log(share + 1e-3) / 4,
        np.log((count + 2) / (plain + 2)),
        np.log(peaked + 0.05) / 2,
        np.log(within + 0.05),
        np.log(prepare.noise(value) / prepare.contrast(value) + 1e-3) / 5,
        colours(rgb),
        np.log((count * diameter**2 + 50) / (share * value.size + 50)),
    ])  # fmt: skip


def colours(rgb: np.ndarray) -> float:
    """How much a picture is of more than one colour: 0 for one stain, 1 for two alike."""
    step = max(1, int(np.sqrt(rgb.shape[0] * rgb.shape[1] / 40_000)))
    pixels = rgb[::step, ::step].reshape(-1, 3).astype(float)
    if len(pixels) < 2:
        return 0.0
    eigenvalues = np.linalg.eigvalsh(np.cov(pixels.T) + 0.1 * np.eye(3))
    return float(np.sqrt(eigenvalues[1] / eigenvalues[2]))


def peakedness(features: np.ndarray) -> float:
    """How much a density is one of lone cells: 1 where each is a Gaussian of its own."""
    return float(np.exp(2 * features[3])) - 0.05


def judge(features: np.ndarray, record: dict[str, Any]) -> tuple[str, Familiarity | None]:
    """Which kind a picture is more like, and, once there is a scale, how like it."""
    rule = record["rule"]
    side = float(features @ np.array(rule["weights"])) + rule["bias"]
    kind = "synthetic" if side > 0 else "photograph"
    scale = record.get("scale")
    if not scale:
        return kind, None
    best = max(likelihood(features, g) for g in record["kinds"].values())
    return kind, Scale(tuple(scale))(best)


def likelihood(features: np.ndarray, gaussian: dict[str, Any]) -> float:
    """The logarithm of a Gaussian's density, without its constant."""
    off = features - np.array(gaussian["mean"])
    return float(-off @ np.array(gaussian["precision"]) @ off + gaussian["level"]) / 2
