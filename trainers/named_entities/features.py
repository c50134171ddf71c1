"""Tagged sentences as batches for training, and what is changed in them from epoch to epoch."""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np
import torch

from demos.named_entities.encode import Sentence, tensors
from demos.named_entities.labels import entities
from trainers.named_entities.data import Tagged

IGNORED = -100  # the target of what takes no part in the loss
LONGEST = 200  # word pieces of a sentence in training
Rng = np.random.Generator


def batches(lengths: Sequence[int], tokens: int, rng: Rng) -> list[list[int]]:
    """Indices of sentences in random order, those of like length together, `tokens` a batch."""
    sizes = np.asarray(lengths)
    order = np.argsort(sizes + rng.uniform(-1, 1, len(sizes)), kind="stable")
    found: list[list[int]] = []
    part: list[int] = []
    for i in order:
        if part and (len(part) + 1) * max(sizes[i], sizes[part].max()) > tokens:
            found.append(part)
            part = []
        part.append(int(i))
    found.append(part)
    return [found[i] for i in rng.permutation(len(found))]


def batch(
    sentences: Sequence[Sentence], tags: Sequence[Tagged], ids: dict[str, int], kinds: Sequence[str]
) -> tuple[torch.Tensor, ...]:
    """What the network reads, then targets (B, T), on the first piece of each word and −100
    elsewhere, and the spans (n, 3) of names with their kinds (n,)."""
    read = tensors(sentences)
    targets = torch.full_like(read[0], IGNORED)
    spans, of = [], []
    for i, (s, tagged) in enumerate(zip(sentences, tags, strict=True)):
        targets[i, s.firsts] = torch.tensor([ids[label] for label in tagged.labels])
        if kinds:
            for e in entities(tagged.labels):
                spans.append((i, s.firsts[e.start], s.firsts[e.end - 1]))
                of.append(kinds.index(e.kind))
    return (
        *read, targets, torch.tensor(spans, dtype=torch.long).reshape(-1, 3),
        torch.tensor(of, dtype=torch.long),
    )  # fmt: skip


class Mixer:
    """What an epoch sees: some sentences with another name of the same kind in place of one of
    theirs (Dai and Adel 2020), and some in other capitals."""

    def __init__(self, sentences: Sequence[Tagged], swaps: float, cases: float):
        self.sentences, self.swaps, self.cases = sentences, swaps, cases
        self.names: dict[str, list[tuple[str, ...]]] = {}
        for s in sentences:
            for e in entities(s.labels):
                self.names.setdefault(e.kind, []).append(s.words[e.start : e.end])

    def __call__(self, rng: Rng) -> list[Tagged]:
        return [recased(self._swapped(s, rng), self.cases, rng) for s in self.sentences]

    def _swapped(self, s: Tagged, rng: Rng) -> Tagged:
        if rng.random() >= self.swaps:
            return s
        words, labels, at = [], [], 0
        for e in entities(s.labels):
            words += s.words[at : e.start]
            labels += s.labels[at : e.start]
            name = s.words[e.start : e.end]
            if rng.random() < 0.5:
                among = self.names[e.kind]
                name = among[int(rng.integers(len(among)))]
            words += name
            labels += [f"B-{e.kind}", *[f"I-{e.kind}"] * (len(name) - 1)]
            at = e.end
        return Tagged((*words, *s.words[at:]), (*labels, *s.labels[at:]))


def recased(s: Tagged, share: float, rng: Rng) -> Tagged:
    """In a `share` of cases in small letters (mostly), in capitals, or Each With A Capital."""
    if rng.random() >= share:
        return s
    change = (str.lower, str.lower, str.upper, string.capwords)[int(rng.integers(4))]
    return Tagged(tuple(change(w) for w in s.words), s.labels)
