"""Temperature: how far a net's logits are divided so that its probabilities are true.

`python -m trainers.sst2.calibrate CHECKPOINT …` fits it on the held-out sentences for checkpoints
that were trained without them, and writes it on their cards.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

from demos.core.checkpoint import Checkpoint
from demos.core.errors import UserError
from demos.sst2.predict import Predictor
from trainers.core.publish import replace_folder, write_records
from trainers.sst2 import data

BINS = 15
RANGE = 2.5  # the natural logarithm of the temperature lies between this and its negative


def fitted_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least cross-entropy (Guo et al. 2017), of logits and labels (n,)."""
    signs = 2 * np.asarray(labels, np.float64) - 1

    def loss(log: float) -> float:
        return float(np.logaddexp(0, -signs * logits / np.exp(log)).mean())

    found = minimize_scalar(loss, bounds=(-RANGE, RANGE), method="bounded")
    return round(float(np.exp(found.x)), 4)


def calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error, 0 to 1, of probabilities and labels (n,).

    How far the confidence of the answers, 0.5 to 1, is from their accuracy, on average over bins
    of equal width between 0 and 1 (Guo et al. 2017, arXiv 1706.04599).
    """
    named = probabilities >= 0.5
    confidence = np.where(named, probabilities, 1 - probabilities)
    right = named == (np.asarray(labels) > 0.5)
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(place, confidence - right)  # of a bin, times its number of answers
    return float(np.abs(gaps).sum() / len(named))


def with_temperature(checkpoint: Checkpoint, temperature: float) -> Checkpoint:
    """The checkpoint with this temperature on its card, replaced whole or not at all."""
    card, folder = checkpoint.card, checkpoint.folder
    arguments = {**card.architecture.arguments, "temperature": temperature}
    architecture = card.architecture.model_copy(update={"arguments": arguments})
    card = card.model_copy(update={"architecture": architecture})
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as work:
        new = Path(work) / folder.name
        shutil.copytree(folder, new)
        write_records(new, card, checkpoint.evaluation)
        replace_folder(new, folder)
    return Checkpoint(folder)


def calibrate(folder: Path, given: str | None = None) -> Checkpoint:
    """Fit and record the temperature of one checkpoint; raises UserError if nothing was held out
    from it."""
    checkpoint = Checkpoint(folder)
    if checkpoint.card.data.splits["validation"] != data.HELD_OUT:
        raise UserError(f"{folder} was trained on all sentences: none are left to calibrate it on.")
    phrases, labels = data.read("train", given)
    chosen, _ = data.held_out(phrases)
    texts, labels = [p for p, c in zip(phrases, chosen, strict=True) if c], labels[chosen]
    before = Predictor(checkpoint).probabilities(texts)
    known = checkpoint.card.architecture.arguments.get("temperature", 1.0)
    temperature = fitted_temperature(known * np.log(before / (1 - before)), labels)
    checkpoint = with_temperature(checkpoint, temperature)
    after = Predictor(checkpoint).probabilities(texts)
    print(f"{folder}: temperature {temperature}; expected calibration error on the held-out "
          f"sentences {calibration_error(before, labels):.4f} before, "
          f"{calibration_error(after, labels):.4f} after")  # fmt: skip
    return checkpoint


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--data", metavar="DIR")
    a = parser.parse_args()
    for folder in a.checkpoints:
        calibrate(folder, a.data)


if __name__ == "__main__":
    main()
