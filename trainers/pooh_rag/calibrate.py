"""Rules for answering, fitted on the questions for choosing: when to abstain, what is familiar.

The certainty is a logistic regression over a few plain numbers. Its two kinds of rules, with our
notes on the text and without them, are fitted on the same questions about the book.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from demos.core import runtime
from demos.core.errors import CheckpointError
from demos.core.familiarity import Scale
from demos.pooh_rag import index as indexing
from demos.pooh_rag import search
from demos.pooh_rag.answering import READ as MOST_READ
from demos.pooh_rag.answering import Rules, prepared, reranked, tidy
from demos.pooh_rag.encode import Encode
from demos.pooh_rag.index import Index
from demos.pooh_rag.predict import READER, Predictor
from demos.pooh_rag.search import Weights
from trainers.core import squad
from trainers.pooh_rag import data, measure
from trainers.pooh_rag.data import Question

WITH = ("margin", "late_gap", "question_gap")
WITHOUT = ("margin", "late_gap", "sentence_gap")
SHARES = (0.0, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3)  # of the reader's margin
NEAR = (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)  # similarities to a written question
RIDGE = 0.02
FALSE = 0.18  # of the answerable questions for choosing, that may be refused
CHOSEN_ON = (
    "the 111 questions for choosing about the book (half of ours): which ways of searching count "
    "twice, the reader's share in reranking, the similarity at which a written question's answer "
    "is given, and the certainty, whose three features were taken by cross-validation (abstention "
    "0.73 at false abstention 0.20 on the folds left out); the other half is reported"
)


def bare(encode: Encode, rules: Rules, path: Path | None = None) -> Predictor:
    """A predictor without a checkpoint, to ask indexes that are made; what its reader finds
    is kept at `path`."""
    model = Predictor.__new__(Predictor)
    model.encode, model.net, model.parameters = encode, encode.net, 0
    model.reader = Remembering(runtime.predictor(*READER), path)
    model.rules = model.plain = rules
    model.weights, model.scale = Weights(), None
    model.checkpoint = SimpleNamespace(card=SimpleNamespace(variant=""))
    return model


def fit(made: Index, encode: Encode, path: Path, kept: Path | None = None) -> dict[str, Any]:
    """What evaluation.json keeps: `rules` and `scale`, the same for texts without notes
    (`…_plain`), and metrics."""
    questions = data.half(data.read_questions(path, made.text), "validation")
    plain = indexing.build(made.text, encode)
    found: dict[str, Any] = {"chosen_on": CHOSEN_ON, "metrics": []}
    for key, text, names in (("rules", made, WITH), ("rules_plain", plain, WITHOUT)):
        model = bare(encode, Rules(), kept)
        model.rules = model.plain = choose(model, text, questions)
        asked = measure.ask(model, text, questions)
        found[key] = regression(asked, names, model.rules).to_json()
        near = [a.reply.relevance for a in asked if a.question.answerable]
        scale = key.replace("rules", "scale")
        found[scale] = [round(q, 4) for q in Scale.of(near).quantiles]
    return found


class Remembering:
    """A reader that reads no passage twice for the same question, nor after an interruption: what
    it found is kept in a file, which it takes up again."""

    def __init__(self, reader: Any, path: Path | None = None):
        self.reader, self.path = reader, path
        kept = json.loads(path.read_text()) if path and path.is_file() else {}
        self.known: dict[str, Found] = {key: Found.of(row) for key, row in kept.items()}

    def answers(self, asked: Sequence[tuple[str, str, float]]) -> list[Found]:
        """As the reader's, the best span of each alone."""
        keys = [hashlib.sha256(repr(a).encode()).hexdigest()[:24] for a in asked]
        new = {k: a for k, a in zip(keys, asked, strict=True) if k not in self.known}
        for key, answer in zip(new, self.reader.answers(list(new.values())), strict=True):
            best = answer.spans[:1]
            self.known[key] = Found(tuple(Span(s.start, s.end) for s in best), answer.margin)
        if new and self.path:
            rows = {key: found.row() for key, found in self.known.items()}
            temporary = self.path.with_suffix(".tmp")
            temporary.write_text(json.dumps(rows))
            os.replace(temporary, self.path)
        return [self.known[key] for key in keys]


