"""Training of the three variants of Fashion-MNIST.

`seed` is the original's Keras network with its settings. `seed_plus` and `best` are trained in
torch, which takes half of Keras' time per step on two cores and an accelerator where there is one;
`seed_plus` has the layers of the original.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from demos.core.checkpoint import Architecture, Data, Reference, open_checkpoint
from demos.fashion_mnist import DEMO
from demos.fashion_mnist.familiar import FILE
from demos.fashion_mnist.model import build, keras_seed_network
from demos.fashion_mnist.predict import Predictor
from trainers.core import answers, augment, keras_loop, metrics, torch_loop
from trainers.core.publish import Trained, originals
from trainers.core.recipe import Recipe as AnyRecipe
from trainers.core.run import Run
from trainers.fashion_mnist import data, familiarity

ORIGIN = "Zalando Research (Xiao, Rasul, Vollgraf 2017), github.com/zalandoresearch/fashion-mnist"
CARD = {
    "licence": "MIT, like the data.",
    "limits": "Ten kinds of clothing, photographed on a plain background, 28 × 28 grey pixels. It "
    "has no class for anything else and names one of the ten for every picture; shirts are often "
    "misclassified.",
    "references": [
        Reference(
            who="The original notebook", metric="accuracy", value=0.9064,
            source="the original's README", comparable=True, role="original",
            note="validated on the test split during training",
            short="validated on the test split",
        ),
        Reference(
            who="Wide residual net with random erasing", metric="accuracy", value=0.969,
            source="Zhong et al. 2020, arXiv 1708.04896", comparable=True, note="36 M parameters",
            role="published", short="wide residual net with random erasing, 36 M parameters",
        ),
        *originals({
            ("loss", "test"): 0.2654, ("accuracy", "train"): 0.913, ("loss", "train"): 0.238,
            ("accuracy", "validation"): 0.906, ("loss", "validation"): 0.265,
        }, "validated on the test split during training"),
    ],
}  # fmt: skip
Images = tuple[np.ndarray, np.ndarray]  # (n, 1, 28, 28) float32 in 0-1, and labels (n,)


@dataclass(frozen=True)
class Recipe(AnyRecipe):
    """How a torch net is trained: SGD with Nesterov momentum, one cycle of the rate.

    teacher: a shipped variant whose answers to every shifted and mirrored view of the images are
    learned beside the labels, which keep the weight `own`.
    """

    network: str
    arguments: dict[str, Any]
    shift: int = 2
    erase: float = 0.0
    teacher: str | None = None
    own: float = 0.1
    temperature: float = 2.0


RECIPES = {
    "seed_plus": Recipe(
        "SeedNetwork", {"dropout": 0.0}, shift=1, teacher="best",
        epochs=80, batch=512, rate=0.2, decay=1e-4, average=0.998,
        chosen_on="nothing: the teacher has seen all 60,000 training images, so that none of them "
        "could be held out",
        notes="Distilled from `best` (Hinton et al. 2015, arXiv 1503.02531), which is asked "
        "about every view that training shows (Beyer et al. 2022, arXiv 2106.05237); no dropout, "
        "where the original has 0.5.",
    ),
    "best": Recipe(
        "WideResNet", {"depth": 28, "width": 2}, erase=0.5,
        epochs=60, batch=512, rate=0.4, decay=5e-4, average=0.998,
        chosen_on="no number on held-out images: network and recipe were fixed without one. Only "
        "an earlier, smaller network of this kind was compared on the last 500 training images of "
        "each class (0.928 after 10 epochs), which the final training on all 60,000 includes",
        notes="Flips, shifts by 2 pixels, random erasing (Zhong et al. 2020), averaged weights.",
    ),
}  # fmt: skip


def train(a: argparse.Namespace, run: Run) -> Trained:
    """One variant. With --held-out the last 5,000 training images are left for choosing."""
    images, labels = data.generated() if a.dry_run else data.read("train", a.data)
    mask = data.held_out(labels, 1 if a.dry_run else data.HELD_OUT) & a.held_out
    images = images[:, None].astype(np.float32) / 255
    rest = (images[mask], labels[mask])
    how = _train_keras if a.variant == "seed" else _train_torch
    parts = how(a, run, (images[~mask], labels[~mask]), rest)
    if not a.dry_run:
        held = data.held_out(labels)
        raw = np.round(images[:, 0] * 255).astype(np.uint8)
        parts["files"][FILE] = familiarity.fit(raw[~held], labels[~held], raw[held])
    left = f" The last {mask.sum():,} training images were left for choosing." if a.held_out else ""
    splits = {"train": int((~mask).sum()), "validation": int(mask.sum()), "test": 10_000}
    return Trained(
        **CARD, **parts,
        data=Data(
            name="Fashion-MNIST", origin=ORIGIN, licence="MIT", splits=splits,
            protocol=f"The published split: 60,000 to train, 10,000 to test.{left}",
        ),
        metrics=metrics.of_history(run.history[-1], len(rest[0])),
        evaluation={"curves": run.history},
    )  # fmt: skip


def _train_keras(a: argparse.Namespace, run: Run, given: Images, rest: Images) -> dict[str, Any]:
    keras = keras_loop.import_keras(a.threads)
    keras.utils.set_random_seed(a.seed)
    model = keras_seed_network()
    keras_loop.start_from(model, a.init)
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    epochs = a.epochs or 10

    def hot(part: Images) -> Images:
        return np.moveaxis(part[0], 1, -1), keras.utils.to_categorical(part[1], 10)

    model = keras_loop.fit(
        run, model, *hot(given), epochs=epochs, batch_size=32, seed=a.seed,
        validation=hot(rest) if len(rest[0]) else None,
    )  # fmt: skip
    return {
        "architecture": Architecture(
            name="keras_seed_network", arguments={}, parameters=model.count_params()
        ),
        "epochs": epochs,
        "chosen_on": "nothing was chosen: network and settings are the original's",
        "files": {"model.keras": lambda path: keras_loop.save_uncompiled(model, path)},
        "notes": "Adam 0.001, batch 32, no augmentation; trained on the TensorFlow backend.",
    }


def _train_torch(a: argparse.Namespace, run: Run, given: Images, rest: Images) -> dict[str, Any]:
    recipe = RECIPES[a.variant]
    epochs = a.epochs or recipe.epochs
    net = fit(run, recipe, epochs, given, rest, a.seed, a.init)
    return {
        "architecture": Architecture(
            name=recipe.network, arguments=recipe.arguments, parameters=torch_loop.parameters(net)
        ),
        "epochs": epochs,
        "chosen_on": recipe.chosen_on,
        "files": {"model.safetensors": torch_loop.weights(net)},
        "notes": recipe.notes,
    }


def fit(
    run: Run, recipe: Recipe, epochs: int, given: Images, rest: Images, seed: int,
    init: Path | None = None,
) -> torch.nn.Module:  # fmt: skip
    """Train one network, measuring on `rest` (which may be empty) after every few epochs."""
    device = torch_loop.accelerator()
    net = build(recipe.network, recipe.arguments).to(memory_format=torch.channels_last)
    torch_loop.start_from(net, init)
    rate = recipe.rate / 2 if init else recipe.rate  # what was learned is not to be undone
    optimizer = torch.optim.SGD(
        torch_loop.decay_groups(net, recipe.decay), lr=rate, momentum=0.9, nesterov=True
    )
    images, labels = (torch.from_numpy(part).to(device) for part in given)
    taught = teacher_answers(run.folder, recipe, given[0], device) if recipe.teacher else None
    batch = min(recipe.batch, len(images))
    steps = len(images) // batch
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=epochs * steps, pct_start=0.2
    )
    # An image is mirrored in every other epoch, so that two epochs show both sides of each (Jordan
    # 2024, arXiv 2404.00498).
    side = torch.from_numpy(np.random.default_rng(seed).random(len(images)) < 0.5).to(device)

    def batches(epoch: int) -> Iterator[tuple[torch.Tensor, ...]]:
        generator = torch_loop.epoch_torch_generator(seed, epoch, device)
        order = torch.randperm(len(images), generator=generator, device=device)
        for chosen in order[: steps * batch].split(batch):
            seen, which = augment.augment(
                images[chosen], generator, flip=side[chosen] ^ bool(epoch % 2),
                shift=recipe.shift, erase=recipe.erase,
            )  # fmt: skip
            more = () if taught is None else (taught[which, chosen].float(),)
            yield seen.contiguous(memory_format=torch.channels_last), labels[chosen], *more

    def loss(net: torch.nn.Module, batch: Any) -> torch.Tensor:
        logits = net(batch[0]).float()
        value = F.cross_entropy(logits, batch[1])
        if taught is None:
            return value
        heat = recipe.temperature
        distilled = F.cross_entropy(logits / heat, (batch[2] / heat).softmax(-1)) * heat**2
        return (1 - recipe.own) * distilled + recipe.own * value

    @torch.inference_mode()
    def validate(net: torch.nn.Module) -> dict[str, float]:
        held, truth = (torch.from_numpy(part).to(device) for part in rest)
        logits = torch.cat([net(part) for part in held.split(500)])
        return torch_loop.validated(logits, truth)

    return torch_loop.fit(
        run, net, epochs=epochs, batches=batches, loss=loss, optimizer=optimizer,
        scheduler=scheduler, validate=validate if len(rest[0]) else None, validate_every=5,
        average=torch_loop.average_of(net, recipe.average),
    )  # fmt: skip


@torch.inference_mode()
def teacher_answers(
    folder: Path, recipe: Recipe, images: np.ndarray, device: torch.device
) -> torch.Tensor:
    """The teacher's logits (views, n, 10) on every view of the images (n, 1, 28, 28), in 16 bits.

    Raises CheckpointError if the teacher is not there.
    """
    checkpoint = open_checkpoint(DEMO.name, recipe.teacher)

    def ask() -> torch.Tensor:
        print(f"Asking {checkpoint.name} …", flush=True)
        net = Predictor(checkpoint).net.to(device)
        views = augment.views(torch.from_numpy(images).to(device), recipe.shift)
        return torch.stack([torch.cat([net(p).half() for p in v.split(500)]) for v in views])

    key = {
        "recipe": asdict(recipe),
        "teacher": answers.weights_of(checkpoint),
        "data": answers.digest(images),
    }
    return answers.kept(folder, key, ask).to(device)
