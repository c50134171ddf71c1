"""Search: words, vectors and tokens each score every chunk; the scores are added up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demos.pooh_rag import words
from demos.pooh_rag.follow_ups import named
from demos.pooh_rag.index import QUESTION, SENTENCE, SUMMARY, TEXT, Index

SHOWN = 5  # passages
OTHER_WAY, OTHER_NAME = 0.1, 0.15  # what is taken from a similarity


@dataclass(frozen=True)
class Weights:
    """How much each way of searching counts: alike, where the questions for choosing tell no
    difference; the two that find most by themselves count twice."""

    words: float = 1.0
    text: float = 1.0
    sentence: float = 1.0
    summary: float = 1.0
    question: float = 2.0
    late: float = 2.0
    sharp: float = 4.0  # how steeply a written question that is close counts more


@dataclass(frozen=True, eq=False)
class Scores:
    """What each way of searching says of the chunks, (n,) each; `fused` is their weighted sum.

    asked: the written question that is nearest, its similarity, and its number in the index, or
    -1; late_best: (question's tokens, n) the place of the best token of each chunk.
    """

    words: np.ndarray
    dense: np.ndarray
    late: np.ndarray
    fused: np.ndarray
    parts: dict[str, np.ndarray]
    asked: int
    similarity: float
    nearest: float


def standard(scores: np.ndarray) -> np.ndarray:
    """Scores with mean 0 and deviation 1 over the chunks; all 0 where all are alike."""
    spread = scores.std() if len(scores) else 0.0
    return (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores)


def search(
    index: Index, question: str, vector: np.ndarray, tokens: np.ndarray,
    weights: Weights = Weights(),
) -> Scores:  # fmt: skip
    """All chunks scored. vector (H,) and tokens (q, WIDTH) are those of the question."""
    n = len(index)
    similar = index.similar(vector)
    _unlike(index, question, similar)
    parts = {
        name: _best(similar, index, kind, n)
        for name, kind in (("text", TEXT), ("sentence", SENTENCE), ("summary", SUMMARY),
                           ("question", QUESTION))
    }  # fmt: skip
    parts["words"] = index.bm25(question)
    parts["late"] = late_interaction(index, tokens)[0]
    fused = sum(
        getattr(weights, name) * standard(np.exp(weights.sharp * part) if name == "question"
                                          else part)
        for name, part in parts.items()
    )  # fmt: skip
    questions = index.written[0]
    best = int(questions[similar[questions].argmax()]) if len(questions) else -1
    dense = np.maximum.reduce([parts[k] for k in ("text", "sentence", "summary", "question")])
    return Scores(
        parts["words"], dense, parts["late"], fused, parts, best,
        float(similar[best]) if best >= 0 else 0.0,
        float((index.vectors @ vector).max(initial=0.0)),
    )  # fmt: skip


def closeness(
    index: Index, question: str, vector: np.ndarray, tokens: np.ndarray
) -> dict[str, float]:
    """How near a question comes to anything in the text, by three ways of searching."""
    similar = index.similar(vector)
    _unlike(index, question, similar)
    return {
        "late": float(late_interaction(index, tokens)[0].max(initial=0.0)),
        "question": _most(similar[index.kind == QUESTION]),
        "sentence": _most(similar[index.kind == SENTENCE]),
    }


def _most(similar: np.ndarray) -> float:
    """The highest similarity; 0 where there is none, as `_best` has it."""
    return float(similar.max()) if len(similar) else 0.0


def _unlike(index: Index, question: str, similar: np.ndarray) -> None:
    """Take something from the similarity of written questions that ask for another thing (who
    instead of why), or about other characters."""
    numbers, ways, names = index.written
    way, asked = words.way(question), named(question, index.names)
    for number, other, theirs in zip(numbers, ways, names, strict=True):
        if way and other and way != other:
            similar[number] -= OTHER_WAY
        if asked - theirs and theirs - asked:
            similar[number] -= OTHER_NAME


def _best(similar: np.ndarray, index: Index, kind: int, n: int) -> np.ndarray:
    """(n,) the highest similarity of each chunk's vectors of one kind; where it has none, the
    lowest of all."""
    chosen = index.kind == kind
    found = np.full(n, -np.inf)
    np.maximum.at(found, index.owner[chosen], similar[chosen])
    lowest = found[np.isfinite(found)].min(initial=np.inf)
    return np.where(np.isfinite(found), found, lowest if np.isfinite(lowest) else 0.0)


def late_interaction(index: Index, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) for each chunk the mean over the question's tokens of the best match among its own
    (ColBERT's MaxSim), in which a token counts the less, the better all chunks match it; (n,)
    where each chunk's tokens begin."""
    n = len(index)
    if not len(tokens) or not len(index.tokens):
        return np.zeros(n), np.zeros((len(tokens), n), int)
    scores = index.wide_tokens @ tokens.T  # (t, q)
    starts = np.searchsorted(index.token_owner, np.arange(n))
    filled = np.diff([*starts, len(index.token_owner)]) > 0
    most = np.zeros((n, len(tokens)), np.float32)
    most[filled] = np.maximum.reduceat(scores, starts[filled], axis=0)
    rare = np.maximum(1 - most.mean(0), 1e-6) ** 2
    return (most @ (rare / rare.sum())).astype(float), starts


def order(index: Index, scores: np.ndarray, most: int = SHOWN) -> list[int]:
    """The best chunks, each outside the passages of those before it; never more than there are."""
    kept: list[int] = []
    for i in np.argsort(-scores, kind="stable").tolist():
        here = index.split.chunks[i]
        if all(
            here.start < index.split.chunks[k].first or here.end > index.split.chunks[k].last
            for k in kept
        ):
            kept.append(i)
        if len(kept) == most:
            break
    return kept
