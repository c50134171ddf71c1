"""A text's n-grams of words and of characters, with the places where they stand.

Both kinds of features are made here for training and serving alike; nothing needs torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

Span: TypeAlias = tuple[int, int]
Family: TypeAlias = Literal["words", "characters"]
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*['’]?")
_WORD_OR_MARK = re.compile(rf"{_WORD.pattern}|[^\w\s]")
_BETWEEN = re.compile(r"\S+")
_TYPOGRAPHIC = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "…": "."})


def collapsed(text: str) -> str:
    """A text in lower case with single spaces and plain quotes: line breaks and quotes betray
    where a text comes from."""
    return " ".join(text.translate(_TYPOGRAPHIC).lower().split())


def words(text: str) -> list[tuple[str, int, int]]:
    """The words of a collapsed text with their first and last places."""
    return [(m.group(), m.start(), m.end()) for m in _WORD.finditer(text)]


def word_grams(text: str, low: int, high: int) -> Iterator[tuple[str, int, int]]:
    """Runs of `low` to `high` words and marks of a collapsed text, joined by spaces, with their
    places."""
    found = [(m.group(), m.start(), m.end()) for m in _WORD_OR_MARK.finditer(text)]
    for n in range(low, high + 1):
        for i in range(len(found) - n + 1):
            run = found[i : i + n]
            yield " ".join(w for w, _, _ in run), run[0][1], run[-1][2]


def character_grams(text: str, low: int, high: int) -> Iterator[tuple[str, int, int]]:
    """Runs of `low` to `high` characters within what stands between spaces, marks included and a
    space around it; places leave the spaces out."""
    for m in _BETWEEN.finditer(text):
        start, end, ends = m.start(), m.end(), f" {m.group()} "
        for n in range(low, high + 1):
            for i in range(len(ends) - n + 1):
                first = start + i - 1
                yield ends[i : i + n], max(start, first), min(end, first + n)


GRAMS = {"words": word_grams, "characters": character_grams}


@dataclass(frozen=True)
class Features:
    """One family of features: which grams, and how their counts become numbers.

    counts: `plain`, `log` (1 + ln n) or `once`; the numbers are multiplied by each gram's weight
    and, where `unit`, divided by their length.
    """

    family: Family
    low: int
    high: int
    counts: Literal["plain", "log", "once"] = "log"
    unit: bool = True

    def grams(self, text: str) -> list[tuple[str, int, int]]:
        """All grams of a collapsed text with their places."""
        return list(GRAMS[self.family](text, self.low, self.high))

    def numbers(self, counts: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The values (k,) of k different grams of a text that stand there so often."""
        if self.counts == "log":
            counts = 1 + np.log(counts)
        elif self.counts == "once":
            counts = np.ones(len(counts))
        values = counts * weights
        length = float(np.linalg.norm(values))
        return values / length if self.unit and length else values
