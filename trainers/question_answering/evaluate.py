"""Measuring a reader: exact match and F1, by kinds of questions, and its refusals."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np

from demos.core.checkpoint import Checkpoint, Metric
from demos.core.errors import UserError
from demos.question_answering.predict import Predictor
from trainers.core.classifier import bins, calibration_error
from trainers.core.evaluation import Report
from trainers.core.metrics import bootstrap_interval, records
from trainers.question_answering import data
from trainers.question_answering.answering import scores
from trainers.question_answering.calibrate import errors
from trainers.question_answering.data import Question
from trainers.question_answering.features import Encoder

SAMPLE = 1000  # of the training questions
ASKED = 500  # questions that are put to paragraphs which do not answer them
WORDS = ("what", "who", "when", "where", "which", "how many", "how", "why")
PROTOCOLS = {
    "train": f"the first {SAMPLE:,} questions of SQuAD's training part",
    "validation": f"questions on {data.HELD_OUT} held-out training paragraphs, one reference each",
    "test": "SQuAD's validation part, the best of its references",
}


def part(split: str, folder: str | None) -> list[Question]:
    """The questions of a split. Raises DataError."""
    if split == "test":
        return data.read(data.SQUAD, "validation", folder)
    squad = data.read(data.SQUAD, "train", folder)
    held = data.held_out(squad)
    found = [q for q, out in zip(squad, held, strict=True) if out == (split == "validation")]
    return found[:SAMPLE] if split == "train" else found


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """Exact match, F1, their tables, and the shares of false refusals and false answers."""
    if a.first is not None and (a.first < 1 or a.record or a.split == "test"):
        raise UserError(
            "--first N is for a quick look at one question or more: leave it out with --record and "
            "with --split test."
        )
    questions = part(a.split, a.data)[: a.first]
    predictor = Predictor(checkpoint)
    encode = Encoder(predictor.tokenizer)
    found = scores(predictor.net, encode, questions, [predictor.temperature])
    intervals = {name: bootstrap_interval(found[name]) for name in ("exact_match", "f1")}
    metrics = records(
        {name: float(found[name].mean()) for name in intervals}, a.split, len(questions),
        intervals=intervals,
    )  # fmt: skip
    step = -(-len(questions) // ASKED)
    margins, threshold = found["margin"], predictor.threshold
    reliability = bins(found["shares"][:, 0], found["f1"] > 0)
    wrong = errors(predictor.net, encode, questions, margins, threshold, 0, step)
    notes = {
        "refused": "questions refused although the text answers them",
        "foreign_answered": "questions answered from an unrelated paragraph",
        "near_answered": "questions answered from a similar paragraph without the answer",
    }
    metrics += [
        Metric(name=name, split=a.split, value=wrong[name],
               n=len(questions if name == "refused" else questions[::step]),
               higher_is_better=False, note=note)
        for name, note in notes.items()
    ]  # fmt: skip
    metrics.append(
        Metric(name="ece", split=a.split, value=calibration_error(reliability), n=len(questions),
               higher_is_better=False,
               note="the best span's share against how often it has words of a reference")
    )  # fmt: skip
    return Report(
        data="SQuAD v1.1", split=a.split, protocol=PROTOCOLS[a.split], n=len(questions),
        metrics=metrics,
        detail={"analysis": analysis(questions, found), "reliability": reliability},
    )  # fmt: skip


def kind_of(question: str) -> str:
    """The word that a question asks with."""
    lower = f" {question.lower()} "
    return next((word for word in WORDS if f" {word}" in lower), "other")


def type_of(answer: str) -> str:
    """A number, a name (every longer word with a capital), or other words."""
    words = answer.split()
    if any(c.isdigit() for c in answer):
        return "a number or date"
    named = [w for w in words if len(w) > 3]
    return "a name" if named and all(w[0].isupper() for w in named) else "other words"


def analysis(questions: Sequence[Question], found: dict[str, np.ndarray]) -> dict[str, Any]:
    """The scores by what is asked, what the answer is, and how long answer and text are."""
    first = [q.answers[0][1] if q.answers else "" for q in questions]
    return {
        "Asked with": _table([kind_of(q.question) for q in questions], found, WORDS),
        "The answer is": _table([type_of(a) for a in first], found),
        "Words of the answer": _table(
            [_bin(len(a.split()), (1, 2, 3, 5, 10)) for a in first], found
        ),
        "Words of the paragraph": _table(
            [_bin(len(q.text.split()), (75, 100, 150, 200, 300)) for q in questions], found
        ),
    }


def _bin(n: int, edges: Sequence[int]) -> str:
    low = 0
    for edge in edges:
        if n <= edge:
            return f"{low + 1}–{edge}" if edge > low + 1 else f"{edge}"
        low = edge
    return f"over {low}"


def _table(
    names: list[str], found: dict[str, np.ndarray], order: Sequence[str] = ()
) -> list[dict[str, Any]]:
    labels = np.array(names)
    known = sorted(
        set(names), key=lambda n: ([*order, n].index(n), n.startswith("over"), len(n), n)
    )
    return [
        {
            "name": name,
            "n": int((labels == name).sum()),
            **{k: round(float(found[k][labels == name].mean()), 4) for k in ("exact_match", "f1")},
        }
        for name in known
    ]
