"""The page of cell counting: a picture goes in, a count and a map of where come out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr
import numpy as np
from markupsafe import Markup

from demos.cell_counting import DEMO
from demos.cell_counting.result import CellCount, CellCountAnswer
from demos.core import images, markup, plots, text
from demos.core.checkpoint import Checkpoint
from demos.core.compare import side_by_side
from demos.core.frame import Asked, Frame, cleared, show
from demos.core.images import Picture
from demos.core.inputs import html
from demos.core.runtime import Predictors

# Orange over blue cells; clear where there is nothing.
SCALE = [[0, "rgba(230,159,0,0)"], [0.25, "rgba(230,159,0,.3)"], [1, "rgba(255,214,102,.95)"]]
CELLS_ACROSS = 256  # at most, of the heat map
SIDE_BY_SIDE = 1_000_000  # pixels: above that the other variants would take too long


if TYPE_CHECKING:
    from demos.cell_counting.predict import Predictor

MODELS: Predictors[Predictor] = Predictors(DEMO)


class Parts(NamedTuple):
    """The outputs of the second event."""

    heat: gr.Plot
    tools: gr.Column
    box: gr.HTML
    compare: gr.HTML
    orientation: gr.HTML
    downloads: gr.HTML


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    with frame.results:
        heat = gr.Plot(show_label=False, container=False, visible=False)
        with gr.Column(visible=False, elem_classes="controls") as tools:
            with gr.Row():
                opacity = gr.Slider(
                    0, 1, 0.9, step=0.05, label="Density over the image", elem_classes="opacity"
                )
                points = gr.Checkbox(False, label="Show positions", elem_classes="points")
            with gr.Row():
                bounds = [
                    gr.Number(
                        value, label=f"Box {side}", precision=0, minimum=0, min_width=64,
                        elem_id=f"box-{side}",
                    )
                    for side, value in (("left", 0), ("top", 0), ("right", 128), ("bottom", 128))
                ]  # fmt: skip
        box = html(elem_classes="spare")
        compare = html()
        orientation = html(elem_classes="spare")
        downloads = html(elem_classes="controls")
    parts = Parts(heat, tools, box, compare, orientation, downloads)
    frame.connect(
        answer=answer,
        api=CellCountAnswer,
        details=lambda asked: details(asked, parts),
        outputs=parts,
        button="Count",
    )
    gr.on(
        [number.change for number in bounds],
        count_in_box,
        [frame.kept, *bounds],
        box,
        queue=False,
        show_progress="hidden",
        api_visibility="private",
        trigger_mode="always_last",
    )
    # Opacity, points and the box are drawn by the browser: nothing is sent.
    opacity.input(None, opacity, None, js="value => gallery.plot('.opacity', value)")
    points.input(None, points, None, js="value => gallery.plot('.points', value)")
    frame.panels(errors=errors, fails=error_against_density)


def answer(asked: Asked[CellCount]) -> markup.Answer:
    """The count, with the truth and the interval where there are any."""
    beside: list[Any] = []
    if asked.truth is not None:
        off = markup.signed(round(asked.result.count) - asked.truth)
        beside.append(Markup("true count <b>{}</b>, off by <b>{}</b>").format(asked.truth, off))
    if asked.result.interval:
        low, high = asked.result.interval
        beside.append(Markup("90 % interval <b>{:.0f} to {:.0f}</b>").format(low, high))
    (picture,) = asked.inputs
    return markup.Answer(f"{asked.result.count:.0f}", "cells", (*beside, *picture.notes))


def details(asked: Asked[CellCount], parts: Parts) -> Iterator[dict]:
    """What costs more, part by part: map, other variants, other orientations, files."""
    result, (picture,) = asked.result, asked.inputs
    if result.density is None:
        only = "This network gives one number for the whole image; it cannot say where."
        yield {
            **cleared([parts.heat, parts.tools, parts.downloads]),
            parts.box: markup.note(only),
        }
    else:
        yield {
            parts.heat: show(heat_map(picture, result)),
            parts.tools: show(),
            parts.downloads: files(picture, result),
            parts.box: markup.note("Drag a box over the map, or give its bounds, to count inside."),
        }
    if picture.rgb[..., 0].size > SIDE_BY_SIDE:
        only = "Above one megapixel only the chosen variant counts."
        yield {parts.compare: markup.note(only), parts.orientation: ""}
        return
    truth = asked.truth

    def cells(found: CellCount) -> tuple[object, str]:
        count = round(found.count)
        return count, "" if truth is None else markup.signed(count - truth)

    table = side_by_side(MODELS, asked, ("Count", "Off by"), cells, text_columns=1)
    yield {parts.compare: table}
    views = MODELS[asked.variant].orientations(picture)
    yield {
        parts.orientation: markup.note(
            f"Changes with orientation: {views.min():.1f} to {views.max():.1f} over the eight "
            "flipped and rotated views. It is not an error bar."
        )
    }


def heat_map(picture: Picture, result: CellCount) -> Any:
    """The density over the image, and the positions (hidden until they are asked for)."""
    step = max(1, -(-max(result.density.shape) // CELLS_ACROSS))
    density = _add_up(result.density, step)
    pixel = result.fold * step
    figure = plots.over_picture(picture.rgb)
    figure.add_heatmap(
        z=np.round(density, 4),
        x0=pixel / 2, dx=pixel, y0=pixel / 2, dy=pixel,
        colorscale=SCALE, showscale=False, opacity=0.9,
        hovertemplate="%{z:.2f} cells at %{x:.0f}, %{y:.0f}<extra></extra>",
    )  # fmt: skip
    x, y = result.positions.T
    figure.add_scatter(
        x=x, y=y, mode="markers", visible=False, hoverinfo="skip",
        marker={"size": 7, "color": "rgba(0,0,0,0)", "line": {"color": "#fff", "width": 1.5}},
    )  # fmt: skip
    figure.update_layout(dragmode="select")
    return figure


def _add_up(density: np.ndarray, step: int) -> np.ndarray:
    rows, columns = density.shape
    padded = np.pad(density, ((0, -rows % step), (0, -columns % step)))
    rows, columns = padded.shape
    return padded.reshape(rows // step, step, columns // step, step).sum((1, 3))


def files(picture: Picture, result: CellCount) -> Markup:
    """Links to the positions as CSV and the overlay as PNG, made here and stored nowhere."""
    rows = np.round(result.positions.astype(float), 1).tolist()
    share = np.kron(result.density, np.ones((result.fold, result.fold), np.float32))
    share = share[: picture.rgb.shape[0], : picture.rgb.shape[1]]
    share = np.clip(share / max(float(share.max()), 1e-6) * 1.2, 0, 0.9)
    overlay = images.encode(images.overlay(picture.rgb, share))
    return Markup('<p class="note">{} positions: {} · {}</p>').format(
        len(rows),
        markup.download("cells.csv", "text/csv", text.write_csv(("x", "y"), rows), "CSV"),
        markup.download("overlay.png", "image/png", overlay, "PNG"),
    )


def count_in_box(asked: Asked[CellCount] | None, *bounds: float | None) -> Markup | Any:
    """The count inside a box given by its bounds in pixels."""
    if asked is None or asked.result.density is None or None in bounds:
        return gr.skip()
    left, top, right, bottom = (round(b) for b in bounds)
    return markup.note(
        Markup("<b>{:.1f}</b> cells inside {}–{} × {}–{} pixels.").format(
            asked.result.inside(*bounds), left, right, top, bottom
        )
    )


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
    rows.append(("the original notebook", "60.41", "32.67", ""))
    return markup.table(
        ("180 / 20 over all 200", "MAE, first epoch", f"MAE, epoch {found['epochs']}",
         "MAE of always the mean"),
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
