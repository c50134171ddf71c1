"""The transfer set of the nets that are taught: texts whose labels are the teacher's answers.

In the manner of Tang et al. 2019 (arXiv 1903.12136): the phrases of SST-2, variants of them with
words masked or replaced, recombinations of two phrases, texts that a language model wrote in their
manner, and English text of other kinds, so that the student also knows what the teacher thinks of
what is not a review. No text shares a run of five tokens with SST-2's validation sentences.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from demos.sst2.normalise import normalise
from trainers.core.data import DataError, Source, load
from trainers.sst2 import data


@dataclass(frozen=True)
class Sizes:
    """How many texts of each kind are added to the phrases."""

    varied: int = 100_000
    joined: int = 60_000
    other: int = 15_000


GRAM = 5
MASK = "[MASK]"
JOINS = (" , ", " , but ", " and ", " -- ", " . ", " , and ", " ; ", " even though ")
# Text of other kinds, the file and the columns that hold it. SQuADShifts is CC BY 4.0, FairytaleQA
# Apache-2.0; the sentences are read here and never stored.
OTHERS = (
    (Source("squadshifts", hub="squadshifts", config="reddit", hub_split="test"), "reddit"),
    (Source("squadshifts", hub="squadshifts", config="new_wiki", hub_split="test"), "new_wiki"),
    (Source("fairytale_qa", hub="GEM/FairytaleQA"), "train"),
)
COLUMNS = ("context", "section_text", "content")


def texts(
    phrases: Sequence[str], written: Sequence[str], seed: int, folder: str | None,
    sizes: Sizes = Sizes(), small: bool = False,
) -> list[str]:  # fmt: skip
    """All texts of the set in SST-2's form: the phrases, what was written in their manner, and what
    is made of and added to them."""
    rng = np.random.default_rng([seed, 5])
    share = 0.001 if small else 1.0
    unique = sorted(set(phrases))
    found = [
        *unique,
        *filter(None, map(normalise, written)),
        *varied(unique, rng, round(sizes.varied * share)),
        *joined(unique, rng, round(sizes.joined * share)),
        *([] if small else others(rng, sizes.other)),
    ]
    return found if small else allowed(found, folder)


def allowed(texts: Iterable[str], folder: str | None) -> list[str]:
    """The different texts that share no run of five tokens with SST-2's validation sentences."""
    forbidden = grams(data.read("validation", folder)[0])
    return [t for t in dict.fromkeys(texts) if not any(g in forbidden for g in _grams(t))]


def grams(sentences: Iterable[str]) -> set[str]:
    """Every run of five tokens; a sentence with fewer tokens counts as a run of its own."""
    return {g for s in sentences for g in _grams(s)}


def _grams(text: str) -> list[str]:
    tokens = text.split()
    return [" ".join(tokens[i : i + GRAM]) for i in range(max(1, len(tokens) - GRAM + 1))]


def varied(phrases: Sequence[str], rng: np.random.Generator, n: int) -> list[str]:
    """Phrases of four tokens and more in which a tenth of the words is masked, and a tenth
    replaced by a word that follows the same word somewhere else in the data."""
    following: dict[str, list[str]] = defaultdict(list)
    for phrase in phrases:
        tokens = phrase.split()
        for before, word in pairwise(tokens):
            following[before].append(word)
    long = [p for p in phrases if p.count(" ") >= 3]
    out = []
    for i in rng.integers(0, len(long), n):
        tokens = long[i].split()
        for at, chance in enumerate(rng.random(len(tokens))):
            if chance < 0.1:
                tokens[at] = MASK
            elif chance < 0.2 and at and (choices := following.get(tokens[at - 1])):
                tokens[at] = choices[rng.integers(len(choices))]
        out.append(" ".join(tokens))
    return out


def joined(phrases: Sequence[str], rng: np.random.Generator, n: int) -> list[str]:
    """Two phrases of three to twenty tokens with a word or a stop between them."""
    some = [p for p in phrases if 2 <= p.count(" ") <= 20]
    out = []
    for a, b, join in zip(
        rng.integers(0, len(some), n), rng.integers(0, len(some), n),
        rng.integers(0, len(JOINS), n), strict=True,
    ):  # fmt: skip
        out.append(f"{some[a].removesuffix(' .')}{JOINS[join]}{some[b]}")
    return out


def others(rng: np.random.Generator, n: int) -> list[str]:
    """Sentences of 4 to 40 tokens from text of other kinds, in SST-2's form."""
    found: list[str] = []
    for source, split in OTHERS:
        try:
            rows = load(source, split)
        except DataError as error:
            print(f"The transfer set is made without {source.name}/{split}: {error}")
            continue
        column = next(name for name in COLUMNS if name in rows.column_names)
        for text in dict.fromkeys(rows[column]):
            for sentence in re.split(r"(?<=[.!?])\s+|\n+", text):
                if 4 <= sentence.count(" ") + 1 <= 40:
                    found.append(normalise(sentence))
    unique = sorted(set(found))
    return [unique[i] for i in rng.permutation(len(unique))[:n]]
