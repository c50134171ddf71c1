"""Draws the cover of the words: `python -m trainers.word_embeddings.examples`.

Words on the map of the shipped vectors, larger the more frequent they are.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFont

from demos.core.runtime import Predictors
from demos.word_embeddings import DEMO, maps
from trainers.core import covers
from trainers.core.covers import INK, SIZE

MARGIN = 36  # pixels, more than others have: words reach over their places
SAD, GLAD = (213, 94, 0), (86, 180, 233)


def cover() -> Image.Image:
    """The map of some words, in the colours of their moods."""
    models = Predictors(DEMO)
    space = models["w2v_10"].space
    found = maps.drawn(space, maps.EXAMPLE)
    moods = np.clip(models["sentiment_best"].scores(list(found.words)), -1, 1)
    low, high = found.places.min(0), found.places.max(0)
    image, draw = covers.blank()
    taken: list[tuple[float, float, float, float]] = []
    order = np.argsort([-space.vocabulary.count(w) for w in found.words])
    for i in order:
        word = found.words[i]
        x, y = (found.places[i] - low) / (high - low) * (np.array(SIZE) - 2 * MARGIN) + MARGIN
        size = 14 + 3 * np.log10(space.vocabulary.count(word))
        font = ImageFont.load_default(float(size))
        box = draw.textbbox((x, y), word, font=font, anchor="mm")
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            continue
        taken.append(box)
        end = GLAD if moods[i] > 0 else SAD
        share = min(1.0, 1.4 * abs(float(moods[i])))
        colour = tuple(round(a + share * (b - a)) for a, b in zip(INK, end, strict=True))
        draw.text((x, y), word, font=font, fill=colour, anchor="mm")
    return image


if __name__ == "__main__":
    covers.write(DEMO, cover())
