"""Measuring a checkpoint of SST-2 through its predictor, as it is served."""

from __future__ import annotations

import argparse

import numpy as np
from sklearn.metrics import precision_recall_fscore_support

from demos.core.checkpoint import Checkpoint, Metric
from demos.core.errors import UserError
from demos.sst2.predict import Predictor
from demos.sst2.result import NEGATIVE, POSITIVE
from trainers.core import classifier
from trainers.core.evaluation import Report, nothing_left
from trainers.core.metrics import bootstrap_interval
from trainers.sst2 import data

DELETED = 200  # texts in the score of the attribution
EVERY = 10  # of the training phrases: all of them take minutes and tell no more
SEED_CONFUSION = ((340, 88), (61, 383))  # the original's, true classes in rows
PROTOCOLS = {
    "train": "training phrases",
    "validation": "training sentences that were left out, with all their parts",
    "test": "GLUE's validation sentences",
}


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """The scores of a split, what the charts draw and, on request, the comprehensiveness.

    `test` are the 872 sentences that GLUE calls its validation split; `validation` are the 1,000
    training sentences on which choices are made.
    """
    texts, labels = part(a.split, a.data, checkpoint)

    def answer(other: Checkpoint) -> np.ndarray:
        positive = Predictor(other).probabilities(texts)
        return np.stack([1 - positive, positive], 1)

    report = classifier.report(
        a, checkpoint, answer, labels, [NEGATIVE, POSITIVE], score=scores,
        data=f"SST-2 {a.split}", protocol=PROTOCOLS[a.split],
        note=f"every {EVERY}th phrase" if a.split == "train" else "",
        original_confusion=SEED_CONFUSION,
    )  # fmt: skip
    if a.explanations:
        report.metrics.append(comprehensiveness(checkpoint, texts[:DELETED], a.split))
    return report


def part(
    split: str, folder: str | None, checkpoint: Checkpoint
) -> tuple[list[str], np.ndarray]:  # fmt: skip
    """Texts and labels (n,) int64 (1 is positive) of a split. Raises DataError, and UserError
    where the training of the checkpoint left none of these sentences out."""
    validated = checkpoint.card.data.splits["validation"]
    if split == "validation" and not validated:
        raise nothing_left(checkpoint)
    if split == "validation" and validated != data.HELD_OUT:
        raise UserError(
            f"{checkpoint.name} was validated on a random fifth of the phrases, as the original "
            "was, and has seen parts of every sentence: ask for --split test or --split train."
        )
    # GLUE keeps the labels of its own test split to itself; the data calls ours `validation`.
    texts, labels = data.read("validation" if split == "test" else "train", folder)
    labels = labels.astype(np.int64)
    if split == "train":
        return texts[::EVERY], labels[::EVERY]
    if split == "validation":
        chosen, _ = data.held_out(texts)
        return [t for t, c in zip(texts, chosen, strict=True) if c], labels[chosen]
    return texts, labels


def scores(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Those of every classifier, and precision, recall and F1 of “positive”, of (n, 2)
    probabilities."""
    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, probabilities.argmax(1), average="binary", zero_division=0
    )
    found = classifier.scores(probabilities, labels)
    return found | {"precision": float(precision), "recall": float(recall), "f1": float(f1)}


def comprehensiveness(checkpoint: Checkpoint, texts: list[str], split: str) -> Metric:
    """How well the attribution finds what matters (DeYoung et al. 2020, comprehensiveness): how
    much the probability of the label falls when the fifth of the words that counts most for it is
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
        note="fall in the label's probability without the fifth of the words that integrated "
        f"gradients name; {fall['random'].mean():.3f} without a random fifth",
    )  # fmt: skip
