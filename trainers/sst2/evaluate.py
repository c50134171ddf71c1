"""Measuring a checkpoint of SST-2 through its predictor, as it is served."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from demos.core.checkpoint import Checkpoint, Metric
from demos.core.errors import UserError
from demos.sst2.predict import Predictor
from demos.sst2.result import NEGATIVE, POSITIVE
from trainers.core.cli import Report
from trainers.core.metrics import bootstrap_interval, spread, wilson_interval
from trainers.sst2 import data

DELETED = 200  # texts in the score of the attribution
EVERY = 10  # of the training phrases: all of them take minutes and say the same


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """Accuracy, loss, precision, recall and F1 on a split.

    GLUE's validation split is our test split (`validation` and `test` are the same 872 sentences);
    `held_out` are the 1,000 training sentences on which choices are made.
    """
    texts, labels, split = _split(a, checkpoint)
    probabilities = Predictor(checkpoint).probabilities(texts)
    n = len(texts)
    found = scores(probabilities, labels)
    metrics = [
        Metric(name=name, split=split, n=n, value=value, higher_is_better=name != "loss",
               interval=wilson_interval(round(value * n), n) if name == "accuracy" else None,
               note=f"every {EVERY}th phrase" if split == "train" else "")
        for name, value in found.items()
    ]  # fmt: skip
    if a.replicates:
        runs = [found["accuracy"]]
        for folder in a.replicates:
            others = Predictor(Checkpoint(folder)).probabilities(texts)
            runs.append(scores(others, labels)["accuracy"])
        over = spread(runs)
        metrics.append(
            Metric(name="accuracy_mean", split=split, n=n, value=over.mean, sd=over.sd,
                   runs=over.runs, higher_is_better=True, note="mean over training seeds")
        )  # fmt: skip
    detail: dict[str, Any] = {}
    if split == "test":
        metrics.append(comprehensiveness(checkpoint, texts[:DELETED], split))
        detail = charts(probabilities, labels)
    return Report(
        data=f"SST-2 {a.split}", split=a.split, n=n, metrics=metrics, detail=detail,
        protocol="GLUE's validation sentences" if split == "test" else "training phrases",
    )  # fmt: skip


def _split(a: argparse.Namespace, checkpoint: Checkpoint) -> tuple[list[str], np.ndarray, str]:
    """Texts, labels and the name that the card gives to the split."""
    if a.split in ("validation", "test"):
        return *data.read("validation", a.data), "test"
    texts, labels = data.read("train", a.data)
    if a.split == "train":
        return texts[::EVERY], labels[::EVERY], "train"
    if checkpoint.card.data.splits["validation"] != data.HELD_OUT:
        raise UserError(f"{checkpoint.name} was trained on all sentences: none are left.")
    chosen, _ = data.held_out(texts)
    return [t for t, c in zip(texts, chosen, strict=True) if c], labels[chosen], "validation"


def scores(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Accuracy, mean cross-entropy, and precision, recall and F1 of “positive”."""
    named = probabilities >= 0.5
    likelihood = np.where(labels > 0.5, probabilities, 1 - probabilities)
    precision, recall, f1, _ = precision_recall_fscore_support(
        labels > 0.5, named, average="binary", zero_division=0
    )
    return {
        "accuracy": float((named == (labels > 0.5)).mean()),
        "loss": float(-np.log(np.maximum(likelihood, 1e-12)).mean()),
        "precision": float(precision),
        "recall": float(recall),
        "f1": float(f1),
    }


def comprehensiveness(checkpoint: Checkpoint, texts: list[str], split: str) -> Metric:
    """How well the attribution finds what matters (DeYoung et al. 2020, comprehensiveness): how
    much the probability of the label falls when the fifth of the words that speaks most for it is
    left out, and when a random fifth is."""
    predictor, rng = Predictor(checkpoint), np.random.default_rng(0)
    whole = predictor.probabilities(texts)
    left: dict[str, list[str]] = {"attributed": [], "random": []}
    for text, probability in zip(texts, whole, strict=True):
        found = predictor.explain(text)
        sign = 1 if probability >= 0.5 else -1
        count = max(1, round(len(found.values) / 5))
        orders = {
            "attributed": np.argsort(-sign * found.values),
            "random": rng.permutation(len(found.values)),
        }
        for name, order in orders.items():
            words = np.delete(np.array(found.reading.words, object), order[:count])
            left[name].append(" ".join(words))
    fall = {}
    for name, shorter in left.items():
        after = predictor.probabilities(shorter)
        fall[name] = np.where(whole >= 0.5, whole - after, after - whole)
    return Metric(
        name="comprehensiveness", split=split, n=len(texts), value=float(fall["attributed"].mean()),
        higher_is_better=True, interval=bootstrap_interval(fall["attributed"]),
        note="fall of the label's probability without the fifth of the words that integrated "
        f"gradients name; without a random fifth {fall['random'].mean():.3f}",
    )  # fmt: skip


def charts(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Confusion matrix, and the most confident errors by their index."""
    named = probabilities >= 0.5
    wrong = np.flatnonzero(named != (labels > 0.5))
    order = wrong[np.argsort(-np.abs(probabilities[wrong] - 0.5))][:100]
    return {
        "confusion": {
            "labels": [NEGATIVE, POSITIVE],
            "matrix": confusion_matrix(labels > 0.5, named, labels=[False, True]).tolist(),
        },
        "errors": [
            {"index": int(i), "true": int(labels[i]), "probability": round(float(p), 4)}
            for i, p in zip(order, probabilities[order], strict=True)
        ],
    }  # fmt: skip
