"""`python -m trainers.word_embeddings train | evaluate`."""

from __future__ import annotations

import argparse

from demos.word_embeddings import DEMO
from trainers.core.cli import Trainer, main
from trainers.word_embeddings.evaluate import evaluate
from trainers.word_embeddings.train import train
from trainers.word_embeddings.wild import wild


def options(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
    """The demo's own options."""
    evaluate.add_argument(
        "--leakage", action="store_true",
        help="genre variants: how much other splits flatter, and how well the source is told "
        "(slow)",
    )  # fmt: skip


TRAINER = Trainer(
    DEMO, train, evaluate, "accuracy", wild=wild, hub_task="text-classification", options=options
)

if __name__ == "__main__":
    main(TRAINER)
