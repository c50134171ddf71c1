"""The original's own protocol, once, beside ours: random 180 / 20 splits over all 200 images.

It mixes what is our test set into training, so no weights of such a run are ever kept.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

import numpy as np

from trainers.cell_counting import data
from trainers.cell_counting.train import RECIPES, fit
from trainers.core.metrics import counting
from trainers.core.run import Run

SPLITS, EPOCHS, HELD_OUT = 5, 20, 20


def run_seed_protocol(a: argparse.Namespace, run: Run) -> None:
    """Train the baseline on five splits for 20 epochs; print and write the range of its MAE."""
    cells = data.generated(24) if a.dry_run else data.read(a.data)
    held_out = 4 if a.dry_run else HELD_OUT
    epochs = a.epochs or EPOCHS
    found = []
    for split in range(SPLITS):
        order = np.random.default_rng(split).permutation(len(cells))
        rest, chosen = cells[order[:held_out]], cells[order[held_out:]]
        part = Run(run.folder / f"split{split}", resume=a.resume)
        recipe = replace(RECIPES["baseline"], freeze=1.0)
        _, history = fit(a, recipe, epochs, chosen, rest, part, validate_every=1)
        mean = np.full(len(rest), chosen.counts.mean())
        found.append(
            {
                "first_mae": history[0]["validation_mae"],
                "last_mae": history[-1]["validation_mae"],
                "constant_mae": counting(mean, rest.counts)["mae"],
            }
        )
    report = {"epochs": epochs, "held_out": held_out, "splits": found}
    path = run.folder / "seed_protocol.json"
    path.write_text(json.dumps(report, indent=1), encoding="utf-8")
    last = [s["last_mae"] for s in found]
    constant = [s["constant_mae"] for s in found]
    print(
        f"baseline after {epochs} epochs: MAE {min(last):.2f} to {max(last):.2f}; "
        f"guessing the mean: {min(constant):.2f} to {max(constant):.2f} ({path})"
    )
