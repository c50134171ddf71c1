"""The original's way from its first fully connected network to its best:
`python -m trainers.cifar10.steps`.

Each step is trained alike on 45,000 images and measured on the other 5,000; the rows go into the
evaluation of `fcn_seed_best`.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from demos.cifar10 import DEMO
from demos.core.checkpoint import open_checkpoint
from trainers.cifar10 import data
from trainers.cifar10.recipes import RECIPES
from trainers.cifar10.train import fit
from trainers.core import torch_loop
from trainers.core.publish import rewrite
from trainers.core.run import Run, seed_everything

STEPS = {
    "3072-100-20-10, the first": {"hidden": [100, 20]},
    "wider: 3072-512-256-10": {"hidden": [512, 256]},
    "wider, with dropout 0.3": {"hidden": [512, 256], "dropout": 0.3},
    "deeper: 3072-512-256-128-10, with dropout 0.3": {"hidden": [512, 256, 128], "dropout": 0.3},
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="trainers.cifar10.steps", description=__doc__)
    parser.add_argument("--data", help="a folder of the data, as for `train`")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    every = data.read("train", a.data)
    mask = data.held_out(every.labels)
    rows = []
    for number, (name, arguments) in enumerate(STEPS.items()):
        seed_everything(0)
        run = Run(Path("runs") / DEMO.name / f"step{number}")
        recipe = replace(RECIPES["fcn_seed_best"], arguments=arguments)
        net = fit(run, recipe, a.epochs, every.part(~mask), every.part(mask), 0)
        rows.append({"name": name, "parameters": torch_loop.parameters(net),
                     "accuracy": run.history[-1]["validation_accuracy"]})  # fmt: skip
        print(rows[-1], flush=True)
    checkpoint = open_checkpoint(DEMO.name, "fcn_seed_best")
    rewrite(checkpoint, checkpoint.card, checkpoint.evaluation | {"steps": rows})


if __name__ == "__main__":
    main()
