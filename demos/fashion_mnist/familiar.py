"""Is a prepared image like the training data? A score that knows nothing of the network.

Histograms of gradient directions (Dalal & Triggs 2005) over 7 × 7 cells, brought to 48 dimensions,
and how likely they are under one Gaussian for each class, the likeliest class counting: a
Mahalanobis distance (Lee et al. 2018, arXiv 1807.03888) on features that every variant shares.
"""

from __future__ import annotations

import numpy as np
from safetensors.numpy import load

from demos.core.familiarity import Familiarity, Scale

FILE = "familiarity.safetensors"
SIDE, CELLS, DIRECTIONS = 28, 7, 8


class Familiar:
    """Scores (28, 28) uint8 images, light on black. `content` is what
    `trainers.fashion_mnist.familiarity` wrote."""

    def __init__(self, content: bytes):
        self._parts = load(content)
        self.scale = Scale(tuple(self._parts["quantiles"].tolist()))

    def __call__(self, image: np.ndarray) -> Familiarity:
        """How familiar one (28, 28) image is."""
        return self.scale(float(self.scores(image[None])[0]))

    def scores(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) uint8 images to (n,) log-likelihoods, up to a constant and a factor; a shoe
        may point either way, though nearly all in the data point to the left."""
        return np.maximum(self._scores(images), self._scores(images[..., ::-1]))

    def _scores(self, images: np.ndarray) -> np.ndarray:
        part = self._parts
        reduced = (gradients(images) - part["centre"]) @ part["directions"]  # (n, 48)
        apart = reduced[None] - part["means"][:, None]  # (10, n, 48)
        distance = np.square(apart @ part["whitening"]).sum(-1)  # (10, n)
        return (part["offsets"][:, None] - distance).max(0)


def gradients(images: np.ndarray) -> np.ndarray:
    """(n, 28, 28) uint8 to (n, 392) float32: roots of the strength of the gradients in each cell by
    their direction, shared between the two directions beside it."""
    n, padded = len(images), np.pad(images.astype(np.float32) / 255, ((0, 0), (1, 1), (1, 1)))
    across = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    strength = np.hypot(across, down)
    turn = np.arctan2(down, across) * (DIRECTIONS / (2 * np.pi)) % DIRECTIONS
    below = np.floor(turn).astype(int) % DIRECTIONS
    share = turn - np.floor(turn)
    cell, found = SIDE // CELLS, np.empty((n, CELLS, CELLS, DIRECTIONS), np.float32)
    for k in range(DIRECTIONS):
        weight = (below == k) * (1 - share) + ((below + 1) % DIRECTIONS == k) * share
        cells = (strength * weight).reshape(n, CELLS, cell, CELLS, cell)
        found[..., k] = cells.sum((2, 4))
    return np.sqrt(found.reshape(n, -1))
