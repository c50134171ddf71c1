"""What a classification of clothing is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demos.core.classification import Classification
from demos.core.familiarity import Familiarity
from demos.fashion_mnist.prepare import Prepared


@dataclass(frozen=True, eq=False)
class Clothing(Classification):
    """One picture's answer.

    probabilities: (10,) in the order of `labels`; prepared: the 28 × 28 that the network saw and
    what was done to the picture.
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray
    prepared: Prepared
    familiarity: Familiarity | None = None


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a class was named.

    saliency: (28, 28), the attribution of each pixel to the named class (`method` says how);
    features: (channels, rows, columns), the maps after the first convolution.
    """

    label: str
    method: str
    saliency: np.ndarray
    features: np.ndarray
