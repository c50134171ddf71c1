"""Measuring a checkpoint of Fashion-MNIST through its predictor, as it is served."""

from __future__ import annotations

import argparse

import numpy as np

from demos.core.checkpoint import Checkpoint
from demos.fashion_mnist.model import CLASSES
from demos.fashion_mnist.predict import Predictor
from trainers.core import classifier
from trainers.core.evaluation import Report, nothing_left
from trainers.core.explanations import deletion
from trainers.fashion_mnist import data

EVERY = 10  # of the training images: all of them take long and tell no more
# The original's classification report: precision, recall, F1 of each class on the test split.
SEED_REPORT = (
    (0.87, 0.84, 0.85), (0.99, 0.98, 0.99), (0.82, 0.87, 0.85), (0.90, 0.92, 0.91),
    (0.84, 0.88, 0.86), (0.98, 0.98, 0.98), (0.75, 0.69, 0.72), (0.95, 0.97, 0.96),
    (0.99, 0.97, 0.98), (0.98, 0.96, 0.97),
)  # fmt: skip


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """The scores of a split, what the charts draw and, on request, the deletion score."""
    images, labels = part(a.split, a.data, checkpoint)
    predictor = Predictor(checkpoint)
    report = classifier.report(
        a, checkpoint, lambda other: Predictor(other).probabilities(images), labels, CLASSES,
        data=f"Fashion-MNIST {a.split}", protocol="published split",
        note=f"every {EVERY}th image" if a.split == "train" else "",
        original=SEED_REPORT, images=images, first="Shirt",
    )  # fmt: skip
    if a.explanations:

        def explain(image: np.ndarray) -> tuple[int, np.ndarray]:
            found = predictor.explain(image)
            return CLASSES.index(found.label), found.saliency

        report.metrics.append(
            deletion(predictor.probabilities, explain, images, a.split, "integrated gradients")
        )
    return report


def part(
    split: str, folder: str | None, checkpoint: Checkpoint
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Images (n, 28, 28) uint8 and labels (n,) of a split. Raises DataError, and UserError where
    the training of the checkpoint left no validation data."""
    if split == "validation" and not checkpoint.card.data.splits["validation"]:
        raise nothing_left(checkpoint)
    images, labels = data.read("test" if split == "test" else "train", folder)
    if split == "validation":
        mask = data.held_out(labels)
        return images[mask], labels[mask]
    return (images[::EVERY], labels[::EVERY]) if split == "train" else (images, labels)
