"""Entity-level measures as seqeval defines them (Nakayama 2018), by counting names that are right
in place and kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from demos.named_entities.labels import entities, strict_entities

Labels = Sequence[str]


def _scores(right: int, found: int, true: int) -> dict[str, float]:
    precision = right / found if found else 0.0
    recall = right / true if true else 0.0
    both = precision + recall
    return {
        "precision": precision, "recall": recall,
        "f1": 2 * precision * recall / both if both else 0.0,
    }  # fmt: skip


def scores(
    predicted: Sequence[Labels], gold: Sequence[Labels], strict: bool = False
) -> dict[str, float]:
    """precision, recall and F1 of names (micro-averaged), by seqeval's default mode or IOB2's."""
    find = strict_entities if strict else entities
    right = found = true = 0
    for ours, theirs in zip(predicted, gold, strict=True):
        a, b = set(find(ours)), set(find(theirs))
        right, found, true = right + len(a & b), found + len(a), true + len(b)
    return _scores(right, found, true)


def boundaries(predicted: Sequence[Labels], gold: Sequence[Labels]) -> float:
    """F1 of names by their places alone, whatever their kind."""
    right = found = true = 0
    for ours, theirs in zip(predicted, gold, strict=True):
        a, b = ({e[1:] for e in entities(labels)} for labels in (ours, theirs))
        right, found, true = right + len(a & b), found + len(a), true + len(b)
    return _scores(right, found, true)["f1"]


def accuracy(predicted: Sequence[Labels], gold: Sequence[Labels]) -> float:
    """The share of words that have the right label."""
    pairs = [
        (a, b) for p, g in zip(predicted, gold, strict=True) for a, b in zip(p, g, strict=True)
    ]
    return sum(a == b for a, b in pairs) / max(1, len(pairs))


def by_kind(predicted: Sequence[Labels], gold: Sequence[Labels]) -> dict[str, dict[str, float]]:
    """precision, recall, F1 and n, the number of true names, of each kind."""
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    true: Counter[str] = Counter()
    for ours, theirs in zip(predicted, gold, strict=True):
        a, b = set(entities(ours)), set(entities(theirs))
        right.update(e.kind for e in a & b)
        found.update(e.kind for e in a)
        true.update(e.kind for e in b)
    return {
        kind: {**_scores(right[kind], found[kind], true[kind]), "n": true[kind]}
        for kind in sorted({*found, *true})
    }


def everything(predicted: Sequence[Labels], gold: Sequence[Labels]) -> dict[str, float]:
    """What the card holds of one set of answers."""
    return {
        **scores(predicted, gold),
        "f1_strict": scores(predicted, gold, strict=True)["f1"],
        "f1_boundaries": boundaries(predicted, gold),
        "token_accuracy": accuracy(predicted, gold),
    }
