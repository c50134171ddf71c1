"""Which texts are about the same things: where a question's answer might stand, but does not."""

from __future__ import annotations

import numpy as np


def neighbours(texts: list[str], n: int = 4) -> list[list[str]]:
    """For each text the `n` others with the most words in common, weighted as TF-IDF does."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    unique = sorted(set(texts))
    vectors = TfidfVectorizer(stop_words="english", max_features=20_000).fit_transform(unique)
    near: dict[str, list[str]] = {}
    for start in range(0, len(unique), 500):
        alike = (vectors[start : start + 500] @ vectors.T).toarray()
        alike[np.arange(len(alike)), start + np.arange(len(alike))] = -1
        for row, text in zip(alike, unique[start : start + 500], strict=True):
            near[text] = [unique[i] for i in np.argsort(-row)[:n]]
    return [near[t] for t in texts]
