"""Is a picture one of the classes at all? How near it is to the training pictures.

A softmax over nine names is sure of one of the nine, whatever it sees. The cosine between a
picture's features and those of its third-nearest training picture knows better: “none of these”.
"""

from __future__ import annotations

import numpy as np
from safetensors.numpy import load, save

from demos.core.familiarity import Familiarity, Scale
from demos.transfer_learning.head import unit

FILE = "familiarity.safetensors"
NEAREST = 3
FEW = 5  # photos of a class: with fewer, the nearest counts in place of the third


class Familiar:
    """Scores features; `content` is what `of` made of training features and held-out scores."""

    def __init__(self, content: bytes):
        parts = load(content)
        self.features = unit(parts["features"].astype(np.float32))  # (n, d)
        self.scale = Scale(tuple(parts["quantiles"].tolist()))
        self.nearest = int(parts["nearest"][0])

    @staticmethod
    def of(features: np.ndarray, scale: Scale, nearest: int = NEAREST, half: bool = True) -> bytes:
        """The file: training features (n, d), and the scale of pictures that were held out."""
        return save({
            "features": np.ascontiguousarray(features, np.float16 if half else np.float32),
            "quantiles": np.array(scale.quantiles, np.float32),
            "nearest": np.array([nearest], np.int32),
        })  # fmt: skip

    def scores(self, features: np.ndarray) -> np.ndarray:
        """(m, d) to (m,): the cosine with the third-nearest training picture."""
        return nearness(features, self.features, self.nearest)

    def __call__(self, features: np.ndarray) -> Familiarity:
        """How familiar one picture with these features (d,) is."""
        return self.scale(float(self.scores(features[None])[0]))


def nearness(features: np.ndarray, known: np.ndarray, nearest: int = NEAREST) -> np.ndarray:
    """(m, d) and (n, d) to (m,): the cosine with the third-nearest of the known, or another."""
    cosines = unit(features) @ unit(known).T
    place = min(nearest, cosines.shape[1])
    return np.partition(cosines, -place, axis=1)[:, -place]
