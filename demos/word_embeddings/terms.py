"""How a term is read before a network judges its mood: “sooo” is “soo”, “#nojob” is “no job”; and
whether its letters are those of words at all. Nothing here needs torch."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from demos.core.familiarity import Familiarity, Scale

ALPHABET = " abcdefghijklmnopqrstuvwxyz'"
PLACES = {c: i for i, c in enumerate(ALPHABET)}
LONGEST = 40  # letters of a word that is taken apart
MOST_WORDS = 8  # of a term; the lexicon's have one to four
SURE = 4  # letters: a shorter word is left as it is
_LENGTHENED = re.compile(r"([a-z])\1{2,}")
_APOSTROPHES = str.maketrans("’‘`´", "''''")


@dataclass(frozen=True, eq=False)
class Terms:
    """Reads terms.

    costs: the negative log share of each word that a hashtag may be made of; whole: further words,
    which are not taken apart; trigrams: (28, 28, 28)
    log probabilities of a letter after two others; scale: from the mean log probability of the
    letters of a term's oddest word to a share of the lexicon's terms.
    """

    costs: Mapping[str, float]
    trigrams: np.ndarray
    scale: Scale
    whole: frozenset[str] = frozenset()
    longest: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "longest", max(map(len, self.costs), default=1))

    def read(self, text: str) -> str:
        """A term as the network gets it."""
        text = html.unescape(text.translate(_APOSTROPHES)).lower().replace("#", " ")
        text = _LENGTHENED.sub(r"\1\1", text)
        return " ".join(part for word in text.split() for part in self.parts(word))

    def parts(self, word: str) -> list[str]:
        """The words that a word is made of, the most frequent ones; itself where it is a word, or
        where some part of it would be none. “Lovin” is “loving”."""
        if word.endswith("in") and len(word) > SURE and word not in self.whole:
            word = f"{word}g" if f"{word}g" in self.whole else word
        if (
            word in self.costs
            or word in self.whole
            or not SURE < len(word) <= LONGEST
            or not word.isalpha()
        ):
            return [word]
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(word) + 1):
            starts = range(max(0, end - self.longest), end)
            best.append(
                min((best[s][0] + self.costs.get(word[s:end], math.inf), s) for s in starts)
            )
        if math.isinf(best[-1][0]):
            return [word]
        found, end = [], len(word)
        while end:
            found.append(word[best[end][1] : end])
            end = best[end][1]
        return found[::-1]

    def score(self, text: str) -> float:
        """How much a term looks like words: of the word with the oddest letters the mean log
        probability of a letter. NaN where a word has other letters, and for what is long."""
        words = re.findall(r"[^\W_]+(?:'[^\W_]+)*", self.read(text))
        endless = any(len(w) > LONGEST for w in text.split())
        if not words or len(words) > MOST_WORDS or endless:
            return float("nan")
        return min(map(self._letters, words))

    def _letters(self, word: str) -> float:
        if any(c not in PLACES for c in word):
            return float("nan") if not word.isdigit() or len(word) > 2 else -2.5
        if word in self.costs or word in self.whole:
            return 0.0
        ids = [0, 0, *(PLACES[c] for c in word), 0]
        return float(
            np.mean(
                [self.trigrams[a, b, c] for a, b, c in zip(ids, ids[1:], ids[2:], strict=False)]
            )
        )

    def familiarity(self, text: str) -> Familiarity:
        """How much a term looks like those of the lexicon."""
        return self.scale(self.score(text))


def letter_model(counts: Mapping[str, int]) -> np.ndarray:
    """(28, 28, 28) log probabilities of a letter after two others, from words and how often each
    is met; every letter may follow any, rarely."""
    found = np.full((len(ALPHABET),) * 3, 0.02)
    for word in counts:
        if all(c in PLACES for c in word):
            ids = [0, 0, *(PLACES[c] for c in word), 0]
            for a, b, c in zip(ids, ids[1:], ids[2:], strict=False):
                found[a, b, c] += 1
    return np.log(found / found.sum(2, keepdims=True)).astype(np.float32)
