"""What the page and its panels draw: accuracy over the two sliders, confusions of two variants."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup

from demos.cifar10 import DEMO
from demos.cifar10.change import SHARES, SHIFTS
from demos.core import classifier, markup, plots
from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.core.errors import CheckpointError

SLIDERS = {
    "shift": ([*SHIFTS], "shift in pixels"),
    "shuffle": ([100 * s for s in SHARES], "per cent of the pixels shuffled"),
}
CELLS, INDICES = 10, 24
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
    figure = plots.figure(height=300, x=axis, y="accuracy on test images")
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
        x=[at], y=[here], name="now", mode="markers", showlegend=False,
        marker={"size": 14, "color": plots.SERIES[3]},
    )  # fmt: skip
    return figure.update_layout(height=380, legend={"y": -0.3, "x": 0, "xanchor": "left",
                                                    "yanchor": "top"})  # fmt: skip


def fails(checkpoint: Checkpoint) -> Any:
    """Accuracy while more and more pixels are shuffled, all variants."""
    figure = over_slider("shuffle")
    title = "Shuffled pixels, for networks that were trained on plain pictures"
    figure.update_layout(title={"text": title, "x": 0, "font": {"size": 15}}, height=380,
                         margin={"t": 72})  # fmt: skip
    return figure


def errors(checkpoint: Checkpoint) -> tuple[Any, Markup]:
    """Confusions as a difference to another variant's, and the tables below."""
    other = "cnn_seed" if checkpoint.card.variant == "cnn_best" else "cnn_best"
    figure, tables = classifier.errors(checkpoint)
    parts = [tables, steps(checkpoint), suspects(checkpoint)]
    try:
        beside = open_checkpoint(DEMO.name, other)
    except CheckpointError:
        return figure, markup.join(parts)
    if "confusion" not in beside.evaluation or figure is None:
        return figure, markup.join(parts)
    drawn, cells = difference(checkpoint, beside)
    return drawn, markup.join([cells, *parts])


def difference(checkpoint: Checkpoint, other: Checkpoint) -> tuple[Any, Markup]:
    """How often each variant confuses two classes: the one minus the other."""
    labels = checkpoint.evaluation["confusion"]["labels"]
    ours, theirs = (np.array(c.evaluation["confusion"]["matrix"]) for c in (checkpoint, other))
    gap = ours - theirs
    most = max(1, int(np.abs(gap - np.diag(np.diag(gap))).max()))
    title = f"Confusions of {checkpoint.card.title}, minus those of {other.card.title}"
    figure = plots.confusion(labels, ours.tolist(), title=title)
    figure.data[0].update(
        z=gap, text=gap, zmin=-most,
        zmax=most, colorscale=[[0, "rgba(230,159,0,.75)"], [0.5, "rgba(128,128,120,0)"],
                               [1, "rgba(0,114,178,.75)"]],
        customdata=np.stack([ours, theirs], -1),
        hovertemplate="true %{y}, predicted %{x}: %{customdata[0]} and %{customdata[1]}"
        "<extra></extra>",
    )  # fmt: skip
    off = np.abs(gap - np.diag(np.diag(gap)))
    rows = [divmod(int(k), len(labels)) for k in np.argsort(-off, None)[:CELLS]]
    blocks = markup.join(_cell(checkpoint, labels, i, j, ours, theirs) for i, j in rows)
    return figure, Markup('<div class="cells">{}{}</div>').format(
        markup.note(
            "Blue: more often than the other one; orange: less often. CIFAR-10 has no licence, so "
            "its pictures are not shown: open a confusion for the numbers of the test images."
        ),
        blocks,
    )


def _cell(
    checkpoint: Checkpoint, labels: list[str], i: int, j: int, ours: np.ndarray, theirs: np.ndarray
) -> Markup:  # fmt: skip
    listed = [e["index"] for e in checkpoint.evaluation.get("errors", [])
              if (e["true"], e["predicted"]) == (i, j)][:INDICES]  # fmt: skip
    numbers = ", ".join(map(str, listed)) or "none among the 200 most confident errors"
    return Markup(
        "<details><summary>{} taken for {}: {} times, {} by the other</summary><p>Most confident "
        "first: {}</p></details>"
    ).format(labels[i], labels[j], int(ours[i, j]), int(theirs[i, j]), numbers)


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
