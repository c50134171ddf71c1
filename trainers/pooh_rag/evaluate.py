"""Measuring an index with questions: `evaluate --variant book`, `evaluate --data FILE`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from demos.core.checkpoint import Checkpoint
from demos.core.errors import UserError
from demos.core.familiarity import THRESHOLD
from demos.pooh_rag import book, index
from demos.pooh_rag.index import Index
from demos.pooh_rag.predict import Predictor
from trainers.core.evaluation import Report
from trainers.core.metrics import records
from trainers.pooh_rag import data, measure
from trainers.pooh_rag.data import Question
from trainers.pooh_rag.experiments import experiments

PROTOCOL = {
    "validation": "our questions for choosing, on the full text",
    "test": "our reported questions, on the full text",
}
# Questions of other kinds that visitors ask; what is familiar is told from these.
OUTSIDERS = (
    "How do I reset my password?", "What is the boiling point of nitrogen?",
    "Who won the football cup in 1998?", "Write a function that sorts a list.",
    "What is the tax rate for small companies?", "How far is Mars from the sun?",
    "When was the French revolution?", "Which train goes to Hamburg tonight?",
    "What are the symptoms of measles in adults?", "How do vaccines work?",
    "What does GDP stand for?", "Translate good morning into Spanish.",
    "Who wrote War and Peace?", "How do I change a bicycle tyre?", "What is a black hole?",
    "How many members has the European Union?", "What is photosynthesis?",
    "Which processor should I buy?", "How long must pasta boil?", "What is the square root of 2?",
)  # fmt: skip


def whole(model: Predictor, text: Path | None = None) -> Index:
    """The index that is measured: of the book itself, even where the checkpoint has only notes."""
    if text is not None:
        read = data.read_text(str(text))
        notes, about = data.notes()
        return index.build(read, model.encode, notes if book.digest(read) == about else [])
    if not model.own_words:
        return model.index
    notes, _ = data.notes()
    print("The book is being indexed …", flush=True)
    return index.build(data.read_book(), model.encode, notes)


def asked(a: argparse.Namespace, text: Index) -> list[Question]:
    """The questions of `--data`, else ours about this text. Raises UserError, DataError."""
    if a.data:
        return data.half(data.read_questions(Path(a.data), text.text), a.split)
    for name, path in data.QUESTIONS.items():
        if name == a.variant:
            return data.half(data.read_questions(path, text.text), a.split)
    raise UserError(f"There are no questions about {a.variant}: give a file of them with --data.")


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """Retrieval, answers, abstention and time; with --experiments the table of experiments."""
    if checkpoint.card.variant == "retriever":
        raise UserError("The retriever answers nothing by itself: evaluate companion or book.")
    model = Predictor(checkpoint)
    text = whole(model, a.text)
    questions = asked(a, text)
    found = measure.ask(model, text, questions)
    metrics = measure.metrics(found, a.split)
    detail: dict[str, Any] = {}
    if a.split == "test":
        detail["by_kind"] = measure.by_kind(found)
    if model.scale and not a.data:
        metrics += familiarity(model, text, found, a.split)
    if a.experiments:
        detail["experiments"] = experiments(model, text, questions)
    return Report(
        data=a.data or f"our questions about {a.variant}", split=a.split,
        protocol=PROTOCOL[a.split] if not a.data else "all questions of the file",
        n=len(found), metrics=metrics, detail=detail,
    )  # fmt: skip


def familiarity(
    model: Predictor, text: Index, found: list[measure.Answered], split: str
) -> list[Any]:
    """How well relevance tells questions about the stories from others (AUROC), and how many of
    the former count as familiar."""
    from sklearn.metrics import roc_auc_score

    inside = [a.reply.relevance for a in found if a.question.answerable]
    outside = [model.relevance(text, q) for q in OUTSIDERS]
    auroc = roc_auc_score([1] * len(inside) + [0] * len(outside), inside + outside)
    known = [model.scale(r).share >= THRESHOLD for r in inside]
    note = f"questions about the stories against {len(outside)} of other kinds that chose nothing"
    return records({"auroc": float(auroc)}, split, len(inside) + len(outside), note) + records(
        {"familiar": sum(known) / max(1, len(known))}, split, len(known),
        "answerable questions that count as familiar",
    )  # fmt: skip
