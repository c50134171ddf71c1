"""Answers to many questions at once, for validation and evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from demos.core.windows import windows
from demos.core.word_pieces import batches_of_one_length
from demos.question_answering.model import possible, spans
from trainers.core.squad import best, exact_match, f1
from trainers.question_answering.data import Question
from trainers.question_answering.features import CLS, SEP, Encoder

LENGTH, OVERLAP = 384, 128


@dataclass(frozen=True)
class Answer:
    """The best span's words, its margin over “no answer”, and the share of all candidates that
    overlap with it, at each of some temperatures."""

    words: str = ""
    margin: float = -np.inf
    shares: tuple[float, ...] = ()


@torch.inference_mode()
def answers(
    net: nn.Module, encode: Encoder, asked: Sequence[tuple[str, str]],
    temperatures: Sequence[float] = (),
) -> list[Answer]:  # fmt: skip
    """The answer to each (question, text), as the window with the highest margin has it."""
    made, owner, places = [], [], []
    for n, (question, text) in enumerate(asked):
        ids, found = encode.question(question)[: LENGTH // 2], encode.text(text)
        for part in windows(len(found), LENGTH - len(ids) - 3, OVERLAP):
            made.append(([CLS, *ids, SEP, *found.ids[part], SEP], len(ids) + 2))
            owner.append(n)
            places.append(found.places[part])
    best_of = [Answer()] * len(asked)
    for batch in batches_of_one_length([len(ids) for ids, _ in made], 8192):
        ids = torch.tensor([made[i][0] for i in batch])
        at = torch.tensor([made[i][1] for i in batch])[:, None]
        position = torch.arange(ids.shape[1])[None]
        types = (position >= at).long()
        inside = (position >= at) & (position < ids.shape[1] - 1)
        scores = spans(net(ids, types))
        margins = (scores - scores[:, :1, :1]).masked_fill(~possible(inside), -torch.inf)
        top, where = margins.flatten(1).max(1)
        first, last = where // ids.shape[1], where % ids.shape[1]
        shares = [share(margins, first, last, t).tolist() for t in temperatures]
        for n, i in enumerate(batch):
            if top[n] > best_of[owner[i]].margin:
                start = places[i][first[n] - made[i][1], 0]
                end = places[i][last[n] - made[i][1], 1]
                words = asked[owner[i]][1][start:end]
                best_of[owner[i]] = Answer(words, top[n].item(), tuple(s[n] for s in shares))
    return best_of


def share(
    margins: torch.Tensor, first: torch.Tensor, last: torch.Tensor, temperature: float
) -> torch.Tensor:
    """(B,) how much of all spans' probability, “no answer” included, overlaps with one span.

    margins: (B, T, T) over “no answer”, -inf where no span is possible; first, last: (B,).
    """
    position = torch.arange(margins.shape[1])
    over = (position <= last[:, None])[:, :, None] & (position >= first[:, None])[:, None]
    scaled = margins / temperature
    every = torch.logaddexp(scaled.flatten(1).logsumexp(1), torch.zeros(len(margins)))
    return (scaled.masked_fill(~over, -torch.inf).flatten(1).logsumexp(1) - every).exp()


def scores(
    net: nn.Module, encode: Encoder, questions: Sequence[Question],
    temperatures: Sequence[float] = (),
) -> dict[str, np.ndarray]:  # fmt: skip
    """`exact_match`, `f1` and `margin` (n,) of each question, and `shares` (n, temperatures)."""
    found = answers(net, encode, [(q.question, q.text) for q in questions], temperatures)
    references = [[words for _, words in q.answers] for q in questions]
    pairs = list(zip(found, references, strict=True))
    return {
        "exact_match": np.array([best(exact_match, a.words, r) for a, r in pairs]),
        "f1": np.array([best(f1, a.words, r) for a, r in pairs]),
        "margin": np.array([a.margin for a in found]),
        "shares": np.array([a.shares for a in found]),
    }
