"""How SST-2's nets do on texts unlike the data: as people type them, and one word at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demos.sst2.predict import Predictor
from trainers.core.wild import Change
from trainers.core.wild_texts import CHANGES
from trainers.sst2.additions import FUNCTION

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
