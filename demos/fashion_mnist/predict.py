"""From a decoded picture to one of ten kinds of clothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from safetensors.torch import load

from demos.core.checkpoint import Checkpoint
from demos.core.images import Picture
from demos.core.runtime import import_keras
from demos.fashion_mnist.familiar import FILE, Familiar
from demos.fashion_mnist.model import CLASSES, build
from demos.fashion_mnist.prepare import prepare
from demos.fashion_mnist.result import Clothing, Explanation

BATCH = 500
STEPS = 32  # of the integral in integrated gradients


class Predictor:
    """One variant, ready to classify."""

    def __init__(self, checkpoint: Checkpoint):
        architecture = checkpoint.card.architecture
        self.parameters = architecture.parameters
        if "model.keras" in checkpoint.card.files:
            keras = import_keras()
            path = checkpoint.path("model.keras")
            self.net: Any = KerasNetwork(keras.saving.load_model(path, compile=False))
        else:
            self.net = build(architecture.name, architecture.arguments)
            self.net.load_state_dict(load(checkpoint.read("model.safetensors")))
        self.net.eval()
        self.temperature = checkpoint.evaluation.get("temperature", 1.0)
        known = FILE in checkpoint.card.files
        self.familiarity = Familiar(checkpoint.read(FILE)) if known else None

    def predict(self, picture: Picture) -> Clothing:
        """Classify one picture, prepared as the data was. Raises UserError for an empty one."""
        prepared = prepare(picture)
        familiarity = self.familiarity(prepared.image) if self.familiarity else None
        found = self.probabilities(prepared.image[None])[0]
        return Clothing(CLASSES, found, prepared, familiarity)

    def outputs(self, asked: Sequence[tuple[Picture]]) -> list[dict[str, np.ndarray]]:
        """`probabilities` (10,) of each picture."""
        images = np.stack([prepare(picture).image for (picture,) in asked])
        return [{"probabilities": row} for row in self.probabilities(images)]

    @torch.inference_mode()
    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """(n, 28, 28) uint8 images, light on black, to (n, 10) calibrated probabilities (Guo et al.
        2017, arXiv 1706.04599)."""
        parts = [
            (self.net(_tensor(images[i : i + BATCH])) / self.temperature).softmax(1)
            for i in range(0, len(images), BATCH)
        ]
        return torch.cat(parts).numpy()

    def explain(self, image: np.ndarray) -> Explanation:
        """Why the named class: integrated gradients (Sundararajan et al. 2017) from a black
        image, and the maps after the first convolution, of one (28, 28) uint8 image."""
        from captum.attr import IntegratedGradients

        x = _tensor(image[None])
        with torch.no_grad():
            chosen = int(self.net(x).argmax())
        found = IntegratedGradients(self.net).attribute(x, target=chosen, n_steps=STEPS)
        with torch.no_grad():
            maps = self.net.first_maps(x)
        return Explanation(
            label=CLASSES[chosen],
            method="integrated gradients",
            saliency=found[0, 0].detach().numpy(),
            features=maps[0].numpy(),
        )


class KerasNetwork(torch.nn.Module):
    """A Keras classifier on the torch backend, as a torch module that answers with logits."""

    def __init__(self, model: Any):
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, 28, 28) to (B, 10) log-probabilities, which are logits as good as any."""
        return self.model(x.movedim(1, -1), training=False).clamp_min(1e-30).log()

    def first_maps(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, 28, 28) to the (B, channels, rows, columns) maps of the first convolution."""
        return self.model.layers[0](x.movedim(1, -1)).movedim(-1, 1)

    def eval(self) -> KerasNetwork:
        return self


def _tensor(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images.astype(np.float32) / 255)[:, None]
