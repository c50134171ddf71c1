"""The page of cell counting: a picture goes in, a count and a map of where come out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr
import numpy as np
from markupsafe import Markup

from demos.cell_counting import DEMO, charts, files, many
from demos.cell_counting.result import CellCount, CellCountAnswer
from demos.core import events, markup, plots
from demos.core.compare import side_by_side
from demos.core.familiarity import is_familiar
from demos.core.frame import HIDE, Asked, Frame, cleared, show
from demos.core.images import Picture
from demos.core.inputs import html, temporary_folder
from demos.core.runtime import Predictors

# Orange over blue cells; clear where there is nothing.
SCALE = [[0, "rgba(230,159,0,0)"], [0.25, "rgba(230,159,0,.3)"], [1, "rgba(255,214,102,.95)"]]
SIZED = "field"  # the variant that brings every picture to the size of cells that it knows
UNLIKE = {
    False: "This picture is unlike the synthetic cells that this model was trained on: the size of "
    "its cells, its light or its background differs. Do not rely on the count; “Any picture” and "
    "“No learning” adapt to the size of the cells.",
    True: "This picture is unlike both kinds that this model was trained on: do not rely on the "
    "count.",
}
CELLS_ACROSS = 256  # at most, of the heat map
SIDE_BY_SIDE = 1_000_000  # pixels: above that, the other variants would take too long


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
    more: gr.Button
    prepared: gr.File


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
        more = gr.Button(
            "Files for other programs", size="sm", visible=False, elem_classes="controls spare"
        )
        prepared = gr.File(
            label="Positions, ImageJ regions, density", visible=False, elem_classes="spare"
        )
    parts = Parts(heat, tools, box, compare, orientation, downloads, more, prepared)
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
        **events.LATEST,
    )
    more.click(
        events.public(prepare_files), frame.kept, prepared, queue=False, api_visibility="private"
    )
    # Opacity, points and the box are drawn by the browser: nothing is sent.
    opacity.input(None, opacity, None, js="value => gallery.plot('.opacity', value)")
    points.input(None, points, None, js="value => gallery.plot('.points', value)")
    frame.panels(
        errors=charts.errors,
        fails=charts.error_against_density,
        own=lambda: many.build(frame, MODELS),
    )


def answer(asked: Asked[CellCount]) -> markup.Answer:
    """The count, with the truth and the interval where there are any."""
    beside: list[Any] = []
    if asked.truth is not None:
        off = markup.signed(round(asked.result.count) - asked.truth)
        beside.append(Markup("true count <b>{}</b>, off by <b>{}</b>").format(asked.truth, off))
    if asked.result.interval:
        low, high = asked.result.interval
        beside.append(Markup("90 % interval <b>{:.0f} to {:.0f}</b>").format(low, high))
    picture, given, _ = asked.inputs
    if asked.result.diameter:
        how = "as given" if given else "estimated"
        beside.append(f"cells {asked.result.diameter:.0f} pixels wide ({how})")
    notes = (*picture.notes, *asked.result.notes)
    warning = "" if is_familiar(asked.result.familiarity) else UNLIKE[asked.variant == SIZED]
    return markup.Answer(f"{asked.result.count:.0f}", "cells", (*beside, *notes), warning)


def details(asked: Asked[CellCount], parts: Parts) -> Iterator[dict]:
    """What costs more, part by part: map, other variants, other orientations, files."""
    result, (picture, *_) = asked.result, asked.inputs
    if result.positions is None:
        only = "This network gives one number for the image; it cannot say where the cells are."
        yield {
            **cleared([parts.heat, parts.tools, parts.downloads, parts.more, parts.prepared]),
            parts.box: markup.note(only),
        }
    elif result.density is None:
        yield {
            **cleared([parts.tools]),
            parts.heat: show(position_map(picture, result)),
            parts.downloads: links(picture, result),
            parts.more: show(),
            parts.prepared: HIDE,
            parts.box: markup.note("Without a density map there is no count inside a box."),
        }
    else:
        yield {
            parts.heat: show(heat_map(picture, result)),
            parts.tools: show(),
            parts.downloads: links(picture, result),
            parts.more: show(),
            parts.prepared: HIDE,
            parts.box: markup.note("Drag a box over the map, or give its bounds, to count in it."),
        }
    if picture.rgb[..., 0].size > SIDE_BY_SIDE:
        only = "Above one megapixel, only the chosen variant is run."
        yield {parts.compare: markup.note(only), parts.orientation: ""}
        return
    truth = asked.truth

    def cells(found: CellCount) -> tuple[object, str]:
        count = round(found.count)
        return count, "" if truth is None else markup.signed(count - truth)

    table = side_by_side(MODELS, asked, ("Count", "Off by"), cells, text_columns=1)
    yield {parts.compare: table}
    views = MODELS[asked.variant].orientations(*asked.inputs)
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
    pixel, (left, top) = result.pixel * step, result.origin
    figure = plots.over_picture(picture.rgb)
    figure.add_heatmap(
        z=np.round(density, 4),
        x0=left + pixel / 2, dx=pixel, y0=top + pixel / 2, dy=pixel,
        colorscale=SCALE, showscale=False, opacity=0.9,
        hovertemplate="%{z:.2f} cells at %{x:.0f}, %{y:.0f}<extra></extra>",
    )  # fmt: skip
    _add_positions(figure, result, visible=False)
    figure.update_layout(dragmode="select")
    return figure


def position_map(picture: Picture, result: CellCount) -> Any:
    """The positions over the image, from a method that paints no density."""
    figure = plots.over_picture(picture.rgb)
    _add_positions(figure, result, visible=True)
    return figure


def _add_positions(figure: Any, result: CellCount, visible: bool) -> None:
    x, y = result.positions.T
    figure.add_scatter(
        x=x, y=y, mode="markers", visible=visible, hoverinfo="skip",
        marker={"size": 7, "color": "rgba(0,0,0,0)", "line": {"color": "#fff", "width": 1.5}},
    )  # fmt: skip


def _add_up(density: np.ndarray, step: int) -> np.ndarray:
    rows, columns = density.shape
    padded = np.pad(density, ((0, -rows % step), (0, -columns % step)))
    rows, columns = padded.shape
    return padded.reshape(rows // step, step, columns // step, step).sum((1, 3))


def links(picture: Picture, result: CellCount) -> Markup:
    """Links to the positions as CSV and the overlay as PNG, made here and not stored anywhere."""
    made = [markup.download("cells.csv", "text/csv", files.positions(result), "CSV")]
    if result.density is not None:
        overlay = files.overlay(picture, result)
        made.append(markup.download("overlay.png", "image/png", overlay, "PNG"))
    return markup.note(
        Markup("{} positions: {}").format(len(result.positions), Markup(" · ").join(made))
    )


def prepare_files(asked: Asked[CellCount] | None) -> Any:
    """The files for other programs, in the folder whose contents are deleted within an hour."""
    if asked is None or asked.result.positions is None:
        return gr.update(value=None, visible=False)
    return show([str(path) for path in files.write(asked.result, temporary_folder())])


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
