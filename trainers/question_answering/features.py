"""Questions as what the network reads: windows of word pieces with the spans to be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from demos.core.windows import Pieces, pieces, windows
from trainers.question_answering.data import Question

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LENGTH, OVERLAP = 256, 64  # word pieces of a window in training, and how many two of them share
ASKED = 64  # word pieces of a question in training at most
CLS, SEP = 101, 102


@dataclass(frozen=True, eq=False)
class Feature:
    """One window. at: where its text begins; spans: (n, 2) first and last piece of each reference
    answer, none where the window has no answer."""

    ids: list[int]
    at: int
    spans: np.ndarray


def span_of(found: Pieces, start: int, words: str) -> tuple[int, int]:
    """The first and last piece of an answer that begins at character `start`."""
    first = int(np.searchsorted(found.places[:, 1], start, side="right"))
    last = int(np.searchsorted(found.places[:, 0], start + len(words), side="left")) - 1
    return first, max(first, last)


def features(
    question: list[int], text: Pieces, answers: Sequence[tuple[int, str]]
) -> list[Feature]:
    """The windows of one question's text; answers that lie across an edge are not in it."""
    question = question[:ASKED]
    at = len(question) + 2
    goals = np.array([span_of(text, *a) for a in answers], np.int64).reshape(-1, 2)
    made = []
    for part in windows(len(text), LENGTH - at - 1, OVERLAP):
        inside = (goals >= part.start).all(1) & (goals < part.stop).all(1)
        ids = [CLS, *question, SEP, *text.ids[part], SEP]
        made.append(Feature(ids, at, goals[inside] - part.start + at))
    return made


class Encoder:
    """Word pieces of questions and texts; each text is read once."""

    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer
        self._texts: dict[str, Pieces] = {}

    def text(self, text: str) -> Pieces:
        if text not in self._texts:
            self._texts[text] = pieces(self.tokenizer, text)
        return self._texts[text]

    def question(self, question: str) -> list[int]:
        return self.tokenizer.encode(question, add_special_tokens=False).ids

    def __call__(self, q: Question, text: str | None = None) -> list[Feature]:
        """The windows of a question; with another `text` those of a question without answer."""
        found = self.text(q.text if text is None else text)
        return features(self.question(q.question), found, q.answers if text is None else ())


def batches(made: Sequence[Feature], tokens: int, rng: np.random.Generator) -> list[list[int]]:
    """Indices of features in random order, those of like length together, `tokens` per batch."""
    lengths = np.array([len(f.ids) for f in made])
    order = np.argsort(lengths + rng.uniform(-8, 8, len(lengths)), kind="stable")
    found, part = [], []
    for i in order:
        if part and (len(part) + 1) * max(lengths[i], lengths[part].max()) > tokens:
            found.append(part)
            part = []
        part.append(int(i))
    found.append(part)
    return [found[i] for i in rng.permutation(len(found))]


def tensors(made: Sequence[Feature]) -> tuple[torch.Tensor, ...]:
    """ids, types, mask, inside (B, T), and goals (B, T, T): which spans are right, with sum 1.

    The span of [CLS] is right where there is no answer.
    """
    size = max(len(f.ids) for f in made)
    ids, types, mask = (torch.zeros(len(made), size, dtype=torch.long) for _ in range(3))
    inside = torch.zeros(len(made), size, dtype=torch.bool)
    goals = torch.zeros(len(made), size, size)
    for i, f in enumerate(made):
        ids[i, : len(f.ids)] = torch.tensor(f.ids)
        types[i, f.at : len(f.ids)] = 1
        mask[i, : len(f.ids)] = 1
        inside[i, f.at : len(f.ids) - 1] = True
        for first, last in f.spans if len(f.spans) else [(0, 0)]:
            goals[i, first, last] += 1 / max(1, len(f.spans))
    return ids, types, mask, inside, goals
