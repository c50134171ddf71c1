"""A panel of the page's own: which classes one network confuses more often than another."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np
from markupsafe import Markup

from demos.cifar10 import DEMO
from demos.core import classifier, markup, plots
from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.core.events import LATEST, PRIVATE, public
from demos.core.frame import Frame
from demos.core.inputs import html

BUTTONS = 10  # the cells in which the two differ most
LESS, MORE = "rgba(230,159,0,.75)", "rgba(0,114,178,.75)"
WHY = (
    "CIFAR-10 comes without a licence, so its pictures are not shown here. Click a cell, or choose "
    "one here, to see which of our own drawings are confused in this way, and the numbers of the "
    "test images (from 0, in the original order), with which you find them in a copy of your own."
)


def build(frame: Frame) -> None:
    """The panel: a choice of the other network, the matrix, and what is in a cell."""
    with gr.Accordion("Confusions of two networks", open=False) as panel:
        other = gr.Radio(
            [(v.title, v.name) for v in DEMO.variants], value="cnn_seed", label="Compared with"
        )
        figure = gr.Plot(show_label=False, container=False)
        inside = html()
    gr.on(
        [panel.expand, frame.variant.change, other.input], public(drawn), [frame.variant, other],
        [figure, inside], queue=False, show_progress="hidden", **PRIVATE, **LATEST,
    )  # fmt: skip


def drawn(variant: str, other: str) -> tuple[Any, Markup]:
    """The figure and what its cells hold; of one network alone where both are the same."""
    ours, theirs = (open_checkpoint(DEMO.name, name) for name in (variant, other))
    return matrix(ours, theirs), cells(ours, theirs)


def counts(checkpoint: Checkpoint) -> tuple[list[str], np.ndarray]:
    """The classes, and how often each (row) was called each (column)."""
    found = checkpoint.evaluation["confusion"]
    return found["labels"], np.array(found["matrix"])


def matrix(checkpoint: Checkpoint, other: Checkpoint) -> Any:
    """How often a network says each class of each, minus how often the other one does."""
    (labels, ours), (_, theirs) = counts(checkpoint), counts(other)
    name = checkpoint.card.title
    if checkpoint.folder == other.folder:
        return plots.confusion(labels, ours.tolist(), title=f"Confusions of {name}")
    gap = ours - theirs
    most = max(1, int(np.abs(gap)[~np.eye(len(labels), dtype=bool)].max()))
    figure = plots.confusion(labels, ours.tolist(), title="Confusions, as a difference")
    figure.data[0].update(
        z=gap, text=gap, zmin=-most, zmax=most,
        colorscale=[[0, LESS], [0.5, "rgba(128,128,120,0)"], [1, MORE]],
        customdata=np.stack([ours, theirs], -1),
        hovertemplate="true %{y}, predicted %{x}: %{customdata[0]} and %{customdata[1]}"
        "<extra></extra>",
    )  # fmt: skip
    return figure


def cells(checkpoint: Checkpoint, other: Checkpoint) -> Markup:
    """What a click on each cell shows."""
    (labels, ours), (_, theirs) = counts(checkpoint), counts(other)
    both = [checkpoint] if checkpoint.folder == other.folder else [checkpoint, other]
    away = ours if len(both) == 1 else np.abs(ours - theirs)
    away = away * ~np.eye(len(labels), dtype=bool)
    order = [divmod(int(k), len(labels)) for k in np.argsort(-away, None, "stable")[:BUTTONS]]
    buttons = {
        f"{labels[i]}|{labels[j]}": f"{labels[i]} taken for {labels[j]} ({ours[i, j]}"
        + (")" if len(both) == 1 else f" and {theirs[i, j]})")
        for i, j in order
    }
    shown = {
        f"{true}|{said}": markup.join(in_cell(c, true, said) for c in both)
        for true in labels for said in labels
    }  # fmt: skip
    colours = f"Blue: {checkpoint.card.title} says so more often; orange: {other.card.title} does. "
    return classifier.cells((colours if len(both) == 2 else "") + WHY, shown, buttons)


def in_cell(checkpoint: Checkpoint, true: str, said: str) -> Markup:
    """What a network put into a cell: our drawings, and the numbers of test images."""
    found = checkpoint.evaluation
    labels, matrix = counts(checkpoint)
    n = int(matrix[labels.index(true), labels.index(said)])
    what = f"{true}, named rightly" if true == said else f"{true} taken for {said}"
    listed = found.get("cells", {}).get(f"{true}|{said}", [])
    numbers = ", ".join(map(str, listed))
    if listed:
        first = "The most confident ones" if len(listed) < n else "Test images"
        numbers = f" {first}: {numbers}."
    drawings = [d for d in found.get("drawings", []) if (d["true"], d["predicted"]) == (true, said)]
    tiles = markup.join(drawing(d) for d in drawings)
    return Markup('<p class="note"><b>{}</b>: {} of the test images.{}</p>{}').format(
        f"{checkpoint.card.title}, {what}", f"{n:,}", numbers,
        Markup('<div class="tiles">{}</div>').format(tiles) if tiles else "",
    )  # fmt: skip


def drawing(found: dict[str, Any]) -> Markup:
    """One of our drawings with what the network says of it."""
    picture = Markup('<img alt="{}" loading="lazy" src="examples/{}/{}.png">').format(
        f"Our drawing of a {found['true']}", DEMO.name, found["name"]
    )
    caption = f"our drawing: {found['predicted']}, {markup.percent(found['probability'])}"
    return classifier.tile(picture, caption)
