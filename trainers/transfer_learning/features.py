"""What backbones make of photos, computed once and kept in runs/: heads cost nothing after that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from demos.transfer_learning import head
from demos.transfer_learning.augment import STRENGTHS, augment
from demos.transfer_learning.model import Backbone, Classifier
from demos.transfer_learning.predict import tensor
from trainers.core import answers
from trainers.transfer_learning.data import Photos

CACHE = Path("runs") / "transfer_learning" / "features"


def of(
    net: Classifier, photos: Photos, keep: bool = True, views: str = "off", seed: int = 0
) -> np.ndarray:
    """What the head would see (n, width) of photos, changed with an augmentation's strength.

    keep: whether to keep what each backbone says, and take it from there.
    """
    rng = np.random.default_rng(seed)
    pictures = photos.pictures
    if views != "off":
        pictures = [augment(rgb, STRENGTHS[views], rng) for rgb in pictures]
    parts = [
        _kept(name, backbone, pictures) if keep else seen(backbone, pictures).numpy()
        for name, backbone in net.backbones.items()
    ]
    found = np.concatenate(parts, 1)
    return head.rooted(found, len(parts)) if net.rooted else found


def _kept(name: str, backbone: Backbone, pictures: Sequence[np.ndarray]) -> np.ndarray:
    key = {
        "weights": answers.digest(*(p.detach().numpy() for p in backbone.parameters())),
        "pictures": answers.digest(*pictures),
        "seen": (backbone.side, backbone.whole),
    }
    folder = CACHE / f"{name}-{key['pictures'][:12]}"
    return answers.kept(folder, key, lambda: seen(backbone, pictures)).numpy()


@torch.inference_mode()
def seen(backbone: Backbone, pictures: Sequence[np.ndarray]) -> torch.Tensor:
    """The features (n, width) of pictures (height, width, 3) uint8."""
    backbone.eval()
    found = [backbone.features(backbone.maps(tensor(rgb, backbone))) for rgb in pictures]
    return torch.cat(found)
