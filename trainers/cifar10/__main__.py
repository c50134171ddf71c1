"""`python -m trainers.cifar10 train | evaluate`."""

from __future__ import annotations

import argparse

from demos.cifar10 import DEMO
from trainers.cifar10.evaluate import evaluate
from trainers.cifar10.train import train
from trainers.cifar10.wild import wild
from trainers.core import classifier
from trainers.core.cli import main


def options(train: argparse.ArgumentParser) -> None:
    train.add_argument(
        "--no-twin", action="store_true", help="do not train a second net on shuffled pixels"
    )


TRAINER = classifier.trainer(
    DEMO, train, evaluate, wild, "500 training images a class", options=options
)

if __name__ == "__main__":
    main(TRAINER)
