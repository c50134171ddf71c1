"""Training the networks of super-resolution."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from demos.core.checkpoint import Architecture, Data, Metric, open_checkpoint
from demos.super_resolution import DEMO
from demos.super_resolution.familiar import KEY
from demos.super_resolution.model import CONTINUED, Compact, Enlarger, build
from demos.super_resolution.predict import FILE, enlarged
from demos.super_resolution.scale import brightness, doubled, halved, psnr
from trainers.core import torch_loop
from trainers.core.metrics import records
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.super_resolution import data, familiarity
from trainers.super_resolution.muon import Muon
from trainers.super_resolution.perceptual import TRAINED_WITH, Distance
from trainers.super_resolution.recipes import RECIPES, Recipe, references

STEPS = 200  # of an epoch
FINISHING = 64  # pixels, the side of the last patches
WARM = 300  # steps in which the rate rises, or a tenth of all where that is less
JITTER = 0.2  # of brightness, contrast and saturation, as in the original
LIMITS = (
    "Made for photos that were shrunk by bicubic interpolation: what a JPEG, noise or a blur left "
    "is enlarged as well. It enlarges twice and nothing else."
)
LICENCE = (
    "Trained on photos for non-commercial research (BSDS500) and under CC BY-SA 4.0 (Oxford-IIIT "
    "Pet): the weights are for research."
)


def train(a: argparse.Namespace, run: Run) -> Trained:
    """One variant on all photos, or (`--hold-out`) on all but the 40 that are left for choosing."""
    recipe = RECIPES[a.variant]
    epochs = a.epochs or recipe.epochs
    photos, held = _photos(a, recipe)
    net = fit(a, recipe, epochs, photos, held, run)
    known = [*photos, *held] if a.dry_run or a.data else familiarity.all_photos()
    return Trained(
        architecture=Architecture(
            name=recipe.network, arguments=recipe.arguments,
            parameters=torch_loop.parameters(net),
        ),
        data=Data(
            name="BSDS400 and Oxford-IIIT Pet" if recipe.bsds else "Oxford-IIIT Pet",
            origin="Berkeley BSDS500 (train and test, without 302003, which is in Set5); "
            "Oxford-IIIT Pet, 441 photos at 256 × 256",
            licence="BSDS500: non-commercial research; Oxford-IIIT Pet: CC BY-SA 4.0",
            splits={"train": len(photos), "validation": len(held), "test": 124},
            protocol="Halved by antialiased bicubic interpolation to 8 bits; PSNR and SSIM on Y of "
            "BT.601 without a border of 2 pixels; test is Set5 (5), Set14 (14) and pets (105).",
        ),
        epochs=epochs,
        chosen_on=chosen_on(recipe),
        metrics=_validated(recipe, run, held),
        files={FILE: torch_loop.weights(net)},
        evaluation={"curves": run.history, KEY: familiarity.fit(known)},
        references=references(),
        licence=LICENCE,
        limits=LIMITS,
        notes=notes(recipe),
    )  # fmt: skip


def chosen_on(recipe: Recipe) -> str:
    """What the recipe was chosen on, in words."""
    if recipe.validated is None:
        return f"{recipe.chosen_on}; the net that ships has seen them too, so there is no number"
    return f"{recipe.chosen_on}, in short trainings without them; the net that ships saw them too"


def notes(recipe: Recipe) -> str:
    """In words, how a recipe trains."""
    ways = {"l1": "mean absolute error on brightness", "mse": "mean squared error on colour"}
    parts = [f"An epoch is {STEPS} steps of {recipe.batch} patches", f"Muon, {ways[recipe.pixels]}"]
    if recipe.perceptual:
        parts.append(f"plus {recipe.perceptual:g} × distance of EfficientNet-Lite0's features")
    if recipe.finish:
        parts.append(
            f"in the last {round(100 * recipe.finish)} % of the epochs squared error on patches of "
            f"{FINISHING} pixels"
        )
    more = "flips and jitter of colour" if recipe.original else "eight views of shrunk photos"
    return f"{'; '.join([*parts, more, 'averaged weights'])}. {recipe.notes}".strip()


def _photos(a: argparse.Namespace, recipe: Recipe) -> tuple[list[data.Photo], list[data.Photo]]:
    """Photos to train on, and those to measure on while it trains."""
    if a.dry_run:
        made = data.generated()
        return made[2:], made[:2]
    if a.data:
        photos, held = data.divided(data.read(data.BSDS, "train", a.data))
        return (photos, held) if a.hold_out else (photos + held, [])
    pets = data.read(data.PETS, "train")
    photos, held = data.divided(data.read(data.BSDS, "train"))
    if not a.hold_out:
        photos, held = photos + held, []
    return ([*photos, *pets] if recipe.bsds else pets), held


def _validated(recipe: Recipe, run: Run, held: list[data.Photo]) -> list[Metric]:
    if held:
        return records({"psnr_y": run.history[-1]["psnr_y"]}, "validation", len(held))
    if recipe.validated is None:
        return []
    note = "80 seconds of nearly this recipe (rate on a cosine, no pets), which left them out"
    return records({"psnr_y": recipe.validated}, "validation", data.HELD_OUT, note)


def fit(
    a: argparse.Namespace, recipe: Recipe, epochs: int, photos: list[data.Photo],
    held: list[data.Photo], run: Run,
) -> torch.nn.Module:  # fmt: skip
    """Train one network on patches of photos."""
    net = build(recipe.network, recipe.arguments).to(memory_format=torch.channels_last)
    start = a.init
    if start is None and recipe.perceptual and recipe.network == "Compact" and not a.dry_run:
        start = open_checkpoint(DEMO.name, DEMO.default).folder
    torch_loop.start_from(net, start, FILE)
    steps, side = (4, 16) if a.dry_run else (STEPS, recipe.side)
    pairs = data.pairs(photos, side, (1.0,) if recipe.original else data.SHRUNK)
    views = (0, 2) if recipe.original else range(8)
    device = torch_loop.accelerator()
    features = Distance(TRAINED_WITH).to(device) if recipe.perceptual else None
    optimizer = Muon(net, recipe.rate, recipe.adam)
    main = epochs - round(epochs * recipe.finish)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: rate_at(step, main * steps, (epochs - main) * steps)
    )
    finishing = False

    def batches(epoch: int) -> Iterator[tuple[torch.Tensor, ...]]:
        nonlocal finishing
        finishing = epoch >= main
        rng = torch_loop.epoch_generator(a.seed, epoch)
        for _ in range(steps):
            size = FINISHING if finishing and not a.dry_run else side
            small, large = pairs.patches(rng, recipe.batch, size, views)
            if isinstance(net, Compact) and features is None:
                yield tuple(torch.from_numpy(brightness(p) / 255)[:, None] for p in (small, large))
                continue
            bicubic = np.stack([doubled(p) for p in small])
            x, y = (_tensor(p) for p in (bicubic, large))
            yield (*(jittered(x, y, rng) if recipe.original else (x, y)), _tensor(small))

    def loss(net: torch.nn.Module, batch: Any) -> torch.Tensor:
        if isinstance(net, Compact) and finishing:
            return F.mse_loss(net(batch[0]), batch[1])
        if isinstance(net, Compact):
            return compact_loss(net, batch, features, recipe.perceptual)
        x, y, _ = batch
        found, true = (p[..., CONTINUED:-CONTINUED, CONTINUED:-CONTINUED] for p in (net(x), y))
        value = 100 * F.mse_loss(found, true)
        if features is not None:
            value = value + recipe.perceptual * features(found, true).mean()
        return value

    def validate(net: torch.nn.Module) -> dict[str, float]:
        return {"psnr_y": measured(net, held)} if held else {}

    return torch_loop.fit(
        run, net, epochs=epochs, batches=batches, loss=loss, optimizer=optimizer,
        scheduler=scheduler, validate=validate, validate_every=5,
        average=torch_loop.average_of(net, recipe.average), bf16=False,
    )  # fmt: skip


def compact_loss(
    net: Compact, batch: tuple[torch.Tensor, ...], features: Distance | None, weight: float
) -> torch.Tensor:
    """Mean absolute error of brightness; with features, of a whole colour picture beside it."""
    if features is None:
        x, y = batch
        return (net(x) - y).abs().mean()
    bicubic, large, small = batch
    luma = Enlarger(net).to(bicubic.device).luma
    found = bicubic + net(luma(small)) - luma(bicubic)
    pixels = (luma(found) - luma(large)).abs().mean()
    return pixels + weight * features(found.clamp(0, 1), large).mean()


def jittered(
    x: torch.Tensor, y: torch.Tensor, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Two tensors (B, 3, ...) in 0-1 with the same change of brightness, contrast and saturation
    for each pair."""
    light, contrast, colour = (
        torch.from_numpy(rng.uniform(1 - JITTER, 1 + JITTER, (len(x), 1, 1, 1)).astype(np.float32))
        for _ in range(3)
    )
    middle = y.mean((1, 2, 3), keepdim=True)

    def changed(p: torch.Tensor) -> torch.Tensor:
        grey = p.mean(1, keepdim=True)
        p = grey + (p - grey) * colour
        return (((p - middle) * contrast + middle) * light).clamp(0, 1)

    return changed(x), changed(y)


def measured(net: torch.nn.Module, photos: list[data.Photo]) -> float:
    """The mean PSNR of photos that are halved and enlarged again, in dB."""
    whole = Enlarger(net).eval()
    found = [psnr(enlarged(whole, halved(p.rgb)), p.rgb, p.single) for p in photos]
    return float(np.mean(found))


def rate_at(step: int, total: int, more: int = 0) -> float:
    """The share of the highest rate: up within the first steps, down to zero in the second half; in
    `more` steps after that from a tenth down to zero.

    In the first half of a long training it does not depend on how many steps there will be, so that
    it may be decided late how long it is to go on.
    """
    if step >= total:
        return 0.1 * max(0.0, total + more - step) / max(1, more)
    warm = max(1, min(WARM, total // 10))
    left = (total - step) / max(1, total - total // 2)
    return max(0.0, min(1.0, (step + 1) / warm, left))


def _tensor(pictures: np.ndarray) -> torch.Tensor:
    """(B, rows, columns, 3) uint8 to (B, 3, rows, columns) in 0-1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255
