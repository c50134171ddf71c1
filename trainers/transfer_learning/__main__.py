"""`python -m trainers.transfer_learning train | evaluate`."""

from __future__ import annotations

import argparse
from pathlib import Path

from demos.transfer_learning import DEMO
from demos.transfer_learning.augment import STRENGTHS
from trainers.core.cli import Trainer, main
from trainers.transfer_learning.evaluate import evaluate
from trainers.transfer_learning.train import KNOWN, train
from trainers.transfer_learning.wild import wild


def options(train: argparse.ArgumentParser, evaluate: argparse.ArgumentParser) -> None:
    add = train.add_argument
    add("--backbone", choices=KNOWN, help="another network than the variant's")
    add("--tune", choices=("head", "all"), help="learn a head on features that stay, or all layers")
    add("--weights", metavar="FILE", type=Path, help="pretrained weights of the backbone, offline")
    add("--original", action="store_true", help="on the original's nine politicians (fetched once)")
    add("--augment", choices=tuple(STRENGTHS), help="how strongly pictures are changed (tune all)")
    add("--dropout", type=float, help="share of features left out (tune all)")
    add("--smoothing", type=float, help="label smoothing (tune all)")
    add("--mixup", type=float, help="of pairs of pictures: alpha of its beta (tune all)")
    add("--decay", type=float, help="weight decay (tune all)")
    evaluate.add_argument(
        "--folds", type=int, metavar="K",
        help="cross-validate the variant's recipe on train, five times K folds",
    )  # fmt: skip
    evaluate.add_argument(
        "--few", action="store_true", help="the recipe from 1, 2, 5, 10 and 20 photos a class"
    )


def run_name(a: argparse.Namespace) -> str:
    """What tells runs apart: variant, data, and what the command line changes."""
    more = [Path(a.data).stem] if a.data else []
    more += ["original"] if a.original else []
    names = ("backbone", "tune", "augment", "dropout", "smoothing", "mixup", "decay")
    more += [f"{n}-{getattr(a, n)}" for n in names if getattr(a, n) is not None]
    return "-".join([a.variant, *more, f"seed{a.seed}"])


TRAINER = Trainer(
    demo=DEMO,
    train=train,
    evaluate=evaluate,
    main_metric="accuracy",
    hub_task="image-classification",
    wild=wild,
    options=options,
    run_name=run_name,
)

if __name__ == "__main__":
    main(TRAINER)
