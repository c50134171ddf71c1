"""From scored passages to an answer: rerank, choose the words, decide whether to say anything."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from demos.pooh_rag.index import SENTENCE, Index
from demos.pooh_rag.search import Scores, standard

READ = 6  # passages that the reader reads, at most
AGREE = 3  # passages whose margins count together
HARDLY = -3.0  # a margin below which a whole sentence is quoted
LIKELY = 30.0  # a margin beyond which nothing changes


@dataclass(frozen=True)
class Rules:
    """What was chosen on the questions for choosing, and is kept in evaluation.json.

    reader: how much a unit of the reader's margin counts against a deviation of the fused score.
    prepared: the similarity at which a written question's own answer is given. coefficients: of
    the logistic regression over `features`, `intercept` included.
    """

    reader: float = 0.15
    prepared: float = 0.72
    intercept: float = 0.0
    coefficients: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, found: dict[str, Any]) -> Rules:
        pairs = tuple((name, float(v)) for name, v in found.get("coefficients", []))
        return cls(found["reader"], found["prepared"], found["intercept"], pairs)

    def to_json(self) -> dict[str, Any]:
        return {
            "reader": self.reader, "prepared": self.prepared, "intercept": self.intercept,
            "coefficients": [list(pair) for pair in self.coefficients],
        }  # fmt: skip

    def certainty(self, features: dict[str, float]) -> float:
        """0–1; without a regression, 0.5 where the reader found something."""
        if not self.coefficients:
            return 0.5 if features["margin"] > 0 or features["prepared"] > self.prepared else 0.0
        total = self.intercept + sum(v * features[name] for name, v in self.coefficients)
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, total))))


@dataclass(frozen=True)
class Read:
    """What the reader found in a passage: characters of the text, and the margin."""

    start: int
    end: int
    margin: float


def reranked(order: Sequence[int], scores: Scores, read: Sequence[Read], rules: Rules) -> list[int]:
    """Places in `order`, best first: the fused score and the reader's margin together."""
    fused = standard(scores.fused)[list(order)]
    margins = np.array([np.clip(r.margin, -LIKELY, LIKELY) for r in read])
    return np.argsort(-(fused[: len(read)] + rules.reader * margins), kind="stable").tolist()


def features(
    scores: Scores, read: Sequence[Read], others: Sequence[dict[str, float]] = ()
) -> dict[str, float]:
    """What tells whether the text answers: how sure the reader is of some passages together, and
    whether the question fits another character better.

    others: how near the same question about other characters comes. Where it comes nearer than
    the question itself, the wrong one was asked about.
    """
    own = {
        "late": float(scores.late.max(initial=0.0)),
        "question": float(scores.parts["question"].max()),
        "sentence": float(scores.parts["sentence"].max()),
    }
    gaps = {
        f"{way}_gap": value - max((o[way] for o in others), default=value)
        for way, value in own.items()
    }
    margins = np.clip([r.margin for r in read] or [-LIKELY], -LIKELY, LIKELY)
    return {
        "prepared": scores.similarity,
        "nearest": scores.nearest,
        **gaps,
        "margin": float(np.sort(margins)[-AGREE:].mean()) / 10,
    }


def prepared(index: Index, scores: Scores, rules: Rules) -> tuple[int, int, int] | None:
    """(chunk, start, end) of the marked answer of a written question that is near enough."""
    if scores.asked < 0 or scores.similarity < rules.prepared:
        return None
    start, end = index.place[scores.asked].tolist()
    if end <= start:
        return None
    return int(index.owner[scores.asked]), start, end


def sentence(index: Index, similar: np.ndarray, chunk: int) -> tuple[int, int]:
    """The sentence of a chunk that comes nearest to the question."""
    own = np.flatnonzero((index.kind == SENTENCE) & (index.owner == chunk))
    if not len(own):
        here = index.split.chunks[chunk]
        return here.start, here.end
    best = own[similar[own].argmax()]
    return tuple(index.place[best].tolist())  # type: ignore[return-value]


def tidy(text: str) -> str:
    """Words of a text as they are said: one line, without emphasis marks."""
    text = re.sub(r"\s+", " ", text.replace("_", "")).strip()
    text = text.strip(" ,;:-—")
    for opening, closing in (('"', '"'), ("“", "”"), ("(", ")")):
        if text.count(opening) + (text.count(closing) if closing != opening else 0) == 1:
            text = text.strip(opening + closing).strip(" ,;:-—")
    return text
