"""Training of the four variants of cell counting."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save
from scipy.ndimage import gaussian_filter
from torch.nn import functional as F

from demos.cell_counting.model import UNet, build
from demos.cell_counting.predict import INPUTS
from demos.core.checkpoint import Architecture, Data, Metric, Reference
from demos.core.errors import UserError
from trainers.cell_counting import data
from trainers.core import metrics, torch_loop
from trainers.core.publish import Trained
from trainers.core.run import Run

ORIGIN = (
    "Synthetic fluorescence cells of Lempitsky & Zisserman (2010), VGG Oxford, "
    "robots.ox.ac.uk/~vgg/research/counting"
)
LICENCE = "The data has no explicit licence: research use. The weights inherit that remark."
FLOOR = "; the floor of the density on those of draws 0, 2 and 4 and on generated empty fields"
LIMITS = (
    "Trained on synthetic fluorescence images of 256 × 256 pixels with 74 to 317 round cells of "
    "about 10 pixels. Other sizes of cells, tissue and bright-field images are foreign to it."
)
REFERENCES = [
    Reference(who="The seed's baseline", metric="mae", value=32.67, source="the seed's README",
              comparable=False, note="one split of 180 to train and 20 to validate"),
    Reference(who="Count-ception, N = 64", metric="mae", value=2.3,
              source="Cohen et al. 2017, arXiv 1703.08710", comparable=True, note="± 0.4"),
    Reference(who="SAU-Net, N = 64", metric="mae", value=2.6,
              source="Guo et al. 2019, arXiv 1903.02249", comparable=True, note="± 0.4"),
    Reference(who="FCRN-A, N = 64", metric="mae", value=2.9,
              source="Xie et al. 2018", comparable=True, note="± 0.2"),
]  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """How a variant is trained: AdamW, one cycle of the rate, flips and rotations.

    sigma: of the density truth's Gaussians in pixels. gain: deviation of the logarithm of a random
    brightness.
    empty: the share of images without cells (noise, gradients) that are mixed in.
    average: decay of the weights' moving average; its window must be short beside the run's steps.
    freeze: the share of the epochs after which batch norms use their running statistics.
    """

    network: str
    input: str
    arguments: dict[str, Any] = field(default_factory=dict)
    epochs: int = 40
    batch: int = 4
    rate: float = 2e-3
    decay: float = 1e-4
    sigma: float | None = None
    gain: float = 0.0
    empty: float = 0.0
    freeze: float = 0.6
    average: float = 0.99


_WIDTHS = [24, 48, 96]
_REGRESSION = {"batch": 8, "rate": 1e-3, "average": 0.9}
RECIPES = {
    "baseline": Recipe("CellCountBaseline", "imagenet", epochs=90, **_REGRESSION),
    "feature_rich": Recipe("CellCountCNNRegressor", "imagenet", epochs=30, **_REGRESSION),
    "unet": Recipe(
        "UNet", "imagenet", {"channels": 3, "widths": _WIDTHS, "fold": 2}, epochs=36, sigma=2.0
    ),
    "best": Recipe(
        "UNet", "intensity", {"channels": 1, "widths": _WIDTHS, "fold": 2, "floor": 0.002},
        epochs=60, sigma=2.0, gain=0.05, empty=0.12,
    ),
}  # fmt: skip


def train(a: argparse.Namespace, run: Run) -> Trained | None:
    """One variant on N images of the pool (`--n`, `--draw`), on one fold, or on all of it."""
    recipe = RECIPES[a.variant]
    epochs = a.epochs or recipe.epochs
    cells = data.generated() if a.dry_run else data.read(a.data)
    chosen, rest = _split(a, cells)
    net, history = fit(a, recipe, epochs, cells[chosen], cells[rest], run)
    weights = {name: value.contiguous() for name, value in net.state_dict().items()}
    arguments = {**recipe.arguments, "input": recipe.input}
    if recipe.sigma:
        arguments["sigma"] = recipe.sigma
    last = history[-1]
    return Trained(
        architecture=Architecture(
            name=recipe.network,
            arguments=arguments,
            parameters=sum(p.numel() for p in net.parameters()),
        ),
        data=Data(
            name="VGG synthetic cells",
            origin=ORIGIN,
            licence="no explicit licence; research use",
            splits={"train": len(chosen), "validation": len(rest), "test": 100},
            protocol=protocol(a),
        ),
        epochs=epochs,
        chosen_on="the recipe on the 36 images of the pool that draw 0 leaves out; no early "
        "stopping, the last epoch's averaged weights are used"
        + (FLOOR if "floor" in arguments else ""),
        metrics=[
            Metric(name=name, split="validation", n=len(rest), value=last[f"validation_{name}"],
                   higher_is_better=metrics.higher_is_better(name))
            for name in ("mae", "bias") if len(rest)
        ],
        files={"model.safetensors": save(weights)},
        evaluation={"curves": history, "train_ids": cells.ids[chosen].tolist()},
        licence=LICENCE,
        limits=LIMITS,
        references=REFERENCES,
        notes="AdamW, one-cycle rate, flips and rotations, averaged weights"
        + (", head scaled to the training counts." if recipe.sigma else "."),
    )  # fmt: skip


def protocol(a: argparse.Namespace) -> str:
    """In words, what was trained on."""
    if a.n is None:
        return "Trained on the whole pool (ids 1–100): not comparable to figures at N = 64."
    return f"N = {a.n} images of the pool (ids 1–100), draw {a.draw}; test on ids 101–200."


def _split(a: argparse.Namespace, cells: data.Cells) -> tuple[np.ndarray, np.ndarray]:
    if a.dry_run:
        return np.arange(8), np.arange(8, len(cells))
    if a.fold is not None:
        return data.folds()[a.fold]
    if a.n is None:
        return np.arange(data.POOL), np.arange(0)
    if not 1 <= a.n <= data.POOL:
        raise UserError(f"--n must lie between 1 and {data.POOL}, the size of the pool.")
    return data.draw(a.n, a.draw)


def fit(
    a: argparse.Namespace, recipe: Recipe, epochs: int, cells: data.Cells, rest: data.Cells,
    run: Run, validate_every: int = 4,
) -> tuple[torch.nn.Module, list[dict[str, float]]]:  # fmt: skip
    """Train one network on `cells`, measuring on `rest` after every few epochs."""
    net = build(recipe.network, recipe.arguments).to(memory_format=torch.channels_last)
    if a.init:
        net.load_state_dict(load_file(a.init / "model.safetensors"))
    prepare = INPUTS[recipe.input]
    images = prepare(cells.rgb)
    is_map = isinstance(net, UNet)
    if is_map:
        targets = np.stack([data.density(d, recipe.sigma, net.fold) for d in cells.dots])
        scale = net.scale
    else:
        targets, scale = cells.counts.astype(np.float32)[:, None, None], 1 / net.scale
    zero = float(prepare(np.zeros((1, 1, 1, 3), np.uint8))[0, 0, 0, 0])
    steps = -(-len(images) // recipe.batch)
    optimizer = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=epochs * steps, pct_start=0.1
    )

    def sample(rng: np.random.Generator, i: int) -> tuple[np.ndarray, np.ndarray]:
        if recipe.empty and rng.random() < recipe.empty:
            field = empty_field(rng, cells.rgb.shape[1:3])
            return prepare(field), np.zeros_like(targets[i])
        x, y = data.dihedral(images[i], targets[i], int(rng.integers(8)))
        if recipe.gain:
            x = (x - zero) * np.float32(np.exp(rng.normal(0, recipe.gain))) + np.float32(zero)
        return x, y

    def batches(epoch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        rng = torch_loop.epoch_generator(a.seed, epoch)
        order = rng.permutation(len(images))
        for start in range(0, len(order), recipe.batch):
            pairs = [sample(rng, i) for i in order[start : start + recipe.batch]]
            x, y = (torch.from_numpy(np.stack(part)) for part in zip(*pairs, strict=True))
            yield x.contiguous(memory_format=torch.channels_last), y

    def loss(net: torch.nn.Module, batch: Any) -> torch.Tensor:
        found, true = net(batch[0]), batch[1]
        return F.mse_loss(found * scale, (true if is_map else true[:, 0, 0]) * scale)

    @torch.inference_mode()
    def validate(net: torch.nn.Module) -> dict[str, float]:
        if not len(rest):
            return {}
        views = torch.from_numpy(prepare(rest.rgb)).split(8)
        found = torch.cat([net(v.contiguous(memory_format=torch.channels_last)) for v in views])
        counts = (found.sum((1, 2)) if is_map else found).numpy()
        scores = metrics.counting(counts, rest.counts)
        return {f"validation_{name}": value for name, value in scores.items()}

    used = torch_loop.fit(
        run, net, epochs=epochs, batches=batches, loss=loss, optimizer=optimizer,
        scheduler=scheduler, validate=validate, validate_every=validate_every, clip=1.0,
        average=torch_loop.average_of(net, recipe.average),
        freeze_norm_at=int(epochs * recipe.freeze),
    )  # fmt: skip
    if is_map:
        calibrate(used, images, cells.counts)
        run.history[-1].update(validate(used))
    return used, run.history


@torch.inference_mode()
def calibrate(net: UNet, images: np.ndarray, counts: np.ndarray) -> float:
    """Scale the head so that the sums of the maps fit the training counts; returns the factor.

    A map that is 1 % too faint everywhere costs the squared error next to nothing, but the count
    2 cells. One factor by least squares mends that; no bias is fitted, so that empty stays empty.
    """
    views = torch.from_numpy(images).split(8)
    sums = torch.cat([net(v.contiguous(memory_format=torch.channels_last)) for v in views])
    sums = sums.sum((1, 2)).double().numpy()
    factor = float((sums * counts).sum() / max((sums**2).sum(), 1e-9))
    for parameter in net.head.parameters():
        parameter.mul_(factor)
    return factor


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
