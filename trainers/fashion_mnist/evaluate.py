"""Measuring a checkpoint of Fashion-MNIST through its predictor, as it is served."""

from __future__ import annotations

import argparse
import io
from typing import Any

import numpy as np
from PIL import Image
from sklearn.metrics import classification_report, confusion_matrix

from demos.core.checkpoint import Checkpoint, Metric
from demos.core.errors import UserError
from demos.fashion_mnist.model import CLASSES
from demos.fashion_mnist.predict import Predictor
from trainers.core.cli import Report
from trainers.core.metrics import bootstrap_interval, spread, wilson_interval
from trainers.fashion_mnist import data

SHIRT = CLASSES.index("Shirt")
PAIRS, IN_A_ROW = 8, 20
DELETED, DELETION_STEPS = 200, 14
EVERY = 10  # of the training images: all of them take long and say the same
# The seed's classification report: precision, recall, F1 of each class on the test split.
SEED_REPORT = (
    (0.87, 0.84, 0.85), (0.99, 0.98, 0.99), (0.82, 0.87, 0.85), (0.90, 0.92, 0.91),
    (0.84, 0.88, 0.86), (0.98, 0.98, 0.98), (0.75, 0.69, 0.72), (0.95, 0.97, 0.96),
    (0.99, 0.97, 0.98), (0.98, 0.96, 0.97),
)  # fmt: skip


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """Accuracy and loss on a split, with what the charts draw."""
    images, labels = data.read("test" if a.split == "test" else "train", a.data)
    if a.split == "validation":
        if not checkpoint.card.data.splits["validation"]:
            raise UserError(f"{checkpoint.name} was trained on all 60,000 images: none are left.")
        mask = data.held_out(labels)
        images, labels = images[mask], labels[mask]
    if a.split == "train":
        images, labels = images[::EVERY], labels[::EVERY]
    probabilities = Predictor(checkpoint).probabilities(images)
    accuracy, loss = scores(probabilities, labels)
    n = len(labels)
    runs = [{"name": checkpoint.card.training.seed, "accuracy": accuracy}]
    for folder in a.replicates:
        other = Checkpoint(folder)
        found, _ = scores(Predictor(other).probabilities(images), labels)
        runs.append({"name": other.card.training.seed, "accuracy": found})
    over = spread([run["accuracy"] for run in runs])
    interval = wilson_interval(round(accuracy * n), n)
    note = f"every {EVERY}th image" if a.split == "train" else ""
    metrics = [
        Metric(name="accuracy", split=a.split, n=n, value=accuracy, higher_is_better=True,
               interval=interval, note=note),
        Metric(name="loss", split=a.split, n=n, value=loss, higher_is_better=False, note=note),
    ]  # fmt: skip
    if a.split != "train":
        metrics += deletion(checkpoint, images, a.split)
    if len(runs) > 1:
        metrics.append(
            Metric(name="accuracy_mean", split=a.split, n=n, value=over.mean, sd=over.sd,
                   runs=over.runs, higher_is_better=True, note="mean over training seeds")
        )  # fmt: skip
    detail: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    if a.split == "test":
        detail = charts(probabilities, labels)
        detail["confused"], files["confused.webp"] = sprite(images, labels, probabilities)
        if len(runs) > 1:
            detail["replicates"] = runs
    return Report(
        data=f"Fashion-MNIST {a.split}", split=a.split, protocol="published split", n=n,
        metrics=metrics, detail=detail, files=files,
    )  # fmt: skip


def deletion(checkpoint: Checkpoint, images: np.ndarray, split: str) -> list[Metric]:
    """How well saliency finds what matters (Petsiuk et al. 2018): the mean probability of the
    named class while its most salient pixels are blacked out first, and for a random order."""
    predictor, rng = Predictor(checkpoint), np.random.default_rng(0)
    chosen = images[:: len(images) // DELETED][:DELETED]
    areas = {"saliency": [], "random": []}
    for image in chosen:
        found = predictor.explain(image)
        orders = {
            "saliency": np.argsort(-found.saliency.ravel()),
            "random": rng.permutation(image.size),
        }
        label = CLASSES.index(found.label)
        for name, order in orders.items():
            views = np.repeat(image.reshape(1, -1), DELETION_STEPS + 1, 0)
            for step in range(1, DELETION_STEPS + 1):
                views[step, order[: step * image.size // DELETION_STEPS]] = 0
            curve = predictor.probabilities(views.reshape(-1, 28, 28))[:, label]
            areas[name].append(float(np.trapezoid(curve, dx=1 / DELETION_STEPS)))
    saliency, at_random = (float(np.mean(areas[k])) for k in ("saliency", "random"))
    return [
        Metric(name="deletion", split=split, n=len(chosen), value=saliency, higher_is_better=False,
               interval=bootstrap_interval(np.array(areas["saliency"])),
               note=f"integrated gradients; in random order {at_random:.3f}")
    ]  # fmt: skip


def sprite(
    images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray
) -> tuple[list[dict[str, Any]], bytes]:
    """The worst confusions of a shirt first, then the other worst: a row of test images a pair,
    the most confident first. At most 160 images; the data is MIT."""
    predicted = probabilities.argmax(1)
    matrix = confusion_matrix(labels, predicted, labels=range(10))
    np.fill_diagonal(matrix, 0)
    pairs = [(i, j) for i in range(10) for j in range(10) if matrix[i, j]]
    pairs.sort(key=lambda pair: (SHIRT not in pair, -matrix[pair]))
    rows, sheet = [], []
    for true, named in pairs[:PAIRS]:
        found = np.flatnonzero((labels == true) & (predicted == named))
        found = found[np.argsort(-probabilities[found, named])][:IN_A_ROW]
        row = np.zeros((28, 28 * IN_A_ROW), np.uint8)
        row[:, : 28 * len(found)] = np.concatenate(images[found], 1)
        sheet.append(row)
        rows.append(
            {"true": CLASSES[true], "predicted": CLASSES[named], "n": int(matrix[true, named])}
        )
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate(sheet)).save(buffer, "WEBP", quality=80)
    return rows, buffer.getvalue()


def scores(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Accuracy and mean cross-entropy of (n, 10) probabilities."""
    accuracy = float((probabilities.argmax(1) == labels).mean())
    likelihood = probabilities[np.arange(len(labels)), labels]
    return accuracy, float(-np.log(np.maximum(likelihood, 1e-12)).mean())


def charts(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Confusion matrix, report by class beside the seed's, and the most confident errors."""
    predicted = probabilities.argmax(1)
    report = classification_report(labels, predicted, labels=range(10), output_dict=True)
    wrong = np.flatnonzero(predicted != labels)
    order = wrong[np.argsort(-probabilities[wrong, predicted[wrong]])][:200]
    return {
        "confusion": {
            "labels": list(CLASSES),
            "matrix": confusion_matrix(labels, predicted, labels=range(10)).tolist(),
        },
        "per_class": [
            {
                "class": name,
                "precision": report[str(i)]["precision"],
                "recall": report[str(i)]["recall"],
                "f1": report[str(i)]["f1-score"],
                "support": int(report[str(i)]["support"]),
                "seed_precision": SEED_REPORT[i][0],
                "seed_recall": SEED_REPORT[i][1],
                "seed_f1": SEED_REPORT[i][2],
            }
            for i, name in enumerate(CLASSES)
        ],
        "errors": [
            {"index": int(i), "true": int(labels[i]), "predicted": int(predicted[i])} for i in order
        ],
    }
