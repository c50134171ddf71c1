"""The panel that enlarges a visitor's own pictures, large ones too, and hands out files."""

from __future__ import annotations

import functools
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from markupsafe import Markup

from demos.core import events, markup
from demos.core.errors import UserError
from demos.core.frame import HIDE, Frame, show
from demos.core.inputs import html, temporary_folder
from demos.core.runtime import Predictors
from demos.super_resolution import DEMO, large

if TYPE_CHECKING:
    from demos.super_resolution.predict import Predictor

MOST = 20  # pictures at once
TWICE, FOUR = "2 ×", "4 × (twice in a row)"
FACTOR = {TWICE: 2, FOUR: 4}
LIMITS = (
    f"At most {MOST} pictures. Twice the size: up to {large.MOST[2] / 1e6:g} megapixels each; four "
    f"times: up to {large.MOST[4] / 1e6:g}. Transparency, orientation, colour profile and grey are "
    "kept; the model above is used."
)


def build(frame: Frame, models: Predictors[Predictor]) -> None:
    """Files in, sizes before and after, a button, progress, files out."""
    with gr.Accordion("Enlarge mine", open=False):
        html(markup.note(LIMITS))
        pictures = gr.File(
            label="Pictures", file_count="multiple", file_types=["image"], height=120
        )
        with gr.Row():
            factor = gr.Radio([TWICE, FOUR], value=TWICE, label="How much larger")
            keep = gr.Checkbox(False, label="Keep the camera's data (EXIF: place, time, device)")
        sizes = html()
        button = gr.Button("Enlarge them")
        progress = html()
        files = gr.File(label="Enlarged", visible=False, interactive=False)
    gr.on(
        [pictures.change, factor.change], events.public(plan), [pictures, factor], sizes,
        show_progress="hidden", **events.PRIVATE,
    )  # fmt: skip
    button.click(
        events.stream(functools.partial(run, models)),
        [pictures, factor, keep, frame.variant], [progress, files],
        show_progress="hidden", **events.MODEL, **events.PRIVATE,
    )  # fmt: skip


def plan(paths: list[str] | None, factor: str) -> Markup:
    """What will come out of each picture, or why nothing will: said before the work starts."""
    if not paths:
        return Markup("")
    rows = [(Path(path).name, *planned(path, FACTOR[factor])) for path in paths[:MOST]]
    return markup.table(("File", "Now", "Then", ""), rows, text_columns=4)


def planned(path: str, factor: int) -> tuple[str, str, str]:
    """A picture's size in pixels, its size then, and what speaks against it or was converted."""
    try:
        original = large.read(path)
        columns, rows = original.size
        now = f"{columns} × {rows}"
        large.check(original, factor)
    except UserError as error:
        return "", "", str(error)
    return now, f"{columns * factor} × {rows * factor}", "; ".join(original.notes)


def run(
    models: Predictors[Predictor], paths: list[str] | None, factor: str, keep: bool, variant: str
) -> Iterator[tuple[Any, Any]]:
    """Enlarge one picture after the other; yields progress with the time left, then the files. A
    picture that cannot be enlarged gets a sentence, and the others are enlarged."""
    if not paths or len(paths) > MOST:
        many = f"You chose {len(paths or [])} pictures; at most {MOST} can be enlarged at once."
        none = "There are no pictures yet: choose some files."
        yield markup.error(many if paths else none), HIDE
        return
    folder, by = temporary_folder(), FACTOR[factor]
    made: list[Path] = []
    rows: list[tuple[str, str]] = []
    began = time.perf_counter()
    for number, path in enumerate(paths):
        try:
            original, found = large.read(path), []
            for share in large.enlarge(models[variant], original, by, found):
                yield working(number + share, len(paths), time.perf_counter() - began), HIDE
        except UserError as error:
            rows.append((Path(path).name, str(error)))
            continue
        target = unused(folder / large.name(path, variant, by))
        target.write_bytes(large.encode(found[0], keep))
        made.append(target)
        columns, height = found[0].size
        rows.append((Path(path).name, f"{columns} × {height} pixels: {target.name}"))
    if len(made) > 1:
        made = [zipped(folder, made, variant, by)]
    seconds = markup.duration(time.perf_counter() - began)
    said = f"{sum('pixels: ' in row[1] for row in rows)} of {len(rows)} enlarged by "
    line = Markup('<p class="note" role="status">{}{} in {}.</p>').format(
        said, DEMO.variant(variant).title, seconds
    )
    table = markup.table(("File", "Result"), rows, text_columns=2)
    yield line + table, show([str(path) for path in made]) if made else HIDE


def working(done: float, of: int, seconds: float) -> Markup:
    """How far it is, and how much longer it will take."""
    left = markup.duration(max(0.01, seconds / max(done, 1e-3) * (of - done)))
    return Markup(
        '<p class="note" role="status">{:.0f} % of {} done, about {} left '
        '<progress value="{:.3f}" max="{}"></progress></p>'
    ).format(100 * done / of, "one picture" if of == 1 else f"{of} pictures", left, done, of)


def unused(path: Path) -> Path:
    """A path that does not exist yet: two files of one name are two results."""
    number = 2
    found = path
    while found.exists():
        found = path.with_stem(f"{path.stem}-{number}")
        number += 1
    return found


def zipped(folder: Path, paths: list[Path], variant: str, factor: int) -> Path:
    """One archive of several files, which are compressed already."""
    target = folder / f"enlarged-{variant}-x{factor}.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in paths:
            archive.write(path, path.name)
            path.unlink()
    return target
