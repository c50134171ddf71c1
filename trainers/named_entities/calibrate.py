"""How sure to be of a name: what its probability comes true as, and how well that holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from demos.named_entities.labels import entities
from demos.named_entities.predict import calibrated
from demos.named_entities.tagging import Tagging
from trainers.named_entities.data import Tagged

BINS = 10


def outcomes(
    said: Sequence[Tagging], gold: Sequence[Tagged], kinds: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """(names,) probabilities of all names that were found, and whether each is right."""
    shares, right = [], []
    for t, s in zip(said, gold, strict=True):
        true = set(entities(s.labels))
        for e, of, edge in zip(t.names, t.kinds, t.edges, strict=True):
            shares.append(float(of[list(kinds).index(e.kind)]) * edge)
            right.append(e in true)
    return np.array(shares, float), np.array(right, bool)


def fitted(shares: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """The slope and shift of Platt's scaling (1999)."""
    from sklearn.linear_model import LogisticRegression

    if right.all() or not right.any():
        return 1.0, 0.0
    inside = np.clip(shares, 1e-6, 1 - 1e-6)
    x = np.log(inside / (1 - inside))[:, None]
    found = LogisticRegression(C=1e4).fit(x, right)
    return float(found.coef_[0, 0]), float(found.intercept_[0])


def reliability(
    shares: np.ndarray, right: np.ndarray, slope: float, shift: float
) -> tuple[float, list[dict[str, Any]]]:
    """The expected calibration error over ten equal bins, and the bins that are not empty."""
    sure = np.array([calibrated(s, slope, shift) for s in shares])
    error, bins = 0.0, []
    for k in range(BINS):
        low, high = k / BINS, (k + 1) / BINS
        inside = (sure >= low) & (sure < high if k < BINS - 1 else sure <= 1)
        if not inside.any():
            continue
        mean, true = float(sure[inside].mean()), float(right[inside].mean())
        error += inside.mean() * abs(mean - true)
        bins.append({"low": low, "high": high, "confidence": round(mean, 4),
                     "right": round(true, 4), "n": int(inside.sum())})  # fmt: skip
    return float(error), bins
