"""Counting without learning as a variant: nothing is trained, and it is measured like the rest."""

from __future__ import annotations

import argparse

from demos.cell_counting.predict import PLAIN
from demos.core.checkpoint import Architecture, Data
from trainers.cell_counting.train import CARD, ORIGIN
from trainers.core.publish import Trained
from trainers.core.run import Run


def train_plain(a: argparse.Namespace, run: Run) -> Trained:
    """A checkpoint without weights."""
    return Trained(
        architecture=Architecture(name=PLAIN, arguments={}, parameters=0),
        data=Data(
            name="VGG synthetic cells",
            origin=ORIGIN,
            licence="no explicit licence; research use",
            splits={"train": 0, "validation": 100, "test": 100},
            protocol="Trained on nothing; the pool (ids 1–100) is its validation data, test on ids "
            "101–200.",
        ),
        epochs=0,
        chosen_on="nothing was chosen: smoothing by one pixel and a third of the median diameter "
        "are what such methods commonly use",
        metrics=[],
        files={},
        evaluation={"train_ids": []},
        licence="MIT: there are no weights.",
        limits="Bright, round, well-separated cells on a dark background of even shade. It has no "
        "notion of what a cell looks like: noise, labels and margins are counted too.",
        references=CARD["references"],
        notes="Smooth, Otsu's threshold, distance transform; a cell for each peak that is the "
        "highest within a third of the median diameter.",
    )  # fmt: skip
