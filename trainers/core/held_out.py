"""Which training examples are left for choosing: fixed once, the same for every variant."""

from __future__ import annotations

import numpy as np


def last_of_each(labels: np.ndarray, each: int) -> np.ndarray:
    """A mask (n,): the last `each` examples of every class, on which all choices are made."""
    mask = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        mask[np.flatnonzero(labels == label)[-each:]] = True
    return mask
