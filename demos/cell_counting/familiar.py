"""Is a picture like the synthetic cells that most variants were trained on? One score for them all.

A network that has learned one size of cell answers for any: at twice the size it counts five times
as many. So a picture is described by how much its light varies at each scale, by its range and by
its background, and compared with the training pictures: two Gaussians, one for fields with cells
and one for empty fields. No network takes part.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from safetensors.numpy import load
from scipy.ndimage import gaussian_filter

from demos.core.familiarity import Familiarity, Scale

FILE = "familiarity.safetensors"
SCALES = (0.7, 1.4, 2.8, 5.6, 11.2)  # pixels
BLOCK = 8  # pixels of a JPEG's blocks
MILD = 0.12  # blockiness of pictures that were compressed mildly or not at all
FEATURES = len(SCALES) + 4


class Familiar:
    """Scores pictures (H, W, 3) uint8; `content` is what `trainers.cell_counting.familiarity`
    wrote."""

    def __init__(self, content: bytes):
        self._parts = load(content)
        self._scale = Scale(tuple(self._parts["quantiles"].tolist()))

    def __call__(self, rgb: np.ndarray) -> Familiarity:
        """How familiar one picture is."""
        return self._scale(self.score(rgb))

    def score(self, rgb: np.ndarray) -> float:
        """The larger of the two log-likelihoods, up to a constant and a factor."""
        return self.score_of(features(rgb))

    def score_of(self, described: np.ndarray) -> float:
        """As `score`, of a picture's features."""
        off = described - self._parts["means"]  # (2, FEATURES)
        distance = np.einsum("kf,kfg,kg->k", off, self._parts["precisions"], off)
        return float((self._parts["offsets"] - distance).max())


def features(rgb: np.ndarray) -> np.ndarray:
    """What describes a picture (H, W, 3) uint8, (FEATURES,) float64.

    The logarithms of the light's deviation between neighbouring scales, relative to the whole; the
    logarithm of its range; its background; the share of pixels that are as bright as can be; how
    far the steps at the edges of JPEG's blocks exceed the others.
    """
    value = rgb.max(-1).astype(np.float32) / 255
    smooth = [value, *(gaussian_filter(value, s) for s in SCALES)]
    bands = [float((fine - coarse).std()) for fine, coarse in pairwise(smooth)]
    ground, brightest = np.quantile(smooth[1][::2, ::2], (0.05, 0.998))
    return np.array(
        [
            *np.log((np.array(bands) + 1e-4) / (float(value.std()) + 1e-3)),
            np.log(brightest - ground + 0.02),
            4 * ground,
            10 * float((value >= 0.98).mean()),
            3 * max(MILD, blockiness(value), blockiness(value.T)),
        ]
    )


def blockiness(value: np.ndarray) -> float:
    """The logarithm of the mean step between columns at the edges of JPEG's blocks of a picture
    (H, W) in 0-1, relative to that elsewhere."""
    steps = np.abs(np.diff(value, axis=1)).mean(0)
    edge = np.arange(len(steps)) % BLOCK == BLOCK - 1
    if edge.all() or not edge.any():
        return 0.0
    return float(np.log((steps[edge].mean() + 4e-5) / (steps[~edge].mean() + 4e-5)))
