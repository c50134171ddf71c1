"""From a decoded picture to a count: prepare, one forward pass, local maxima."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from safetensors.torch import load
from torch.nn import functional as F

from demos.cell_counting import ALL, CHANNELS
from demos.cell_counting.familiar import FILE, Familiar
from demos.cell_counting.field import Counter
from demos.cell_counting.model import UNet, build
from demos.cell_counting.plain import count_plain
from demos.cell_counting.result import CellCount
from demos.cell_counting.size import estimate_diameter
from demos.core import images
from demos.core.checkpoint import Checkpoint
from demos.core.errors import UserError
from demos.core.familiarity import Familiarity, is_familiar
from demos.core.images import Picture

WHOLE = 1_000_000  # pixels that go through the network in one piece
MOST = 4_000_000
TILE, HALO = 768, 128  # the halo is wider than half of any network's receptive field
TRAINED_AREA = 256 * 256
LIT = 40  # grey levels that a channel with something in it reaches
BRIGHT = 140  # median intensity; the brightest field of the pool has 115
PEAK = 0.35  # a local maximum counts as a cell from this share of a lone cell's peak on
MEAN = np.array([0.485, 0.456, 0.406], np.float32)  # ImageNet, as in the original
STD = np.array([0.229, 0.224, 0.225], np.float32)


def imagenet(rgb: np.ndarray) -> np.ndarray:
    """(…, H, W, 3) uint8 to (…, 3, H, W) float32, normalised with the ImageNet statistics."""
    return np.moveaxis((rgb.astype(np.float32) / 255 - MEAN) / STD, -1, -3)


def intensity(rgb: np.ndarray) -> np.ndarray:
    """(…, H, W, 3) uint8 to (…, 1, H, W) float32: what is left when the hue is taken away.

    The maximum over the channels less the background (its 5 % quantile), then the mean of the
    ImageNet statistics: a blue, green, red or grey version of an image looks the same.
    """
    value = rgb.max(-1).astype(np.float32) / 255
    background = np.quantile(value, 0.05, axis=(-2, -1), keepdims=True).astype(np.float32)
    return ((np.maximum(value - background, 0) - MEAN.mean()) / STD.mean())[..., None, :, :]


SYNTHETIC = "synthetic"  # the role under which `field` uses the network for synthetic cells
BY_SYNTHETIC = "like the synthetic cells, so counted by the network that knows only those"
PLAIN, FIELD = "plain", "field"  # an architecture without a network; an input that finds the size
INPUTS = {"imagenet": imagenet, "intensity": intensity}


class Predictor:
    """One variant, ready to count."""

    def __init__(self, checkpoint: Checkpoint):
        card = checkpoint.card
        arguments = dict(card.architecture.arguments)
        self.parameters = card.architecture.parameters
        self.intervals = checkpoint.evaluation.get("interval")
        self.net = self.counter = self.prepare = self.synthetic = None
        known = FILE in card.files
        self.familiarity = Familiar(checkpoint.read(FILE)) if known else None
        if card.architecture.name == PLAIN:
            return
        way = arguments.pop("input")
        self.sigma = arguments.pop("sigma", None)
        self.net = build(card.architecture.name, arguments)
        self.net.load_state_dict(load(checkpoint.read("model.safetensors")))
        self.net.eval().to(memory_format=torch.channels_last)
        if way == FIELD:
            self.counter = Counter(self.net, checkpoint.evaluation.get("field"), self.sigma)
            if SYNTHETIC in card.uses:
                self.synthetic = Predictor(checkpoint.uses(SYNTHETIC))
        else:
            self.prepare = INPUTS[way]

    def predict(self, picture: Picture, diameter: float = 0.0, channel: str = ALL) -> CellCount:
        """Count the cells of one picture.

        diameter: of its cells in pixels, 0 to have it estimated; only `field` asks. channel: the
        colour that is counted in. Raises UserError above a size, and for bright-field pictures.
        """
        rgb = one_channel(picture.rgb, channel)
        notes = channels_note(picture.rgb) if channel == ALL else (f"{channel} channel only",)
        known = self.synthetic.known(rgb) if self.synthetic and not diameter else None
        if known:
            found = self.synthetic._count(rgb, picture.size)
            return replace(found, notes=(*notes, BY_SYNTHETIC), familiarity=known,
                           diameter=estimate_diameter(rgb))  # fmt: skip
        if self.counter:
            found = self.counter.count(rgb, diameter or None)
            return CellCount(
                found.count, picture.size, found.on_picture(), positions=found.positions,
                interval=found.interval, diameter=found.diameter,
                notes=(*notes, *found.notes), familiarity=found.familiarity,
            )  # fmt: skip
        check(rgb)
        found = self._count(rgb, picture.size)
        familiarity = self.familiarity(rgb) if self.familiarity else None
        # The interval was calibrated on data that the picture is unlike.
        interval = found.interval if is_familiar(familiarity) else None
        return replace(found, notes=notes, familiarity=familiarity, interval=interval)

    def known(self, rgb: np.ndarray) -> Familiarity | None:
        """The familiarity of a picture that has no margin and is like those this network was
        trained on; None for all others."""
        rows, columns = rgb.shape[:2]
        if rows * columns > MOST or np.median(rgb.max(-1)) > BRIGHT or not self.familiarity:
            return None
        if images.content(rgb) != (0, 0, columns, rows):
            return None
        found = self.familiarity(rgb)
        return found if found.familiar else None

    def _count(self, rgb: np.ndarray, size: tuple[int, int]) -> CellCount:
        if self.prepare is None:
            plain = count_plain(rgb.max(-1))
            return CellCount(plain.count, size, positions=plain.positions, diameter=plain.diameter)
        prepared = self.prepare(rgb)  # (C, H, W)
        if not self.gives_density:
            count = self._number(prepared)
            return CellCount(count, size, interval=self.interval(count))
        density = self._density(prepared)
        count = float(density.sum())
        positions = peaks(density, self.net.fold, self.sigma)
        return CellCount(
            count,
            size,
            density,
            pixel=self.net.fold,
            positions=positions,
            interval=self.interval(count),
        )

    def outputs(self, asked: Sequence[tuple[Picture, float, str]]) -> list[dict[str, np.ndarray]]:
        """`count` () of each picture, and its `density` map if one is painted."""
        found = []
        for inputs in asked:
            answer = self.predict(*inputs)
            density = {} if answer.density is None else {"density": answer.density}
            found.append({"count": np.float32(answer.count), **density})
        return found

    def orientations(
        self, picture: Picture, diameter: float = 0.0, channel: str = ALL
    ) -> np.ndarray:
        """The counts (8,) of the eight flipped and rotated views of a picture.

        Their spread says how much the answer changes with orientation; it is not an error bar.
        """
        views = [
            np.ascontiguousarray(np.rot90(v, k))
            for v in (picture.rgb, picture.rgb[:, ::-1])
            for k in range(4)
        ]
        return np.array([self.predict(Picture(v), diameter, channel).count for v in views])

    @property
    def gives_density(self) -> bool:
        return isinstance(self.net, UNet)

    @torch.inference_mode()
    def _number(self, prepared: np.ndarray) -> float:
        # Global pooling answers per area, so a larger field than those trained on is scaled up.
        _, rows, columns = prepared.shape
        found = float(self.net(_pad(prepared, 32)))
        return max(0.0, found) * rows * columns / TRAINED_AREA

    @torch.inference_mode()
    def _density(self, prepared: np.ndarray) -> np.ndarray:
        _, rows, columns = prepared.shape
        if rows * columns <= WHOLE:
            return self._piece(prepared)
        fold = self.net.fold
        out = np.zeros((-(-rows // fold), -(-columns // fold)), np.float32)
        for top in range(0, rows, TILE):
            for left in range(0, columns, TILE):
                first = (max(0, top - HALO), max(0, left - HALO))
                tile = prepared[:, first[0] : top + TILE + HALO, first[1] : left + TILE + HALO]
                found = self._piece(tile)
                y, x = (top - first[0]) // fold, (left - first[1]) // fold
                part = found[y : y + TILE // fold, x : x + TILE // fold]
                t, le = top // fold, left // fold
                out[t : t + part.shape[0], le : le + part.shape[1]] = part
        return out

    def _piece(self, prepared: np.ndarray) -> np.ndarray:
        """(C, H, W) to the density of its own area, (⌈H/fold⌉, ⌈W/fold⌉)."""
        _, rows, columns = prepared.shape
        found = self.net(_pad(prepared, self.net.multiple))[0].numpy()
        fold = self.net.fold
        return found[: -(-rows // fold), : -(-columns // fold)]

    def interval(self, count: float) -> tuple[float, float] | None:
        """90 % interval: quantiles of cross-validated residuals, growing with the count."""
        if not self.intervals:
            return None
        wide = self.intervals["scale"] * float(np.sqrt(max(count, self.intervals["least"])))
        return max(0.0, count - wide), count + wide


def one_channel(rgb: np.ndarray, channel: str) -> np.ndarray:
    """The (H, W, 3) picture with the light of one colour alone, grey; as it is for ALL."""
    if channel == ALL:
        return rgb
    return np.repeat(rgb[..., CHANNELS.index(channel) - 1, None], 3, 2)


def channels_note(rgb: np.ndarray) -> tuple[str, ...]:
    """Says which channels are counted together where a picture has different light in several."""
    lit = [name for name, c in zip(CHANNELS[1:], range(3), strict=True) if rgb[..., c].max() > LIT]
    if len(lit) < 2 or int(np.ptp(rgb[::4, ::4].astype(np.int16), axis=-1).max()) <= LIT:
        return ()
    return (f"the brightest of {', '.join(lit[:-1])} and {lit[-1]} at each pixel",)


def check(rgb: np.ndarray) -> None:
    """UserError for pictures that no variant can count."""
    rows, columns = rgb.shape[:2]
    if rows * columns > MOST:
        raise UserError(
            f"This picture has {columns} × {rows} pixels; at most {MOST // 10**6} megapixels are "
            f"counted at once. Please crop it, for example to 2000 × 2000 pixels."
        )
    if np.median(rgb.max(-1)) > BRIGHT:
        raise UserError(
            "This looks like a bright-field image: its background is bright. The networks know "
            "only fluorescence: bright cells on a dark background."
        )


def peaks(density: np.ndarray, fold: int, sigma: float) -> np.ndarray:
    """Local maxima of a density map as (n, 2) x, y in image pixels.

    A maximum counts from a share of the peak that one Gaussian cell of `sigma` pixels has.
    """
    lone = fold**2 / (2 * np.pi * sigma**2)
    rows, columns = np.nonzero(density > PEAK * lone)
    around = np.pad(density, 1, constant_values=-np.inf)
    # Only there are the neighbours looked at: most of a map is empty.
    highest = np.max([around[rows + i, columns + j] for i in range(3) for j in range(3)], axis=0)
    top = density[rows, columns] == highest
    rows, columns = rows[top], columns[top]
    return ((np.stack([columns, rows], 1) + 0.5) * fold).astype(np.float32)


def _pad(prepared: np.ndarray, multiple: int) -> torch.Tensor:
    """(C, H, W) to a (1, C, H', W') tensor whose sides are multiples; the border is repeated."""
    x = torch.from_numpy(np.ascontiguousarray(prepared))[None]
    below, right = -x.shape[2] % multiple, -x.shape[3] % multiple
    if below or right:
        x = F.pad(x, (0, right, 0, below), mode="replicate")
    return x.contiguous(memory_format=torch.channels_last)
