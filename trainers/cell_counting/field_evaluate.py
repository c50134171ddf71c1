"""Measuring `field`: counts under the changes, calibration of intervals and familiarity."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score

from demos.cell_counting.field import Counter, interval_of, judge, likelihood
from demos.core.familiarity import Scale
from trainers.cell_counting import data, nuclei
from trainers.core import wild_pictures
from trainers.core.metrics import counting
from trainers.core.wild import Change

KINDS = ("synthetic", "photograph")
HARMLESS = wild_pictures.of(
    "exposure", "background", "contrast", "size", "margin", "noise", "jpeg", "blur", "colour",
    "label", "rotation",
)  # fmt: skip
# Where the share of a picture's cells that one misses is the same, the error grows with the
# count; where cells are missed at random, with its root.
POWERS = {"synthetic": 0.5, "photograph": 0.75}
LEAST = {"synthetic": 25.0, "photograph": 4.0}


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
            rows.append({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()})
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


def calibrated(fit: list[Counts], held: list[Counts], share: float = 0.9) -> dict[str, Any]:
    """The record that a `Counter` reads, from counts clean and changed.

    fit: pictures that the Gaussians of the features are fitted to; held: pictures that were not
    trained on, for the threshold and the conformal quantiles (Lei et al. 2018): the widest that
    any one change asks for at `share`, so that every change is covered.
    """
    kinds = {}
    for kind in KINDS:
        features = np.concatenate([c.of(kind).features for c in fit])
        shape = LedoitWolf().fit(features)
        kinds[kind] = {
            "mean": shape.location_.round(5).tolist(),
            "precision": shape.precision_.round(4).tolist(),
            "level": round(float(np.linalg.slogdet(shape.precision_)[1]), 4),
        }
    best = [max(likelihood(f, g) for g in kinds.values()) for c in held for f in c.features]
    return {
        "kinds": kinds,
        "scale": [round(q, 4) for q in Scale.of(best).quantiles],
        "intervals": {kind: _width(kind, held, share) for kind in KINDS},
    }


def _width(kind: str, held: list[Counts], share: float) -> dict[str, float]:
    power, least, scales, n = POWERS[kind], LEAST[kind], [], 0
    for found in (c.of(kind) for c in held):
        size = np.maximum(found.predicted, least) ** power
        residuals = np.sort(np.abs(found.predicted - found.true) / size)
        if len(residuals):
            rank = min(len(residuals), math.ceil((len(residuals) + 1) * share))
            scales.append(float(residuals[rank - 1]))
            n = len(residuals)
    return {"scale": round(max(scales), 4), "least": least, "power": power, "n": n}


def auroc(
    counter: Counter, inside: list[Counts], outside: list[tuple[str, np.ndarray]]
) -> dict[str, Any]:
    """How well familiarity tells pictures of cells from outsiders; `flagged` per kind of them."""
    scale = counter.record["kinds"].values()
    known = [max(likelihood(f, g) for g in scale) for c in inside for f in c.features]
    found = [(kind, counter.count(rgb)) for kind, rgb in outside]
    other = [max(likelihood(f.features, g) for g in scale) for _, f in found]
    flagged: dict[str, list[bool]] = {}
    for kind, f in found:
        flagged.setdefault(kind, []).append(not f.familiarity.familiar)
    truth = np.r_[np.ones(len(known)), np.zeros(len(other))]
    return {
        "auroc": round(float(roc_auc_score(truth, known + other)), 4),
        "n": len(other),
        "flagged": round(float(np.mean([v for part in flagged.values() for v in part])), 4),
        "by_kind": {kind: round(float(np.mean(part)), 3) for kind, part in flagged.items()},
    }
