"""How the classifiers do on photos as people bring them. `evaluate --wild` prints it."""

from __future__ import annotations

import argparse

import numpy as np

from demos.core.checkpoint import Checkpoint
from demos.transfer_learning.predict import Predictor
from trainers.core import wild_run
from trainers.core.wild import Change
from trainers.core.wild_pictures import of
from trainers.transfer_learning.evaluate import part

PHOTOS = 50  # a change, the first of the split


def cut(share: float) -> Change[np.ndarray]:
    """Cut to a rectangle of this share of each side, anywhere."""

    def apply(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        size = [max(1, round(n * share)) for n in rgb.shape[:2]]
        top, left = (int(rng.integers(0, n - m + 1)) for n, m in zip(rgb.shape, size, strict=False))
        return np.ascontiguousarray(rgb[top : top + size[0], left : left + size[1]])

    strength = "moderate" if share >= 0.75 else "strong"
    return Change("crop", f"cut to {share:.0%} of each side", strength, apply)


def mirrored(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.ascontiguousarray(rgb[:, ::-1])


def grey(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """By luminance, as a black-and-white photo."""
    light = rgb @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.repeat(np.rint(light).astype(np.uint8)[..., None], 3, 2)


CHANGES = (
    Change("mirror", "left and right exchanged", "moderate", mirrored),
    Change("colour", "black and white", "moderate", grey),
    cut(0.8),
    cut(0.6),
    *of("exposure", "margin", "noise", "jpeg", "blur", "rotation"),
)  # fmt: skip


def wild(a: argparse.Namespace, checkpoint: Checkpoint) -> wild_run.WildTable:
    """The accuracy under each change of a photo, and the share that is called none of these."""
    predictor = Predictor(checkpoint)
    photos, _ = part(a.split, a.data, predictor.labels)
    threshold = -np.inf
    if predictor.familiarity is not None:
        quantiles = predictor.familiarity.scale.quantiles
        threshold = quantiles[len(quantiles) // 20]

    def answer(pictures: list[np.ndarray]) -> np.ndarray:
        """(n, 2): the class, and whether it is called none of these."""
        features = predictor.features(pictures)
        near = (
            predictor.familiarity.scores(features)
            if predictor.familiarity
            else np.zeros(len(features))
        )
        return np.stack([predictor.from_features(features).argmax(1), near < threshold], 1)

    labels = photos.labels[:PHOTOS]
    rows = wild_run.rows(
        photos.pictures[:PHOTOS], CHANGES, answer,
        lambda found: float((found[:, 0] == labels).mean()),
        {"none of these": lambda before, after: float(after[:, 1].mean())},
    )  # fmt: skip
    return wild_run.WildTable("accuracy", a.split, rows)
