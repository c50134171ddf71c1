"""Is a text an opinion like those that the networks were trained on? One score for all variants.

A logistic regression on a text's words, pairs of words and pieces of words, hashed (Weinberger et
al. 2009), and on a few figures such as the share of words that the training data does not have. Its
numbers lie in one file beside each variant; nothing here needs torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np
from safetensors.numpy import load

from demos.core.familiarity import Familiarity, Scale
from demos.sst2.normalise import normalise
from demos.sst2.reading import shortened

FILE = "familiarity.safetensors"
BUCKETS = 2**16
PIECES = (3, 4, 5)  # letters in a piece of a word
FIGURES = 7


def buckets(words: list[str]) -> np.ndarray:
    """The buckets (k,) of all words, pairs and pieces of a text, repeated where they are."""
    return np.fromiter((crc32(g.encode()) % BUCKETS for g in _grams(words)), np.int64)


def _grams(words: list[str]) -> Iterator[str]:
    yield from (f"1 {word}" for word in words)
    yield from (f"2 {a} {b}" for a, b in pairwise(["", *words, ""]))
    for word in words:
        ends = f" {word} "
        for length in PIECES:
            yield from (ends[i : i + length] for i in range(len(ends) - length + 1))


def hashed(words: list[str]) -> np.ndarray:
    """The words' hashes (n,) uint32, by which the known ones are remembered."""
    return np.array([crc32(word.encode()) for word in words], np.uint32)


def figures(words: list[str], known: np.ndarray) -> np.ndarray:
    """(7,) figures of a text's words, of which `known` (n,) says whether the data has them."""
    spoken = np.array([any(c.isalpha() for c in word) for word in words], bool)
    letters = [c for word in words for c in word if c.isalpha()]
    unknown = spoken & ~known
    return np.array(
        [
            unknown.sum() / max(1, spoken.sum()),
            float(not (spoken & known).any()),
            sum(not c.isascii() for c in letters) / max(1, len(letters)),
            sum(any(c.isdigit() for c in word) for word in words) / max(1, len(words)),
            1 - spoken.mean() if len(words) else 1.0,
            np.log1p(len(words)) / 3,
            float("?" in words),
        ]
    )


@dataclass(frozen=True)
class Model:
    """The numbers of one file.

    weights: (65536,) of the buckets; of_figures: (7,); bias: a number; known: (m,) sorted uint32
    hashes of the words of the training data; scale: from a score to a share of held-out sentences.
    """

    weights: np.ndarray
    of_figures: np.ndarray
    bias: float
    known: np.ndarray
    scale: Scale

    @classmethod
    def read(cls, content: bytes) -> Model:
        """From the bytes of a file."""
        found = load(content)
        return cls(
            found["weights"].astype(np.float32) * found["step"][0], found["figures"],
            float(found["bias"][0]), found["known"], Scale(tuple(found["quantiles"].tolist())),
        )  # fmt: skip

    def knows(self, words: list[str]) -> np.ndarray:
        """(n,) whether the training data has each word."""
        wanted = hashed(words)
        places = np.minimum(np.searchsorted(self.known, wanted), len(self.known) - 1)
        return self.known[places] == wanted

    def _number(self, word: str) -> int | None:
        """All known words count as equally frequent here."""
        return 0 if self.knows([word])[0] else None

    def score(self, text: str) -> float:
        """The logit of “an opinion like those in the data”; NaN where no word is known."""
        words = [shortened(word, self._number) for word in normalise(text).split()]
        known = self.knows(words)
        values = figures(words, known)
        if values[1]:
            return float("nan")
        found = buckets(words)
        return float(
            self.weights[found].sum() / np.sqrt(len(found)) + self.of_figures @ values + self.bias
        )

    def __call__(self, text: str) -> Familiarity:
        """How familiar a text is."""
        return self.scale(self.score(text))
