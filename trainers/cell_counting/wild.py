"""How counts hold up when a picture is changed, and whether it is noticed: `evaluate --wild`."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from demos.cell_counting.generator import field
from demos.cell_counting.predict import Predictor
from demos.core.checkpoint import Checkpoint, Metric
from demos.core.errors import UserError
from demos.core.familiarity import is_familiar
from demos.core.images import Picture
from trainers.cell_counting import data, familiarity
from trainers.core import wild_run
from trainers.core.metrics import counting
from trainers.core.wild_pictures import CHANGES

PICTURES = 20  # per change: every fifth of a split
CELLS = (0, 25, 50, 100, 150, 200, 250, 300, 400, 500, 600)  # in the generated fields
KINDS = {"sharp": {}, "touching": {"clusters": 0.8}, "out of focus": {"blur": 3.0}}


def wild(a: argparse.Namespace, checkpoint: Checkpoint) -> wild_run.WildTable:
    """The relative error under each change of the synthetic cells of a split, the share of pictures
    that are still called familiar, and how well familiarity knows outsiders."""
    cells = data.read(a.data)
    part = data.test(cells) if a.split == "test" else data.pool(cells)
    part = part[np.arange(0, len(part), max(1, len(part) // PICTURES))]
    predictor = Predictor(checkpoint)

    def answer(given: list[np.ndarray]) -> np.ndarray:
        return np.array([counted(predictor, rgb) for rgb in given])  # (n, 2)

    rows = wild_run.rows(
        [*part.rgb], CHANGES, answer,
        lambda found: counting(found[:, 0], part.counts)["mae_relative_total"],
        {
            "moved": lambda before, after: float(
                np.abs(after[:, 0] - before[:, 0]).sum() / before[:, 0].sum()
            ),
            "familiar": lambda before, after: float(after[:, 1].mean()),
        },
    )  # fmt: skip
    metrics = []
    if predictor.familiarity:
        found = familiarity.report(predictor.familiarity, part.rgb)
        note = f"{familiarity.OUTSIDERS} drawings of other things, on which nothing was chosen"
        metrics = [
            Metric(name="auroc", split=a.split, n=len(part) + familiarity.OUTSIDERS, note=note,
                   value=found["auroc"], higher_is_better=True),
            Metric(name="unfamiliar_outsiders", split=a.split, n=familiarity.OUTSIDERS,
                   value=found["outsiders_unfamiliar"], higher_is_better=True,
                   note="share of them that the page warns about"),
        ]  # fmt: skip
    return wild_run.WildTable("mae_relative_total", a.split, rows, metrics)


def counted(predictor: Predictor, rgb: np.ndarray) -> tuple[float, float]:
    """The count of a picture and whether it is familiar (1 or 0); 0 and 0 where it is refused."""
    try:
        found = predictor.predict(Picture(rgb))
    except UserError:
        return 0.0, 0.0
    return found.count, float(is_familiar(found.familiarity))


def generated(checkpoint: Checkpoint) -> dict[str, Any]:
    """Counts of our own generator's fields, on which nothing was trained or chosen."""
    predictor = Predictor(checkpoint)
    return {
        "true": list(CELLS),
        "predicted": {
            name: [
                round(counted(predictor, field(n, n, **options)[0])[0], 1) for n in CELLS
            ]
            for name, options in KINDS.items()
        },
    }  # fmt: skip
