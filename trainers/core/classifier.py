"""Measuring a classifier: scores, calibration, and what its charts draw."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image
from sklearn.metrics import classification_report, confusion_matrix, f1_score

from demos.core.checkpoint import Checkpoint
from demos.core.demo import Demo
from trainers.core.cli import Trainer
from trainers.core.evaluation import Report, replicates
from trainers.core.metrics import over_runs, records, wilson_interval

BINS = 15  # of the calibration error, as in Guo et al. 2017
ERRORS = 200
PAIRS, IN_A_ROW = 8, 20  # of the sprite
Scores = Callable[[np.ndarray, np.ndarray], dict[str, float]]


def trainer(
    demo: Demo, train: Callable, evaluate: Callable, wild: Callable, held_out: str,
    options: Callable[[argparse.ArgumentParser], object] = lambda train: None,
) -> Trainer:  # fmt: skip
    """The trainer of a classifier that may leave some training images for choosing: `--held-out`
    keeps what `held_out` says, in a run of its own. `options` adds more to `train`."""

    def add(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
        train.add_argument("--held-out", action="store_true", help=f"keep {held_out} for choosing")
        options(train)

    return Trainer(
        demo=demo, train=train, evaluate=evaluate, main_metric="accuracy", wild=wild, options=add,
        hub_task="image-classification",
        run_name=lambda a: f"{a.variant}-seed{a.seed}" + ("-held-out" if a.held_out else ""),
    )  # fmt: skip


def scores(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Accuracy, mean cross-entropy, macro F1 and expected calibration error of (n, k)
    probabilities against labels (n,)."""
    predicted = probabilities.argmax(1)
    likelihood = probabilities[np.arange(len(labels)), labels]
    classes = range(probabilities.shape[1])
    return {
        "accuracy": float((predicted == labels).mean()),
        "loss": float(-np.log(np.maximum(likelihood, 1e-12)).mean()),
        "macro_f1": float(
            f1_score(labels, predicted, labels=classes, average="macro", zero_division=0)
        ),
        "ece": calibration_error(reliability(probabilities, labels)),
    }


def reliability(probabilities: np.ndarray, labels: np.ndarray) -> list[dict[str, float]]:
    """The `bins` of the highest probability."""
    return bins(probabilities.max(1), probabilities.argmax(1) == labels)


def bins(confidence: np.ndarray, right: np.ndarray) -> list[dict[str, float]]:
    """By fifteenths of the confidence (n,): its mean, and the share of `right` (n,) bool (Guo et
    al. 2017, arXiv 1706.04599). Empty bins are left out."""
    place = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    return [
        {
            "low": i / BINS,
            "high": (i + 1) / BINS,
            "n": int((place == i).sum()),
            "confidence": float(confidence[place == i].mean()),
            "accuracy": float(right[place == i].mean()),
        }
        for i in np.unique(place).tolist()
    ]


def calibration_error(found: Sequence[dict[str, float]]) -> float:
    """The mean distance between confidence and accuracy over `bins`, 0-1."""
    distance = [abs(b["confidence"] - b["accuracy"]) for b in found]
    return float(np.average(distance, weights=[b["n"] for b in found]))


