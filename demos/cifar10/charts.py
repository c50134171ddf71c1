"""What the page and its panels draw: accuracy over the two sliders, and over what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from demos.cifar10 import DEMO
from demos.cifar10.change import SHARES, SHIFTS
from demos.core import classifier, markup, plots
from demos.core.checkpoint import Card, Checkpoint, open_checkpoint
from demos.core.errors import CheckpointError

SLIDERS = {
    "shift": ([*SHIFTS], "shift in pixels"),
    "shuffle": ([100 * s for s in SHARES], "per cent of the pixels shuffled"),
}
COSTS = {
    "epochs": "epochs of training",
    "seconds": "seconds of training",
    "operations": "multiply-adds of one answer",
}
COST_HEAD = ("Network", "Trained", "Test accuracy", "Epochs", "Time", "Multiply-adds", "Parameters")
COST_CAPTION = "What accuracy costs; the time is that of the network's own epochs"
STEP_HEAD = ("Fully connected network", "Parameters", "Validation accuracy")


def accuracy(variant: str, name: str = "accuracy") -> str:
    """A variant's accuracy on the test images, as its card has it."""
    try:
        found = open_checkpoint(DEMO.name, variant).card.metric(name, "test")
    except CheckpointError:
        return ""
    return f"{100 * found.value:.1f} %" if found else ""


def over_slider(slider: str) -> Any:
    """Each variant's accuracy on test images over a slider, as a figure."""
    xs, axis = SLIDERS[slider]
    figure = plots.figure(height=300, x=axis, y="test accuracy")
    for colour, variant in zip(plots.SERIES, DEMO.variants, strict=False):
        try:
            ys = open_checkpoint(DEMO.name, variant.name).evaluation.get(f"over_{slider}")
        except CheckpointError:
            continue
        if ys:
            figure.add_scatter(x=xs, y=ys, name=variant.title, mode="lines", line={"color": colour})
    figure.update_yaxes(range=[0, 1])
    return figure


def moved(slider: str, label: str, shares: np.ndarray, at: float) -> Any:
    """Accuracy over a slider, and beside it this picture: the probability (n,) of the class that
    it was given unchanged, with a dot where the slider stands."""
    xs, _ = SLIDERS[slider]
    figure = over_slider(slider)
    figure.add_scatter(
        x=xs, y=[float(v) for v in shares], name=f"this picture: probability of {label}",
        mode="lines", line={"color": "#8f8b7e", "dash": "dot", "width": 3},
    )  # fmt: skip
    here = float(np.interp(at, xs, shares))
    figure.add_scatter(
        x=[at], y=[here], name="now", mode="markers", showlegend=False, cliponaxis=False,
        marker={"size": 14, "color": plots.SERIES[3]},
    )  # fmt: skip
    return figure.update_layout(height=420, legend=plots.BELOW)


def fails(checkpoint: Checkpoint) -> Any:
    """Accuracy while more and more pixels are shuffled, all variants."""
    figure = over_slider("shuffle")
    title = "Shuffled pixels, for networks that were trained on plain pictures"
    figure.update_layout(title={"text": title, "x": 0, "font": {"size": 15}}, height=380,
                         margin={"t": 72})  # fmt: skip
    return figure


def errors(checkpoint: Checkpoint) -> tuple[Any, Markup]:
    """What accuracy costs, for all variants, and the tables below."""
    found = costs()
    parts = [
        cost_table(found, checkpoint.card.variant), classifier.tables(checkpoint),
        steps(checkpoint), suspects(checkpoint),
    ]  # fmt: skip
    return cost_figure(found), markup.join(parts)


@dataclass(frozen=True)
class Cost:
    """What a variant reaches on the test images, and what its training and one answer take."""

    card: Card
    accuracy: float
    epochs: int
    seconds: float
    operations: int


def costs() -> list[Cost]:
    """Of each variant that was measured, in their order. The seconds are those of the epochs of
    the network itself, without what was trained or asked beside it."""
    found = []
    for variant in DEMO.variants:
        try:
            checkpoint = open_checkpoint(DEMO.name, variant.name)
        except CheckpointError:
            continue
        card, evaluation = checkpoint.card, checkpoint.evaluation
        measured, operations = card.metric("accuracy", "test"), evaluation.get("operations")
        if measured and operations:
            seconds = sum(row["seconds"] for row in evaluation["curves"])
            found.append(Cost(card, measured.value, card.training.epochs, seconds, operations))
    return found


def cost_figure(found: list[Cost]) -> Any:
    """Accuracy over epochs, seconds and operations, one below the other."""
    if not found:
        return None
    figure = plots.figure(
        height=760, rows=len(COSTS), y="test accuracy", title="What accuracy costs"
    )
    names = [variant.name for variant in DEMO.variants]
    for row, (of, axis) in enumerate(COSTS.items(), 1):
        for cost in found:
            colour = plots.SERIES[names.index(cost.card.variant)]
            kind = "circle" if cost.card.variant.startswith("cnn") else "square"
            figure.add_scatter(
                x=[getattr(cost, of)], y=[cost.accuracy], name=cost.card.title, mode="markers",
                legendgroup=cost.card.variant, showlegend=row == 1, row=row, col=1,
                marker={"size": 14, "color": colour, "symbol": kind},
                hovertemplate="%{x:.4~s}, accuracy %{y:.3f}",
            )  # fmt: skip
        values = [getattr(cost, of) for cost in found]
        wide = max(values) > 40 * min(values)  # every power of ten, or 2 and 5 as well
        ticks = {"type": "log", "dtick": 1 if wide else "D2", "tickformat": "~s"}
        figure.update_xaxes(title=axis, **ticks, row=row, col=1)
    low = min(cost.accuracy for cost in found)
    figure.update_yaxes(range=[max(0.0, low - 0.1), 1.0], tickformat=".0%")
    return figure.update_layout(margin={"t": 48}, legend=plots.BELOW)


def cost_table(found: list[Cost], variant: str) -> Markup:
    """The same in numbers."""
    if not found:
        return Markup("")
    rows = [
        (c.card.title, c.card.training.where, f"{100 * c.accuracy:.1f} %", f"{c.epochs}",
         markup.duration(c.seconds), markup.count(c.operations),
         markup.count(c.card.architecture.parameters))
        for c in found
    ]  # fmt: skip
    names = [c.card.variant for c in found]
    chosen = names.index(variant) if variant in names else None
    return markup.table(COST_HEAD, rows, text_columns=2, chosen=chosen, caption=COST_CAPTION)


def steps(checkpoint: Checkpoint) -> Markup:
    """The original's way to its best fully connected network, step by step."""
    rows = [(r["name"], markup.count(r["parameters"]), f"{100 * r['accuracy']:.1f} %")
            for r in checkpoint.evaluation.get("steps", [])]  # fmt: skip
    if not rows:
        return Markup("")
    caption = (
        "The original's steps, each trained alike on 45,000 images, measured on the other 5,000"
    )
    return markup.table(STEP_HEAD, rows, caption=caption)


def suspects(checkpoint: Checkpoint) -> Markup:
    """Test images where all variants agree, and not with the label."""
    listed = checkpoint.evaluation.get("suspects", [])
    if not listed:
        return Markup("")
    rows = [(r["index"], r["label"], r["all_say"], markup.percent(r["probability"]))
            for r in listed]  # fmt: skip
    caption = "Is the label wrong? Test images where all five networks agree on something else"
    head = ("Test image", "Label", "All say", "Best, convolutional")
    return markup.table(head, rows, text_columns=3, caption=caption)
