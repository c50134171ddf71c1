"""`python -m trainers.pooh_rag train | evaluate`."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from demos.core.demo import Variant
from demos.pooh_rag import DEMO
from trainers.core.cli import Trainer, main
from trainers.pooh_rag.evaluate import evaluate
from trainers.pooh_rag.train import train
from trainers.pooh_rag.wild import wild

RETRIEVER = Variant(
    "retriever", "Retriever", "MiniLM as an encoder of texts and of their word pieces."
)


def options(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
    """`--data` is a file here: a text to index, or questions to ask."""
    train.add_argument("--size", type=int, default=90, help="words of a chunk")
    train.add_argument("--overlap", type=int, default=0, help="words that two chunks share")
    train.add_argument(
        "--without-text", action="store_true", help="leave the book's text out of its checkpoint"
    )
    evaluate.add_argument("--text", type=Path, help="the text that the questions are about")
    evaluate.add_argument("--experiments", action="store_true", help="the table of experiments")


TRAINER = Trainer(
    demo=dataclasses.replace(DEMO, variants=(*DEMO.variants, RETRIEVER)),
    train=train,
    evaluate=evaluate,
    main_metric="answer_f1",
    hub_task="question-answering",
    splits=("validation", "test"),
    wild=wild,
    options=options,
)

if __name__ == "__main__":
    main(TRAINER)
