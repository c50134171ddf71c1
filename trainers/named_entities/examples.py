"""Draws the cover of named entities: `python -m trainers.named_entities.examples`.

Two label lists side by side, a line from each number to what it is taken for at face value.
"""

from __future__ import annotations

from PIL import Image, ImageFont

from demos.named_entities import DEMO
from demos.named_entities.labels import CONLL, WIKIANN, by_name
from trainers.core import covers
from trainers.core.covers import INK, QUIET, SIZE

TOP, ROW, WIDTH, LETTERS = 15, 30, 132, 18  # pixels
COLOURS = {"PER": (86, 180, 233), "ORG": (233, 185, 73), "LOC": (63, 199, 159),
           "MISC": (221, 156, 196), "": QUIET}  # fmt: skip
WRONG = (240, 153, 94)


def cover() -> Image.Image:
    """The list of CoNLL-2003 and that of WikiANN."""
    (image, draw), font = covers.blank(), ImageFont.load_default(LETTERS)
    for x, labels in ((32, CONLL), (SIZE[0] - 32 - WIDTH, WIKIANN)):
        for i, label in enumerate(labels):
            y = TOP + i * ROW
            colour = COLOURS[label[2:]]
            box = (x, y, x + WIDTH, y + ROW - 5)
            draw.rounded_rectangle(box, 5, tuple(c // 4 for c in colour), colour, 2)
            draw.text((x + 10, y + 2), str(i), font=font, fill=QUIET)
            draw.text((x + 36, y + 2), label, font=font, fill=INK)
    for i, label in enumerate(CONLL):
        to = i if i < len(WIKIANN) else 0
        right = by_name(CONLL, WIKIANN)[i] == WIKIANN[to] and label == WIKIANN[to]
        a, b = (TOP + k * ROW + ROW // 2 - 3 for k in (i, to))
        line = (32 + WIDTH + 6, a, SIZE[0] - 38 - WIDTH, b)
        draw.line(line, QUIET if right else WRONG, 3)
    return image


if __name__ == "__main__":
    covers.write(DEMO, cover())
