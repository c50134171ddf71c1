"""From a text to its names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from demos.core import text_model
from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import Familiarity, Scale
from demos.core.word_pieces import tokenizer
from demos.named_entities import FIND
from demos.named_entities.encode import MASK, Encoder, Sentence
from demos.named_entities.familiar import Known
from demos.named_entities.labels import TYPES, Entity, kind_of
from demos.named_entities.model import Tagger
from demos.named_entities.result import Context, Found, Name, Piece
from demos.named_entities.tagging import Tagging, tag
from demos.named_entities.windows import joined, windows
from demos.named_entities.words import Word, given_words, is_picture, sentences, words


class Predictor:
    """One variant, ready to read."""

    def __init__(self, checkpoint: Checkpoint):
        architecture = checkpoint.card.architecture
        self.parameters = architecture.parameters
        self.net = Tagger(**architecture.arguments)
        self.net.load_state_dict(text_model.weights(checkpoint))
        self.net.eval().requires_grad_(False)
        self.labels: list[str] = architecture.arguments["labels"]
        self.kinds = architecture.arguments["kinds"] or [
            k for k in TYPES if f"B-{k}" in self.labels
        ]
        self.encode = Encoder(
            tokenizer(checkpoint.uses("embeddings").read("tokenizer.json").decode())
        )
        found = checkpoint.evaluation
        self.calibration = tuple(found.get("calibration", (1.0, 0.0)))
        self.scale = Scale(tuple(found["scale"])) if "scale" in found else None
        self.known = Known.of(checkpoint)

    def predict(self, text: str, split: str = FIND) -> Found:
        """The names in a text of any length. split: whether words are found here, or are what
        stands between two spaces."""
        return self.found(text, words(text) if split == FIND else given_words(text))

    def found(self, text: str, at: Sequence[Word]) -> Found:
        """The names among these words of a text."""
        cuts = sentences(text, list(at))
        tokens = [text[a:b] for a, b in at]
        said = self.tag([tokens[cut] for cut in cuts])
        names, rows = [], []
        for cut, (_, t) in zip(cuts, said, strict=True):
            rows.append(t.shares)
            names += [
                self._name(text, at, e, cut.start, *rest)
                for e, *rest in zip(t.names, t.kinds, t.edges, strict=True)
            ]
        labels = [label for _, t in said for label in t.labels]
        for name in names:  # marks alone name nobody
            if not any(c.isalnum() for c in name.text):
                labels[name.first : name.last] = ["O"] * (name.last - name.first)
        names = [name for name in names if labels[name.first] != "O"]
        shares = np.concatenate(rows) if rows else np.zeros((0, len(self.labels)), np.float32)
        return Found(
            text, tuple(at), tuple(labels), tuple(names), shares, tuple(cuts),
            sum(len(s.ids) - 2 for s, _ in said), sum(s.whole for s, _ in said),
            self.familiarity(said),
        )  # fmt: skip

    def outputs(self, asked: Sequence[tuple[str, str]]) -> list[dict[str, np.ndarray]]:
        """`shares` (words, labels) of each text."""
        return [{"shares": self.predict(*inputs).shares} for inputs in asked]

    def tag(self, found: Sequence[Sequence[str]]) -> list[tuple[Sentence, Tagging]]:
        """What is said of sentences of any length, given in words."""
        read = [[readable(t) for t in sentence] for sentence in found]
        return tag_all(self.net, self.encode, self.labels, self.kinds, read)

    def familiarity(self, said: Sequence[tuple[Sentence, Tagging]]) -> Familiarity | None:
        """How like the training data a text is, by what the network makes of it on average."""
        if self.scale is None or self.known is None or not said:
            return None
        return self.scale(self.known(said))

    def relabelled(self, found: Found, tokens: Sequence[str]) -> list[str]:
        """The labels of a text's words when others stand in their places."""
        said = self.tag([tokens[cut] for cut in found.sentences])
        return [label for _, t in said for label in t.labels]

    def pieces(self, found: Found, first: int, last: int) -> list[Piece]:
        """The word pieces of words `first` to `last` with what the network says of each, also of
        those that took no part in training."""
        cut = next(c for c in found.sentences if c.start <= first < c.stop)
        part = _around(cut, first, last)
        (s,) = self.encode([[readable(t) for t in found.tokens[part]]])
        (t,) = tag(self.net, [s], self.labels, self.kinds)
        owners, ids = s.owners[1:-1], s.ids[1:-1]
        return [
            Piece(part.start + o, self.encode.tokenizer.id_to_token(i),
                  k == 0 or owners[k - 1] != o, tuple(t.pieces[k].tolist()))
            for k, (o, i) in enumerate(zip(owners, ids, strict=True))
            if first <= part.start + o < last
        ]  # fmt: skip

    def context(self, found: Found, word: int, most: int = 12) -> Context:
        """One word's probabilities while the others of its sentence are hidden one by one, those
        that are farthest away first; at most `most` steps, each of as many words as it takes."""
        cut = next(c for c in found.sentences if c.start <= word < c.stop)
        part = _around(cut, word, word + 1)
        tokens = [readable(t) for t in found.tokens[part]]
        at = word - part.start
        others = sorted((i for i in range(len(tokens)) if i != at), key=lambda i: -abs(i - at))
        size = -(-len(others) // most) if others else 1
        groups = [others[i : i + size] for i in range(0, len(others), size)]
        hidden: list[list[int]] = [[]]
        for group in groups:
            hidden.append([*hidden[-1], *group])
        read = self.encode([tokens] * len(hidden))
        masked = [_masked(s, set(h)) for s, h in zip(read, hidden, strict=True)]
        said = tag(self.net, masked, self.labels, self.kinds)
        names = ["all there", *(" ".join(tokens[i] for i in sorted(g)) for g in groups)]
        return Context(
            tokens[at],
            [(n, self._by_kind(t.shares[at])) for n, t in zip(names, said, strict=True)],
        )

    def _by_kind(self, row: np.ndarray) -> dict[str, float]:
        found = {k: 0.0 for k in ("O", *self.kinds)}
        for label, share in zip(self.labels, row.tolist(), strict=True):
            found[kind_of(label) or "O"] += share
        return found

    def _name(
        self, text: str, at: Sequence[Word], e: Entity, offset: int, kinds: np.ndarray, edge: float
    ) -> Name:
        first, last = e.start + offset, e.end + offset
        start, end = at[first].start, at[last - 1].end
        share = float(kinds[self.kinds.index(e.kind)]) * edge
        shares = dict(zip(self.kinds, kinds.tolist(), strict=True))
        return Name(first, last, start, end, text[start:end], e.kind,
                    calibrated(share, *self.calibration), shares)  # fmt: skip


def readable(word: str) -> str:
    """The word, or a comma for emoji and the like: the networks never met one."""
    return "," if is_picture(word) else word


def tag_all(
    net: Tagger, encode: Encoder, labels: Sequence[str], kinds: Sequence[str],
    found: Sequence[Sequence[str]],
) -> list[tuple[Sentence, Tagging]]:  # fmt: skip
    """Sentences of any length, in words, with what is said of each; long ones are read in windows
    that overlap."""
    whole = encode(found)
    parts = [windows(s) for s in whole]
    read = encode([s.words[p] for s, cut in zip(whole, parts, strict=True) for p in cut])
    said = iter(tag(net, read, labels, kinds))
    return [
        (s, joined(cut, [next(said) for _ in cut])) for s, cut in zip(whole, parts, strict=True)
    ]


def calibrated(share: float, slope: float, shift: float) -> float:
    """A share as it comes true on held-out data (Platt 1999)."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    return float(1 / (1 + np.exp(-(slope * np.log(share / (1 - share)) + shift))))


def _around(cut: slice, first: int, last: int, most: int = 40) -> slice:
    """The words of a sentence around some of them, at most so many on either side."""
    return slice(max(cut.start, first - most), min(cut.stop, last + most))


def _masked(s: Sentence, hidden: set[int]) -> Sentence:
    """A sentence in which some words have a mask for each of their pieces, and no letters."""
    ids = [MASK if o in hidden else i for i, o in zip(s.ids, s.owners, strict=True)]
    blank = tuple("" if i in hidden else word for i, word in enumerate(s.words))
    return Sentence(blank, ids, s.owners, s.firsts, s.whole)
