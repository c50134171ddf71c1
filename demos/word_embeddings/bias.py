"""A measure of bias in vectors: the Word Embedding Association Test (Caliskan et al. 2017,
doi 10.1126/science.aal4230)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from demos.core.errors import UserError
from demos.word_embeddings.space import Space
from demos.word_embeddings.words import tokens

MISSING = 0.2  # share of the words that may lack a vector
FEWEST, MOST = 3, 25  # words of a list
EXACT, DRAWN = 20_000, 10_000  # partitions that are all tried; how many of more are drawn

# Lists of our own for lyrics, after Caliskan's: work and home beside men and women.
EXAMPLE = (
    "man, boy, brother, father, son, uncle, king, husband",
    "woman, girl, sister, mother, daughter, aunt, queen, wife",
    "work, money, business, job, office, boss, pay, company",
    "home, family, baby, child, wedding, kitchen, marriage, house",
)


@dataclass(frozen=True)
class Weat:
    """The outcome of one test.

    effect: how much more the first words lean to the first attributes than the second words do, in
    standard deviations (−2 to 2); p: the share of all divisions of the words into two such lists
    with an effect at least as large (one-sided); tried: how many divisions; used: the words of
    each list; missing: those without a vector; shared: words that stood in two lists.
    """

    effect: float
    p: float
    tried: int
    used: tuple[tuple[str, ...], ...]
    missing: tuple[str, ...]
    leans: tuple[tuple[str, float], ...]


def words_of(text: str) -> list[str]:
    """The words of a list, each once."""
    return list(dict.fromkeys(tokens(text)))


def weat(space: Space, lists: Sequence[str], seed: int = 0) -> Weat:
    """Measure the association of two lists of words with two lists of attributes.

    Raises UserError, with the reason and without a number, where more than a fifth of the words
    have no vector, where a list is too short, or where a word stands in two lists.
    """
    given = [words_of(text) for text in lists]
    if any(len(words) > MOST for words in given):
        raise UserError(f"Each list has at most {MOST} words.")
    found = [[space.vocabulary.lemma(w) for w in words] for words in given]
    used = [tuple(dict.fromkeys(w for w in part if w is not None)) for part in found]
    missing = tuple(
        w for words, part in zip(given, found, strict=True)
        for w, lemma in zip(words, part, strict=True) if lemma is None
    )  # fmt: skip
    total = sum(map(len, given))
    if total and len(missing) > MISSING * total:
        raise UserError(
            f"{len(missing)} of {total} words have no vector, more than a fifth "
            f"({', '.join(w[:24] for w in missing[:6])}): no bias is measured."
        )
    if any(len(part) < FEWEST for part in used):
        raise UserError(f"Each list needs at least {FEWEST} different words with a vector.")
    twice = {w for a, b in combinations(used, 2) for w in a if w in b}
    if twice:
        raise UserError(f"“{sorted(twice)[0]}” stands in two lists: leave it out of one of them.")
    x, y, a, b = (space.vectors(part) for part in used)
    leaning = _leaning(np.concatenate([x, y]), a, b)
    effect, p, tried = _test(leaning, len(x), seed)
    names = (*used[0], *used[1])
    leans = sorted(zip(names, leaning.tolist(), strict=True), key=lambda pair: -pair[1])
    return Weat(effect, p, tried, tuple(used), missing, tuple(leans))


def _leaning(words: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(n,) by how much each word is more like the first attributes than like the second."""
    return (words @ a.T).mean(1) - (words @ b.T).mean(1)


def _test(leaning: np.ndarray, first: int, seed: int) -> tuple[float, float, int]:
    """Effect size, its p under permutation of the words, and how many divisions were tried."""
    n = len(leaning)
    deviation = max(float(leaning.std(ddof=1)), 1e-12)
    observed = leaning[:first].mean() - leaning[first:].mean()
    if comb(n, first) <= EXACT:
        chosen = np.array(list(combinations(range(n), first)))
    else:
        rng = np.random.default_rng(seed)
        drawn = np.argsort(rng.random((DRAWN, n)), axis=1)[:, :first]
        chosen = np.concatenate([np.arange(first)[None], drawn])
    sums = leaning[chosen].sum(1)
    differences = sums / first - (leaning.sum() - sums) / (n - first)
    p = float((differences >= observed - 1e-12).mean())
    return float(observed / deviation), p, len(chosen)
