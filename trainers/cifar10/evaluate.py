"""Measuring a checkpoint of CIFAR-10 through its predictor, as it is served."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from demos.cifar10.change import SHARES, SHIFTS, shifted, shuffled
from demos.cifar10.model import CLASSES
from demos.cifar10.predict import TWIN, Predictor, network, tensor
from demos.core.checkpoint import Checkpoint, Metric
from trainers.cifar10 import data
from trainers.cifar10.beside import beside
from trainers.cifar10.data import Images
from trainers.core import classifier
from trainers.core.evaluation import Report, nothing_left
from trainers.core.metrics import wilson_interval

EVERY = 10  # of the training images: all of them take long and tell no more
OVER_SLIDERS = 1000  # images over which the sliders are moved
DUPLICATES = Path(__file__).with_name("near_duplicates.txt")
VIEWS = ((0, 0), (-1, -1), (1, 1))  # pixels down and right, each also mirrored


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """The scores of a split, with and without images that are not as they were or have a
    near-duplicate in training; on test also the curves over both sliders."""
    part = of_split(a.split, a.data, checkpoint)
    predictor, answers = Predictor(checkpoint), {}

    def answer(other: Checkpoint) -> np.ndarray:
        if other.folder not in answers:
            answers[other.folder] = Predictor(other).probabilities(part.images)
        return answers[other.folder]

    report = classifier.report(
        a, checkpoint, answer, part.labels, CLASSES,
        data=f"CIFAR-10 {a.split}", protocol="published split",
        note=f"every {EVERY}th image" if a.split == "train" else "",
    )  # fmt: skip
    right = answer(checkpoint).argmax(1) == part.labels
    if a.split == "test":
        known = near_duplicates(len(part))
        report.metrics += [
            share("accuracy_exact", right[part.exact], a.split,
                  f"without the {int((~part.exact).sum())} images that this copy has as JPEG only"),
            share("accuracy_new", right[~known], a.split,
                  f"without {int(known.sum())} images with a near-duplicate in training"),
        ]  # fmt: skip
        in_views = averaged(predictor, part.images).argmax(1) == part.labels
        report.metrics.append(
            share("accuracy_views", in_views, a.split,
                  "six passes, averaged: mirrored, and shifted by a pixel, as airbench does")
        )  # fmt: skip
        report.detail |= beside(predictor, answer(checkpoint), part.labels)
        report.detail |= over_sliders(predictor, part.part(np.arange(min(OVER_SLIDERS, len(part)))))
    if TWIN in checkpoint.card.files:
        found = twin_answers(checkpoint, part.images) == part.labels
        report.metrics.append(
            share("accuracy_shuffled", found, a.split,
                  "the same network, trained and measured on shuffled pixels")
        )  # fmt: skip
    return report


def of_split(split: str, folder: str | None, checkpoint: Checkpoint) -> Images:
    """The images of a split. Raises DataError, and UserError where the training of the checkpoint
    left no validation data."""
    if split == "validation" and not checkpoint.card.data.splits["validation"]:
        raise nothing_left(checkpoint)
    every = data.read("test" if split == "test" else "train", folder)
    if split == "validation":
        return every.part(data.held_out(every.labels))
    return every.part(np.arange(0, len(every), EVERY)) if split == "train" else every


def share(name: str, right: np.ndarray, split: str, note: str) -> Metric:
    """The share of right answers (n,) with its 95 % interval."""
    n = len(right)
    return Metric(
        name=name, split=split, n=n, value=float(right.mean()), higher_is_better=True, note=note,
        interval=wilson_interval(int(right.sum()), n),
    )  # fmt: skip


def near_duplicates(n: int) -> np.ndarray:
    """A mask (n,) of the test images that `duplicates` found in the training images."""
    lines = DUPLICATES.read_text(encoding="utf-8").splitlines()
    listed = [int(line) for line in lines if line and not line.startswith("#")]
    mask = np.zeros(n, bool)
    mask[[i for i in listed if i < n]] = True
    return mask


def averaged(predictor: Predictor, images: np.ndarray) -> np.ndarray:
    """Logits (n, 10), averaged over six views of each image."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    found = np.zeros((len(images), len(CLASSES)), np.float32)
    for down, right in VIEWS:
        seen = padded[:, 1 + down : 33 + down, 1 + right : 33 + right]
        weight = 0.25 if (down, right) == (0, 0) else 0.125  # as Jordan (2024) weighs them
        found += weight * (predictor.logits(seen) + predictor.logits(seen[:, :, ::-1]))
    return found


def over_sliders(predictor: Predictor, part: Images) -> dict[str, list[float]]:
    """Accuracy while both sliders are moved, one at a time."""

    def accuracy(images: np.ndarray) -> float:
        return float((predictor.logits(images).argmax(1) == part.labels).mean())

    return {
        "over_shift": [accuracy(shifted(part.images, by)) for by in SHIFTS],
        "over_shuffle": [accuracy(shuffled(part.images, share)) for share in SHARES],
    }


def twin_answers(checkpoint: Checkpoint, images: np.ndarray) -> np.ndarray:
    """What the network that was trained on shuffled pixels says of images, shuffled so: (n,)."""
    import torch

    net = network(checkpoint, TWIN)
    with torch.inference_mode():
        found = [
            net(tensor(shuffled(images[i : i + 500]))).argmax(1) for i in range(0, len(images), 500)
        ]
    return torch.cat(found).numpy()
