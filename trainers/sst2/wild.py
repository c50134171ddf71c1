"""How SST-2's nets do on texts unlike the data: as people type them, one word at a time, and on
texts that are not opinions. `evaluate --wild` prints it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from demos.core.checkpoint import Checkpoint, Metric
from demos.core.errors import UserError
from demos.sst2.familiar import Model
from demos.sst2.predict import Predictor
from trainers.core import wild_run
from trainers.core.wild_texts import CHANGES
from trainers.sst2 import familiarity
from trainers.sst2.additions import FUNCTION, GLAD, SAD
from trainers.sst2.evaluate import part

MIDDLE = (0.3, 0.7)  # where a word that is not an opinion belongs


def wild(a: argparse.Namespace, checkpoint: Checkpoint) -> wild_run.WildTable:
    """The accuracy under each change of a text, and how well familiarity knows outsiders."""
    predictor = Predictor(checkpoint)
    if predictor.familiarity is None:
        raise UserError(f"{checkpoint.name} has no familiarity file: train it again.")
    texts, labels = part(a.split, a.data, checkpoint)
    truth = labels > 0.5

    def answer(given: list[str]) -> np.ndarray:
        return predictor.probabilities(given) >= 0.5

    rows = wild_run.rows(
        texts, CHANGES, answer, lambda found: float((found == truth).mean()),
        {"turned": lambda before, after: float((before != after).mean())},
    )  # fmt: skip
    metrics = [
        *known_outsiders(predictor.familiarity, texts, a.split),
        in_the_middle(predictor.probabilities(sorted(FUNCTION)), a.split),
        emoji(predictor, a.split),
    ]
    return wild_run.WildTable("accuracy", a.split, rows, metrics)


def known_outsiders(model: Model, texts: Sequence[str], split: str) -> list[Metric]:
    """How well the score tells the outsiders that report from these texts, and the share of
    outsiders that are called unfamiliar."""
    _, outside = familiarity.outsiders()
    scores = [familiarity.scored(model, [*group]) for group in (texts, outside)]
    insider = np.repeat([1, 0], [len(texts), len(outside)])
    flagged = np.mean([not model(text).familiar for text in outside])
    note = f"{len(outside)} texts that are not opinions or not English, on which nothing was chosen"
    return [
        Metric(name="auroc", split=split, n=len(insider), higher_is_better=True,
               value=float(roc_auc_score(insider, np.concatenate(scores))), note=note),
        Metric(name="unfamiliar_outsiders", split=split, n=len(outside), higher_is_better=True,
               value=float(flagged), note="share of them that the page warns about"),
    ]  # fmt: skip


def in_the_middle(probabilities: np.ndarray, split: str) -> Metric:
    """The share of function words whose probability alone lies in the middle."""
    inside = (probabilities >= MIDDLE[0]) & (probabilities <= MIDDLE[1])
    return Metric(
        name="function_words", split=split, n=len(inside), value=float(inside.mean()),
        higher_is_better=True, note="share of single function words between 0.3 and 0.7",
    )  # fmt: skip


def emoji(predictor: Predictor, split: str) -> Metric:
    """The share of single emoji of a clear mood that are answered by their mood."""
    moods = [(s, glad) for group, glad in ((GLAD, True), (SAD, False)) for s in group]
    single = [(s, glad) for s, glad in moods if s != "\ufe0f"]
    found = predictor.probabilities([s for s, _ in single]) > 0.5
    right = np.array([f == glad for f, (_, glad) in zip(found, single, strict=True)])
    return Metric(
        name="emoji", split=split, n=len(right), value=float(right.mean()),
        higher_is_better=True, note="single emoji of a clear mood, judged as such",
    )  # fmt: skip
