"""What an evaluation hands over, and the questions that every one asks of its checkpoints."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demos.core.checkpoint import Checkpoint, Metric
from demos.core.errors import UserError


@dataclass
class Report:
    """What an evaluation found. `--record` adds `detail` to evaluation.json and keeps `files`."""

    data: str
    split: str
    protocol: str
    n: int
    metrics: list[Metric]
    detail: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


def of_demo(folder: Path, demo: str, option: str) -> Checkpoint:
    """The checkpoint that an option names; UserError for that of another demo."""
    found = Checkpoint(folder)
    if found.card.demo != demo:
        raise UserError(f"{option} {folder} is a checkpoint of {found.card.demo}, not {demo}.")
    return found


def replicates(a: argparse.Namespace, checkpoint: Checkpoint) -> list[Checkpoint]:
    """The checkpoints of --replicates; UserError for those of another demo."""
    return [of_demo(f, checkpoint.card.demo, "--replicates") for f in a.replicates]


def nothing_left(checkpoint: Checkpoint) -> UserError:
    """The sentence for `--split validation` where training left nothing out."""
    return UserError(
        f"{checkpoint.name} was trained on everything, so no validation data is left: ask for "
        "--split train, or for --split test, which a shipped checkpoint's card records."
    )
