"""Fits the familiarity score: `python -m trainers.fashion_mnist.familiarity --out FILE`.

It is fitted to 55,000 training images and their labels, the threshold is read off the other 5,000,
and its settings were chosen on half of the pictures of `outsiders`. No network takes part, so the
held-out images are held out whatever the variants were trained on. The same file serves all three.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from demos.core.familiarity import Scale
from demos.fashion_mnist.familiar import FILE, Familiar, gradients
from demos.fashion_mnist.prepare import prepare
from trainers.fashion_mnist import data, outsiders
from trainers.fashion_mnist.visitors import brought

# Chosen for the AUROC on the choosing half of the outsiders, among 24, 32, 48 and 64 dimensions.
DIMENSIONS = 48
OWN = 0.9  # the weight of a class's own covariance; the rest is shared by all classes
RIDGE = 0.02  # of the mean variance, added to every variance
VISITORS = 1000  # held-out images that are measured as visitors' pictures


def fit(images: np.ndarray, labels: np.ndarray, held_out: np.ndarray) -> bytes:
    """The file's content for images (n, 28, 28) uint8 and labels (n,), 0-9; `held_out` (m, 28, 28)
    sets the scale."""
    found = gradients(images)
    pca = PCA(DIMENSIONS, svd_solver="covariance_eigh").fit(found)
    reduced, classes = pca.transform(found), np.unique(labels)
    means = np.stack([reduced[labels == c].mean(0) for c in classes])
    own = np.stack([np.cov(reduced[labels == c].T) for c in classes])
    shared = own.mean(0)
    ridge = RIDGE * np.trace(shared) / DIMENSIONS * np.eye(DIMENSIONS)
    root = np.linalg.cholesky(OWN * own + (1 - OWN) * shared + ridge)
    parts = {
        "centre": pca.mean_,
        "directions": pca.components_.T,
        "means": means,
        "whitening": np.linalg.inv(root).transpose(0, 2, 1),
        "offsets": -2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(1),
        "quantiles": np.zeros(1),
    }
    parts = {k: np.ascontiguousarray(v, np.float32) for k, v in parts.items()}
    scores = Familiar(save(parts)).scores(held_out)
    parts["quantiles"] = np.array(Scale.of(scores).quantiles, np.float32)
    return save(parts)


def measure(familiar: Familiar, held_out: np.ndarray, strange: np.ndarray) -> dict[str, float]:
    """AUROC of held-out images against strange ones (both (n, 28, 28)), and the share of each that
    is called unfamiliar."""
    known, unknown = familiar.scores(held_out), familiar.scores(strange)
    truth = np.r_[np.ones(len(known)), np.zeros(len(unknown))]
    return {
        "auroc": float(roc_auc_score(truth, np.r_[known, unknown])),
        "strange_unfamiliar": _unfamiliar(familiar, unknown),
        "held_out_unfamiliar": _unfamiliar(familiar, known),
    }


def _unfamiliar(familiar: Familiar, scores: np.ndarray) -> float:
    return float(np.mean([not familiar.scale(float(score)).familiar for score in scores]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="trainers.fashion_mnist.familiarity", description=__doc__)
    parser.add_argument("--data", help="a folder of the data, as for `train`")
    parser.add_argument("--out", type=Path, default=Path("runs") / "fashion_mnist" / FILE)
    a = parser.parse_args()
    images, labels = data.read("train", a.data)
    mask = data.held_out(labels)
    held = images[mask]
    content = fit(images[~mask], labels[~mask], held)
    a.out.parent.mkdir(parents=True, exist_ok=True)
    a.out.write_bytes(content)
    familiar, rng = Familiar(content), np.random.default_rng(0)
    seen = brought(held[rng.permutation(len(held))[:VISITORS]])
    for name, choosing in (("choosing", True), ("reporting", False)):
        strange = np.stack([prepare(picture).image for _, picture in outsiders.half(choosing)])
        for what, known in (("held-out images", held), ("as visitors' pictures", seen)):
            row = {"half": name, "known": what, **measure(familiar, known, strange)}
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
