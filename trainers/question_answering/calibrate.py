"""When the best span counts as an answer, how sure of it one may be, and what is familiar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import nn

from demos.core.familiarity import Scale
from demos.question_answering.predict import familiar_score
from trainers.core.classifier import bins, calibration_error
from trainers.question_answering.answering import answers, scores
from trainers.question_answering.data import Question
from trainers.question_answering.features import Encoder
from trainers.question_answering.near import neighbours

REFUSED = 0.05  # of the questions that have an answer
TEMPERATURES = tuple(np.geomspace(0.5, 4.0, 37).round(4).tolist())


def calibrate(
    net: nn.Module, encode: Encoder, held: Sequence[Question], seed: int
) -> dict[str, Any]:
    """What evaluation.json keeps: `margin` (the threshold, and how often it errs), `temperature`
    and the calibration error with it, and `scale`."""
    found = scores(net, encode, held, TEMPERATURES)
    margins, right = found["margin"], found["f1"] > 0
    threshold = float(np.quantile(margins, REFUSED))
    best = int(np.argmin([surprise(share, right) for share in found["shares"].T]))
    familiar = [familiar_score(encode.tokenizer, q.question, q.text) for q in held]
    return {
        "margin": {"threshold": round(threshold, 4),
                   **errors(net, encode, held, margins, threshold, seed)},
        "temperature": TEMPERATURES[best],
        "ece": round(calibration_error(bins(found["shares"][:, best], right)), 4),
        "scale": [round(q, 4) for q in Scale.of(familiar).quantiles],
    }  # fmt: skip


def surprise(shares: np.ndarray, right: np.ndarray) -> float:
    """The cross-entropy of shares (n,) as probabilities that the answer is right (n,) bool: that
    it has words of a reference."""
    likely = np.clip(np.where(right, shares, 1 - shares), 1e-6, 1)
    return float(-np.log(likely).mean())


def errors(
    net: nn.Module, encode: Encoder, held: Sequence[Question], margins: np.ndarray,
    threshold: float, seed: int, step: int = 1,
) -> dict[str, float]:  # fmt: skip
    """The shares of questions that are refused although the text answers them, and of every
    `step`th one that is answered from an unrelated (`foreign`) or a similar (`near`) text."""
    rng = np.random.default_rng([seed, 3])
    texts = sorted({q.text for q in held})
    near = neighbours([q.text for q in held])
    asked: dict[str, list[tuple[str, str]]] = {"foreign": [], "near": []}
    for q, alike in list(zip(held, near, strict=True))[::step]:
        for kind, text in (("foreign", texts[rng.integers(len(texts))]), ("near", alike[0])):
            if text != q.text and not any(words.lower() in text.lower() for _, words in q.answers):
                asked[kind].append((q.question, text))
    out = {"refused": round(float((margins < threshold).mean()), 4)}
    for kind, pairs in asked.items():
        answered = [found.margin >= threshold for found in answers(net, encode, pairs)]
        out[f"{kind}_answered"] = round(float(np.mean(answered)), 4) if answered else 0.0
    return out
