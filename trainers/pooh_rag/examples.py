"""Draws the cover of Ask Winnie-the-Pooh: `python -m trainers.pooh_rag.examples`.

The map of the companion's chunks as the retriever sees them, a question and its passages in it.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFont

from demos.core.plots import SERIES
from demos.core.runtime import Predictors
from demos.pooh_rag import DEMO
from trainers.core import covers
from trainers.core.covers import INK, MARGIN, SIZE

LETTERS = 24  # pixels
QUESTION = "Who found the tail?"


def cover() -> Image.Image:
    """Question above, chunks as dots coloured by story, the nearest ones joined to it."""
    model = Predictors(DEMO)[DEMO.default]
    places, sections, _, asked, shown = model.map(model.index, model.predict(QUESTION))
    every = np.vstack([places, asked])
    low, high = every.min(0), every.max(0)
    room = np.array(SIZE) - [2 * MARGIN, 3 * MARGIN + LETTERS]
    spots = (every - low) / (high - low) * room + [MARGIN, 2 * MARGIN + LETTERS]
    (image, draw), font = covers.blank(), ImageFont.load_default(LETTERS)
    draw.text((MARGIN, MARGIN), QUESTION, font=font, fill=INK)
    x, y = spots[-1]
    for i in shown:
        draw.line([(x, y), tuple(spots[i])], fill=(230, 159, 0), width=2)
    for (a, b), section in zip(spots[:-1], sections, strict=True):
        draw.ellipse([a - 5, b - 5, a + 5, b + 5], fill=SERIES[section % len(SERIES)])
    draw.regular_polygon((x, y, 11), 4, fill=INK)
    return image


if __name__ == "__main__":
    covers.write(DEMO, cover())
