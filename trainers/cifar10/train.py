"""Training of the five variants of CIFAR-10, and of the twins that see shuffled pixels."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from demos.cifar10 import DEMO
from demos.cifar10.model import AirNetwork, Standardise, build
from demos.core.checkpoint import Architecture, open_checkpoint
from trainers.cifar10 import data, views
from trainers.cifar10.card import CARD, data_record, references
from trainers.cifar10.data import Images
from trainers.cifar10.recipes import LONG, RECIPES, Recipe
from trainers.core import answers, metrics, torch_loop
from trainers.core.publish import Trained
from trainers.core.run import Run

SMALL = 24  # pixels a side in the first epochs, where a recipe has them
NORM_RATE = 64.0  # how much faster the biases of norms are learned (Jordan 2024)
PEAK = 0.23  # of the training, where the triangle of the learning rate has its top
PATCHES = 5000  # images whose patches are whitened


def train(a: argparse.Namespace, run: Run) -> Trained:
    """One variant. With --held-out the last 500 images of each class are left for choosing."""
    recipe = RECIPES[a.variant]
    every = data.generated() if a.dry_run else data.read("train", a.data)
    if a.dry_run:  # no teacher is asked, so that it needs no checkpoint
        recipe = replace(recipe, batch=20, teacher=None)
    mask = data.held_out(every.labels, 1 if a.dry_run else data.HELD_OUT) & a.held_out
    given, rest = every.part(~mask), every.part(mask)
    epochs = a.epochs or recipe.epochs
    net = fit(run, recipe, epochs, given, rest, a.seed, a.init)
    files = {"model.safetensors": torch_loop.weights(net, half=True)}
    found = metrics.of_history(run.history[-1], len(rest))
    evaluation: dict[str, Any] = {"curves": run.history}
    if recipe.twin and not a.no_twin:
        beside = Run(run.folder / "shuffled", resume=run.resume)
        length = max(1, round(recipe.twin * epochs))
        twin = fit(beside, recipe, length, given, rest, a.seed, None, shuffle=True)
        files["shuffled.safetensors"] = torch_loop.weights(twin, half=True)
        evaluation["curves_shuffled"] = beside.history
    return Trained(
        **CARD, references=references(a.variant),
        architecture=Architecture(
            name=recipe.network, arguments=recipe.arguments, parameters=torch_loop.parameters(net)
        ),
        data=data_record(len(given), len(rest)), epochs=epochs, chosen_on=recipe.chosen_on,
        metrics=found, files=files, evaluation=evaluation, tolerance=5e-3,
        notes=recipe.notes + " Weights are stored in 16 bits.",
    )  # fmt: skip


def fit(
    run: Run, recipe: Recipe, epochs: int, given: Images, rest: Images, seed: int,
    init: Path | None = None, *, shuffle: bool = False,
) -> nn.Module:  # fmt: skip
    """Train one network, measuring on `rest` (which may be empty); on shuffled pixels if asked."""
    device = torch_loop.accelerator()
    net = build(recipe.network, recipe.arguments).to(memory_format=torch.channels_last)
    torch_loop.start_from(net, init)
    images, labels = tensors(given, device)
    if isinstance(net, AirNetwork) and init is None:
        net.whiten.weight.data[:] = whitening(images[:PATCHES].cpu().float() / 255)
    batch = min(recipe.batch, len(images))
    steps = len(images) // batch
    rate = recipe.rate / 2 if init else recipe.rate  # what was learned is not to be undone
    optimizer = optimizer_of(net, recipe, rate)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: share_of_rate(recipe.schedule, step / (epochs * steps))
    )
    taught = teacher_answers(run.folder, recipe, images, seed) if recipe.teacher else None
    side = torch.from_numpy(np.random.default_rng(seed).random(len(images)) < 0.5).to(device)

    def batches(epoch: int) -> Iterator[tuple[torch.Tensor, ...]]:
        generator = torch_loop.epoch_torch_generator(seed, epoch, device)
        order = torch.randperm(len(images), generator=generator, device=device)
        view = epoch % recipe.views
        if taught is None:
            by = drawn_shifts(len(images), recipe.shift, generator)
            # Every other epoch shows the other side of each image (Jordan 2024).
            mirrored = (side ^ bool(epoch % 2)) & recipe.flip
        else:
            mirrored, by = fixed_view(len(images), recipe.shift, seed, view, device)
        for chosen in order[: steps * batch].split(batch):
            x = views.flips(images[chosen].float() / 255, mirrored[chosen])
            x = views.shifts(x, recipe.shift, by[:, chosen])
            targets = smoothed(labels[chosen], recipe.smoothing)
            if taught is not None:
                hot = (taught[view, chosen].float() / recipe.heat).softmax(1)
                targets = recipe.own * targets + (1 - recipe.own) * hot
            if epochs >= LONG:
                x = views.cutout(x, recipe.cutout, generator)
            if epoch < recipe.small * epochs:
                x = views.smaller(x, SMALL)
            x, targets = views.mixed(x, targets, recipe.mix, generator)
            x = views.shuffled(x) if shuffle else x
            yield x.contiguous(memory_format=torch.channels_last), targets

    def loss(net: nn.Module, batch: Any) -> torch.Tensor:
        return F.cross_entropy(net(batch[0]).float(), batch[1])

    @torch.inference_mode()
    def validate(net: nn.Module) -> dict[str, float]:
        held, truth = tensors(rest, device)
        held = views.shuffled(held) if shuffle else held
        logits = torch.cat([net(part.float() / 255) for part in held.split(500)])
        return torch_loop.validated(logits, truth)

    return torch_loop.fit(
        run, net, epochs=epochs, batches=batches, loss=loss, optimizer=optimizer,
        scheduler=scheduler, validate=validate if len(rest) else None, clip=2.0
        if recipe.optimizer == "adamw" else None,
        average=torch_loop.average_of(net, recipe.average) if recipe.average else None,
        validate_every=max(1, epochs // 20),
    )  # fmt: skip


def tensors(part: Images, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (n, 3, 32, 32) uint8, channels last in memory, and labels (n,)."""
    images = torch.from_numpy(part.images).to(device).permute(0, 3, 1, 2)
    return images, torch.from_numpy(part.labels).to(device)


