"""Measuring a model under the changes of `wild`: what `evaluate --wild` prints and keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from demos.core.checkpoint import Metric
from trainers.core.wild import Change

Input = TypeVar("Input")
FIXED = ("kind", "name", "strength", "n", "clean", "changed", "difference")


@dataclass(frozen=True)
class WildTable:
    """One row per change: `kind`, `name`, `strength`, `n`, the main metric `clean` and `changed`,
    their `difference`, and what a demo adds (`coverage`). `metrics` go on the card."""

    metric: str
    split: str
    rows: list[dict[str, Any]]
    metrics: list[Metric] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """As it is kept in evaluation.json and printed by --json."""
        return {"metric": self.metric, "split": self.split, "rows": self.rows}

    def text(self) -> str:
        """The table for a terminal."""
        lines = [f"In the wild ({self.metric} on {self.split}):"]
        for row in self.rows:
            further = "".join(f"  {k} {v:.4f}" for k, v in row.items() if k not in FIXED)
            lines.append(
                f"  {row['kind']}: {row['name']} ({row['strength']}, n = {row['n']})  "
                f"{row['clean']:.4f} → {row['changed']:.4f} ({row['difference']:+.4f}){further}"
            )
        return "\n".join(lines)


def rows(
    inputs: Sequence[Input],
    changes: Sequence[Change[Input]],
    answer: Callable[[list[Input]], np.ndarray],
    score: Callable[[np.ndarray], float],
    further: Mapping[str, Callable[[np.ndarray, np.ndarray], float]] | None = None,
) -> list[dict[str, Any]]:
    """The rows of a table: the main metric of the inputs as they are and under each change.

    answer(inputs) returns an array whose first axis is the inputs; score(answers) the main metric;
    each further column is a function of the clean and the changed answers (mean change of a count,
    coverage of an interval).
    """
    before = answer([*inputs])
    clean = score(before)
    found = []
    for change in changes:
        after = answer([change(given, i) for i, given in enumerate(inputs)])
        row = {
            "kind": change.kind,
            "name": change.name,
            "strength": change.strength,
            "n": len(inputs),
            "clean": clean,
            "changed": score(after),
        }
        row["difference"] = row["changed"] - clean
        row |= {name: column(before, after) for name, column in (further or {}).items()}
        found.append(row)
    return found
