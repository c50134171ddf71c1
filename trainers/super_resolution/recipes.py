"""The recipes of super-resolution, and what their cards say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from demos.core.checkpoint import Reference
from trainers.core.recipe import Recipe as AnyRecipe


@dataclass(frozen=True, kw_only=True)
class Recipe(AnyRecipe):
    """How a variant is trained: Muon, a constant rate and then a linear fall, averaged weights.

    side: of the small patches in pixels. adam: the rate of what Muon does not move. bsds: whether
    `bsds400` is trained on, too, or the pets alone. pixels: the loss, `l1` on brightness or `mse`
    on colour; perceptual: the weight of the distance of features beside it. original: flips and
    jitter of colour as in the original, in place of eight views of shrunk photos. finish: the last
    share of the epochs, in which brightness is learned by squared error on patches of 64 pixels, at
    a tenth of the rate.
    validated: PSNR on the 40 held-out photos of a shorter training without them, in dB.
    """

    network: str
    arguments: dict[str, Any] = field(default_factory=dict)
    batch: int = 16
    side: int = 48
    adam: float = 2e-3
    average: float = 0.99
    bsds: bool = True
    pixels: str = "l1"
    perceptual: float = 0.0
    original: bool = False
    finish: float = 0.0
    validated: float | None = None
    chosen_on: str = "the 40 photos of bsds400 that are left for choosing"


_COMPACT = {"width": 32, "depth": 9}
RECIPES = {
    "best": Recipe(
        network="Compact", arguments=_COMPACT, epochs=264, rate=1e-2, batch=8, finish=1 / 11,
        validated=31.69,
    ),
    "srcnn_seed": Recipe(
        network="SRCNN", epochs=5, rate=5e-3, side=20, batch=16, pixels="mse", perceptual=0.2,
        bsds=False, original=True,
    ),
    "srcnn_mse": Recipe(network="SRCNN", epochs=30, rate=5e-3, side=20, batch=16, pixels="mse"),
    "best_perceptual": Recipe(
        network="Compact", arguments=_COMPACT, epochs=2, rate=1e-3, adam=2e-4, batch=8, side=32,
        perceptual=1.0,
    ),
}  # fmt: skip

_PUBLISHED = (
    ("SRCNN (57K)", 36.66, 32.42, "Dong et al. 2014, arXiv 1501.00092", "trained on ImageNet"),
    ("FSRCNN (12K)", 37.00, 32.63, "Dong et al. 2016, arXiv 1608.00367", "on 191 pictures"),
    ("SESR-M5 (13.5K)", 37.39, 32.84, "Bhardwaj et al. 2021, arXiv 2103.09404", ""),
    ("SESR-M11 (27K)", 37.58, 33.03, "Bhardwaj et al. 2021, arXiv 2103.09404", ""),
    ("LAPAR-C (87K)", 37.65, 33.20, "Li et al. 2020, arXiv 2105.10422", ""),
    ("SESR-XL (105K)", 37.77, 33.24, "Bhardwaj et al. 2021, arXiv 2103.09404", ""),
    ("ShuffleMixer-tiny (108K)", 37.85, 33.33, "Sun et al. 2022, arXiv 2205.15175", ""),
    ("SMFANet (186K)", 38.04, 33.65, "Zheng et al. 2024", ""),
    ("CARN-M (412K)", 37.53, 33.26, "Ahn et al. 2018, arXiv 1803.08664", ""),
    ("EDSR-baseline (1.37M)", 37.99, 33.57, "Lim et al. 2017, arXiv 1707.02921", ""),
)
BEST_SMALL = "SESR-XL (105K)"
DIV2K = "trained on DIV2K, 800 photos of two megapixels or more, against our 840 small ones"


def references() -> list[Reference]:
    """What others reach on Set5 and Set14; the original gives no figure."""
    found = []
    for who, set5, set14, source, note in _PUBLISHED:
        for metric, value in (("psnr_y", set5), ("psnr_y_set14", set14)):
            first = who == BEST_SMALL
            found.append(
                Reference(
                    who=who, metric=metric, value=value, source=source, comparable=True,
                    note=note or DIV2K, role="published" if first else "",
                    short="SESR-XL, 105K parameters" if first else "",
                )
            )  # fmt: skip
    return found
