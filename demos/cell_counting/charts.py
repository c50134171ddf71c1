"""What the panels of cell counting draw, all of it from a checkpoint's evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from demos.core import markup, plots
from demos.core.checkpoint import Checkpoint


def errors(checkpoint: Checkpoint) -> tuple[Any, Markup]:
    """Predicted against true count of every test image, and the draws of the published setting."""
    found = checkpoint.evaluation.get("predictions_test")
    if not found:
        return None, Markup("")
    figure = plots.figure(x="true count, cells", y="predicted, cells", title="The 100 test images")
    figure.add_scatter(
        x=[70, 320], y=[70, 320], mode="lines", name="exact", line={"color": "#999", "dash": "dot"}
    )
    figure.add_scatter(
        x=found["true"], y=found["predicted"], mode="markers",
        name=checkpoint.card.title, text=found["ids"],
        hovertemplate="image %{text}: %{x} true, %{y:.1f} predicted<extra></extra>",
    )  # fmt: skip
    return figure, draws(checkpoint) + seed_protocol(checkpoint)


def draws(checkpoint: Checkpoint) -> Markup:
    """MAE and bias of each of the five draws at N = 64, where they were measured."""
    runs = checkpoint.evaluation.get("draws_test")
    if not runs:
        return Markup("")
    rows = []
    for k, run in enumerate(runs):
        error = np.array(run["predicted"]) - np.array(run["true"])
        rows.append((f"draw {k}", f"{np.abs(error).mean():.2f}", markup.signed(error.mean(), 2)))
    caption = "The published setting: five random draws of N = 64, test images"
    return markup.table(("Run", "MAE", "Bias"), rows, caption=caption)


def seed_protocol(checkpoint: Checkpoint) -> Markup:
    """The original's own protocol beside its figures, on the baseline's card."""
    found = checkpoint.evaluation.get("seed_protocol")
    if not found:
        return Markup("")
    rows = [
        (f"split {i}", *(f"{s[k]:.2f}" for k in ("first_mae", "last_mae", "constant_mae")))
        for i, s in enumerate(found["splits"])
    ]
    theirs = (checkpoint.card.reference("original", "mae", s) for s in ("first epoch", "test"))
    rows.append(("the original notebook", *(f"{r.value:.2f}" if r else "" for r in theirs), ""))
    return markup.table(
        ("180 / 20 over all 200", "MAE, first epoch", f"MAE, epoch {found['epochs']}",
         "MAE of guessing the mean"),
        rows,
        caption="The original's own protocol, repeated; never shipped: it trains on our test set",
    )  # fmt: skip


def error_against_density(checkpoint: Checkpoint) -> Any:
    """Counts of generated fields from 0 to 600 cells against the truth, where they were measured
    (`trainers.cell_counting evaluate`)."""
    found = checkpoint.evaluation.get("generated_fields")
    if not found:
        return None
    series = {"exact": (found["true"], found["true"])}
    series |= {name: (found["true"], counts) for name, counts in found["predicted"].items()}
    return plots.lines(
        series, x="true count, cells", y="predicted, cells", markers=True,
        title=f"Generated fields of 256 × 256 pixels, {checkpoint.card.title}",
    )  # fmt: skip
