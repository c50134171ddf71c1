"""Training of the three variants of Fashion-MNIST.

`seed` is the seed's Keras network with the seed's settings. `seed_plus` and `best` are trained in
torch, which takes half of Keras' time a step on two cores and an accelerator where there is one;
`seed_plus` has the seed's layers.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch.nn import functional as F

from demos.core.checkpoint import Architecture, Data, Metric, Reference, open_checkpoint
from demos.fashion_mnist import DEMO
from demos.fashion_mnist.model import build, keras_seed_network
from demos.fashion_mnist.predict import Predictor
from trainers.core import keras_loop, torch_loop
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.fashion_mnist import data

ORIGIN = "Zalando Research (Xiao, Rasul, Vollgraf 2017), github.com/zalandoresearch/fashion-mnist"
LICENCE = "MIT, as the data."
LIMITS = (
    "Ten kinds of clothing, photographed on a plain ground, 28 × 28 grey pixels. It has no class "
    "for anything else and names one of the ten for every picture; shirts are often mistaken."
)
REFERENCES = [
    Reference(
        who="The seed's notebook", metric="accuracy", value=0.9064, source="the seed's README",
        comparable=True, note="validated on the test split during training",
    ),
    Reference(
        who="Wide residual net with random erasing", metric="accuracy", value=0.969,
        source="Zhong et al. 2020, arXiv 1708.04896", comparable=True, note="36 M parameters",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """How a torch net is trained: SGD with Nesterov momentum, one cycle of the rate.

    average: decay of the weights' moving average. teacher: a shipped variant whose answers to every
    shifted and mirrored view of the images are learned beside the labels, which keep the weight
    `own`.
    """

    network: str
    arguments: dict[str, Any]
    epochs: int
    batch: int = 512
    rate: float = 0.4
    decay: float = 5e-4
    shift: int = 2
    erase: float = 0.0
    average: float = 0.998
    teacher: str | None = None
    own: float = 0.1
    temperature: float = 2.0
    chosen_on: str = (
        "the last 500 training images of each class (5,000 in all), which the final training on "
        "all 60,000 then includes"
    )
    notes: str = ""


RECIPES = {
    "seed_plus": Recipe(
        "SeedNetwork", {"dropout": 0.0}, epochs=80, rate=0.2, decay=1e-4, shift=1, teacher="best",
        chosen_on="nothing: the teacher has seen all 60,000 training images, so that none of them "
        "could be held out",
        notes="Distilled from `best` (Hinton et al. 2015, arXiv 1503.02531), which answers to "
        "every view that the training shows (Beyer et al. 2022, arXiv 2106.05237); no dropout in "
        "place of the seed's 0.5.",
    ),
    "best": Recipe(
        "WideResNet", {"depth": 28, "width": 2}, epochs=60, erase=0.5,
        notes="Flips, shifts by 2 pixels, random erasing (Zhong et al. 2020), averaged weights.",
    ),
}  # fmt: skip


def train(a: argparse.Namespace, run: Run) -> Trained:
    """One variant. With --held-out the last 5,000 training images are left for choosing."""
    if a.dry_run:
        images, labels = data.generated()
        mask = data.held_out(labels, 1)
    else:
        images, labels = data.read("train", a.data)
        mask = data.held_out(labels)
    if not a.held_out:
        mask[:] = False
    x, y = images[~mask, None].astype(np.float32) / 255, labels[~mask]
    rest = (images[mask, None].astype(np.float32) / 255, labels[mask]) if mask.any() else None
    trained = (_train_keras if a.variant == "seed" else _train_torch)(a, run, x, y, rest)
    trained.evaluation["curves"] = run.history
    return trained


def _train_keras(a: argparse.Namespace, run: Run, x: Any, y: Any, rest: Any) -> Trained:
    keras = keras_loop.import_keras(a.threads)
    keras.utils.set_random_seed(a.seed)
    model = keras_seed_network()
    if a.init:
        model.set_weights(
            keras.saving.load_model(a.init / "model.keras", compile=False).get_weights()
        )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    epochs = a.epochs or 10

    def hot(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.moveaxis(images, 1, -1), keras.utils.to_categorical(labels, 10)

    model = keras_loop.fit(
        run, model, *hot(x, y), epochs=epochs, batch_size=32, seed=a.seed,
        validation=hot(*rest) if rest else None,
    )  # fmt: skip
    return _trained(
        a, run, len(x), rest,
        architecture=Architecture(
            name="keras_seed_network", arguments={}, parameters=model.count_params()
        ),
        epochs=epochs,
        chosen_on="nothing was chosen: network and settings are the seed's",
        files={"model.keras": lambda path: keras_loop.save_uncompiled(model, path)},
        notes="Adam 0.001, batch 32, no augmentation; trained on the TensorFlow backend.",
    )  # fmt: skip


def _train_torch(a: argparse.Namespace, run: Run, x: Any, y: Any, rest: Any) -> Trained:
    recipe = RECIPES[a.variant]
    epochs = a.epochs or recipe.epochs
    net = fit(run, recipe, epochs, (x, y), rest, a.seed, a.init)
    return _trained(
        a, run, len(x), rest,
        architecture=Architecture(
            name=recipe.network, arguments=recipe.arguments,
            parameters=sum(p.numel() for p in net.parameters()),
        ),
        epochs=epochs,
        chosen_on=recipe.chosen_on,
        files={
            "model.safetensors": save({k: v.contiguous() for k, v in net.state_dict().items()})
        },
        notes=recipe.notes,
    )  # fmt: skip


def fit(
    run: Run, recipe: Recipe, epochs: int, given: tuple[np.ndarray, np.ndarray],
    rest: tuple[np.ndarray, np.ndarray] | None, seed: int, init: Path | None = None,
) -> torch.nn.Module:  # fmt: skip
    """Train one network on images (n, 1, 28, 28) float32 in 0-1 and labels (n,)."""
    device = torch_loop.accelerator()
    net = build(recipe.network, recipe.arguments).to(memory_format=torch.channels_last)
    rate = recipe.rate
    if init:
        net.load_state_dict(load_file(init / "model.safetensors"))
        rate /= 2  # a warm restart: what was learned is not to be undone
    # Weight decay is for weights, not for norms and biases.
    weights = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": weights, "weight_decay": recipe.decay}, {"params": others}],
        lr=rate, momentum=0.9, nesterov=True,
    )  # fmt: skip
    images, labels = (torch.from_numpy(part).to(device) for part in given)
    answers = taught(run, recipe, images) if recipe.teacher else None
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
            seen, which = data.augment(
                images[chosen], generator, flip=side[chosen] ^ bool(epoch % 2),
                shift=recipe.shift, erase=recipe.erase,
            )  # fmt: skip
            seen = seen.contiguous(memory_format=torch.channels_last)
            if answers is None:
                yield seen, labels[chosen]
            else:
                yield seen, labels[chosen], answers[which, chosen].float()

    def loss(net: torch.nn.Module, batch: Any) -> torch.Tensor:
        logits = net(batch[0]).float()
        value = F.cross_entropy(logits, batch[1])
        if answers is None:
            return value
        heat = recipe.temperature
        taught = F.cross_entropy(logits / heat, (batch[2] / heat).softmax(-1)) * heat**2
        return (1 - recipe.own) * taught + recipe.own * value

    @torch.inference_mode()
    def validate(net: torch.nn.Module) -> dict[str, float]:
        if rest is None:
            return {}
        held, truth = (torch.from_numpy(part).to(device) for part in rest)
        logits = torch.cat([net(part) for part in held.split(500)])
        return {
            "validation_loss": float(F.cross_entropy(logits, truth)),
            "validation_accuracy": float((logits.argmax(1) == truth).float().mean()),
        }

    return torch_loop.fit(
        run, net, epochs=epochs, batches=batches, loss=loss, optimizer=optimizer,
        scheduler=scheduler, validate=validate, average=torch_loop.average_of(net, recipe.average),
        validate_every=5,
    )  # fmt: skip


@torch.inference_mode()
def taught(run: Run, recipe: Recipe, images: torch.Tensor) -> torch.Tensor:
    """The teacher's logits (views, n, 10) on every view of the images (n, 1, 28, 28), in 16 bits.

    They are kept in the run's folder, for `--resume`. Raises CheckpointError if the teacher is not
    there.
    """
    kept = run.folder / "answers.pt"
    if run.resume and kept.is_file():
        return torch.load(kept, map_location=images.device, weights_only=True)
    checkpoint = open_checkpoint(DEMO.name, recipe.teacher)
    net = Predictor(checkpoint).net.to(images.device)
    print(f"Asking {checkpoint.name} …", flush=True)
    found = torch.stack(
        [
            torch.cat([net(part).half() for part in view.split(500)])
            for view in data.views(images, recipe.shift)
        ]
    )
    kept.parent.mkdir(parents=True, exist_ok=True)
    torch.save(found, kept)
    return found


def _trained(a: argparse.Namespace, run: Run, n: int, rest: Any, **parts: Any) -> Trained:
    last = run.history[-1]
    metrics = [
        Metric(name=name, split="validation", n=len(rest[1]), value=last[f"validation_{name}"],
               higher_is_better=name == "accuracy")
        for name in ("accuracy", "loss") if rest is not None and f"validation_{name}" in last
    ]  # fmt: skip
    return Trained(
        data=Data(
            name="Fashion-MNIST",
            origin=ORIGIN,
            licence="MIT",
            splits={"train": n, "validation": len(rest[1]) if rest else 0, "test": 10_000},
            protocol="The published split: 60,000 to train, 10,000 to test.",
        ),
        metrics=metrics,
        evaluation={},
        licence=LICENCE,
        limits=LIMITS,
        references=REFERENCES,
        **parts,
    )
