"""Draws the cover of SST-2: `python -m trainers.sst2.examples`.

A sentence of our own with the shades that the default variant's attribution gives its words.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from demos.core.runtime import Predictors
from demos.sst2 import DEMO

SIZE, MARGIN, LETTERS = (480, 300), 28, 40
TEXT = "Not funny, not even bad enough to be good: just long."
FOR, AGAINST = (230, 159, 0), (86, 180, 233)


def cover() -> Image.Image:
    """The sentence, word by word, orange for positive and blue for negative."""
    found = Predictors(DEMO)[DEMO.default].explain(TEXT)
    strongest = np.abs(found.values).max()
    image = Image.new("RGB", SIZE, (29, 29, 27))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(LETTERS)
    x, y = MARGIN, MARGIN
    for word, value in zip(found.reading.words, found.values, strict=True):
        width = draw.textlength(word, font=font)
        if x + width > SIZE[0] - MARGIN:
            x, y = MARGIN, y + LETTERS * 3 // 2
        share = abs(value) / strongest
        ground = [round(29 + share * (c - 29)) for c in (FOR if value > 0 else AGAINST)]
        draw.rectangle((x - 4, y - 2, x + width + 4, y + LETTERS + 6), fill=tuple(ground))
        draw.text((x, y), word, font=font, fill=(250, 249, 244))
        x += width + LETTERS // 3
    return image


def write() -> None:
    DEMO.examples_folder.mkdir(parents=True, exist_ok=True)
    cover().save(DEMO.examples_folder / "cover.webp", quality=85)


if __name__ == "__main__":
    write()
