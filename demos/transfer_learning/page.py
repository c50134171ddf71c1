"""The page of transfer learning: a picture goes in, one of nine animals or none of these comes out;
below it a visitor teaches a class of their own."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr
import numpy as np
from markupsafe import Markup

from demos.core import images, markup
from demos.core.checkpoint import open_checkpoint
from demos.core.events import LATEST, MODEL, PRIVATE, public
from demos.core.familiarity import is_familiar
from demos.core.frame import Asked, Frame
from demos.core.images import Picture
from demos.core.inputs import html
from demos.core.runtime import Predictors
from demos.transfer_learning import DEMO, charts, teach
from demos.transfer_learning.result import Answer, Classified, Evidence, Neighbour

if TYPE_CHECKING:
    from demos.transfer_learning.predict import Predictor

MODELS: Predictors[Predictor] = Predictors(DEMO)
SHOWN = 300  # pixels, the longer side of a picture on the page
NONE = "None of these"
UNLIKE = "This is unlike the photos of all nine, so no name and no probability is given."
GUESS = (
    "This is unlike the photos that it was trained on, a drawing or a statue perhaps: the name is "
    "a guess, without a probability."
)
SURE = 0.9  # from here on the nearest class is worth a guess


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    with frame.left:
        html(
            '<p class="note controls">Or <button type="button" class="to-teach">teach it classes '
            "of "
            "your own</button>, below.</p>"
        )
    with frame.results:
        bars = html()
        chosen = gr.Radio([], label="Why this class?", visible=False, elem_classes="controls")
        why = html()
        near = html(elem_classes="spare")
        compare = html()
        strip = html(elem_classes="spare")

    def details(asked: Asked[Classified]) -> Iterator[dict]:
        """What costs more, part by part."""
        names = [name for name, _ in asked.result.top]
        yield {
            bars: share_bars(asked.result),
            chosen: gr.update(choices=names, value=names[0], visible=True),
        }
        yield {why: reasons(asked, names[0])}
        model = MODELS[asked.variant]
        yield {near: neighbours(model.nearest(asked.result), charts.credit(model.checkpoint))}
        yield {compare: side_by_side(asked)}
        yield {strip: changed_copies(model.augmented(asked.inputs[0], "original"))}

    frame.connect(
        answer=answer,
        api=Answer,
        details=details,
        outputs=[bars, chosen, why, near, compare, strip],
        button="What is it?",
    )
    chosen.input(
        public(lambda asked, name: reasons(asked, name) if asked else ""),
        [frame.kept, chosen], why, show_progress="minimal", **MODEL, **PRIVATE, **LATEST,
    )  # fmt: skip
    teach.build(MODELS)
    frame.panels(errors=charts.errors, fails=charts.fails, calibrated=True)


def answer(asked: Asked[Classified]) -> markup.Answer:
    """The class and its probability; a guess, or none of these, for what is unlike all photos."""
    label, share = asked.result.top[0]
    notes = list(asked.result.notes)
    if asked.truth is not None:
        notes.append(Markup("true class: <b>{}</b>").format(asked.truth))
    if is_familiar(asked.result.familiarity):
        return markup.Answer(label.capitalize(), markup.percent(share), tuple(notes))
    if share >= SURE:
        return markup.Answer(f"{label.capitalize()}?", "", tuple(notes), GUESS)
    return markup.Answer(NONE, f"nearest: {label}", tuple(notes), UNLIKE)


def cells(found: Classified) -> tuple[str, str]:
    """What a variant says, and how sure it is."""
    label, share = found.top[0]
    known = is_familiar(found.familiarity)
    return (label if known else "none of these", markup.percent(share) if known else markup.UNSURE)


def side_by_side(asked: Asked[Classified]) -> Markup:
    """What every variant says, with its accuracy, its time and its size."""
    rows, chosen = [], None
    for variant, timed in MODELS.all_variants(asked.timed, *asked.inputs):
        if timed is None:
            rows.append((variant.title, "not available", "", "", "", ""))
            continue
        chosen = len(rows) if variant.name == asked.variant else chosen
        size = markup.count(MODELS[variant.name].parameters)
        time = markup.duration(timed.seconds)
        rows.append((variant.title, *cells(timed.result), accuracy(variant.name), time, size))
    head = ("Model", "Says", "Confidence", "Accuracy", "Time", "Parameters")
    return markup.table(head, rows, text_columns=2, chosen=chosen)


def share_bars(found: Classified) -> Markup:
    """The five most probable classes; grey where the picture is none of them."""
    known = is_familiar(found.familiarity)
    return bars_of(found.top, known)


def bars_of(top: list[tuple[str, float]], known: bool = True) -> Markup:
    """Names with bars; without numbers where the input is unlike all of them."""
    rows = markup.join(
        Markup(
            '<div class="share{}"><span>{}</span><i style="--share:{:.1f}%"></i><b>{}</b></div>'
        ).format(
            "" if known else " unsure", name, 100 * share, markup.percent(share) if known else ""
        )
        for name, share in top
    )
    return Markup('<div class="shares">{}</div>').format(rows)


def reasons(asked: Asked[Classified], name: str) -> Markup:
    """What counts towards a class and what against it, over the picture."""
    (picture,) = asked.inputs
    found = MODELS[asked.variant].explain(picture)[name]
    for_it = "Orange counts towards" if found.speaks else "Nothing here counts towards"
    against = "Blue counts against" if found.objects else "Nothing here counts against"
    return Markup('<div class="pair">{}{}</div>').format(
        markup.figure(over(picture, found, 1), f"{for_it} {found.label}."),
        markup.figure(over(picture, found, -1), f"{against} {found.label} (Grad-CAM)."),
    )


def over(picture: Picture, found: Evidence, sign: int) -> Markup:
    """One sign of the evidence as a colour over the greyed picture."""
    rgb = images.shrunk(picture.rgb, SHOWN)
    rows, columns = rgb.shape[:2]
    steps = [
        np.arange(n) * m // n for n, m in zip((rows, columns), found.values.shape, strict=True)
    ]
    colour = images.FOR if sign > 0 else images.AGAINST
    drawn = images.tinted(images.greyed(rgb), sign * found.values[np.ix_(*steps)], colour)
    side = "for" if sign > 0 else "against"
    return Markup('<img class="seen-picture" src="{}" alt="What speaks {} {}">').format(
        images.data_uri(drawn), side, found.label
    )


def neighbours(found: list[Neighbour], credit: str) -> Markup:
    """The nearest training photos that may be shown."""
    if not found:
        return Markup("")
    tiles = markup.join(
        Markup('<figure><img alt="{}" src="data:image/webp;base64,{}"><figcaption>{}<br>{:.2f}'
               "</figcaption></figure>").format(
            n.name, base64.b64encode(n.thumbnail).decode(), n.label, n.cosine
        )
        for n in found
    )  # fmt: skip
    return Markup('<div class="tiles">{}</div>{}').format(
        tiles, markup.note(f"The nearest training photos, with the cosine of features. {credit}")
    )


def changed_copies(found: list[tuple[np.ndarray, Classified]]) -> Markup:
    """Eight changed copies of the picture, as training shows them, and what is said of each."""
    tiles = markup.join(
        Markup(
            '<figure><img alt="A changed copy" src="{}"><figcaption>{}<br>{}</figcaption></figure>'
        ).format(images.data_uri(images.shrunk(rgb, 112), 80), *cells(result))
        for rgb, result in found
    )  # fmt: skip
    return Markup('<div class="tiles eight">{}</div>{}').format(
        tiles,
        markup.note(
            "The same picture as augmentation changes it (flips, turns, shear, colours, as the "
            "original did), and what it is called then."
        ),
    )


def accuracy(variant: str) -> str:
    """A variant's accuracy on its card."""
    card = open_checkpoint(DEMO.name, variant).card
    found = card.metric("accuracy", "test") or card.metric("accuracy", "validation folds")
    return f"{100 * found.value:.1f} %" if found else ""
