"""The network over many sentences, and what it says of each: labels of words, names, kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from demos.core.word_pieces import batches_of_one_length
from demos.named_entities.decode import boundaries, kind_shares, labelled
from demos.named_entities.encode import Sentence, tensors
from demos.named_entities.labels import Entity, entities
from demos.named_entities.model import Tagger


@dataclass(frozen=True, eq=False)
class Tagging:
    """What is said of one sentence.

    pieces: (T − 2, labels) probabilities of each word piece; shares: (words, labels), those of
    each word's first piece; labels: of the words, as they are said; names: in order; kinds:
    (kinds,) of each name; edges: how sure the network is that each name begins and ends where it
    does; mean: (H,) what it read, on average.
    """

    pieces: np.ndarray
    shares: np.ndarray
    labels: list[str] = field(default_factory=list)
    names: list[Entity] = field(default_factory=list)
    kinds: list[np.ndarray] = field(default_factory=list)
    edges: list[float] = field(default_factory=list)
    mean: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    @property
    def numbers(self) -> np.ndarray:
        """(words,) the number of the likeliest label of each word: what a list gives a name to."""
        return self.shares.argmax(1)


@torch.inference_mode()
def tag(
    net: Tagger, sentences: Sequence[Sentence], labels: Sequence[str], kinds: Sequence[str]
) -> list[Tagging]:
    """The taggings of sentences in their order. labels: how the net's numbers are read; kinds:
    of names, in the order in which `SpanTypes` has them.

    A network that decides kinds for whole spans finds the likeliest edges first; all others are
    taken by the word, as they were trained.
    """
    found: list[Tagging | None] = [None] * len(sentences)
    for part in batches_of_one_length([len(s.ids) for s in sentences]):
        some = [sentences[i] for i in part]
        ids, owners, codes, _ = tensors(some)
        read = net(ids, owners, codes)
        shares = read.labels.float().softmax(-1).numpy()
        words = [shares[i, s.firsts] for i, s in enumerate(some)]
        if net.kinds is None:
            names = [entities([labels[k] for k in w.argmax(1)]) for w in words]
        else:
            names = [[Entity("", a, b) for a, b in boundaries(w, labels)] for w in words]
        spans = [
            (i, s.firsts[e.start], s.firsts[e.end - 1])
            for i, s in enumerate(some)
            for e in names[i]
        ]
        logits = np.zeros((len(spans), len(kinds)), np.float32)
        if net.kinds is not None and spans:
            logits = net.kinds(read.hidden, torch.tensor(spans)).float().numpy()
        rows = iter(logits)
        for n in range(len(some)):
            found[part[n]] = _tagging(
                shares[n, 1:-1], words[n], names[n], [next(rows) for _ in names[n]], labels, kinds,
                read.hidden[n, 1:-1].float().mean(0).numpy(), net.kinds is None,
            )  # fmt: skip
    return [t for t in found if t is not None]


def _tagging(
    pieces: np.ndarray, shares: np.ndarray, names: list[Entity], logits: list[np.ndarray],
    labels: Sequence[str], kinds: Sequence[str], mean: np.ndarray, by_word: bool,
) -> Tagging:  # fmt: skip
    """Kinds by the words' probabilities and the span's logits together (zero without any)."""
    of, decided = [], []
    for e, row in zip(names, logits, strict=True):
        both = np.log(kind_shares(shares[e.start : e.end], labels, kinds) + 1e-9) + row
        both = np.exp(both - both.max())
        of.append(both / both.sum())
        decided.append(Entity(e.kind or kinds[int(of[-1].argmax())], e.start, e.end))
    edges = [_edge(shares, e, labels) for e in names]
    own = labelled(decided, len(shares))
    if by_word:  # an I- may well begin a name
        own = [labels[k] for k in shares.argmax(1)]
    return Tagging(pieces, shares, own, decided, of, edges, mean)


def _edge(shares: np.ndarray, e: Entity, labels: Sequence[str]) -> float:
    """The least of the probabilities that the first word begins a name, that each other one goes
    on with it, and that the next one does not."""
    first, inner = ([i for i, name in enumerate(labels) if name[0] == c] for c in "BI")
    sure = [shares[e.start, first + inner].sum()]
    sure += [shares[i, inner].sum() for i in range(e.start + 1, e.end)]
    if e.end < len(shares):
        sure.append(1 - shares[e.end, inner].sum())
    return float(min(sure))
