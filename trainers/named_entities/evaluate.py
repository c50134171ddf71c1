"""Measuring a tagger on both data sets, under each way to read its numbers."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np

from demos.core.checkpoint import Checkpoint, Metric
from demos.named_entities.labels import CONLL, WIKIANN, by_name, entities, face_value
from demos.named_entities.predict import Predictor
from demos.named_entities.tagging import Tagging
from trainers.core.evaluation import Report
from trainers.core.metrics import records
from trainers.named_entities import data
from trainers.named_entities.calibrate import outcomes, reliability
from trainers.named_entities.data import Tagged
from trainers.named_entities.familiarity import auroc, in_sentences, outsiders
from trainers.named_entities.measures import by_kind, everything, scores

OWN = {"conll": "conll2003"}  # what a variant is measured on first; else WikiANN
SAMPLE = 1000  # of the training sentences
ANSWERS = "as it answers"


def part(name: str, split: str, folder: str | None, checkpoint: Checkpoint) -> list[Tagged]:
    """The sentences of a split; of the training sentences the first thousand, of the validation
    sentences those that the checkpoint was not trained on. Raises DataError."""
    found = data.read(name, split, folder)
    if split == "validation" and name == "wikiann" and data.refitted(checkpoint):
        _, found = data.refit([], found)
    return found[:SAMPLE] if split == "train" else found


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """Precision, recall, F1, strict F1, F1 of places alone and token accuracy on the variant's own
    data; F1 on the other set; calibration and familiarity."""
    predictor, variant = Predictor(checkpoint), checkpoint.card.variant
    own = OWN.get(variant, "wikiann")
    other = next(name for name in data.SOURCES if name != own)
    gold = part(own, a.split, a.data, checkpoint)
    said = [t for _, t in predictor.tag([s.words for s in gold])]
    labels = [t.labels for t in said]
    true = [s.labels for s in gold]
    metrics = records(everything(labels, true), a.split, len(gold))
    if a.split == "test" and own == "wikiann":
        metrics += unseen(gold, labels, a.data, data.refitted(checkpoint))
    of = {own: readings(predictor, own, said, gold)}
    if a.data is None:  # --data names one data set
        foreign = part(other, a.split, None, checkpoint)
        there = [t for _, t in predictor.tag([s.words for s in foreign])]
        of[other] = readings(predictor, other, there, foreign)
        metrics += across(of[other], other, a.split, len(foreign))
    if variant == "mismatched":
        metrics += records({"f1_by_name": of[own]["by name"]["f1"]}, a.split, len(gold),
                           "its numbers read by the names of the CoNLL list")  # fmt: skip
    found, bins = confidence(predictor, said, gold, a.split)
    metrics += found + familiarity(predictor, gold, a.split)
    detail = {"readings": of, "by_kind": rounded(by_kind(labels, true)), "reliability": bins,
              "confusions": confusions(labels, true)}  # fmt: skip
    if a.split != "test":  # what the page shows is of the test sentences
        detail = {f"{a.split}_readings": of}
    return Report(
        data="WikiANN, English" if own == "wikiann" else "CoNLL-2003", split=a.split,
        protocol="labels of words; names by seqeval's default mode", n=len(gold), metrics=metrics,
        detail=detail,
    )  # fmt: skip


def unseen(
    gold: Sequence[Tagged], labels: Sequence[Sequence[str]], folder: str | None, refitted: bool
) -> list[Metric]:
    """F1 without the test sentences that also stand in the training data."""
    given = data.read("wikiann", "train", folder)
    if refitted:
        given, _ = data.refit(given, data.read("wikiann", "validation", folder))
    mask = data.seen(gold, given)
    kept = [i for i in range(len(gold)) if not mask[i]]
    found = scores([labels[i] for i in kept], [gold[i].labels for i in kept])
    note = f"without {int(mask.sum())} sentences that also stand in the training data"
    return records({"f1_unseen": found["f1"]}, "test", len(kept), note)


def readings(
    predictor: Predictor, name: str, said: Sequence[Tagging], gold: Sequence[Tagged]
) -> dict[str, dict[str, float]]:
    """All measures on one data set: as the variant answers, and by its numbers alone, at face
    value in the data's list and by name. What only one of the lists has counts as O."""
    theirs = CONLL if len(predictor.labels) == len(CONLL) else WIKIANN
    target = data.LABELS[name]
    shared = set(theirs) & set(target)
    common = [[label if label in shared else "O" for label in s.labels] for s in gold]
    answers = [[label if label in target else "O" for label in t.labels] for t in said]
    found = {ANSWERS: everything(answers, common)}
    for way, reads in (("face value", face_value(theirs, target)),
                       ("by name", by_name(theirs, target))):  # fmt: skip
        labels = [[reads[i] for i in t.numbers.tolist()] for t in said]
        # At face value, a number may well mean what only the data's list has.
        found[way] = everything(labels, [s.labels for s in gold] if way == "face value" else common)
    return {way: {k: round(v, 4) for k, v in values.items()} for way, values in found.items()}


