"""Teaching the score that says whether a text is like the training data, and how well it does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from demos.named_entities.encode import Sentence
from demos.named_entities.familiar import Known, features
from demos.named_entities.tagging import Tagging
from demos.named_entities.words import sentences, words

OUTSIDERS = Path(__file__).with_name("outsiders.txt")
WEIGHT = 0.05  # of the penalty: few outsiders teach some 480 numbers


def outsiders() -> tuple[list[str], list[str]]:
    """The texts that teach, and those that report."""
    lines = OUTSIDERS.read_text(encoding="utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith("# ")]
    at = lines.index("report")
    return lines[:at], lines[at + 1 :]


def in_sentences(text: str) -> list[list[str]]:
    """The words of a text, sentence by sentence."""
    at = words(text)
    return [[text[a:b] for a, b in at[cut]] for cut in sentences(text, at)]


def rows(said: Sequence[Sequence[tuple[Sentence, Tagging]]]) -> np.ndarray:
    """(texts, features) of texts, each with what is said of its sentences."""
    return np.stack([features(text) for text in said])


def taught(inside: np.ndarray, outside: np.ndarray) -> tuple[Known, bytes]:
    """The score that tells rows (n, features) of training data from others, and its file."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(np.concatenate([inside, outside]))
    x = scaler.transform(np.concatenate([inside, outside]))
    y = np.r_[np.ones(len(inside)), np.zeros(len(outside))]
    fitted = LogisticRegression(C=WEIGHT, class_weight="balanced", max_iter=2000).fit(x, y)
    weight = fitted.coef_[0] / scaler.scale_
    bias = fitted.intercept_[0] - float(weight @ scaler.mean_)
    parts = {"weight": weight.astype(np.float32), "bias": np.array([bias], np.float32)}
    return Known(parts["weight"], float(parts["bias"][0])), save(parts)


def auroc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """How often an insider scores above an outsider."""
    from sklearn.metrics import roc_auc_score

    y = np.r_[np.ones(len(inside)), np.zeros(len(outside))]
    return float(roc_auc_score(y, np.r_[inside, outside]))
