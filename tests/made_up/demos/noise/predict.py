"""From a decoded picture to an answer, as `demos.core.predictor.Predictor` has it."""

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load

from demos.core.checkpoint import Checkpoint
from demos.core.images import Picture
from demos.noise.model import GRAINS, SIDE, build
from demos.noise.result import Grain


class Predictor:
    def __init__(self, checkpoint: Checkpoint):
        self.parameters = checkpoint.card.architecture.parameters
        self.net = build(**checkpoint.card.architecture.arguments)
        self.net.load_state_dict(load(checkpoint.read("model.safetensors")))

    def predict(self, picture: Picture) -> Grain:
        probabilities = self.outputs([(picture,)])[0]["probabilities"]
        best = int(probabilities.argmax())
        return Grain(GRAINS[best], float(probabilities[best]))

    @torch.inference_mode()
    def outputs(self, asked: list[tuple[Picture]]) -> list[dict[str, np.ndarray]]:
        grey = [Image.fromarray(picture.rgb).convert("L") for (picture,) in asked]
        small = np.stack([g.resize((SIDE, SIDE), Image.Resampling.NEAREST) for g in grey])
        found = self.net(torch.from_numpy(small).float()).softmax(1)
        return [{"probabilities": row} for row in found.numpy()]
