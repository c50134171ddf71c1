"""WordSim-353, SimLex-999 and analogies, by gensim's own evaluation and with coverage said."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors
from gensim.test.utils import datapath

from demos.core.checkpoint import Metric
from demos.word_embeddings.space import Space

PAIRS = {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}
ANALOGIES = "questions-words.txt"
EVERY = 2  # of two pairs the first may choose, the second never does
FEWEST = 5  # covered pairs, below which no correlation is measured


def keyed(space: Space) -> KeyedVectors:
    """The vectors as gensim evaluates them."""
    found = KeyedVectors(space.unit.shape[1])
    found.add_vectors(list(space.vocabulary.words), space.unit)
    return found


def pair_lines(name: str, part: str) -> list[str]:
    """The pairs of a list: `validation` every other one, `unseen` the others, `test` all."""
    text = Path(datapath(PAIRS[name])).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if part == "test":
        return lines
    return lines[0 if part == "validation" else 1 :: EVERY]


def correlation(vectors: KeyedVectors, name: str, part: str) -> tuple[float, int, int]:
    """Spearman's correlation on the covered pairs, how many those are, and how many there are."""
    logging.getLogger("gensim").setLevel(logging.ERROR)
    lines = pair_lines(name, part)
    known = [all(w.lower() in vectors for w in line.split("\t")[:2]) for line in lines]
    if sum(known) < FEWEST:
        return 0.0, sum(known), len(lines)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as file:
        file.write("\n".join("\t".join(line.split("\t")[:3]) for line in lines))
        file.flush()
        _, spearman, missing = vectors.evaluate_word_pairs(
            file.name, restrict_vocab=len(vectors), case_insensitive=True
        )
    return float(spearman[0]), round(len(lines) * (1 - missing / 100)), len(lines)


def analogies(space: Space, most: int = 5, limit: int | None = None) -> dict[str, float]:
    """Top 1 and top `most` of the covered analogies, with the three given words left out of the
    answers, as is usual, and with them left in."""
    places = {w: i for i, w in reversed(list(enumerate(space.vocabulary.words)))}
    rows = []
    for line in Path(datapath(ANALOGIES)).read_text(encoding="utf-8").splitlines():
        words = line.lower().split()
        if len(words) == 4 and words[0] != ":":
            rows.append([places.get(w, -1) for w in words])
    total = len(rows)
    asked = np.array([r for r in rows if min(r) >= 0 and len(set(r)) == 4][:limit]).reshape(-1, 4)
    names = ("analogies", f"analogies_top{most}", "analogies_inputs_in", "covered", "of")
    if not len(asked):
        return dict.fromkeys(names, 0.0) | {"of": float(total)}
    first = ranks(space.unit, asked, without=True)
    left_in = ranks(space.unit, asked, without=False)
    values = ((first < 1).mean(), (first < most).mean(), (left_in < 1).mean(), len(asked), total)
    return dict(zip(names, map(float, values), strict=True))


def ranks(unit: np.ndarray, asked: np.ndarray, *, without: bool) -> np.ndarray:
    """(m,) how many words are nearer to b − a + c than d is, for rows a, b, c, d (m, 4)."""
    found = np.empty(len(asked), int)
    for start in range(0, len(asked), 500):
        a, b, c, d = asked[start : start + 500].T
        points = unit[b] - unit[a] + unit[c]
        scores = points @ unit.T
        rows = np.arange(len(scores))
        if without:
            for given in (a, b, c):
                scores[rows, given] = -np.inf
        found[start : start + 500] = (scores > scores[rows, d][:, None]).sum(1)
    return found


def measure(space: Space, split: str) -> list[Metric]:
    """The card's entries of one split."""
    vectors, found = keyed(space), []

    def add(name: str, value: float, n: int, note: str, interval: Sequence[float] | None = None):
        found.append(
            Metric(name=name, split=split, n=n, value=value, higher_is_better=True, note=note,
                   interval=tuple(interval) if interval else None)
        )  # fmt: skip

    for name in PAIRS:
        value, covered, total = correlation(vectors, name, split)
        if covered < FEWEST:
            continue
        chose = "every other pair" if split == "validation" else "all pairs"
        add(name, value, covered, f"{chose}; {covered} of {total} covered", fisher(value, covered))
        if split == "test":
            value, covered, total = correlation(vectors, name, "unseen")
            note = f"the pairs that chose nothing; {covered} of {total} covered"
            add(f"{name}_unseen", value, covered, note, fisher(value, covered))
    if split == "test":
        values = analogies(space)
        covered, total = int(values.pop("covered")), int(values.pop("of"))
        for name, value in values.items():
            add(name, value, covered, f"{covered:,} of {total:,} covered")
    return found


def fisher(value: float, n: int) -> tuple[float, float]:
    """95 % interval of a rank correlation, by Fisher's transform."""
    middle, half = np.arctanh(value), 1.96 * 1.03 / np.sqrt(max(1, n - 3))
    return float(np.tanh(middle - half)), float(np.tanh(middle + half))
