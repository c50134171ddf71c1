"""`python -m trainers.sst2 train | evaluate`."""

from __future__ import annotations

import argparse

from demos.sst2 import DEMO
from trainers.core.cli import Trainer, main
from trainers.sst2.evaluate import evaluate
from trainers.sst2.train import train


def options(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
    train.add_argument(
        "--held-out", action="store_true", help="leave 1,000 sentences and their parts for choosing"
    )


TRAINER = Trainer(
    demo=DEMO,
    train=train,
    evaluate=evaluate,
    splits=("train", "held_out", "validation", "test"),
    main_metric="accuracy",
    options=options,
    run_name=lambda a: f"{a.variant}-seed{a.seed}" + ("-held-out" if a.held_out else ""),
)

if __name__ == "__main__":
    main(TRAINER)
