"""Writes the example pictures of cell counting: `python -m trainers.cell_counting.examples`."""

from __future__ import annotations

import numpy as np
from PIL import Image

from demos.cell_counting import DEMO
from demos.cell_counting.generator import empty, field
from demos.core.images import Picture
from demos.core.runtime import Predictors

# Name → what the generator is asked for; the exact counts are in the demo's record as well.
FIELDS = {
    "typical": {"cells": 171, "seed": 1},
    "sparse": {"cells": 12, "seed": 2},
    "crowded": {"cells": 600, "seed": 3},
    "touching": {"cells": 150, "seed": 4, "clusters": 0.8},
    "blurred": {"cells": 150, "seed": 5, "blur": 3.0},
}
COVER = {"cells": 110, "seed": 7, "size": (150, 240)}


def write() -> None:
    folder = DEMO.examples_folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, options in FIELDS.items():
        Image.fromarray(field(**options)[0]).save(folder / f"{name}.png", optimize=True)
    Image.fromarray(empty(6, "gradient")).save(folder / "empty.png", optimize=True)
    cover().save(folder / "cover.webp", quality=85)


def cover() -> Image.Image:
    """A field whose right half wears the density map of the default variant."""
    image, _ = field(**COVER)
    found = Predictors(DEMO).predict(DEMO.default, Picture(image)).result
    share = np.kron(found.density, np.ones((int(found.pixel),) * 2))[
        : image.shape[0], : image.shape[1], None
    ]
    share = np.clip(share / share.max() * 1.3, 0, 0.9)
    share[:, : image.shape[1] // 2] = 0
    blended = image * (1 - share) + np.array([255, 200, 80]) * share
    return Image.fromarray(blended.astype(np.uint8)).resize((480, 300), Image.Resampling.BICUBIC)


if __name__ == "__main__":
    write()
