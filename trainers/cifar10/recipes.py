"""How each network of CIFAR-10 is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from trainers.core.recipe import Recipe as AnyRecipe

LONG = 30  # epochs; erased squares pay off in longer trainings only (Jordan 2024)


@dataclass(frozen=True)
class Recipe(AnyRecipe):
    """How a net is trained.

    schedule: the learning rate over a training: constant, a half cosine, or a triangle. shift:
    images are shifted by up to so many pixels both ways, flip: and mirrored. cutout: the side of a
    square that is covered in trainings of `LONG` epochs or more. small: the first share of the
    epochs sees images of 24 × 24 pixels. smoothing: of the labels. mix: strength of mixup.
    teacher: a shipped variant whose answers to `views` fixed views of each image are learned;
    the labels keep the weight `own`. twin: train the same net on shuffled pixels as well, for this
    share of the epochs.
    """

    network: str
    arguments: dict[str, Any]
    optimizer: Literal["sgd", "adamw"] = "sgd"
    momentum: float = 0.9
    schedule: Literal["constant", "cosine", "triangle"] = "constant"
    shift: int = 0
    flip: bool = False
    cutout: int = 0
    small: float = 0.0
    smoothing: float = 0.0
    mix: float = 0.0
    teacher: str | None = None
    views: int = 1
    own: float = 0.2
    heat: float = 2.0
    twin: float = 0.0


ORIGINAL = "nothing: network and settings are the original's, as far as its README names them"
RECIPES = {
    "fcn_seed": Recipe(
        "FullyConnected", {"hidden": [100, 20]}, twin=1.0,
        epochs=20, batch=64, rate=0.01, chosen_on=ORIGINAL,
        notes="SGD with momentum 0.9, no augmentation. Trained once more on shuffled pixels.",
    ),
    "fcn_seed_best": Recipe(
        "FullyConnected", {"hidden": [512, 256], "dropout": 0.3},
        epochs=20, batch=128, rate=0.02, chosen_on=ORIGINAL,
        notes="SGD with momentum 0.9, dropout 0.3, no augmentation.",
    ),
    "cnn_seed": Recipe(
        "OriginalConvolutional", {"channels": [32, 64, 128], "hidden": 256, "dropout": 0.2},
        optimizer="adamw", schedule="cosine", shift=4, flip=True, twin=0.25,
        epochs=40, batch=128, rate=2e-3, decay=0.01, chosen_on=ORIGINAL,
        notes="Random crops and flips, weight decay, the learning rate along a half cosine. "
        "Trained once more on shuffled pixels, for a quarter of the epochs.",
    ),
    "fcn_best": Recipe(
        "ResidualFullyConnected", {"width": 384, "blocks": 2, "expansion": 4},
        optimizer="adamw", schedule="triangle", shift=3, flip=True, mix=0.5, teacher="cnn_best",
        epochs=400, batch=250, rate=1.5e-3, decay=0.05, average=0.995,
        notes="Flips, shifts by up to 3 pixels, mixup (Zhang et al. 2018), averaged weights; "
        "distilled (Hinton et al. 2015) from `cnn_best`, which was asked about the very views.",
    ),
    "cnn_best": Recipe(
        "AirNetwork", {"channels": [32, 128, 256]},
        momentum=0.85, schedule="triangle", shift=3, flip=True, cutout=10, small=0.4,
        smoothing=0.2, epochs=100, batch=500, rate=0.75, decay=1.33e-3, average=0.99,
        chosen_on="nothing: the recipe is that of airbench (Jordan 2024), narrower, and was fixed "
        "beforehand",
        notes="A narrower airbench network: first layer whitened from the training images and "
        "frozen, further ones begun as copies, images mirrored in every other epoch and shifted by "
        "up to 3 pixels, label smoothing 0.2, averaged weights. The first four tenths of the "
        "epochs saw images of 24 × 24 pixels.",
    ),
}  # fmt: skip
