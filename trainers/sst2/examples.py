"""Draws the cover of SST-2: `python -m trainers.sst2.examples`.

A sentence of our own with the shades that the default variant's attribution gives its words.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from demos.core.runtime import Predictors
from demos.sst2 import DEMO
from trainers.core import covers

TEXT = "Not funny, not even bad enough to be good: just long."
FOR, AGAINST = (230, 159, 0), (86, 180, 233)


def cover() -> Image.Image:
    """The sentence, word by word, orange for positive and blue for negative."""
    found = Predictors(DEMO)[DEMO.default].explain(TEXT)
    strongest = np.abs(found.values).max()
    marked = []
    for word, value in zip(found.reading.words, found.values, strict=True):
        share = abs(value) / strongest
        full = FOR if value > 0 else AGAINST
        pairs = zip(covers.GROUND, full, strict=True)
        marked.append((word, tuple(round(ground + share * (c - ground)) for ground, c in pairs)))
    return covers.words(marked, letters=40)


if __name__ == "__main__":
    covers.write(DEMO, cover())
