"""Finishes trained variants: `python -m trainers.cifar10.familiarity`.

Adds to each checkpoint the temperature of its probabilities, and to the convolutional ones the
scale of familiarity (see `demos.cifar10.familiar`). What ships was trained on all 50,000 images, so
that none is left that a net has not seen: both are set on held-out images as visitors bring them
(`visitors`). Among the distance to the classes' features, its relative form, the nearest
neighbours' cosine, the surest probability and the energy, the energy told the choosing half of the
outsiders best; no score of a fully connected network told patterns from photographs.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.metrics import roc_auc_score

from demos.cifar10 import DEMO
from demos.cifar10.familiar import KEY, scores
from demos.cifar10.predict import Predictor
from demos.core.checkpoint import open_checkpoint
from demos.core.familiarity import Scale
from trainers.cifar10 import data, outsiders
from trainers.cifar10.visitors import as_brought
from trainers.core.classifier import calibration_error, reliability
from trainers.core.publish import rewrite

VISITORS = 2000  # held-out images that set the scale
RANGE = 1.5  # the natural logarithm of the temperature lies between this and its negative


def measure(scale: Scale, known: np.ndarray, strange: np.ndarray) -> dict[str, float]:
    """AUROC of the scores of known images (n,) against those of strange ones (m,), and the share
    of each that is called unfamiliar."""
    truth = np.r_[np.ones(len(known)), np.zeros(len(strange))]
    unfamiliar = [
        float(np.mean([not scale(float(score)).familiar for score in found]))
        for found in (strange, known)
    ]
    return {
        "auroc": float(roc_auc_score(truth, np.r_[known, strange])),
        "strange_unfamiliar": unfamiliar[0],
        "known_unfamiliar": unfamiliar[1],
    }


def fitted_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least cross-entropy (Guo et al. 2017, arXiv 1706.04599) for logits
    (n, 10) and labels (n,)."""

    def loss(log: float) -> float:
        found = shares(logits, float(np.exp(log)))
        return float(-np.log(np.maximum(found[np.arange(len(labels)), labels], 1e-12)).mean())

    return round(float(np.exp(minimize_scalar(loss, bounds=(-RANGE, RANGE)).x)), 3)


def shares(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities (n, k) of logits."""
    found = np.exp((logits - logits.max(1, keepdims=True)) / temperature)
    return found / found.sum(1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="trainers.cifar10.familiarity", description=__doc__)
    parser.add_argument("--data", help="a folder of the data, as for `train`")
    parser.add_argument("--variant", nargs="+", default=[v.name for v in DEMO.variants])
    a = parser.parse_args()
    every = data.read("train", a.data)
    held = np.flatnonzero(data.held_out(every.labels))
    chosen = every.part(np.random.default_rng(0).permutation(held)[:VISITORS])
    seen = as_brought(chosen.images)
    strange = outsiders.half(True)
    for variant in a.variant:
        checkpoint = open_checkpoint(DEMO.name, variant)
        predictor = Predictor(checkpoint)
        logits = predictor.logits(seen)
        temperature = fitted_temperature(logits, chosen.labels)
        row: dict[str, object] = {"variant": variant, "temperature": temperature}
        for name, t in (("ece_before", 1.0), ("ece", temperature)):
            row[name] = calibration_error(reliability(shares(logits, t), chosen.labels))
        known = scores(logits, temperature)
        scale = Scale.of(known)
        for kind, images in strange.items():
            found = measure(scale, known, scores(predictor.logits(images), temperature))
            row[kind] = {k: round(v, 4) for k, v in found.items()}
        print(json.dumps(row), flush=True)
        evaluation = checkpoint.evaluation | {"temperature": temperature}
        if hasattr(predictor.net, "maps"):
            evaluation[KEY] = [round(v, 5) for v in scale.quantiles]
        rewrite(checkpoint, checkpoint.card, evaluation)


if __name__ == "__main__":
    main()