@dataclass(frozen=True)
class Span:
    start: int
    end: int


@dataclass(frozen=True)
class Found:
    """The best span of a passage, if there is one, and its margin."""

    spans: tuple[Span, ...]
    margin: float

    @classmethod
    def of(cls, row: list[float]) -> Found:
        return cls(tuple([Span(int(row[1]), int(row[2]))] if len(row) > 1 else []), row[0])

    def row(self) -> list[float]:
        return [self.margin, *(v for s in self.spans for v in (s.start, s.end))]


def choose(model: Predictor, text: Index, questions: Sequence[Question]) -> Rules:
    """The reader's share in reranking by the ranks of the evidence, then the similarity at which
    a written question's answer is given by the answers' F1."""
    asked = [q for q in questions if q.answerable]
    encoded = model.encode([q.question for q in asked])
    seen = []
    for q, vector, tokens in zip(asked, encoded.vectors, encoded.tokens, strict=True):
        scores = search.search(text, q.question, vector, tokens, model.weights)
        order = search.order(text, scores.fused, MOST_READ)
        seen.append((q, scores, order, model.read(text, q.question, order)))

    def found(rules: Rules) -> tuple[float, float]:
        ranks, answers = [], []
        for q, scores, order, read in seen:
            best = reranked(order, scores, read, rules)
            chunks = [text.split.chunks[order[i]] for i in best[:5]]
            hits = [measure.holds(c.first, c.last, q) for c in chunks]
            ranks.append(1 / (hits.index(True) + 1) if True in hits else 0.0)
            ready = prepared(text, scores, rules)
            first = read[best[0]]
            start, end = ready[1:] if ready else (first.start, first.end)
            answers.append(squad.best(squad.f1, tidy(text.text[start:end]), q.answers))
        return float(np.mean(ranks)), float(np.mean(answers))

    share = max(SHARES, key=lambda s: found(Rules(reader=s, prepared=9.0))[0])
    # The highest of equals, so that a written question is trusted no sooner than it helps.
    near = max(NEAR, key=lambda n: (round(found(Rules(reader=share, prepared=n))[1], 3), n))
    return Rules(reader=share, prepared=near)


def regression(asked: Sequence[measure.Answered], names: Sequence[str], rules: Rules) -> Rules:
    """A logistic regression of “the first passages answer this” on the features, shifted so that
    0.5 refuses no more than FALSE of the answerable questions."""
    from scipy.optimize import minimize

    rows = np.array([[a.reply.features[name] for name in names] for a in asked])
    right = np.array([a.question.answerable for a in asked])
    spread = rows.std(0) + 1e-9
    # As much weight for the few that have no answer as for the many that have one.
    share = np.where(right, 0.5 / right.sum(), 0.5 / (~right).sum())

    def loss(w: np.ndarray) -> float:
        totals = rows / spread @ w[:-1] + w[-1]
        return float((share * np.logaddexp(0, np.where(right, -totals, totals))).sum()
                     + RIDGE * (w[:-1] ** 2).sum())  # fmt: skip

    bounds = [(0, None)] * len(names) + [(None, None)]  # each can only speak for an answer
    found = minimize(loss, np.zeros(len(names) + 1), bounds=bounds).x
    weights, intercept = found[:-1] / spread, float(found[-1])
    totals = rows @ weights + intercept
    shift = -float(np.quantile(totals[right], FALSE))
    return replace(
        rules, intercept=round(intercept + shift, 4),
        coefficients=tuple((n, round(float(w), 4)) for n, w in zip(names, weights, strict=True)),
    )  # fmt: skip


def borrowed(plain: bool) -> dict[str, Any]:
    """The rules that were fitted on the book, for any other text: those for a text without
    written questions if it is `plain`. None where the book's checkpoint is not there."""
    try:
        kept = runtime.open_checkpoint("pooh_rag", "book").evaluation
    except CheckpointError:
        return {"chosen_on": "nothing: the book's rules were not there to be used", "metrics": []}
    names = ("rules_plain", "scale_plain") if plain else ("rules", "scale")
    return {"chosen_on": CHOSEN_ON, "metrics": [], "rules": kept[names[0]], "scale": kept[names[1]],
            "rules_plain": kept["rules_plain"]}  # fmt: skip
