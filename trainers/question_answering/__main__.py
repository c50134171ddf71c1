"""`python -m trainers.question_answering train | evaluate`."""

from __future__ import annotations

import argparse

from demos.question_answering import DEMO
from trainers.core.cli import Trainer, main
from trainers.question_answering.evaluate import evaluate
from trainers.question_answering.train import train
from trainers.question_answering.wild import wild


def options(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
    train.add_argument(
        "--base", metavar="NAME", default="",
        help="an encoder of the BERT family in place of MiniLM: a folder, or a name on the Hub "
        "such as bert-base-uncased",
    )  # fmt: skip
    evaluate.add_argument(
        "--first", metavar="N", type=int, help="ask the first N questions only, for a quick look"
    )


TRAINER = Trainer(
    demo=DEMO,
    train=train,
    evaluate=evaluate,
    main_metric="f1",
    hub_task="question-answering",
    wild=wild,
    options=options,
)

if __name__ == "__main__":
    main(TRAINER)
