"""Asking an index many questions, and what the answers are worth."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from demos.core.checkpoint import Metric
from demos.pooh_rag.index import Index
from demos.pooh_rag.passages import MOST, count
from demos.pooh_rag.predict import Predictor
from demos.pooh_rag.result import Reply, Source
from trainers.core.metrics import bootstrap_interval, records, wilson_interval
from trainers.core.squad import best, f1
from trainers.pooh_rag.data import KINDS, Question


def holds(first: int, last: int, question: Question) -> bool:
    """Whether a passage has at least half of the characters of one piece of evidence."""
    return any(2 * (min(last, b) - max(first, a)) >= b - a for a, b in question.places)


@dataclass(frozen=True, eq=False)
class Answered:
    """A question with its reply; hits: which of the at most five passages hold its evidence."""

    question: Question
    reply: Reply
    hits: tuple[bool, ...]
    seconds: float

    @property
    def said(self) -> bool:
        return self.reply.answer is not None

    @property
    def f1(self) -> float:
        """0 where it abstained."""
        return best(f1, self.reply.answer or "", self.question.answers)

    @property
    def rank(self) -> int | None:
        return self.hits.index(True) + 1 if True in self.hits else None


def hits(sources: Sequence[Source], question: Question) -> tuple[bool, ...]:
    """Of five passages; one that is longer than it may be counts as none."""
    return tuple(count(s.passage) <= MOST and holds(s.first, s.last, question) for s in sources[:5])


def ask(model: Predictor, text: Index, questions: Sequence[Question]) -> list[Answered]:
    """Every question by itself, as a visitor asks it."""
    found = []
    for question in questions:
        started = time.perf_counter()
        reply = model.about(text, question.question)
        seconds = time.perf_counter() - started
        found.append(Answered(question, reply, hits(reply.sources, question), seconds))
    return found


def values(found: Sequence[Answered]) -> dict[str, np.ndarray]:
    """What each question counts, by metric; the mean of each is the metric."""
    can = [a for a in found if a.question.answerable and a.question.kind != "unanswerable"]
    cannot = [a for a in found if a.question.kind == "unanswerable"]
    said = [a for a in found if a.said]
    return {
        "hit_at_1": np.array([bool(a.hits) and a.hits[0] for a in can], float),
        "hit_at_5": np.array([any(a.hits) for a in can], float),
        "mrr": np.array([1 / a.rank if a.rank else 0.0 for a in can]),
        "answer_f1": np.array([a.f1 for a in can]),
        "supported": np.array([a.reply.supported for a in said], float),
        "abstention": np.array([not a.said for a in cannot], float),
        "false_abstention": np.array([not a.said for a in can], float),
    }


def metrics(found: Sequence[Answered], split: str) -> list[Metric]:
    """The card's entries, each with its 95 % interval."""
    out = []
    for name, each in values(found).items():
        if not len(each):
            continue
        share = name not in ("answer_f1", "mrr")
        if share:
            interval = wilson_interval(int(each.sum()), len(each))
        else:  # one value alone says nothing of its spread
            interval = bootstrap_interval(each) if len(each) > 1 else None
        out += records(
            {name: float(each.mean())},
            split,
            len(each),
            intervals={name: interval} if interval else None,
        )
    seconds = [a.seconds for a in found]
    if seconds:
        note = "seconds a question, everything included"
        out += records({"latency_p50": float(np.median(seconds))}, split, len(seconds), note)
    return out


def by_kind(found: Sequence[Answered]) -> list[dict[str, Any]]:
    """The same for each kind of question; None where it does not apply."""
    rows = []
    for kind in KINDS:
        some = [a for a in found if a.question.kind == kind]
        if not some:
            continue
        each = values(some)
        rows.append({
            "kind": kind, "n": len(some),
            **{name: round(float(each[name].mean()), 4) if len(each[name]) else None
               for name in ("hit_at_1", "hit_at_5", "answer_f1")},
            "abstained": round(float(np.mean([not a.said for a in some])), 4),
        })  # fmt: skip
    return rows
