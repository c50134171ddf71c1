"""`python -m trainers.cell_counting train | evaluate`."""

from __future__ import annotations

import argparse
from pathlib import Path

from demos.cell_counting import DEMO
from trainers.cell_counting.evaluate import evaluate
from trainers.cell_counting.field import train as train_field
from trainers.cell_counting.plain import train_plain
from trainers.cell_counting.seed_protocol import run_seed_protocol
from trainers.cell_counting.train import train
from trainers.cell_counting.wild import wild
from trainers.core.cli import Trainer, main
from trainers.core.publish import Trained
from trainers.core.run import Run


def options(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
    train.add_argument("--n", type=int, help="how many pool images to train on (else all 100)")
    train.add_argument("--draw", type=int, default=0, help="which random draw of N images (0-4)")
    train.add_argument(
        "--nuclei", metavar="DIR", help="folder with the photographs for `field`, like --data"
    )
    train.add_argument("--fold", type=int, choices=range(5), help="hold out this fold of five")
    train.add_argument(
        "--protocol", choices=("pool", "seed"), default="pool",
        help="seed: the original's own 180 / 20 splits over all images; keeps no weights",
    )  # fmt: skip
    evaluate.add_argument(
        "--from-predictions", action="store_true",
        help="recompute mean ± sd over the draws from evaluation.json",
    )  # fmt: skip
    evaluate.add_argument(
        "--seed-protocol", type=Path, metavar="FILE", help="add this report to evaluation.json"
    )


def dispatch(a: argparse.Namespace, run: Run) -> Trained | None:
    if a.protocol == "seed":
        return run_seed_protocol(a, run)
    return {"field": train_field, "plain": train_plain}.get(a.variant, train)(a, run)


def run_name(a: argparse.Namespace) -> str:
    if a.protocol == "seed":
        return "seed-protocol"
    if a.variant in ("field", "plain"):
        return f"{a.variant}-seed{a.seed}"
    part = "pool" if a.n is None else f"n{a.n}-draw{a.draw}"
    return f"{a.variant}-{part if a.fold is None else f'fold{a.fold}'}-seed{a.seed}"


TRAINER = Trainer(
    demo=DEMO,
    train=dispatch,
    evaluate=evaluate,
    main_metric="mae",
    hub_task="object-detection",
    wild=wild,
    options=options,
    run_name=run_name,
)

if __name__ == "__main__":
    main(TRAINER)
