"""Search by words: rare ones that question and text both have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from demos.pooh_rag import words

K1, B = 1.2, 0.5  # how soon repetitions stop to count, and how much length does


class BM25:
    """Okapi BM25 (Robertson and Zaragoza 2009) over bags of stems."""

    def __init__(self, bags: Sequence[Counter[str]]):
        self.size = len(bags)
        lengths = np.array([sum(bag.values()) for bag in bags], float)
        norm = K1 * (1 - B + B * lengths / max(lengths.mean() if len(bags) else 1, 1e-9))
        rows: dict[str, list[tuple[int, float]]] = {}
        for i, bag in enumerate(bags):
            for stem, n in bag.items():
                rows.setdefault(stem, []).append((i, n * (K1 + 1) / (n + norm[i])))
        self.weights: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for stem, found in rows.items():
            rarity = np.log(1 + (self.size - len(found) + 0.5) / (len(found) + 0.5))
            where, value = zip(*found, strict=True)
            self.weights[stem] = np.array(where), rarity * np.array(value)

    def __call__(self, question: str) -> np.ndarray:
        """(n,) the score of each bag."""
        scores = np.zeros(self.size)
        for stem in set(words.content(question)):
            if stem in self.weights:
                where, value = self.weights[stem]
                scores[where] += value
        return scores
