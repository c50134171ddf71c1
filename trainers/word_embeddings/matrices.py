"""Many texts' n-grams as sparse matrices, over a vocabulary that is chosen on training texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, diags

from demos.word_embeddings.grams import GRAMS, Features


@dataclass(frozen=True, eq=False)
class Counts:
    """How often each gram stands in each text. matrix: (texts, grams); vocabulary: (grams,)."""

    matrix: csr_matrix
    vocabulary: list[str]

    def chosen(self, rows: np.ndarray, least: int, most: int) -> np.ndarray:
        """The places of the grams that at least `least` of these texts have, the `most` that most
        texts have, in order of their frequency."""
        in_texts = np.asarray((self.matrix[rows] > 0).sum(0)).ravel()
        order = np.argsort(-in_texts, kind="stable")[:most]
        return order[in_texts[order] >= least]


def count(texts: Sequence[str], features: Features, least: int = 2) -> Counts:
    """The counts of all grams that at least `least` texts have.

    Grams of characters lie within what stands between spaces, so that they are taken of each
    different piece once.
    """
    if features.family == "characters":
        pieces, names = _counted(Counter(text.split()) for text in texts)
        inner, grams = _counted(_grams(piece, features) for piece in names)
        matrix = csr_matrix(pieces @ inner)
    else:
        matrix, grams = _counted(_grams(text, features) for text in texts)
    kept = np.flatnonzero(np.bincount(matrix.indices, minlength=len(grams)) >= least)
    return Counts(csr_matrix(matrix[:, kept]), [grams[i] for i in kept])


def _grams(text: str, features: Features) -> Counter[str]:
    return Counter(g for g, _, _ in GRAMS[features.family](text, features.low, features.high))


def _counted(counters: Iterable[Counter[str]]) -> tuple[csr_matrix, list[str]]:
    """(n, names) counts, and the names in the order in which they were met."""
    places: dict[str, int] = {}
    columns, values, ends = [], [], [0]
    for found in counters:
        columns.append(np.array([places.setdefault(g, len(places)) for g in found], np.int64))
        values.append(np.fromiter(found.values(), np.float32, len(found)))
        ends.append(ends[-1] + len(found))
    shape = (len(columns), len(places))
    return csr_matrix((np.concatenate(values), np.concatenate(columns), ends), shape), list(places)


def idf(matrix: csr_matrix) -> np.ndarray:
    """(grams,) 1 + ln((1 + n) / (1 + texts that have it)), as scikit-learn has it."""
    in_texts = np.bincount(matrix.indices, minlength=matrix.shape[1])
    return 1 + np.log((1 + matrix.shape[0]) / (1 + in_texts))


def numbers(matrix: csr_matrix, features: Features, weights: np.ndarray) -> csr_matrix:
    """What `Features.numbers` makes of each text, all at once."""
    found = matrix.copy().astype(np.float32)
    if features.counts == "log":
        found.data = 1 + np.log(found.data)
    elif features.counts == "once":
        found.data[:] = 1
    found = csr_matrix(found @ diags(weights.astype(np.float32)))
    if features.unit:
        lengths = np.sqrt(np.asarray(found.multiply(found).sum(1)).ravel())
        found = csr_matrix(diags(1 / np.maximum(lengths, 1e-9).astype(np.float32)) @ found)
    return found
