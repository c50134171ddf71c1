"""The page of super-resolution: a picture goes in, one of twice its size comes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr
from markupsafe import Markup

from demos.core import images, markup
from demos.core.frame import Asked, Frame, show
from demos.core.inputs import html
from demos.core.runtime import Predictors
from demos.super_resolution import DEMO, charts, mine, view
from demos.super_resolution.result import Enlarged, EnlargedAnswer

if TYPE_CHECKING:
    from demos.super_resolution.predict import Predictor

MODELS: Predictors[Predictor] = Predictors(DEMO)
LINKED = 1_500_000  # pixels of an enlargement that is saved by a link
SIDE_BY_SIDE = 1_040_000  # pixels of an enlargement: above that, the others would take too long

UNLIKE = {
    "compressed": "This picture was compressed: the blocks and ripples of a JPEG are enlarged and "
    "sharpened, too.",
    "noisy": "This picture is noisy: the noise is enlarged and sharpened, too.",
    "blurred": "This picture is blurred: the networks only know pictures that are sharp at the "
    "small size, so the blur stays.",
    "drawn": "This looks like text or a drawing: the networks learned from photos alone, so do "
    "not trust letters that could not be read before.",
}


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    with frame.results:
        seen = html(elem_classes="enlarged")
        save = html(elem_classes="controls spare")
        compare = html()
        added = html(elem_classes="spare")
        spectrum = gr.Plot(show_label=False, container=False, visible=False, elem_classes="spare")

    def details(asked: Asked[Enlarged]) -> Iterator[dict]:
        """What costs more, part by part: the picture, the other variants, what was added."""
        found = asked.result
        yield {
            seen: view.pictures(asked.variant, found, {asked.variant: found}),
            save: download(asked),
        }
        others: dict[str, Enlarged] = {}
        table = side_by_side(asked, others)
        if len(others) > 1:
            yield {seen: view.pictures(asked.variant, found, others)}
        yield {
            added: view.added(found),
            spectrum: show(charts.spectrum(found, DEMO.variant(asked.variant).title)),
        }
        yield {compare: table}

    frame.connect(
        answer=answer,
        api=EnlargedAnswer,
        details=details,
        outputs=[seen, save, compare, added, spectrum],
        button="Enlarge",
    )
    frame.panels(errors=charts.errors, fails=charts.fails, own=lambda: mine.build(frame, MODELS))


def answer(asked: Asked[Enlarged]) -> markup.Answer:
    """The new size, how well it fits the small picture and, where it is known, the truth."""
    found, picture = asked.result, asked.inputs[0]
    (rows, columns), (low_rows, low_columns) = found.rgb.shape[:2], found.small.shape[:2]
    beside: list[Any] = [f"from {low_columns} × {low_rows}"]
    if found.psnr is not None:
        beside.append(
            Markup("PSNR <b>{:.2f} dB</b>, {} to bicubic").format(
                found.psnr, markup.signed(found.psnr - found.psnr_bicubic, 2)
            )
        )
    beside.append(
        Markup("shrunk again, it is <b>{:.2f}</b> grey levels off").format(found.consistency)
    )
    speed = rows * columns / 1e6 / max(asked.timed.seconds, 1e-6)
    beside.append(f"{speed:.1f} megapixels a second")
    notes = dict.fromkeys((*picture.notes, *found.notes))
    warning = UNLIKE.get(found.unlike, "")
    return markup.Answer(f"{columns} × {rows}", "pixels", (*beside, *notes), warning)


def side_by_side(asked: Asked[Enlarged], found: dict[str, Enlarged]) -> Markup:
    """All variants and bicubic interpolation on the same picture, in a table; their results are
    added to `found`."""
    rows, columns = asked.result.rgb.shape[:2]
    if rows * columns > SIDE_BY_SIDE:
        rows = [(*cells(asked.variant, asked.result), markup.duration(asked.timed.seconds), "")]
        caption = "A picture of this size goes through the chosen model alone"
        return markup.table(HEAD, rows, text_columns=1, chosen=0, caption=caption)
    rows, chosen = [bicubic_cells(asked.result)], None
    for variant, timed in MODELS.all_variants(asked.timed, *asked.inputs):
        if timed is None:
            rows.append((variant.title, "not available", *[""] * (len(HEAD) - 2)))
            continue
        found[variant.name] = timed.result
        chosen = len(rows) if variant.name == asked.variant else chosen
        size = markup.count(MODELS[variant.name].parameters)
        time = markup.duration(timed.seconds)
        rows.append((*cells(variant.name, timed.result), time, size))
    return markup.table(HEAD, rows, text_columns=1, chosen=chosen)


HEAD = ("Model", "PSNR", "SSIM", "Shrunk again", "Time", "Parameters")


def cells(variant: str, found: Enlarged) -> tuple[str, str, str, str]:
    """A variant's title, PSNR and SSIM where the truth is known, and its consistency."""
    psnr = markup.UNSURE if found.psnr is None else f"{found.psnr:.2f} dB"
    ssim = markup.UNSURE if found.ssim is None else f"{found.ssim:.4f}"
    return DEMO.variant(variant).title, psnr, ssim, f"{found.consistency:.2f} off"


def bicubic_cells(found: Enlarged) -> tuple[str, ...]:
    """The same of bicubic interpolation."""
    plain = Enlarged(found.bicubic, found.small, found.bicubic, found.true)
    _, *rest = cells(DEMO.default, plain)
    return ("Bicubic", *rest, "", "none")


def download(asked: Asked[Enlarged]) -> Markup:
    """A link to the picture itself, without loss; the bytes are in the link, so not of any size."""
    rows, columns = asked.result.rgb.shape[:2]
    if rows * columns > LINKED:
        return markup.note("To save a picture of this size, use “Enlarge mine”, further down.")
    name = f"enlarged-{asked.variant}-x{asked.result.factor}.png"
    content = images.encode(asked.result.rgb, compress_level=1)
    return markup.note(markup.download(name, "image/png", content, "Download this one as PNG"))
