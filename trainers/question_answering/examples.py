"""Draws the cover of question answering: `python -m trainers.question_answering.examples`.

A paragraph of our own, in which the default variant's answer is marked.
"""

from __future__ import annotations

import re

from PIL import Image

from demos.core.runtime import Predictors
from demos.question_answering import DEMO
from trainers.core import covers

QUESTION = "Who built the lighthouse?"
TEXT = "The lighthouse was built in 1874 by Ada Thornbury, an engineer from Leeds."
MARK = (230, 159, 0)


def cover() -> Image.Image:
    """Question and paragraph, the answer on a ground of colour."""
    best = Predictors(DEMO)[DEMO.default].predict(QUESTION, TEXT).spans[0]
    marked = [
        (word.group(), MARK if best.start <= word.start() < best.end else None)
        for word in re.finditer(r"\S+", TEXT)
    ]
    return covers.words(marked, letters=28, title=QUESTION)


if __name__ == "__main__":
    covers.write(DEMO, cover())
