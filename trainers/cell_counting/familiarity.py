"""Fits what counts as familiar to the variants that learned from synthetic cells.

`python -m trainers.cell_counting.familiarity CHECKPOINT …` writes the file into each checkpoint and
prints how it does. Every training writes it too. It is fitted to the pool, as it is and under mild
changes that the networks withstand, and to generated empty fields; the scale is cross-fitted: each
picture is scored by Gaussians that did not see it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from safetensors.numpy import save
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score

from demos.cell_counting.familiar import FEATURES, FILE, Familiar, features
from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import Scale
from trainers.cell_counting import data
from trainers.cell_counting.outsiders import outsiders
from trainers.core.publish import record
from trainers.core.wild import Change
from trainers.core.wild_pictures import CHANGES

MILD = ("gamma 0.85", "gamma 1.2", "a blur of 0.7 pixels", "noise of 5 grey levels", "in grey",
        "20 grey levels of stray light")  # fmt: skip
# The synthetic pictures are so alike that differences of no consequence would stand out.
FLOOR = 0.12  # a deviation that is added to that of each feature
OUTSIDERS = 90


def fit(rgb: np.ndarray, folds: int = 5) -> bytes:
    """The file's content for pictures with cells (n, H, W, 3) uint8."""
    mild = [None, *(change for change in CHANGES if change.name in MILD)]
    cells = np.stack([described(rgb, change) for change in mild])  # (changes, n, FEATURES)
    empty = np.stack([features(one) for one in data.empty_fields(0, rgb.shape[1:3])])
    scores = []
    for fold in range(folds):
        held, left = np.arange(len(rgb)) % folds == fold, np.arange(len(empty)) % folds == fold
        known = Familiar(_file(cells[:, ~held], empty[~left]))
        scores += [known.score_of(one) for one in cells[:, held].reshape(-1, cells.shape[-1])]
    return _file(cells, empty, scores)


def described(rgb: np.ndarray, change: Change[np.ndarray] | None) -> np.ndarray:
    """The features (n, FEATURES) of pictures under a change, or as they are."""
    return np.stack([features(change(one, i) if change else one) for i, one in enumerate(rgb)])


def _file(cells: np.ndarray, empty: np.ndarray, scores: list[float] | None = None) -> bytes:
    shapes = [LedoitWolf().fit(group.reshape(-1, group.shape[-1])) for group in (cells, empty)]
    precisions = [np.linalg.inv(s.covariance_ + FLOOR**2 * np.eye(FEATURES)) for s in shapes]
    return save(
        {
            "means": np.stack([s.location_ for s in shapes]),
            "precisions": np.stack(precisions),
            "offsets": np.array([np.linalg.slogdet(p)[1] for p in precisions]),
            "quantiles": np.array(Scale.of(scores).quantiles if scores else (0.0, 1.0)),
        }
    )


def report(known: Familiar, rgb: np.ndarray) -> dict[str, float]:
    """AUROC against outsiders on which nothing was chosen, and the shares that are flagged."""
    strange = [one for _, one in outsiders(OUTSIDERS, 2)]
    inside, outside = ([known.score(one) for one in group] for group in (rgb, strange))
    truth = np.repeat([1, 0], [len(inside), len(outside)])
    return {
        "auroc": float(roc_auc_score(truth, inside + outside)),
        "outsiders_unfamiliar": float(np.mean([not known(one).familiar for one in strange])),
        "unfamiliar": float(np.mean([not known(one).familiar for one in rgb])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", type=Path, nargs="*")
    parser.add_argument("--data", metavar="DIR")
    a = parser.parse_args()
    pool = data.pool(data.read(a.data))
    content = fit(pool.rgb)
    known = Familiar(content)
    print("the pool", report(known, pool.rgb))
    for change in CHANGES:
        share = np.mean([not known(change(one, i)).familiar for i, one in enumerate(pool.rgb[::5])])
        print(f"  {change.kind}: {change.name}: {share:.2f} unfamiliar")
    for folder in a.checkpoints:
        record(Checkpoint(folder), [], {}, None, {FILE: content})


if __name__ == "__main__":
    main()
