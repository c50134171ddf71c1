"""How Fashion-MNIST's nets do on pictures as people bring them, and on pictures of none of the ten
classes. `evaluate --wild` prints it."""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from demos.core.checkpoint import Checkpoint, Metric
from demos.core.errors import UserError
from demos.core.images import Picture
from demos.fashion_mnist.predict import Predictor
from demos.fashion_mnist.prepare import prepare
from trainers.core import wild_run
from trainers.core.wild import Change
from trainers.core.wild_pictures import framed, magnified, of
from trainers.fashion_mnist import familiarity, outsiders
from trainers.fashion_mnist.evaluate import part
from trainers.fashion_mnist.visitors import VISITOR

IMAGES = 500  # per change; the first of the split in a random order
ENLARGED, ROOM = 10, 0.2  # a picture of 392 pixels, black around the cloth


def enlarged(image: np.ndarray) -> np.ndarray:
    """An image (28, 28) as a picture (392, 392, 3) on a black ground."""
    return framed(magnified(np.repeat(image[..., None], 3, 2), ENLARGED), ROOM, (0, 0, 0))


def on_pictures(change: Change[np.ndarray]) -> Change[np.ndarray]:
    """The change of a picture as a change of an image, which is enlarged first."""
    return replace(change, apply=lambda image, rng: change.apply(enlarged(image), rng))


CHANGES = (
    VISITOR,
    Change("size", "enlarged ten times", "moderate", lambda image, rng: enlarged(image)),
    *(
        on_pictures(change)
        for change in of("exposure", "contrast", "size", "margin", "noise", "jpeg", "blur",
                         "rotation")
    ),
)  # fmt: skip


def wild(a: argparse.Namespace, checkpoint: Checkpoint) -> wild_run.WildTable:
    """The accuracy under each change of a picture, and how well familiarity knows outsiders."""
    predictor = Predictor(checkpoint)
    if predictor.familiarity is None:
        raise UserError(f"{checkpoint.name} has no familiarity file: train it again.")
    images, labels = part(a.split, a.data, checkpoint)
    chosen = np.random.default_rng(0).permutation(len(images))[:IMAGES]
    images, labels = images[chosen], labels[chosen]

    def answer(given: list[np.ndarray | Picture]) -> np.ndarray:
        seen = np.stack([seen_of(one) for one in given])
        return predictor.probabilities(seen).argmax(1)

    rows = wild_run.rows(
        [*images], CHANGES, answer, lambda found: float((found == labels).mean()),
        {"turned": lambda before, after: float((before != after).mean())},
    )  # fmt: skip
    strange = np.stack([prepare(picture).image for _, picture in outsiders.half(False)])
    found = familiarity.measure(predictor.familiarity, images, strange)
    note = f"{len(strange)} pictures of none of the ten, on which nothing was chosen"
    metrics = [
        Metric(name="auroc", split=a.split, n=len(images) + len(strange), note=note,
               value=found["auroc"], higher_is_better=True),
        Metric(name="unfamiliar_outsiders", split=a.split, n=len(strange),
               value=found["strange_unfamiliar"], higher_is_better=True,
               note="share of them that the page warns about"),
    ]  # fmt: skip
    return wild_run.WildTable("accuracy", a.split, rows, metrics)


def seen_of(given: np.ndarray | Picture) -> np.ndarray:
    """What a network sees (28, 28) of an image, a picture (H, W, 3) or a Picture."""
    if isinstance(given, Picture):
        return prepare(given).image
    return given if given.ndim == 2 else prepare(Picture(given)).image
