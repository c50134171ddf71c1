"""Exact match and F1 as SQuAD defines them (Rajpurkar et al. 2016)."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

PUNCTUATION = set(string.punctuation)


def normalised(answer: str) -> str:
    """Lower case, no punctuation, no articles, single spaces."""
    lower = "".join(c for c in answer.lower() if c not in PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", lower).split())


def exact_match(answer: str, reference: str) -> float:
    """1 if the two are the same once normalised, else 0."""
    return float(normalised(answer) == normalised(reference))


def f1(answer: str, reference: str) -> float:
    """The harmonic mean of precision and recall of the answer's words, 0–1."""
    ours, theirs = normalised(answer).split(), normalised(reference).split()
    same = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * same / (len(ours) + len(theirs)) if same else 0.0


def best(measure: Callable[[str, str], float], answer: str, references: Sequence[str]) -> float:
    """The measure against the reference that it is highest for."""
    return max((measure(answer, r) for r in references), default=0.0)