def smoothed(labels: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Labels (B,) as (B, 10) targets that keep a share for all ten (Szegedy et al. 2016)."""
    return F.one_hot(labels, 10).float() * (1 - smoothing) + smoothing / 10


def share_of_rate(schedule: str, done: float) -> float:
    """The learning rate in shares of its highest, when a share of the training is done."""
    if schedule == "cosine":
        return (1 + math.cos(math.pi * done)) / 2
    if schedule == "triangle":
        return float(np.interp(done, [0, PEAK, 1], [0.2, 1, 0]))
    return 1.0


def optimizer_of(net: nn.Module, recipe: Recipe, rate: float) -> torch.optim.Optimizer:
    """SGD with Nesterov momentum or AdamW; the norms of an `AirNetwork` learn their biases
    faster, with as much decay per step."""
    groups = torch_loop.decay_groups(net, recipe.decay)
    if recipe.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=rate)
    if isinstance(net, AirNetwork):
        names = {n: p for n, p in net.named_parameters() if p.requires_grad}
        norms = [p for n, p in names.items() if "norm" in n]
        groups = [
            {"params": [p for n, p in names.items() if "norm" not in n]},
            {"params": norms, "lr": rate * NORM_RATE, "weight_decay": recipe.decay / NORM_RATE},
        ]
    return torch.optim.SGD(
        groups, lr=rate, momentum=recipe.momentum, nesterov=True, weight_decay=recipe.decay
    )


def whitening(images: torch.Tensor, floor: float = 5e-4) -> torch.Tensor:
    """Filters (24, 3, 2, 2) that whiten the patches of images (n, 3, 32, 32): the principal
    components of their 2 × 2 pixels, each to deviation 1, and their negatives (Page 2018)."""
    standard = Standardise()(images)
    patches = standard.unfold(2, 2, 1).unfold(3, 2, 1).movedim(1, 3).reshape(-1, 12)
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    filters = (vectors.T / (values + floor).sqrt()[:, None]).reshape(12, 3, 2, 2)
    return torch.cat([filters, -filters])


def drawn_shifts(n: int, most: int, generator: torch.Generator) -> torch.Tensor:
    """How far each of n images is shifted down and to the right (2, n), 0 to 2 × `most`."""
    return torch.randint(2 * most + 1, (2, n), generator=generator, device=generator.device)


def fixed_view(
    n: int, shift: int, seed: int, view: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """View number `view` of n images: which are mirrored (n,), and how far each is shifted (2, n);
    always alike, so that a teacher can be asked once."""
    generator = torch_loop.epoch_torch_generator(seed, 10_000 + view, device)
    mirrored = torch.rand(n, generator=generator, device=device) < 0.5
    return mirrored, drawn_shifts(n, shift, generator)


@torch.inference_mode()
def teacher_answers(
    folder: Path, recipe: Recipe, images: torch.Tensor, seed: int
) -> torch.Tensor:  # fmt: skip
    """The teacher's logits (views, n, 10) on the fixed views of the images, in 16 bits.

    Raises CheckpointError if the teacher is not there.
    """
    from demos.cifar10.predict import Predictor

    checkpoint = open_checkpoint(DEMO.name, str(recipe.teacher))

    def ask() -> torch.Tensor:
        print(f"Asking {checkpoint.name} …", flush=True)
        net = Predictor(checkpoint).net.to(images.device)
        found = []
        for view in range(recipe.views):
            mirrored, by = fixed_view(len(images), recipe.shift, seed, view, images.device)
            logits = []
            for part in torch.arange(len(images), device=images.device).split(500):
                x = views.flips(images[part].float() / 255, mirrored[part])
                logits.append(net(views.shifts(x, recipe.shift, by[:, part])).half())
            found.append(torch.cat(logits))
        return torch.stack(found)

    key = {
        "recipe": asdict(recipe),
        "seed": seed,
        "teacher": answers.weights_of(checkpoint),
        "data": answers.digest(images.cpu().numpy()),
    }
    return answers.kept(folder, key, ask).to(images.device)
