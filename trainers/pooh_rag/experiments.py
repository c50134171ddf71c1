"""The original's experiments as one table: `evaluate --experiments`.

Each row changes one thing: the size and overlap of chunks, the ways of searching, context, our
notes, reranking. The passages are at most 150 words in every row, so that hit@k compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from demos.pooh_rag import answering, book, index, search
from demos.pooh_rag.index import Index
from demos.pooh_rag.predict import Predictor
from demos.pooh_rag.search import Weights
from trainers.pooh_rag import data
from trainers.pooh_rag.data import Question
from trainers.pooh_rag.measure import holds

NONE = dict.fromkeys(("words", "text", "sentence", "summary", "question", "late"), 0.0)
WAYS = {
    "BM25": {"words": 1.0},
    "dense, chunks": {"text": 1.0},
    "dense, sentences": {"sentence": 1.0},
    "late interaction": {"late": 1.0},
    "BM25 and dense": {"words": 1.0, "text": 1.0},
    "our summaries": {"summary": 1.0},
    "our questions": {"question": 1.0},
}
SIZES = ((45, 0), (90, 30), (150, 0))


def experiments(
    model: Predictor, text: Index, questions: Sequence[Question]
) -> list[dict[str, Any]]:
    """Rows of `experiment`, `setting`, `n`, `hit_at_1`, `hit_at_5`, `mrr`."""
    asked = [q for q in questions if q.answerable]
    encoded = model.encode([q.question for q in asked])
    rows: list[dict[str, Any]] = []

    def measure(
        experiment: str, setting: str, over: Index, weights: Weights, rerank: bool = False
    ) -> None:
        ranks = []
        for q, vector, tokens in zip(asked, encoded.vectors, encoded.tokens, strict=True):
            scores = search.search(over, q.question, vector, tokens, weights)
            order = search.order(over, scores.fused, answering.READ if rerank else 5)
            if rerank:
                read = model.read(over, q.question, order)
                best = answering.reranked(order, scores, read, model.rules_for(over))
                order = [order[i] for i in best][:5]
            hits = [holds(c.first, c.last, q) for c in (over.split.chunks[i] for i in order)]
            ranks.append(hits.index(True) + 1 if True in hits else np.inf)
        found = np.array(ranks)
        rows.append({
            "experiment": experiment, "setting": setting, "n": len(asked),
            "hit_at_1": round(float((found == 1).mean()), 4),
            "hit_at_5": round(float((found <= 5).mean()), 4),
            "mrr": round(float((1 / found).mean()), 4),
        })  # fmt: skip

    for name, weights in WAYS.items():
        measure("one way of searching", name, text, Weights(**{**NONE, **weights}))
    measure("all ways", "fused", text, model.weights)
    measure("all ways", "fused, then reranked", text, model.weights, rerank=True)
    notes, about = data.notes()
    notes = notes if book.digest(text.text) == about else []
    bare = index.build(text.text, model.encode, with_context=False)
    measure("context", "chunks as they are, no notes", bare, model.weights)
    plain = index.build(text.text, model.encode)
    measure("context", "chapter and names, no notes", plain, model.weights)
    for size, overlap in SIZES:
        other = index.build(text.text, model.encode, notes, size=size, overlap=overlap)
        measure("chunks", f"{size} words, {overlap} shared", other, model.weights)
    return rows
