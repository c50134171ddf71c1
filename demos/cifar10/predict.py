"""From a decoded picture to one of ten classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from safetensors.torch import load

from demos.cifar10 import explain
from demos.cifar10.change import SHARES, SHIFTS, shifted, shuffled
from demos.cifar10.familiar import scale_of, scores
from demos.cifar10.model import CLASSES, build
from demos.cifar10.prepare import Prepared, prepare
from demos.cifar10.result import Classified, Depth, Evidence
from demos.core.checkpoint import Checkpoint
from demos.core.images import Picture

BATCH = 250
TWIN = "shuffled.safetensors"  # the same network, trained on shuffled pixels


class Predictor:
    """One variant, ready to classify."""

    def __init__(self, checkpoint: Checkpoint):
        architecture = checkpoint.card.architecture
        self.parameters = architecture.parameters
        self.net = network(checkpoint)
        self.temperature = checkpoint.evaluation.get("temperature", 1.0)
        self.scale = scale_of(checkpoint)
        self._checkpoint = checkpoint

    def predict(
        self, picture: Picture, place: float, shuffle: float, shift: float
    ) -> Classified:  # fmt: skip
        """Classify the square at `place` (0-1) of a picture, after `shuffle` per cent of its
        pixels were shuffled and it was shifted by `shift` pixels."""
        prepared = prepare(picture, place)
        image = seen(prepared, shuffle, shift)
        logits = self.logits(image[None])
        known = self.scale(float(self.scores(logits)[0])) if self.scale else None
        return Classified(CLASSES, self._shares(logits)[0], prepared, image, known)

    def outputs(
        self, asked: Sequence[tuple[Picture, float, float, float]]
    ) -> list[dict[str, np.ndarray]]:
        """`logits` (10,) of each picture."""
        images = np.stack([seen(prepare(p, place), *rest) for p, place, *rest in asked])
        return [{"logits": row} for row in self.logits(images)]

    @torch.inference_mode()
    def logits(self, images: np.ndarray) -> np.ndarray:
        """(n, 32, 32, 3) uint8 images to (n, 10) logits."""
        found = [self.net(tensor(images[i : i + BATCH])) for i in range(0, len(images), BATCH)]
        return torch.cat(found).numpy()

    def scores(self, logits: np.ndarray) -> np.ndarray:
        """(n, 10) logits to (n,) scores of familiarity."""
        return scores(logits, self.temperature)

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """(n, 32, 32, 3) uint8 images to (n, 10) calibrated probabilities (Guo et al. 2017,
        arXiv 1706.04599)."""
        return self._shares(self.logits(images))

    def over_shifts(self, prepared: Prepared, shuffle: float) -> np.ndarray:
        """(9, 10): probabilities of one picture shifted by 0 to 8 pixels."""
        return self.probabilities(np.stack([seen(prepared, shuffle, by) for by in SHIFTS]))

    def over_shares(self, prepared: Prepared, shift: float) -> np.ndarray:
        """(11, 10): probabilities of one picture, from none of its pixels shuffled to all."""
        return self.probabilities(np.stack([seen(prepared, 100 * s, shift) for s in SHARES]))

    def explain(self, image: np.ndarray, label: str) -> Evidence:
        """What speaks for a class in a (32, 32, 3) uint8 image, and what against it."""
        values, method = explain.evidence(self.net, tensor(image[None]), CLASSES.index(label))
        return Evidence(label, method, values)

    def depths(self, image: np.ndarray) -> list[Depth]:
        """The filters or units that matter most to the answer, depth by depth."""
        return explain.depths(self.net, tensor(image[None]), self.temperature)

    def twin(self, prepared: Prepared) -> tuple[str, float] | None:
        """What the same network says of the picture with all its pixels shuffled, if it was
        trained so as well: the class and its probability."""
        if TWIN not in self._checkpoint.card.files:
            return None
        net = network(self._checkpoint, TWIN)
        with torch.inference_mode():
            logits = net(tensor(shuffled(prepared.image[None])))
        share = self._shares(logits.numpy())[0]
        return CLASSES[int(share.argmax())], float(share.max())

    def _shares(self, logits: np.ndarray) -> np.ndarray:
        return torch.from_numpy(logits / self.temperature).softmax(1).numpy()


def seen(prepared: Prepared, shuffle: float, shift: float) -> np.ndarray:
    """What a network sees: the prepared image itself where both sliders are at 0."""
    image = prepared.image
    if shuffle:
        image = shuffled(image, shuffle / 100)
    return shifted(image, round(shift)) if shift else image


def network(checkpoint: Checkpoint, name: str = "model.safetensors") -> torch.nn.Module:
    """The network of a checkpoint with the weights of one of its files."""
    architecture = checkpoint.card.architecture
    net = build(architecture.name, architecture.arguments)
    net.load_state_dict({k: v.float() if v.is_floating_point() else v
                         for k, v in load(checkpoint.read(name)).items()})  # fmt: skip
    return net.eval().to(memory_format=torch.channels_last)


def tensor(images: np.ndarray) -> torch.Tensor:
    """(n, 32, 32, 3) uint8 to (n, 3, 32, 32) float32 in 0-1, channels last in memory."""
    return torch.from_numpy(images.astype(np.float32) / 255).permute(0, 3, 1, 2)
