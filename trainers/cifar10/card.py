"""What the cards of CIFAR-10 say."""

from __future__ import annotations

from demos.core.checkpoint import Data, Reference

ORIGIN = "Krizhevsky 2009, Learning multiple layers of features from tiny images"
TEST = 10_000
CARD = {
    "licence": "MIT for what is ours; the data has no formal licence, which weights inherit.",
    "limits": "Ten classes, photographs of 32 × 32 pixels. It has no class for anything else and "
    "names one of the ten for every picture; drawings are not what it was trained on.",
}


def references(variant: str) -> list[Reference]:
    """Others' figures; those that stand beside the variant on the strip come first."""
    convolutional = [
        Reference(
            who="The original notebook, convolutional", metric="accuracy", value=0.83,
            source="the original's README: 82 to 83 %", comparable=True, role="original",
            note="“validation accuracy”, on the test split as far as one can tell",
            short="convolutional, validated on the test split",
        ),
        Reference(
            who="airbench96", metric="accuracy", value=0.9603, role="published",
            source="Jordan 2024, arXiv 2404.00498", comparable=False,
            note="averaged over six views of each image; ours is one pass",
            short="airbench96, six views averaged",
        ),
    ]  # fmt: skip
    connected = [
        Reference(
            who="The original notebook, fully connected", metric="accuracy", value=0.55,
            source="the original's README: 53 to 55 %", comparable=True, role="original",
            note="3072-512-256-10 with dropout, the best of its fully connected networks",
            short="its best fully connected one, validated on the test split",
        ),
        Reference(
            who="Fully connected, learned local fields", metric="accuracy", value=0.852,
            source="Neyshabur 2020, arXiv 2007.13657", comparable=True, role="published",
            note="β-LASSO makes the weights sparse: 84.5 to 85.2 %", short="β-LASSO",
        ),
    ]  # fmt: skip
    first, second = (
        (connected, convolutional) if variant.startswith("fcn") else (convolutional, connected)
    )
    return [*first, *(r.model_copy(update={"role": ""}) for r in second), *_OTHERS]


def _other(who: str, value: float, source: str, note: str, comparable: bool = True) -> Reference:
    return Reference(
        who=who, metric="accuracy", value=value, source=source, comparable=comparable, note=note
    )


_OTHERS = (
    _other("airbench94", 0.9401, "Jordan 2024, arXiv 2404.00498",
           "six views averaged; one pass gives 93.2 to 93.3 %", False),
    _other("airbench95", 0.9501, "Jordan 2024, arXiv 2404.00498", "six views averaged", False),
    _other("Fully connected, deformed images", 0.78, "Lin et al. 2015, arXiv 1511.02580",
           "no convolution"),
    _other("Fully connected, distilled", 0.75, "Urban et al. 2017, arXiv 1603.05691",
           "below this, however deep"),
    _other("Fully connected, 5,000 epochs", 0.75, "Bachmann et al. 2023, arXiv 2306.13575",
           "inverted bottlenecks, without pretraining; about this"),
)  # fmt: skip


def data_record(train: int, validation: int) -> Data:
    """The card's record of the data."""
    left = f" {validation:,} training images were left for choosing." if validation else ""
    return Data(
        name="CIFAR-10", origin=ORIGIN, licence="no formal licence: no image of it is shown here",
        splits={"train": train, "validation": validation, "test": TEST},
        protocol=f"The published split: 50,000 to train, 10,000 to test.{left}",
    )  # fmt: skip
