"""Is a picture one of the ten? The energy of a network's logits, which knows more than its surest
probability: that one says how far a logit lies above the others, this one how high they lie."""

from __future__ import annotations

import numpy as np

from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import Scale

KEY = "familiarity"  # in evaluation.json: scores of held-out images, see `Scale`


def scores(logits: np.ndarray, temperature: float) -> np.ndarray:
    """(n, 10) logits to (n,) negative energies, more being more familiar (Liu et al. 2020, arXiv
    2010.03759)."""
    heated = logits / temperature
    most = heated.max(1)
    return most + np.log(np.exp(heated - most[:, None]).sum(1))


def scale_of(checkpoint: Checkpoint) -> Scale | None:
    """What the scores of a variant mean; None for those that cannot tell."""
    quantiles = checkpoint.evaluation.get(KEY)
    return Scale(tuple(quantiles)) if quantiles else None
