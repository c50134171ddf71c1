"""How SST-2's nets do on texts unlike the data: as people type them, and one word at a time.

`python -m trainers.sst2.wild CHECKPOINT` prints it for the held-out sentences, with the calibration
error; `--split test` for the test sentences.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from demos.core.checkpoint import Checkpoint
from demos.sst2.predict import Predictor
from trainers.core.wild import Change
from trainers.core.wild_texts import CHANGES
from trainers.sst2 import data
from trainers.sst2.additions import FUNCTION, GLAD, SAD
from trainers.sst2.calibrate import calibration_error

MIDDLE = (0.3, 0.7)  # where a word that is no opinion belongs


@dataclass(frozen=True)
class Under:
    """The accuracy on all texts under one change, and how many answers it turned round."""

    change: Change[str]
    accuracy: float
    turned: float  # the share of texts, 0 to 1


def under_changes(
    predictor: Predictor, texts: Sequence[str], labels: np.ndarray
) -> tuple[float, list[Under]]:
    """The accuracy on clean texts with labels (n,), and under each change."""
    truth = np.asarray(labels) > 0.5
    clean = predictor.probabilities(texts) >= 0.5
    found = []
    for change in CHANGES:
        changed = [change(text, index) for index, text in enumerate(texts)]
        answers = predictor.probabilities(changed) >= 0.5
        found.append(
            Under(change, float((answers == truth).mean()), float((answers != clean).mean()))
        )
    return float((clean == truth).mean()), found


def function_words(predictor: Predictor) -> dict[str, float]:
    """The probability of each function word alone."""
    words = sorted(FUNCTION)
    return dict(zip(words, predictor.probabilities(words).tolist(), strict=True))


def in_the_middle(probabilities: Sequence[float]) -> float:
    """The share of probabilities between 0.3 and 0.7."""
    return float(np.mean([MIDDLE[0] <= p <= MIDDLE[1] for p in probabilities]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--split", choices=("held_out", "test"), default="held_out")
    parser.add_argument("--data", metavar="DIR")
    a = parser.parse_args()
    texts, labels = data.read("validation" if a.split == "test" else "train", a.data)
    if a.split == "held_out":
        chosen, _ = data.held_out(texts)
        texts, labels = [t for t, c in zip(texts, chosen, strict=True) if c], labels[chosen]
    predictor = Predictor(Checkpoint(a.checkpoint))
    clean, changed = under_changes(predictor, texts, labels)
    error = calibration_error(predictor.probabilities(texts), labels)
    print(f"{a.split}, n = {len(texts)}: accuracy {clean:.4f}, calibration error {error:.4f}")
    for row in changed:
        print(f"  {row.change.kind}: {row.change.name} ({row.change.strength})  {row.accuracy:.4f} "
              f"({100 * (row.accuracy - clean):+.2f} points), {row.turned:.3f} turned")  # fmt: skip
    words = function_words(predictor)
    share = in_the_middle(list(words.values()))
    outside = {w: round(p, 3) for w, p in words.items() if not MIDDLE[0] <= p <= MIDDLE[1]}
    print(f"function words in the middle: {share:.3f} of {len(words)}; not: {outside}")
    for name, symbols, glad in (("glad", GLAD, True), ("sad", SAD, False)):
        single = [s for s in symbols if s != "\ufe0f"]
        right = (predictor.probabilities(single) > 0.5) == glad
        print(f"{name} emoji: {right.mean():.3f} of {len(single)} answered so")


if __name__ == "__main__":
    main()
