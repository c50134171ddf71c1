"""`python -m trainers.fashion_mnist train | evaluate`."""

from __future__ import annotations

import argparse

from demos.fashion_mnist import DEMO
from trainers.core.cli import Trainer, main
from trainers.fashion_mnist.evaluate import evaluate
from trainers.fashion_mnist.train import train
from trainers.fashion_mnist.wild import wild


def options(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
    train.add_argument(
        "--held-out", action="store_true", help="keep the last 5,000 training images for choosing"
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
