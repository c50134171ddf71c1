"""From a decoded picture to one of the classes, and what speaks for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load

from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.core.errors import CheckpointError, UserError
from demos.core.images import Picture
from demos.transfer_learning import augment, photos
from demos.transfer_learning.familiar import FILE, Familiar
from demos.transfer_learning.model import Backbone, Classifier
from demos.transfer_learning.prepare import on_picture, square
from demos.transfer_learning.result import Classified, Evidence, Neighbour

HEAD = "head.safetensors"
SPEAKS = 0.15  # of the strongest point of any class: less is nothing


class Predictor:
    """One variant, ready to classify."""

    def __init__(self, checkpoint: Checkpoint):
        self.checkpoint = checkpoint
        architecture = checkpoint.card.architecture
        self.parameters = architecture.parameters
        self.labels = tuple(architecture.arguments["classes"])
        self.net = network(checkpoint)
        self.temperature = checkpoint.evaluation.get("temperature", 1.0)
        known = FILE in checkpoint.card.files
        self.familiarity = Familiar(checkpoint.read(FILE)) if known else None

    def predict(self, picture: Picture) -> Classified:
        """Classify one picture."""
        features = self.features([picture.rgb])
        share = self.from_features(features)[0]
        known = self.familiarity(features[0]) if self.familiarity else None
        return Classified(self.labels, share, features[0], picture.notes, known)

    def outputs(self, asked: Sequence[tuple[Picture]]) -> list[dict[str, np.ndarray]]:
        """`probabilities` (k,) and `features` (d,) of each picture."""
        features = self.features([picture.rgb for (picture,) in asked])
        shares = self.from_features(features)
        return [{"probabilities": p, "features": f} for p, f in zip(shares, features, strict=True)]

    @torch.inference_mode()
    def features(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """What the head sees (n, d) of pictures (height, width, 3) uint8, one after the other."""
        found = [self.net.features(self.net.maps(self.tensors(rgb))) for rgb in pictures]
        return torch.cat(found).numpy()

    @torch.inference_mode()
    def from_features(self, features: np.ndarray) -> np.ndarray:
        """(n, d) to calibrated probabilities (n, k) (Guo et al. 2017, arXiv 1706.04599)."""
        return (self.net.head(torch.from_numpy(features)) / self.temperature).softmax(1).numpy()

    def tensors(self, rgb: np.ndarray) -> list[torch.Tensor]:
        """What each backbone sees (1, 3, side, side) of one picture, in 0-255."""
        return [tensor(rgb, backbone) for backbone in self.net.backbones.values()]

    def explain(self, picture: Picture) -> dict[str, Evidence]:
        """For every class what speaks for it and against it: Grad-CAM (Selvaraju et al. 2017,
        arXiv 1610.02391) with its sign, of a class's logit beside the mean of all."""
        found = evidence(self.net, picture.rgb)
        strongest = max(float(values.max()) for values in found) or 1.0
        return {
            label: Evidence(label, values / strongest, bool(values.max() > SPEAKS * strongest),
                            bool(-values.min() > SPEAKS * strongest))
            for label, values in zip(self.labels, found, strict=True)
        }  # fmt: skip

    def nearest(self, found: Classified, count: int = 6) -> list[Neighbour]:
        """The training photos whose features are nearest, among those that may be shown."""
        if self.familiarity is None or not self.photos:
            return []
        cosines = self.familiarity.features @ (found.features / np.linalg.norm(found.features))
        rows = [photo for photo in self.photos if photo.index is not None]
        rows.sort(key=lambda photo: -cosines[photo.index])
        return [
            Neighbour(p.name, p.label, float(cosines[p.index]), p.thumbnail) for p in rows[:count]
        ]

    @cached_property
    def photos(self) -> list[photos.Photo]:
        """The training photos that ship as thumbnails, with the place of their features."""
        return photos.of(self.checkpoint)

    def augmented(self, picture: Picture, strength: str, count: int = 8) -> list[
        tuple[np.ndarray, Classified]
    ]:  # fmt: skip
        """Changed copies of a picture, each with its answer."""
        rng, small = np.random.default_rng(0), Image.fromarray(picture.rgb)
        small.thumbnail((512, 512))
        how = augment.STRENGTHS[strength]
        copies = [augment.augment(np.asarray(small), how, rng) for _ in range(count)]
        return [(copy, self.predict(Picture(copy))) for copy in copies]


def evidence(net: Classifier, rgb: np.ndarray) -> list[np.ndarray]:
    """For each class a map over a picture (height, width, 3): each map of features times the mean
    gradient of the class's logit, beside the mean of all logits, added up over the backbones."""
    backbones = net.backbones.values()
    with torch.no_grad():
        maps = net.maps([tensor(rgb, backbone) for backbone in backbones])
    leaves = [m.clone().requires_grad_() for m in maps]
    logits = net.head(net.features(leaves, fixed=True))[0]
    found = []
    for value in logits - logits.mean():
        gradients = torch.autograd.grad(value, leaves, retain_graph=True)
        parts = [
            on_picture(
                (g.mean((2, 3), True) * m).sum(1)[0].numpy() * m[0, 0].numel(),
                rgb.shape[1], rgb.shape[0], backbone.whole,
            )
            for backbone, g, m in zip(backbones, gradients, maps, strict=True)
        ]  # fmt: skip
        found.append(sum(parts))
    return found


def tensor(rgb: np.ndarray, backbone: Backbone) -> torch.Tensor:
    """(height, width, 3) uint8 to what a backbone sees (1, 3, side, side) float32 in 0-255, its
    channels last."""
    seen = square(rgb, backbone.side, backbone.whole)
    found = torch.from_numpy(seen.astype(np.float32))[None]
    return found.permute(0, 3, 1, 2)


def network(checkpoint: Checkpoint) -> Classifier:
    """The network of a checkpoint with its own weights and those that it shares.

    Raises CheckpointError where weights that it shares are nowhere, UserError where a network of
    torchvision is asked for and torchvision is not installed.
    """
    arguments = checkpoint.card.architecture.arguments
    try:
        net = Classifier(**arguments)
    except ImportError as error:
        names = ", ".join(arguments["backbones"])
        raise UserError(f"{names} needs torchvision: pip install torchvision.") from error
    net.head.load_state_dict(load(checkpoint.read(HEAD)))
    for name, backbone in net.backbones.items():
        content = shared(checkpoint, name).read(f"{name}.safetensors")
        backbone.load_state_dict({k: v.float() for k, v in load(content).items()})
    return net.eval().to(memory_format=torch.channels_last)


def shared(checkpoint: Checkpoint, backbone: str) -> Checkpoint:
    """The checkpoint that holds a backbone's weights: this one, or one that it names in `uses`,
    beside it or among the shipped ones."""
    if backbone not in checkpoint.card.uses:
        return checkpoint
    try:
        return checkpoint.uses(backbone)
    except CheckpointError:
        return open_checkpoint(*checkpoint.card.uses[backbone].split("/"))
