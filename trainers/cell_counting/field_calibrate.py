"""Calibrating `field`: what its intervals and its familiarity are read off.

Photographs of groups that the network was not trained on, and the pool's synthetic cells; the
latter it has seen, so their interval is at least as wide as the cross-validated one of `best`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.covariance import LedoitWolf
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from demos.cell_counting.field import Counter, likelihood
from demos.cell_counting.model import UNet
from demos.core.checkpoint import open_checkpoint
from demos.core.familiarity import Scale
from trainers.cell_counting import data, nuclei
from trainers.cell_counting.field_evaluate import (
    HARMLESS,
    KINDS,
    Counts,
    collect,
    pictures,
    table,
)
from trainers.cell_counting.outsiders import outsiders

# Where the share of a picture's cells that one misses is the same, the error grows with the
# count; where cells are missed at random, with its root.
POWERS = {"synthetic": 0.5, "photograph": 0.75}
LEAST = {"synthetic": 25.0, "photograph": 4.0}


# What is measured on the held-out pictures: every kind of change at its strong end.
STRONG = (
    "twice as bright", "gamma 1.4", "50 %", "noise of 15 grey levels", "JPEG of quality 50",
)  # fmt: skip
OUTSIDERS = 36  # drawn for choosing, and as many others for reporting


def calibrate(
    net: UNet, cells: data.Cells, photographs: list[nuclei.Photograph], held: np.ndarray
) -> dict[str, Any]:
    """What evaluation.json keeps: `field` for the counter, `outsiders`, `validation`."""
    counter = Counter(net)
    kept = np.setdiff1d(np.arange(len(photographs)), held)
    known = pictures(cells[np.arange(0, len(cells), 3)], [photographs[i] for i in kept[::4]])
    fit = [collect(counter, known[::2])]
    # Each change of every third picture, all pictures in turn.
    fit += [collect(counter, known[i % 3 :: 3], c) for i, c in enumerate(HARMLESS)]
    unknown = pictures(cells[np.arange(1, len(cells), 6)], [photographs[i] for i in held])
    strong = [change for change in HARMLESS if change.name in STRONG]
    kinds = kinds_of(fit)
    rule = rule_of(fit)
    counter.record = {"kinds": kinds, "rule": rule}
    measured = [collect(counter, unknown), *(collect(counter, unknown, c) for c in strong)]
    found = {"rule": rule, **calibrated(kinds, measured)}
    best = open_checkpoint("cell_counting", "best").evaluation["interval"]
    width = found["intervals"]["synthetic"]
    width["scale"] = max(width["scale"], best["scale"])
    counter.record = found
    return {
        "field": found,
        "outsiders": auroc(counter, measured[:1], outsiders(OUTSIDERS, 2)),
        "outsiders_choosing": auroc(counter, measured[:1], outsiders(OUTSIDERS, 1)),
        "wild_validation": table(measured[0], measured[1:], found),
    }


def kinds_of(fit: list[Counts]) -> dict[str, Any]:
    """A Gaussian of the features for each kind, and the factor that the sums of synthetic cells are
    short of."""
    kinds = {}
    for kind in KINDS:
        parts = [c.of(kind) for c in fit]
        shape = LedoitWolf().fit(np.concatenate([c.features for c in parts]))
        kinds[kind] = {
            "mean": shape.location_.round(5).tolist(),
            "precision": shape.precision_.round(4).tolist(),
            "level": round(float(np.linalg.slogdet(shape.precision_)[1]), 4),
        }
    # One factor by least squares; no bias, so that empty stays empty. Of pictures as they are, and
    # of sums alone: photographs are counted by their peaks.
    clean = fit[0].of("synthetic")
    factor = (clean.predicted * clean.true).sum() / (clean.predicted**2).sum()
    kinds["synthetic"]["factor"] = round(float(factor), 4)
    return kinds


def rule_of(fit: list[Counts]) -> dict[str, Any]:
    """The side of a plane in feature space on which synthetic pictures lie: logistic regression."""
    features = np.concatenate([c.features for c in fit])
    synthetic = np.concatenate([c.kinds == "synthetic" for c in fit])
    scaler = StandardScaler().fit(features)
    fitted = LogisticRegression(class_weight="balanced", max_iter=5000)
    fitted.fit(scaler.transform(features), synthetic)
    weights = fitted.coef_[0] / scaler.scale_
    bias = float(fitted.intercept_[0] - weights @ scaler.mean_)
    return {"weights": weights.round(5).tolist(), "bias": round(bias, 5)}


def calibrated(kinds: dict[str, Any], held: list[Counts], share: float = 0.9) -> dict[str, Any]:
    """The record that a `Counter` reads.

    held: counts, factors included, of pictures that were not trained on, clean and changed: for
    the threshold and the conformal quantiles (Lei et al. 2018). The widest that any one change
    asks for at `share` is taken, so that every change is covered.
    """
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
