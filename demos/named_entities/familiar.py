"""Is a text like what a network was trained on? By what its last layer makes of the words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from safetensors.numpy import load

from demos.core.checkpoint import Checkpoint
from demos.named_entities.encode import UNKNOWN, Sentence
from demos.named_entities.tagging import Tagging

FILE = "familiarity.safetensors"
BROKEN = 4.0  # pieces that a mark for letters nobody knows counts as


class Known:
    """A score of texts, more for what is more familiar: weights of a logistic regression.

    It was taught to tell sentences of the training data from texts of other kinds.
    """

    def __init__(self, weight: np.ndarray, bias: float):
        self.weight, self.bias = weight, bias

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Known | None:
        """What a checkpoint knows, or None."""
        if FILE not in checkpoint.card.files:
            return None
        found = load(checkpoint.read(FILE))
        return cls(found["weight"].astype(np.float32), float(found["bias"][0]))

    def __call__(self, said: Sequence[tuple[Sentence, Tagging]]) -> float:
        return float(features(said) @ self.weight + self.bias)


def features(said: Sequence[tuple[Sentence, Tagging]]) -> np.ndarray:
    """(H + 3,) of a text: what the network made of its pieces on average, how many pieces a word
    has, how many of them nobody knows, and how sure the network is."""
    sizes = np.array([max(1, len(s.words)) for s, _ in said], np.float32)
    mean = np.stack([t.mean for _, t in said])
    pieces = np.array([s.whole / max(1, len(s.words)) for s, _ in said])
    lost = np.array([np.mean([i == UNKNOWN for i in s.ids[1:-1]] or [0.0]) for s, _ in said])
    sure = np.array([t.shares.max(1).mean() if len(t.shares) else 0.0 for _, t in said])
    rows = np.concatenate([mean, pieces[:, None], lost[:, None], sure[:, None]], 1)
    return (rows * sizes[:, None]).sum(0) / sizes.sum()
