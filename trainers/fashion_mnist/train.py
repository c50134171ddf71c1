"""Training of the three variants of Fashion-MNIST.

`seed` is the seed's Keras network with the seed's settings. `seed_plus` and `best` are trained in
torch, which takes half of Keras' time a step on two cores; `seed_plus` has the seed's layers.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
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
    """How a torch variant is trained: SGD with Nesterov momentum, one cycle of the rate."""

    network: str
    arguments: dict[str, Any]
    epochs: int
    batch: int = 128
    rate: float = 0.1
    decay: float = 5e-4
    smoothing: float = 0.0
    shift: int = 2
    erase: float = 0.0
    average: float = 0.999
    teacher: str | None = None  # the variant whose answers are learned beside the labels
    notes: str = field(default="", compare=False)


RECIPES = {
    "seed_plus": Recipe(
        "SeedNetwork", {"dropout": 0.1}, epochs=45, rate=0.08, decay=1e-4, shift=0,
        teacher="best",
        notes="Distilled from `best` (Hinton et al. 2015, arXiv 1503.02531), on all images and "
        "their mirror images; dropout 0.1 in place of the seed's 0.5.",
    ),
    "best": Recipe(
        "SmallResNet", {"widths": [40, 80, 160]}, epochs=30, rate=0.15, smoothing=0.05, erase=0.25,
        average=0.998,
        notes="Flips, shifts by 2 pixels, random erasing (Zhong et al. 2020), averaged weights.",
    ),
}  # fmt: skip
TEMPERATURE, FROM_TEACHER = 2.0, 0.8


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
    net = build(recipe.network, recipe.arguments).to(memory_format=torch.channels_last)
    rate = recipe.rate
    if a.init:
        net.load_state_dict(load_file(a.init / "model.safetensors"))
        rate /= 2  # a warm restart: what was learned is not to be undone
    # Weight decay is for weights, not for norms and biases.
    weights = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": weights, "weight_decay": recipe.decay}, {"params": others}],
        lr=rate, momentum=0.9, nesterov=True,
    )  # fmt: skip
    steps = max(1, len(x) // recipe.batch)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=epochs * steps, pct_start=0.2
    )
    images, labels = torch.from_numpy(x), torch.from_numpy(y)
    taught = _taught(recipe.teacher, x) if recipe.teacher and not a.dry_run else None

    # An image is mirrored in every other epoch, so that two epochs show both sides of each (Jordan
    # 2024, arXiv 2404.00498).
    side = np.random.default_rng(a.seed).random(len(images)) < 0.5

    def batches(epoch: int) -> Iterator[tuple[torch.Tensor, ...]]:
        rng = torch_loop.epoch_generator(a.seed, epoch)
        flip = side ^ bool(epoch % 2)
        order = torch.from_numpy(rng.permutation(len(images)))
        for step in range(steps):
            chosen = order[step * recipe.batch : (step + 1) * recipe.batch]
            batch = data.augment(
                images[chosen],
                rng,
                flip=flip[chosen.numpy()],
                shift=recipe.shift,
                erase=recipe.erase,
            )
            batch = batch.contiguous(memory_format=torch.channels_last)
            if taught is None:
                yield batch, labels[chosen]
            else:
                seen = torch.from_numpy(flip[chosen.numpy()].astype(np.int64))
                yield batch, labels[chosen], taught[seen, chosen]

    def loss(net: torch.nn.Module, batch: Any) -> torch.Tensor:
        logits = net(batch[0])
        value = F.cross_entropy(logits, batch[1], label_smoothing=recipe.smoothing)
        if taught is None:
            return value
        soft = F.cross_entropy(logits / TEMPERATURE, batch[2]) * TEMPERATURE**2
        return FROM_TEACHER * soft + (1 - FROM_TEACHER) * value

    @torch.inference_mode()
    def validate(net: torch.nn.Module) -> dict[str, float]:
        if rest is None:
            return {}
        logits = torch.cat([net(part) for part in torch.from_numpy(rest[0]).split(500)])
        truth = torch.from_numpy(rest[1])
        return {
            "validation_loss": float(F.cross_entropy(logits, truth)),
            "validation_accuracy": float((logits.argmax(1) == truth).float().mean()),
        }

    average = torch_loop.average_of(net, recipe.average)
    used = torch_loop.fit(
        run, net, epochs=epochs, batches=batches, loss=loss, optimizer=optimizer,
        scheduler=scheduler, validate=validate, average=average,
    )  # fmt: skip
    weights = {name: value.contiguous() for name, value in used.state_dict().items()}
    return _trained(
        a, run, len(x), rest,
        architecture=Architecture(
            name=recipe.network, arguments=recipe.arguments,
            parameters=sum(p.numel() for p in net.parameters()),
        ),
        epochs=epochs,
        chosen_on="the last 500 training images of each class (5,000 in all), which the final "
        "training on all 60,000 then includes",
        files={"model.safetensors": save(weights)},
        notes=recipe.notes,
    )  # fmt: skip


def _taught(variant: str, x: np.ndarray) -> torch.Tensor:
    """(2, n, 10): the softened answers of a shipped variant to the images as they are and mirrored.

    Raises CheckpointError if the teacher is not there.
    """
    teacher = Predictor(open_checkpoint(DEMO.name, variant))
    images = (x[:, 0] * 255).round().astype(np.uint8)
    found = np.stack([teacher.probabilities(v) for v in (images, images[:, :, ::-1].copy())])
    return (torch.from_numpy(found).clamp_min(1e-12).log() / TEMPERATURE).softmax(-1)


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
