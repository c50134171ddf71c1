"""Words as points: nearest words, sums of words, directions. Plain arrays; nothing needs torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from demos.word_embeddings.words import Vocabulary

SHOWN = 10
# Names that insult a group of people are never shown as anybody's neighbours.
SLURS = ("nigga", "nigger", "niggas", "niggah", "fag", "faggot", "fags", "dyke", "chink", "spic",
         "kike", "tranny", "retard", "retarded", "paki", "gook", "wetback", "coon")  # fmt: skip
OFTEN = 100  # times that the lyrics have a word at the end of a direction, where rare ones gather


@dataclass(frozen=True)
class Near:
    """A word near a point: cosine similarity (−1 to 1), how often the lyrics have the word, and
    the share of its ten nearest words that a training with another seed found again (0 to 1)."""

    word: str
    similarity: float
    count: int
    stability: float


@dataclass(frozen=True, eq=False)
class Space:
    """The vectors of one window.

    unit: (n, d) float32 rows of length 1, in the order of the vocabulary; stability: (n,).
    """

    vocabulary: Vocabulary
    unit: np.ndarray
    stability: np.ndarray

    def vector(self, word: str) -> np.ndarray:
        """(d,) the unit vector of a lemma. Raises KeyError for one without."""
        return self.unit[self.vocabulary.places[word]]

    def vectors(self, words: Iterable[str]) -> np.ndarray:
        """(k, d) unit vectors of lemmas."""
        return self.unit[[self.vocabulary.places[w] for w in words]]

    def mean(self, plus: Sequence[str], minus: Sequence[str] = ()) -> np.ndarray:
        """(d,) the sum of some words less others, of length 1 (0 where they cancel out)."""
        found = self.vectors(plus).sum(0) - self.vectors(minus).sum(0)
        return found / max(float(np.linalg.norm(found)), 1e-9)

    def similarity(self, one: str, other: str) -> float:
        """The cosine of two lemmas."""
        return float(self.vector(one) @ self.vector(other))

    def nearest(
        self, point: np.ndarray, without: Iterable[str] = (), most: int = SHOWN, least: int = 0
    ) -> tuple[Near, ...]:
        """The words nearest to a point (d,); those of `without`, slurs, and those that the lyrics
        have less than `least` times are left out."""
        scores = self.unit @ point
        scores[np.array(self.vocabulary.counts) < least] = -np.inf
        left_out = [w for w in (*without, *SLURS) if w in self.vocabulary]
        scores[[self.vocabulary.places[w] for w in left_out]] = -np.inf
        order = np.argsort(-scores, kind="stable")[:most]
        return tuple(self.near(int(i), float(scores[i])) for i in order if scores[i] > -np.inf)

    def near(self, place: int, similarity: float) -> Near:
        return Near(
            self.vocabulary.words[place], similarity, self.vocabulary.counts[place],
            float(self.stability[place]),
        )  # fmt: skip


def overlap(one: Sequence[Near], other: Sequence[Near]) -> float:
    """The share of the words of one list that the other has, too."""
    words = {n.word for n in other}
    return sum(n.word in words for n in one) / max(1, len(one))
