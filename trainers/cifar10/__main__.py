"""`python -m trainers.cifar10 train | evaluate`."""

from __future__ import annotations

import argparse

from demos.cifar10 import DEMO
from trainers.cifar10.evaluate import evaluate
from trainers.cifar10.train import train
from trainers.cifar10.wild import wild
from trainers.core.cli import Trainer, main


def options(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
    train.add_argument(
        "--held-out", action="store_true", help="keep 500 training images a class for choosing"
    )
    train.add_argument(
        "--no-twin", action="store_true", help="do not train a second net on shuffled pixels"
    )


TRAINER = Trainer(
    demo=DEMO,
    train=train,
    evaluate=evaluate,
    main_metric="accuracy",
    hub_task="image-classification",
    wild=wild,
    options=options,
    run_name=lambda a: f"{a.variant}-seed{a.seed}" + ("-held-out" if a.held_out else ""),
)

if __name__ == "__main__":
    main(TRAINER)
