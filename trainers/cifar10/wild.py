"""How CIFAR-10's nets do on pictures as people bring them, and on pictures of none of the ten
classes. `evaluate --wild` prints it."""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from demos.cifar10.change import shifted
from demos.cifar10.predict import Predictor
from demos.core.checkpoint import Checkpoint, Metric
from trainers.cifar10 import outsiders
from trainers.cifar10.evaluate import of_split
from trainers.cifar10.familiarity import measure
from trainers.cifar10.visitors import VISITOR, enlarged, seen_of
from trainers.core import wild_run
from trainers.core.wild import Change
from trainers.core.wild_pictures import blurred, noisy, of

IMAGES = 300  # per change; the first of the split in a random order


def on_pictures(change: Change[np.ndarray]) -> Change[np.ndarray]:
    """The change of a picture as a change of an image, which is enlarged first."""
    return replace(change, apply=lambda image, rng: change.apply(enlarged(image), rng))


CHANGES = (
    VISITOR,
    Change("size", "enlarged eight times", "moderate", lambda image, rng: enlarged(image)),
    *(on_pictures(change) for change in of("exposure", "contrast", "jpeg", "margin", "colour")),
    Change("noise", "noise of 10 grey levels in 32 × 32", "moderate",
           lambda image, rng: noisy(image, 10, rng)),
    Change("noise", "noise of 25 grey levels in 32 × 32", "strong",
           lambda image, rng: noisy(image, 25, rng)),
    Change("blur", "a blur of 0.7 of its 32 pixels", "moderate",
           lambda image, rng: blurred(image, 0.7)),
    Change("blur", "a blur of 1.5 of its 32 pixels", "strong",
           lambda image, rng: blurred(image, 1.5)),
    *(
        Change("shift", f"shifted by {by} of its 32 pixels", strength,
               lambda image, rng, by=by: shifted(image, by))
        for by, strength in ((2, "moderate"), (4, "moderate"), (8, "strong"))
    ),
)  # fmt: skip


def wild(a: argparse.Namespace, checkpoint: Checkpoint) -> wild_run.WildTable:
    """The accuracy under each change of a picture, and how well familiarity knows outsiders."""
    predictor = Predictor(checkpoint)
    part = of_split(a.split, a.data, checkpoint)
    part = part.part(np.random.default_rng(0).permutation(len(part))[:IMAGES])

    def answer(given: list[np.ndarray]) -> np.ndarray:
        return predictor.logits(seen_of(given)).argmax(1)

    rows = wild_run.rows(
        [*part.images], CHANGES, answer, lambda found: float((found == part.labels).mean()),
        {"turned": lambda before, after: float((before != after).mean())},
    )  # fmt: skip
    known, metrics = predictor.scores(predictor.logits(part.images)), []
    for kind, images in outsiders.half(False).items() if predictor.scale else ():
        found = measure(predictor.scale, known, predictor.scores(predictor.logits(images)))
        name = "" if kind == "patterns" else f"_{kind}"
        what = f"{len(images)} " + (
            "patterns of our own" if kind == "patterns" else "photos of other classes"
        )
        metrics += [
            Metric(name=f"auroc{name}", split=a.split, n=len(known) + len(images),
                   value=found["auroc"], higher_is_better=True,
                   note=f"familiarity, {what}, on which nothing was chosen"),
            Metric(name=f"unfamiliar_outsiders{name}", split=a.split, n=len(images),
                   value=found["strange_unfamiliar"], higher_is_better=True,
                   note=f"share of {what} that the page warns about; of the {len(known)} known "
                   f"ones it is {found['known_unfamiliar']:.3f}"),
        ]  # fmt: skip
    return wild_run.WildTable("accuracy", a.split, rows, metrics)
