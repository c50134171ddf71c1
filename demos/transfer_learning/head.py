"""The head: a linear classifier on features, learned in well under a second.

The trainer, the page's “Teach it yourself” and what a visitor downloads all use these functions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

STRENGTH = 100.0  # how much the pictures count against small weights, on rooted features


@dataclass(frozen=True, eq=False)
class Head:
    """weight (k, d) and bias (k,) float32: logits are `x @ weight.T + bias`."""

    weight: np.ndarray
    bias: np.ndarray

    def logits(self, x: np.ndarray) -> np.ndarray:
        """(n, d) to (n, k)."""
        return x @ self.weight.T + self.bias

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """(n, d) to (n, k), each row together 1."""
        return softmax(self.logits(x))


def rooted(features: np.ndarray, nets: int = 1) -> np.ndarray:
    """Features (n, d), all at least 0, as their square roots at length 1, of each net apart.

    Roots bring the few large features down to the others' size (Perronnin et al. 2010).
    """
    parts = np.split(np.sqrt(np.maximum(features, 0)), nets, axis=1)
    return np.concatenate([unit(part) for part in parts], 1) / np.float32(np.sqrt(nets))


def unit(x: np.ndarray) -> np.ndarray:
    """Rows (n, d) at length 1; a row of zeros stays one."""
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12).astype(x.dtype)


def softmax(logits: np.ndarray) -> np.ndarray:
    """(n, k) logits to probabilities."""
    found = np.exp(logits - logits.max(1, keepdims=True))
    return found / found.sum(1, keepdims=True)


def balanced(labels: np.ndarray, classes: int) -> np.ndarray:
    """A weight (n,) for each picture, so that all classes count the same, 1 on average."""
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1)))[labels]


def fit(
    x: np.ndarray, targets: np.ndarray, strength: float = STRENGTH,
    weights: np.ndarray | None = None, steps: int = 300,
) -> Head:  # fmt: skip
    """Multinomial logistic regression with an L2 penalty on the weights, not on the bias.

    x: (n, d) float32; targets: (n, k), each row together 1 (one-hot, smoothed or mixed); strength:
    C in scikit-learn's `LogisticRegression`; weights: (n,); steps: of L-BFGS, at most. The answer
    lies in the span of the n pictures, so that it takes as long as n allows, however wide the
    features are. On one thread, since several wait for each other on matrices this small.
    """
    with threadpool_limits(1, user_api="blas"):
        return _fit(x, targets, strength, weights, steps)


def _fit(
    x: np.ndarray, targets: np.ndarray, strength: float, weights: np.ndarray | None, steps: int
) -> Head:
    _, k = targets.shape
    weights = np.ones(len(x)) if weights is None else weights
    basis = np.linalg.qr(x.T.astype(np.float64))[0] if len(x) < x.shape[1] else None
    seen = x.astype(np.float64) @ basis if basis is not None else x.astype(np.float64)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weight, bias = flat[:-k].reshape(k, -1), flat[-k:]
        logits = seen @ weight.T + bias
        top = logits.max(1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(logits - top).sum(1))
        value = strength * (weights * (log_sum - (targets * logits).sum(1))).sum()
        apart = strength * weights[:, None] * (np.exp(logits - log_sum[:, None]) - targets)
        gradient = np.concatenate([(apart.T @ seen + weight).ravel(), apart.sum(0)])
        return value + 0.5 * float((weight**2).sum()), gradient

    start = np.zeros(k * seen.shape[1] + k)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    weight = found[:-k].reshape(k, -1)
    if basis is not None:
        weight = weight @ basis.T
    return Head(weight.astype(np.float32), found[-k:].astype(np.float32))


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """(n,) to (n, k)."""
    return np.eye(classes)[labels]