def charts(
    probabilities: np.ndarray, labels: np.ndarray, classes: Sequence[str],
    original: Sequence[tuple[float, float, float]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Confusion matrix, report by class, reliability, and the most confident errors.

    original: precision, recall and F1 of each class as the original reports them, for comparison.
    """
    predicted = probabilities.argmax(1)
    every = range(len(classes))
    report = classification_report(
        labels, predicted, labels=every, output_dict=True, zero_division=0
    )
    keys = {"precision": "precision", "recall": "recall", "f1": "f1-score"}
    rows = []
    for i, name in enumerate(classes):
        found = report[str(i)]
        row = {"class": name, "support": int(found["support"])}
        row |= {ours: found[theirs] for ours, theirs in keys.items()}
        if original:
            row |= {f"seed_{k}": v for k, v in zip(keys, original[i], strict=True)}
        rows.append(row)
    wrong = np.flatnonzero(predicted != labels)
    confidence = probabilities[wrong, predicted[wrong]]
    order = np.argsort(-confidence)[:ERRORS]
    return {
        "confusion": {
            "labels": list(classes),
            "matrix": confusion_matrix(labels, predicted, labels=every).tolist(),
        },
        "per_class": rows,
        "reliability": reliability(probabilities, labels),
        "errors": [
            {"index": int(i), "true": int(labels[i]), "predicted": int(predicted[i]),
             "probability": round(float(p), 4)}
            for i, p in zip(wrong[order], confidence[order], strict=True)
        ],
    }  # fmt: skip


def sprite(
    images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, classes: Sequence[str],
    first: str | None = None,
) -> tuple[list[dict[str, Any]], bytes]:  # fmt: skip
    """The worst confusions as a WebP: one row per pair of classes, with its most confident errors.

    images: (n, H, W) or (n, H, W, 3) uint8, of data whose licence allows it. Pairs with the class
    `first` come first. Returns what the rows hold, and the picture of at most 160 images.
    """
    predicted, every = probabilities.argmax(1), range(len(classes))
    matrix = confusion_matrix(labels, predicted, labels=every)
    np.fill_diagonal(matrix, 0)
    pairs = [(int(i), int(j)) for i, j in np.argwhere(matrix)]
    wanted = classes.index(first) if first else -1
    pairs.sort(key=lambda pair: (wanted not in pair, -matrix[pair]))
    rows, sheet = [], []
    for true, named in pairs[:PAIRS]:
        found = np.flatnonzero((labels == true) & (predicted == named))
        found = found[np.argsort(-probabilities[found, named])][:IN_A_ROW]
        row = np.zeros((IN_A_ROW, *images.shape[1:]), np.uint8)
        row[: len(found)] = images[found]
        sheet.append(np.concatenate(row, 1))
        rows.append(
            {"true": classes[true], "predicted": classes[named], "n": int(matrix[true, named])}
        )
    buffer = io.BytesIO()
    Image.fromarray(np.concatenate(sheet)).save(buffer, "WEBP", quality=80)
    return rows, buffer.getvalue()


def report(
    a: argparse.Namespace, checkpoint: Checkpoint, answer: Callable[[Checkpoint], np.ndarray],
    labels: np.ndarray, classes: Sequence[str], *, data: str, protocol: str, note: str = "",
    score: Scores = scores, original: Sequence[tuple[float, float, float]] | None = None,
    original_confusion: Sequence[Sequence[int]] | None = None,
    images: np.ndarray | None = None, first: str | None = None,
) -> Report:  # fmt: skip
    """The report of a classifier and its replicates on `a.split`.

    answer(checkpoint) gives (n, k) probabilities for the examples with these labels (n,). Charts
    are drawn of the test split, with a sprite of `images` where they are given.
    """
    n, probabilities = len(labels), answer(checkpoint)
    checkpoints = [checkpoint, *replicates(a, checkpoint)]
    runs = [score(probabilities, labels)]
    runs += [score(answer(other), labels) for other in checkpoints[1:]]
    interval = wilson_interval(round(runs[0]["accuracy"] * n), n)
    metrics = records(runs[0], a.split, n, note, {"accuracy": interval})
    metrics += over_runs(runs, a.split, n, "mean over random seeds")
    detail: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    if a.split == "test":
        detail = charts(probabilities, labels, classes, original)
        if original_confusion:
            detail["seed_confusion"] = original_confusion
        if images is not None and (probabilities.argmax(1) != labels).any():
            detail["confused"], files["confused.webp"] = sprite(
                images, labels, probabilities, classes, first
            )
        if len(runs) > 1:
            detail["replicates"] = [
                {"name": c.card.training.seed, "accuracy": run["accuracy"]}
                for c, run in zip(checkpoints, runs, strict=True)
            ]
    return Report(data, a.split, protocol, n, metrics, detail, files)
