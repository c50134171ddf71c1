"""How answers hold up when question or paragraph is written differently, and whether text that is
not English prose is noticed: `evaluate --wild`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from demos.core.checkpoint import Checkpoint, Metric
from demos.question_answering.predict import Predictor, familiar_score
from trainers.core import wild_run, wild_texts
from trainers.core.wild import Change
from trainers.question_answering.answering import scores
from trainers.question_answering.data import Question
from trainers.question_answering.evaluate import part
from trainers.question_answering.features import Encoder

QUESTIONS = 300
OUTSIDERS = Path(__file__).with_name("outsiders.txt")
OTHER = (
    "The ferry leaves the old harbour every morning and takes about an hour to cross the bay. In "
    "winter it carries mostly mail and vegetables; in summer its deck is full of bicycles. Coffee "
    "is sold on the upper deck, and the captain is known for her songs."
)
Rng = np.random.Generator


def _question(change: Callable[[str, Rng], str]) -> Callable[[Question, Rng], Question]:
    return lambda q, rng: replace(q, question=change(q.question, rng))


def _text(change: Callable[[str, Rng], str]) -> Callable[[Question, Rng], Question]:
    return lambda q, rng: replace(q, text=change(q.text, rng))


CHANGES: tuple[Change[Question], ...] = (
    Change("case", "question in lower case", "moderate", _question(lambda t, _: t.lower())),
    Change("case", "question in capitals", "strong", _question(wild_texts.upper)),
    Change("case", "paragraph in capitals", "strong", _text(wild_texts.upper)),
    Change("spacing", "more spaces and line breaks", "strong", _text(wild_texts.spaced_out)),
    Change("question mark", "no question mark", "moderate", _question(lambda t, _: t.rstrip(" ?"))),
    Change("typos", "one typo in the question", "moderate", _question(wild_texts.typo)),
    Change("typos", "three typos in the question", "strong", _question(wild_texts.typos)),
    Change("company", "another paragraph in front", "strong", _text(lambda t, _: f"{OTHER} {t}")),
    Change("company", "another paragraph behind", "strong", _text(lambda t, _: f"{t} {OTHER}")),
)


def wild(a: argparse.Namespace, checkpoint: Checkpoint) -> wild_run.WildTable:
    """F1 under each change, and exact match beside it."""
    questions = part(a.split, a.data)
    questions = questions[:: max(1, len(questions) // QUESTIONS)][:QUESTIONS]
    predictor = Predictor(checkpoint)
    encode = Encoder(predictor.tokenizer)

    def answer(given: list[Question]) -> np.ndarray:
        found = scores(predictor.net, encode, given)
        return np.stack([found["f1"], found["exact_match"]], 1)

    rows = wild_run.rows(
        questions, CHANGES, answer, lambda found: float(found[:, 0].mean()),
        {"exact_match": lambda before, after: float(after[:, 1].mean())},
    )  # fmt: skip
    return wild_run.WildTable("f1", a.split, rows, known_outsiders(predictor, questions, a.split))


def outsiders() -> list[tuple[str, str]]:
    """(question, text) of our own writing that are no English prose; they chose nothing."""
    lines = OUTSIDERS.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" | ", 1) for line in lines if not line.startswith("#"))
    return [(question, text) for question, text in pairs]


def known_outsiders(
    predictor: Predictor, questions: Sequence[Question], split: str
) -> list[Metric]:
    """How well familiarity tells these questions from the outsiders, and the share of them that
    are called unfamiliar."""
    pairs = [*((q.question, q.text) for q in questions), *outsiders()]
    inside = np.arange(len(pairs)) < len(questions)
    score = np.array([familiar_score(predictor.tokenizer, *pair) for pair in pairs])
    flagged = [not predictor.scale(value).familiar for value in score[~inside]]
    note = f"{len(flagged)} texts in other languages, code and noise, which chose nothing"
    return [
        Metric(name="auroc", split=split, n=len(pairs), higher_is_better=True,
               value=float(roc_auc_score(inside, score)), note=note),
        Metric(name="unfamiliar_outsiders", split=split, n=len(flagged), higher_is_better=True,
               value=float(np.mean(flagged)), note="share of them that the page warns of"),
    ]  # fmt: skip
