"""The page of cell counting: a picture goes in, a count and a map of where come out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import gradio as gr
import numpy as np
from markupsafe import Markup

from demos.cell_counting import DEMO
from demos.cell_counting.result import CellCount, CellCountAnswer
from demos.core import images, markup, plots, runtime
from demos.core.checkpoint import Checkpoint
from demos.core.frame import Asked, First, Frame, cleared, show, truth_of
from demos.core.images import Picture
from demos.core.inputs import PictureInput, html
from demos.core.panels import Parameter

# Orange over blue cells; clear where there is nothing.
SCALE = [[0, "rgba(230,159,0,0)"], [0.25, "rgba(230,159,0,.3)"], [1, "rgba(255,214,102,.95)"]]
CELLS_ACROSS = 256  # at most, of the heat map
SIDE_BY_SIDE = 1_000_000  # pixels: above that the other variants would take too long


Counted = Asked[CellCount]


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
    with frame.inputs:
        picture = PictureInput("Microscopy image")
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
        inputs=[picture],
        first=count,
        second=lambda kept: details(kept, parts),
        outputs=parts,
        run_on=[picture.upload],
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
    frame.endpoint(count_cells, [picture])
    frame.panels(
        call=[
            Parameter("picture", "examples/cell_counting/typical.png", is_file=True),
            Parameter("variant", DEMO.default),
        ],
        errors=errors,
        fails=error_against_density,
    )


def count(variant: str, path: str | None) -> First:
    """The first answer: one forward pass of the chosen variant."""
    picture = images.decode(path, background=0)
    timed = runtime.predict(DEMO.name, variant, picture)
    truth = truth_of(DEMO, path)
    beside: list[Any] = []
    if truth is not None:
        off = markup.signed(round(timed.result.count) - truth)
        beside.append(Markup("true count <b>{}</b>, off by <b>{}</b>").format(truth, off))
    if timed.result.interval:
        low, high = timed.result.interval
        beside.append(Markup("90 % interval <b>{:.0f} to {:.0f}</b>").format(low, high))
    beside += picture.notes
    answer = markup.Answer(f"{timed.result.count:.0f}", "cells", tuple(beside))
    return First(answer, timed, Counted(picture, timed, truth))


def details(kept: Counted, parts: Parts) -> Iterator[dict]:
    """What costs more, part by part: map, other variants, other orientations, files."""
    result = kept.timed.result
    if result.density is None:
        only = "This network gives one number for the whole image; it cannot say where."
        yield {
            **cleared([parts.heat, parts.tools, parts.downloads]),
            parts.box: note(only),
        }
    else:
        yield {
            parts.heat: show(heat_map(kept.given, result)),
            parts.tools: show(),
            parts.downloads: files(kept),
            parts.box: note("Drag a box over the map, or give its bounds, to count inside."),
        }
    yield {parts.compare: side_by_side(kept)}
    yield {parts.orientation: spread_over_views(kept)}


def note(text: str) -> Markup:
    return Markup('<p class="note">{}</p>').format(text)


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


def side_by_side(kept: Counted) -> Markup:
    """All variants on the same picture."""
    if kept.given.rgb[..., 0].size > SIDE_BY_SIDE:
        return note("Above one megapixel only the chosen variant counts.")
    rows, chosen = [], None
    for variant, timed in runtime.all_variants(DEMO, kept.timed, kept.given):
        if timed is None:
            rows.append((variant.title, "not available", "", ""))
            continue
        chosen = len(rows) if variant.name == kept.variant else chosen
        found = round(timed.result.count)
        off = "" if kept.truth is None else markup.signed(found - kept.truth)
        rows.append((variant.title, found, off, markup.duration(timed.seconds)))
    return markup.table(("Model", "Count", "Off by", "Time"), rows, chosen=chosen)


def spread_over_views(kept: Counted) -> Markup:
    """How much the count changes when the picture is flipped and turned; no error bar."""
    if kept.given.rgb[..., 0].size > SIDE_BY_SIDE:
        return Markup("")
    views = runtime.call(DEMO.name, kept.variant, "orientations", kept.given).result
    return Markup(
        '<p class="note">Changes with orientation: {:.1f} to {:.1f} over the eight flipped and '
        "turned views.</p>"
    ).format(views.min(), views.max())


def files(kept: Counted) -> Markup:
    """Links to the positions as CSV and the overlay as PNG, made here and stored nowhere."""
    result = kept.timed.result
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("x", "y"))
    writer.writerows(np.round(result.positions.astype(float), 1).tolist())
    return Markup('<p class="note">{} positions: {} · {}</p>').format(
        len(result.positions),
        markup.download("cells.csv", "text/csv", text.getvalue().encode(), "CSV"),
        markup.download("overlay.png", "image/png", overlay(kept.given.rgb, result), "PNG"),
    )


def overlay(rgb: np.ndarray, result: CellCount) -> bytes:
    """The picture with its density in orange, as PNG."""
    from PIL import Image

    share = np.kron(result.density, np.ones((result.fold, result.fold), np.float32))
    share = share[: rgb.shape[0], : rgb.shape[1], None]
    share = np.clip(share / max(float(share.max()), 1e-6) * 1.2, 0, 0.9)
    blended = rgb * (1 - share) + np.array([255, 200, 80], np.float32) * share
    buffer = io.BytesIO()
    Image.fromarray(blended.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def count_in_box(kept: Counted | None, *bounds: float | None) -> Markup | Any:
    """The count inside a box given by its bounds in pixels."""
    if kept is None or kept.timed.result.density is None or None in bounds:
        return gr.skip()
    inside = kept.timed.result.inside(*bounds)
    left, top, right, bottom = (round(b) for b in bounds)
    return Markup('<p class="note"><b>{:.1f}</b> cells inside {}–{} × {}–{} pixels.</p>').format(
        inside, left, right, top, bottom
    )


def count_cells(picture: str, variant: str) -> CellCountAnswer:
    """Count the cells in a fluorescence image and say where they are.

    Args:
        picture: A fluorescence image as a file or an address, at most 4 megapixels.
        variant: Which model answers: best, baseline, feature_rich or unet.
    """
    timed = runtime.predict(DEMO.name, variant, images.decode(picture, background=0))
    return CellCountAnswer.of(timed)


def errors(variant: str, checkpoint: Checkpoint) -> tuple[Any, Markup]:
    """Predicted against true count of every test image, and the draws of the published setting."""
    found = checkpoint.evaluation.get("predictions_test")
    if not found:
        return None, Markup("")
    figure = plots.figure(x="true count, cells", y="predicted, cells", title="The 100 test images")
    figure.add_scatter(
        x=[70, 320], y=[70, 320], mode="lines", name="exact", line={"color": "#999", "dash": "dot"}
    )
    figure.add_scatter(
        x=found["true"], y=found["predicted"], mode="markers", name=variant, text=found["ids"],
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
    """The seed's own protocol beside its figures, on the baseline's card."""
    found = checkpoint.evaluation.get("seed_protocol")
    if not found:
        return Markup("")
    rows = [
        (f"split {i}", *(f"{s[k]:.2f}" for k in ("first_mae", "last_mae", "constant_mae")))
        for i, s in enumerate(found["splits"])
    ]
    rows.append(("the seed's notebook", "60.41", "32.67", ""))
    return markup.table(
        ("180 / 20 over all 200", "MAE, first epoch", f"MAE, epoch {found['epochs']}",
         "MAE of always the mean"),
        rows,
        caption="The seed's own protocol, repeated; never shipped, since it trains on our test set",
    )  # fmt: skip


def error_against_density() -> Any:
    """Counts of generated fields from 0 to 600 cells by the default variant, against the truth."""
    from demos.cell_counting.generator import field

    truths = [0, 25, 50, 100, 150, 200, 250, 300, 400, 500, 600]
    kinds = {"sharp": {}, "touching": {"clusters": 0.8}, "out of focus": {"blur": 3.0}}
    series = {"exact": (truths, truths)}
    for name, options in kinds.items():
        found = [
            runtime.predict(
                DEMO.name, DEMO.default, Picture(field(n, n, **options)[0])
            ).result.count
            for n in truths
        ]
        series[name] = (truths, np.round(found, 1))
    return plots.lines(
        series, x="true count, cells", y="predicted, cells", markers=True,
        title="Generated fields of 256 × 256 pixels, default variant",
    )  # fmt: skip
