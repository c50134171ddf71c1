"""The panel that counts many pictures at once."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from markupsafe import Markup

from demos.cell_counting import DEMO
from demos.cell_counting.result import CellCount
from demos.core import events, given, markup, text
from demos.core.errors import UserError
from demos.core.frame import Frame
from demos.core.inputs import html
from demos.core.runtime import Predictors

if TYPE_CHECKING:
    from demos.cell_counting.predict import Predictor

MOST = 50  # pictures at once


def build(frame: Frame, models: Predictors[Predictor]) -> None:
    """Many pictures at once: a table and a CSV come out."""
    with gr.Accordion("Many pictures at once", open=False):
        html(
            f'<p class="note">At most {MOST} pictures. The choices above apply to all of them.</p>'
        )
        pictures = gr.File(
            label="Pictures", file_count="multiple", file_types=["image"], height=120
        )
        button = gr.Button("Count them all")
        table = html()
    others = [part for f in frame.fields[1:] for part in f.parts]
    button.click(
        events.stream(functools.partial(count, models)),
        [pictures, *others, frame.variant],
        table,
        **events.MODEL,
        api_visibility="private",
        show_progress="hidden",
    )


def count(
    models: Predictors[Predictor], paths: list[str] | None, *choices: Any
) -> Iterator[Markup]:
    """Count one picture after the other; yields a progress bar, then the table. A picture that
    cannot be counted gets a sentence that says why."""
    *settings, variant = choices
    if not paths:
        yield markup.error("There are no pictures yet: choose some files.")
        return
    if len(paths) > MOST:
        sentence = f"You chose {len(paths)} pictures; at most {MOST} can be counted at once."
        yield markup.error(f"{sentence} Please choose fewer.")
        return
    rows: list[tuple[str, str, str, str, str]] = []
    for path in paths:
        yield markup.progress(len(rows), len(paths), "counted")
        rows.append((Path(path).name, *_row(models, path, settings, variant)))
    head = ("File", "Cells", "90 % interval", "Diameter", "Note")
    link = markup.download("counts.csv", "text/csv", text.write_csv(head, rows), "Download as CSV")
    done = sum(bool(row[1]) for row in rows)
    yield Markup('<p class="note" role="status">{} of {} counted by {}. {}</p>{}').format(
        done, len(rows), DEMO.variant(variant).title, link, markup.table(head, rows)
    )


def _row(
    models: Predictors[Predictor], path: str, settings: list[Any], variant: str
) -> tuple[str, str, str, str]:
    try:
        inputs = given.read(DEMO, [path, *settings])
        found: CellCount = models.predict(variant, *inputs).result
    except UserError as error:
        return "", "", "", str(error)
    interval = "{:.0f} to {:.0f}".format(*found.interval) if found.interval else ""
    unlike = found.familiarity is not None and not found.familiarity.familiar
    diameter = "" if found.diameter is None else f"{found.diameter:.0f}"
    return f"{found.count:.1f}", interval, diameter, markup.UNFAMILIAR if unlike else ""
