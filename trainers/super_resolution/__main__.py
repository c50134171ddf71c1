"""`python -m trainers.super_resolution train | evaluate`."""

from __future__ import annotations

import argparse

from demos.super_resolution import DEMO
from trainers.core.cli import Trainer, main
from trainers.super_resolution.evaluate import evaluate
from trainers.super_resolution.train import train
from trainers.super_resolution.wild import wild


def options(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
    train.add_argument(
        "--hold-out", action="store_true",
        help="leave out the 40 photos of bsds400 that recipes are chosen on, and measure on them",
    )  # fmt: skip


def run_name(a: argparse.Namespace) -> str:
    return f"{a.variant}{'-held' * a.hold_out}-seed{a.seed}"


TRAINER = Trainer(
    demo=DEMO,
    train=train,
    evaluate=evaluate,
    main_metric="psnr_y",
    hub_task="image-to-image",
    wild=wild,
    options=options,
    run_name=run_name,
)

if __name__ == "__main__":
    main(TRAINER)
