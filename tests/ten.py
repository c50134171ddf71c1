"""The gallery at ten: the demos that are there, and made-up ones to fill it. Serves it as a script.

A made-up demo is another one under a name of its own, so that nothing has to be trained for it.
"""

from __future__ import annotations

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from dataclasses import replace

from demos import GALLERY
from demos.core.demo import Demo
from demos.core.server import serve

# As long as such names are: a row of ten tabs and two rows of five labels have to hold them.
NAMES = (
    (
        "Transfer learning",
        "Transfer",
        "What animals look like to a network that knows others.",
    ),
    ("CIFAR-10", "CIFAR-10", "Ten kinds of things, thirty-two pixels wide, told apart."),
    ("Super-resolution", "Sharper", "Twice the size, and what a network can know about the rest."),
    ("Word embeddings", "Words", "What songs of one genre make of a word, as its neighbours."),
    ("Named entities", "Entities", "Which words are people, places and organisations."),
    ("Question answering", "Questions", "Where in a paragraph the answer to a question stands."),
    ("Asking a book", "Book", "Answers from one book, with the passage they rest on."),
)


def ten() -> list[Demo]:
    """The demos of the gallery, and made-up ones up to ten."""
    others = [
        replace(
            GALLERY[i % len(GALLERY)],
            slug=f"made-up-{i + 1}",
            title=title,
            tab=tab,
            task=task,
            endpoint=f"made_up_{i + 1}",
        )
        for i, (title, tab, task) in enumerate(NAMES)
    ]
    return [*GALLERY, *others][:10]


if __name__ == "__main__":
    serve(ten())
