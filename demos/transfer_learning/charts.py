"""What the panels draw: confusions on photos that the head never saw, with the photos of each cell;
accuracy from few photos a class; what changes of the recipe did."""

from __future__ import annotations

import base64
from typing import Any

from markupsafe import Markup

from demos.core import classifier, markup, plots
from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.core.errors import CheckpointError
from demos.transfer_learning import photos

CURVES = (("best", "Best"), ("linear_probe", "Linear probe"), ("from_scratch", "From scratch"))


def errors(checkpoint: Checkpoint) -> tuple[Any, Markup]:
    """The confusion matrix of cross-validation, the photos of its cells, and the tables."""
    found = checkpoint.evaluation
    tables = [classifier.splits(checkpoint), ablations(checkpoint)]
    if "folds" not in found:
        return None, markup.join(tables)
    n = checkpoint.card.data.splits["train"]
    figure = plots.confusion(
        found["folds"]["labels"], found["folds"]["matrix"],
        title=f"Confusions on the {n} training photos, each left out of training",
    )  # fmt: skip
    return figure, markup.join([cells(checkpoint, found["folds"]["photos"]), *tables])


def cells(checkpoint: Checkpoint, listed: dict[str, list[str]]) -> Markup:
    """The photos of every cell, of which a click shows one; the confused cells also as buttons."""
    thumbnails = {p.name: p.thumbnail for p in photos.of(checkpoint)}
    wrong = sorted(
        (key for key in listed if len({*key.split("|")}) > 1), key=lambda k: -len(listed[k])
    )
    buttons = {
        key: "{} taken for {} ({})".format(*key.split("|"), len(listed[key])) for key in wrong[:24]
    }
    shown = {key: _tiles(key, names, thumbnails) for key, names in listed.items()}
    note = f"Click a cell, or choose one here, to see its photos. {credit(checkpoint)}"
    return classifier.cells(note, shown, buttons)


def credit(checkpoint: Checkpoint) -> str:
    """Whose photos are shown."""
    data = checkpoint.card.data
    return f"Photos: {data.name}, {data.licence}, cut and made smaller."


def _tiles(key: str, names: list[str], thumbnails: dict[str, bytes]) -> Markup:
    shown = [name for name in names if name in thumbnails]
    picture = Markup('<img alt="{}" loading="lazy" src="data:image/webp;base64,{}">')
    tiles = markup.join(
        classifier.tile(picture.format(name, base64.b64encode(thumbnails[name]).decode()), name)
        for name in shown
    )
    true, said = key.split("|")
    rest = len(names) - len(shown)
    more = f" {rest} more do not ship." if rest else ""
    return Markup('<p class="note">{} of {}, called {}.{}</p><div class="tiles">{}</div>').format(
        len(names), true, said, more, tiles
    )


def ablations(checkpoint: Checkpoint) -> Markup:
    """What changes of the recipe did, each on the same folds."""
    rows = checkpoint.evaluation.get("ablations")
    if not rows:
        return Markup("")
    table = [
        (r["what"], r["value"], f"{r['right']:.1f} of {r['n']}", markup.signed(r["difference"], 1))
        for r in rows
    ]
    head = ("Changed", "To", "Right", "Difference in photos")
    caption = "What changes of the recipe do: five times five folds of the training photos"
    return markup.table(head, table, text_columns=2, caption=caption)


def fails(checkpoint: Checkpoint) -> Any:
    """Accuracy by photos a class, with the band that 90 % of the draws lie in: pretrained and from
    scratch."""
    import numpy as np

    figure = plots.figure(
        x="photos a class", y="accuracy on the others",
        title="From few photos: with ImageNet behind it, and from scratch",
    )  # fmt: skip
    for colour, (name, title) in zip(plots.SERIES, CURVES, strict=False):
        try:
            curve = open_checkpoint(checkpoint.card.demo, name).evaluation.get("curve", [])
        except CheckpointError:
            continue
        if not curve:
            continue
        x = [row["photos"] for row in curve]
        low, middle, high = (
            [float(np.quantile(row["accuracy"], q)) for row in curve] for q in (0.05, 0.5, 0.95)
        )
        figure.add_scatter(
            x=[*x, *reversed(x)], y=[*high, *reversed(low)], fill="toself", mode="lines",
            line={"width": 0, "color": colour}, opacity=0.3, showlegend=False, hoverinfo="skip",
            name=f"{title}, 90 % of the draws",
        )  # fmt: skip
        figure.add_scatter(x=x, y=middle, mode="lines+markers", name=title, line={"color": colour})
    figure.update_xaxes(
        type="log", tickvals=[1, 2, 5, 10, 20], ticktext=["1", "2", "5", "10", "20"]
    )
    return figure
