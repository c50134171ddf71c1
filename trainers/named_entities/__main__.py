"""`python -m trainers.named_entities train | evaluate`."""

from __future__ import annotations

import argparse
from pathlib import Path

from demos.named_entities import DEMO
from trainers.core.cli import Trainer, main
from trainers.named_entities.evaluate import evaluate
from trainers.named_entities.train import train
from trainers.named_entities.wild import wild


def options(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
    """What only this trainer takes."""
    train.add_argument(
        "--more", metavar="FILE", type=Path, help="further sentences, in CoNLL's format"
    )
    train.add_argument(
        "--refit", action="store_true",
        help="train on four fifths of the validation sentences too, once the recipe is fixed",
    )  # fmt: skip


TRAINER = Trainer(
    demo=DEMO,
    train=train,
    evaluate=evaluate,
    main_metric="f1",
    hub_task="token-classification",
    wild=wild,
    options=options,
)

if __name__ == "__main__":
    main(TRAINER)