def across(found: dict[str, dict[str, float]], name: str, split: str, n: int) -> list[Metric]:
    """What the card says of the other data set."""
    note = "of names of people, organisations and places; MISC counts as O"
    values = {
        f"f1_{name}_face_value": found["face value"]["f1"],
        f"f1_{name}_by_name": found["by name"]["f1"],
        f"f1_{name}_boundaries": found["by name"]["f1_boundaries"],
        f"f1_{name}": found[ANSWERS]["f1"],
    }
    return records(values, split, n, note)


def confidence(
    predictor: Predictor, said: Sequence[Tagging], gold: Sequence[Tagged], split: str
) -> tuple[list[Metric], list[dict[str, Any]]]:
    """The expected calibration error; on validation data, of the half that fitted nothing."""
    half = slice(1, None, 2) if split == "validation" else slice(None)
    shares, right = outcomes(said[half], gold[half], predictor.kinds)
    error, bins = reliability(shares, right, *predictor.calibration)
    return records({"ece": error}, split, len(right), "of names that were found"), bins


def familiarity(predictor: Predictor, gold: Sequence[Tagged], split: str) -> list[Metric]:
    """How well familiarity tells these sentences from texts of other kinds that taught nothing."""
    if predictor.known is None:
        return []
    _, report = outsiders()
    inside = [predictor.known([one]) for one in predictor.tag([s.words for s in gold[:1000]])]
    outside = [predictor.known(predictor.tag(in_sentences(t))) for t in report]
    note = f"{len(outside)} texts in other languages, code and noise, against {len(inside)}"
    return records({"auroc": auroc(inside, outside)}, split, len(inside) + len(outside), note)


def confusions(
    labels: Sequence[Sequence[str]], gold: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """Of the true names of each kind, the shares that were found, found as another kind, found
    with other edges, and not found."""
    rows: dict[str, list[str]] = {}
    for ours, theirs in zip(labels, gold, strict=True):
        found = entities(ours)
        for e in entities(theirs):
            same = [f for f in found if f[1:] == e[1:]]
            near = any(f.start < e.end and e.start < f.end for f in found)
            verdict = ("right" if e in same else "kind_wrong" if same
                       else "place_wrong" if near else "missed")  # fmt: skip
            rows.setdefault(e.kind, []).append(verdict)
    return [
        {"kind": kind, "n": len(verdicts),
         **{v: round(float(np.mean([x == v for x in verdicts])), 4)
            for v in ("right", "kind_wrong", "place_wrong", "missed")}}
        for kind, verdicts in sorted(rows.items())
    ]  # fmt: skip


def rounded(found: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {k: {m: round(v, 4) for m, v in row.items()} for k, row in found.items()}
