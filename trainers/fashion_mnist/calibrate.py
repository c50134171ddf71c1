"""Temperatures of the shipped variants: `python -m trainers.fashion_mnist.calibrate`.

What ships was trained on all 60,000 images, so that it is surer of each of them than it will be of
a new one, and no image is left to fit a temperature on. The next best thing is used: the last 5,000
as visitors bring them, enlarged, turned and compressed (`visitors`), which `best` gets right about
as often as it does unseen images that nobody changed.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
from scipy.optimize import minimize_scalar

from demos.core.checkpoint import open_checkpoint
from demos.fashion_mnist import DEMO
from demos.fashion_mnist.predict import Predictor
from trainers.core.classifier import calibration_error, reliability
from trainers.fashion_mnist import data
from trainers.fashion_mnist.visitors import brought

RANGE = 1.5  # the natural logarithm of the temperature lies between this and its negative
IMAGES = 1000


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """(n, k) probabilities as if their logits had been divided by the temperature."""
    logits = np.log(np.maximum(probabilities, 1e-30)) / temperature
    found = np.exp(logits - logits.max(1, keepdims=True))
    return found / found.sum(1, keepdims=True)


def fitted_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least cross-entropy (Guo et al. 2017, arXiv 1706.04599) for
    probabilities (n, k) and labels (n,)."""

    def loss(log: float) -> float:
        found = tempered(probabilities, float(np.exp(log)))
        return float(-np.log(np.maximum(found[np.arange(len(labels)), labels], 1e-12)).mean())

    return round(float(np.exp(minimize_scalar(loss, bounds=(-RANGE, RANGE)).x)), 3)


def main() -> None:
    parser = argparse.ArgumentParser(prog="trainers.fashion_mnist.calibrate", description=__doc__)
    parser.add_argument("--data", help="a folder of the data, as for `train`")
    a = parser.parse_args()
    images, labels = data.read("train", a.data)
    chosen = np.flatnonzero(data.held_out(labels))
    chosen = chosen[np.random.default_rng(0).permutation(len(chosen))[:IMAGES]]
    seen = brought(images[chosen])
    for variant in DEMO.variants:
        found = Predictor(open_checkpoint(DEMO.name, variant.name)).probabilities(seen)
        temperature = fitted_temperature(found, labels[chosen])
        before, after = (
            calibration_error(reliability(tempered(found, t), labels[chosen]))
            for t in (1.0, temperature)
        )
        row = {"variant": variant.name, "n": len(seen), "temperature": temperature}
        print(json.dumps({**row, "ece_before": before, "ece": after}), flush=True)


if __name__ == "__main__":
    main()
