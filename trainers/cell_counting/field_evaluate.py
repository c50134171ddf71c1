"""Counts of `field` on both kinds of pictures, as they are and under the changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from demos.cell_counting.field import Counter, interval_of, judge
from trainers.cell_counting import data, nuclei
from trainers.core import wild_pictures
from trainers.core.metrics import counting
from trainers.core.wild import Change

KINDS = ("synthetic", "photograph")
MUSTS = (
    "half as bright", "twice as bright", "20 grey levels of stray light",
    "stray light that rises by 60 grey levels", "gamma 0.7", "gamma 1.4", "50 %", "200 %", "300 %",
    "a margin of any colour", "noise of 15 grey levels",
    "JPEG of quality 50", "a scale bar and a caption",
)  # fmt: skip
HARMLESS = tuple(change for change in wild_pictures.CHANGES if change.name in MUSTS)


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture to measure on."""

    kind: str
    rgb: np.ndarray
    count: int


@dataclass(frozen=True, eq=False)
class Counts:
    """What was counted under one change, or none: all arrays run over the same pictures."""

    change: str
    kinds: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    diameters: np.ndarray
    features: np.ndarray

    def of(self, kind: str) -> Counts:
        chosen = self.kinds == kind
        return Counts(
            self.change, self.kinds[chosen], self.true[chosen], self.predicted[chosen],
            self.diameters[chosen], self.features[chosen],
        )  # fmt: skip


def pictures(
    cells: data.Cells | None, photographs: Sequence[nuclei.Photograph] = ()
) -> list[Picture]:
    """Both kinds in one list."""
    made = [Picture("photograph", p.rgb, p.count) for p in photographs]
    if cells is not None:
        counts = zip(cells.rgb, cells.counts, strict=True)
        made += [Picture("synthetic", rgb, int(n)) for rgb, n in counts]
    return made


def collect(
    counter: Counter, given: list[Picture], change: Change | None = None, offset: int = 0
) -> Counts:
    """Count all pictures under one change; `offset` draws other random numbers."""
    found = [
        counter.count(change(p.rgb, offset + i) if change else p.rgb) for i, p in enumerate(given)
    ]
    return Counts(
        name(change),
        np.array([p.kind for p in given]),
        np.array([p.count for p in given]),
        np.array([f.count for f in found]),
        np.array([f.diameter for f in found]),
        np.array([f.features for f in found]),
    )


def name(change: Change | None) -> str:
    return f"{change.kind}: {change.name}" if change else "as it is"


def scores(found: Counts) -> dict[str, float]:
    """`mae_relative_total` (Σ|error| / Σtruth), `within_10`, `mae`, `bias`."""
    error = np.abs(found.predicted - found.true)
    measured = counting(found.predicted, found.true)
    return {
        "mae_relative_total": float(error.sum() / found.true.sum()),
        "within_10": float((error <= 0.1 * found.true).mean()),
        "mae": measured["mae"],
        "bias": measured["bias"],
    }


def table(clean: Counts, changed: Iterable[Counts], record: dict | None) -> list[dict[str, Any]]:
    """One row per kind and change: how far the counts move, and how good they are then.

    `moved` is Σ|changed − untouched| / Σ untouched; `moved_each` the mean of the pictures' own
    shares, in which one cell of two weighs as much as fifty of a hundred.
    """
    rows = []
    for found in (clean, *changed):
        for kind in KINDS:
            now, before = found.of(kind), clean.of(kind)
            if not len(now.true):
                continue
            moved = np.abs(now.predicted - before.predicted)
            row = {
                "kind": kind,
                "change": found.change,
                "n": len(moved),
                "moved": moved.sum() / before.predicted.sum(),
                "moved_each": (moved / np.maximum(before.predicted, 1)).mean(),
                **scores(now),
            }
            if record:
                row |= covered(now, record)
            rows.append(
                {k: round(float(v), 4) if isinstance(v, float) else v for k, v in row.items()}
            )
    return rows


def covered(found: Counts, record: dict[str, Any]) -> dict[str, float]:
    """`coverage` of the 90 % interval where it is shown, and the share `familiar`."""
    inside, familiar = [], []
    for features, count, true in zip(found.features, found.predicted, found.true, strict=True):
        kind, how = judge(features, record)
        familiar.append(how.familiar)
        if how.familiar:
            low, high = interval_of(count, record["intervals"][kind])
            inside.append(low <= true <= high)
    return {
        "coverage": float(np.mean(inside)) if inside else float("nan"),
        "familiar": float(np.mean(familiar)),
    }
