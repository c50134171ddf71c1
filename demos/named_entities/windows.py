"""Sentences that are longer than the network was trained for: overlapping windows of words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demos.named_entities.encode import Sentence
from demos.named_entities.labels import Entity
from demos.named_entities.tagging import Tagging

ROOM, OVERLAP = 160, 56  # word pieces of a window, and of what two of them share


def windows(s: Sentence, room: int = ROOM, overlap: int = OVERLAP) -> list[slice]:
    """Slices of a sentence's words, one where all fit; each shares about `overlap` pieces with the
    one before it."""
    ends = [*s.firsts[1:], len(s.ids) - 1]  # position behind each word's pieces
    found, start = [], 0
    while True:
        stop = start + 1
        while stop < len(ends) and ends[stop] - s.firsts[start] <= room:
            stop += 1
        found.append(slice(start, min(stop, len(ends))))
        if stop >= len(ends):
            return found
        back = stop - 1
        while back > start + 1 and ends[stop - 1] - s.firsts[back] < overlap:
            back -= 1
        start = back


def joined(cuts: Sequence[slice], parts: Sequence[Tagging]) -> Tagging:
    """What windows say as one: between two of them, the seam lies where no name of either is
    cut, as near as can be to the middle of what they share."""
    if len(parts) == 1:
        return parts[0]
    seams = [0]
    for (a, left), (b, right) in zip(
        zip(cuts, parts, strict=True), list(zip(cuts, parts, strict=True))[1:], strict=False
    ):
        seams.append(_seam(a, left, b, right, seams[-1]))
    seams.append(cuts[-1].stop)
    shares, kept, labels = [], [], []
    for cut, t, start, stop in zip(cuts, parts, seams, seams[1:], strict=False):
        shares.append(t.shares[start - cut.start : stop - cut.start])
        labels += t.labels[start - cut.start : stop - cut.start]
        for n, e in enumerate(t.names):
            e = Entity(e.kind, e.start + cut.start, e.end + cut.start)
            if start <= e.start and e.end <= stop:
                kept.append((e, t.kinds[n], t.edges[n]))
    return Tagging(
        parts[0].pieces[:0], np.concatenate(shares), labels,
        [e for e, _, _ in kept], [k for _, k, _ in kept], [s for _, _, s in kept],
        np.mean([t.mean for t in parts], 0),
    )  # fmt: skip


def _seam(a: slice, left: Tagging, b: slice, right: Tagging, least: int) -> int:
    """The word that the right window takes over at."""
    inside = {i + a.start for e in left.names for i in range(e.start + 1, e.end)}
    inside |= {i + b.start for e in right.names for i in range(e.start + 1, e.end)}
    middle = (b.start + a.stop) / 2
    able = [i for i in range(max(b.start, least), a.stop + 1) if i not in inside]
    return min(able or [int(middle)], key=lambda i: abs(i - middle))
