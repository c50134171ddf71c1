"""From the network's numbers for words to names: where each begins and ends, and its kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demos.named_entities.labels import Entity, kind_of


def boundaries(shares: np.ndarray, labels: Sequence[str]) -> list[tuple[int, int]]:
    """The names' places in the most likely sequence of O, B and I over (n, labels) probabilities,
    in which none begins with I (Viterbi 1967): kinds added up, so that doubt about them does not
    move an edge."""
    if not len(shares):
        return []
    parts = np.stack(
        [shares[:, [i for i, name in enumerate(labels) if name[0] == c]].sum(1) for c in "OBI"], 1
    )
    scores = np.log(np.maximum(parts, 1e-12))
    allowed = np.array([[0, 0, -np.inf], [0, 0, 0], [0, 0, 0]])  # no I behind O
    best, back = scores[0] + allowed[0], []
    for row in scores[1:]:
        ways = best[:, None] + allowed
        back.append(ways.argmax(0))
        best = ways.max(0) + row
    path = [int(best.argmax())]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    path.reverse()
    starts = [i for i, p in enumerate(path) if p == 1]
    return [(s, next((i for i in range(s + 1, len(path)) if path[i] != 2), len(path)))
            for s in starts]  # fmt: skip


def kind_shares(shares: np.ndarray, labels: Sequence[str], kinds: Sequence[str]) -> np.ndarray:
    """(kinds,) probabilities of what a name is, from those (n, labels) of its words: the
    geometric mean over words."""
    each = np.stack(
        [shares[:, [i for i, n in enumerate(labels) if kind_of(n) == k]].sum(1) for k in kinds], 1
    )
    found = np.log(np.maximum(each, 1e-9)).mean(0)
    found = np.exp(found - found.max())
    return found / found.sum()


def labelled(found: Sequence[Entity], n: int) -> list[str]:
    """The labels of n words with these names among them."""
    labels = ["O"] * n
    for e in found:
        labels[e.start : e.end] = [f"B-{e.kind}", *[f"I-{e.kind}"] * (e.end - e.start - 1)]
    return labels
