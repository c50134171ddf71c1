"""Measuring a checkpoint of transfer learning through its predictor, as it is served."""

from __future__ import annotations

import argparse

import numpy as np

from demos.core.checkpoint import Checkpoint, Metric
from demos.transfer_learning.predict import Predictor
from trainers.core import classifier
from trainers.core.data import DataError
from trainers.core.evaluation import Report
from trainers.transfer_learning import data
from trainers.transfer_learning.data import Photos
from trainers.transfer_learning.folds import auroc, cross_validate, from_few

ANIMALS = {
    "gerenuk", "cougar_body", "dalmatian", "butterfly", "beaver", "crab", "pigeon", "Leopards",
    "okapi", "rooster", "lobster", "hedgehog", "dolphin", "panda",
}  # fmt: skip


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """Accuracy and calibration on a split, and how well photos of other things are told apart."""
    if a.folds:
        return cross_validate(a, checkpoint)
    if a.few:
        return from_few(a, checkpoint)
    predictor = Predictor(checkpoint)
    photos, protocol = part(a.split, a.data, predictor.labels)
    features = predictor.features(photos.pictures)
    found = predictor.from_features(features)

    def answer(other: Checkpoint) -> np.ndarray:
        if other is checkpoint:
            return found
        return Predictor(other).from_features(Predictor(other).features(photos.pictures))

    report = classifier.report(
        a, checkpoint, answer, photos.labels, predictor.labels,
        data=checkpoint.card.data.name, protocol=protocol,
        note="the 129 of “validation”, which chose nothing" if "129" in protocol else "",
    )  # fmt: skip
    if predictor.labels == nine_of(photos) and predictor.familiarity is not None:
        report.metrics += none_of_these(a.split, predictor, features)
    return report


def part(split: str, where: str | None, classes: tuple[str, ...]) -> tuple[Photos, str]:
    """The photos of a split. Where there are none for `test`, those of `validation` report, since
    they choose nothing."""
    try:
        return data.read(split, where, classes), f"the folder's {split}"
    except DataError as error:
        if split != "test" or "has no split" not in str(error):
            raise
    photos = data.read("validation", where, classes)
    return (
        photos,
        f"no test split there: the {len(photos)} photos of validation, which chose nothing",
    )


def nine_of(photos: Photos) -> tuple[str, ...]:
    """The nine animals if these are they, else nothing."""
    nine = ("crocodile", "elephant", "emu", "flamingo", "hawksbill", "ibis", "kangaroo", "llama",
            "rhino")  # fmt: skip
    return nine if photos.classes == nine else ()


def none_of_these(split: str, predictor: Predictor, features: np.ndarray) -> list[Metric]:
    """How well the score of familiarity tells the split's photos from those of other classes, and
    what share of each the page calls none of these."""
    others = data.others("test" if split == "test" else "train")
    if others is None:
        return []
    familiar = predictor.familiarity
    known = familiar.scores(features)
    other = predictor.features(others.pictures)
    strange = familiar.scores(other)
    beasts = np.array([others.classes[i] in ANIMALS for i in others.labels])
    threshold = familiar.scale.quantiles[len(familiar.scale.quantiles) // 20]
    sure = auroc(*(predictor.from_features(x).max(1) for x in (features, other)))
    rows = (
        ("auroc", auroc(known, strange), len(known) + len(strange), "none of these: other classes"),
        ("auroc_animals", auroc(known, strange[beasts]), len(known) + int(beasts.sum()),
         "none of these: other animals alone"),
        ("auroc_softmax", sure, len(known) + len(strange), "by the highest probability instead"),
        ("unfamiliar_outsiders", float((strange < threshold).mean()), len(strange),
         "share of other classes that the page calls none of these"),
        ("unfamiliar_insiders", float((known < threshold).mean()), len(known),
         "share of the nine that it calls so by mistake"),
    )  # fmt: skip
    return [
        Metric(name=name, split=split, n=n, value=value, note=note,
               higher_is_better=name != "unfamiliar_insiders")
        for name, value, n, note in rows
    ]  # fmt: skip
