"""How search holds when a question is written differently: `evaluate --wild`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from demos.core.checkpoint import Checkpoint
from demos.pooh_rag import search
from demos.pooh_rag.index import Index
from demos.pooh_rag.predict import Predictor
from trainers.core import wild_run, wild_texts
from trainers.core.wild import Change
from trainers.pooh_rag.data import Question
from trainers.pooh_rag.evaluate import asked, whole
from trainers.pooh_rag.measure import holds

Rng = np.random.Generator
POLITE = ("Could you please tell me: {}", "Hello! {} Thank you.", "I was wondering, {}")


def _of(change: Callable[[str, Rng], str]) -> Callable[[Question, Rng], Question]:
    return lambda q, rng: replace(q, question=change(q.question, rng))


def _polite(text: str, rng: Rng) -> str:
    return POLITE[int(rng.integers(len(POLITE)))].format(text)


CHANGES: tuple[Change[Question], ...] = (
    Change("case", "all in lower case", "moderate", _of(lambda t, _: t.lower())),
    Change("case", "all in capitals", "strong", _of(wild_texts.upper)),
    Change("punctuation", "no question mark", "moderate", _of(lambda t, _: t.rstrip(" ?"))),
    Change("politeness", "with a greeting or a please", "moderate", _of(_polite)),
    Change("typos", "one typo", "moderate", _of(wild_texts.typo)),
    Change("typos", "three typos", "strong", _of(wild_texts.typos)),
    Change("spacing", "more spaces and line breaks", "strong", _of(wild_texts.spaced_out)),
)


def found_by(model: Predictor, text: Index, questions: Sequence[Question]) -> np.ndarray:
    """(n, 2): whether the first passage, and whether one of five, holds the evidence, by search
    alone."""
    encoded = model.encode([q.question for q in questions])
    out = []
    for q, vector, tokens in zip(questions, encoded.vectors, encoded.tokens, strict=True):
        scores = search.search(text, q.question, vector, tokens, model.weights)
        chunks = [text.split.chunks[i] for i in search.order(text, scores.fused)]
        hits = [holds(c.first, c.last, q) for c in chunks]
        out.append([bool(hits) and hits[0], any(hits)])
    return np.array(out, float).reshape(-1, 2)


def wild(a: argparse.Namespace, checkpoint: Checkpoint) -> wild_run.WildTable:
    """hit@5 of the search under each change, and hit@1 beside it."""
    model = Predictor(checkpoint)
    text = whole(model, a.text)
    questions = [q for q in asked(a, text) if q.answerable]
    rows = wild_run.rows(
        questions, CHANGES, lambda given: found_by(model, text, given),
        lambda found: float(found[:, 1].mean()),
        {"hit_at_1": lambda before, after: float(after[:, 0].mean())},
    )  # fmt: skip
    return wild_run.WildTable("hit_at_5", a.split, rows)
