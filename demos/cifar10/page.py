"""The page of CIFAR-10: a picture goes in, one of ten classes comes out; two sliders shuffle and
shift its pixels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from markupsafe import Markup

from demos.cifar10 import DEMO, charts, confusions, export, parts
from demos.cifar10.result import Answer, Classified
from demos.core import classifier, images, markup
from demos.core.checkpoint import open_checkpoint
from demos.core.events import LATEST, MODEL, PRIVATE, public
from demos.core.familiarity import is_familiar
from demos.core.frame import Asked, Frame, show
from demos.core.inputs import html
from demos.core.runtime import Predictors

if TYPE_CHECKING:
    from demos.cifar10.predict import Predictor

MODELS: Predictors[Predictor] = Predictors(DEMO)


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    with frame.results:
        saw = html()
        twins = html()
        compare = html()
        curve = gr.Plot(show_label=False, container=False, visible=False, elem_classes="spare")
        chosen = gr.Radio([], label="Why this class?", visible=False, elem_classes="controls")
        why = html(elem_classes="spare")
        depth = gr.Radio([], label="How deep?", visible=False, elem_classes="controls")
        tiles = html(elem_classes="spare")
        off = gr.Radio([], label="Switch one off", visible=False, elem_classes="controls")
        without = html(elem_classes="spare")
    outputs = [saw, twins, compare, curve, chosen, why, depth, tiles, off, without]

    def details(asked: Asked[Classified]) -> Iterator[dict]:
        """What costs more, part by part."""
        yield {saw: looked_at(asked)}
        yield {twins: retrained(asked)}
        yield {compare: side_by_side(asked)}
        yield {curve: show(moved(asked))}
        names = [name for name, _ in asked.result.top]
        yield {
            chosen: gr.update(choices=list(asked.result.labels), value=names[0], visible=True),
            why: parts.reasons(asked, names[0]),
        }
        found = MODELS[asked.variant].depths(asked.result.seen)
        titles = [parts.title(d, n, len(found)) for n, d in enumerate(found)]
        last = found[-1]
        yield {
            depth: gr.update(choices=titles, value=titles[-1], visible=len(found) > 1),
            tiles: parts.tiles(last),
            off: parts.choices(last),
            without: "",
        }

    def another_depth(asked: Asked[Classified] | None, name: str) -> tuple[Any, Any, str]:
        """The parts at another depth, all switched on."""
        found = parts.at_depth(asked, name)
        return (parts.tiles(found), parts.choices(found), "") if found else (gr.skip(),) * 3

    def switched(asked: Asked[Classified] | None, name: str, part: str) -> Any:
        found = parts.at_depth(asked, name)
        return parts.without(asked, found, part) if asked and found else gr.skip()

    frame.connect(answer=answer, api=Answer, details=details, outputs=outputs, button="What is it?")
    for event, handler, given, changed in (
        (chosen.input, lambda asked, name: parts.reasons(asked, name) if asked else "",
         [frame.kept, chosen], why),
        (depth.input, another_depth, [frame.kept, depth], [tiles, off, without]),
        (off.input, switched, [frame.kept, depth, off], without),
    ):  # fmt: skip
        event(
            public(handler), given, changed, show_progress="minimal", **MODEL, **PRIVATE, **LATEST
        )
    frame.panels(
        errors=charts.errors, fails=charts.fails, own=lambda: own_panels(frame), calibrated=True
    )


def own_panels(frame: Frame) -> None:
    """Those that only this page has."""
    export.build(frame)
    confusions.build(frame)


def answer(asked: Asked[Classified]) -> markup.Answer:
    """The class, and what was done to the picture."""
    return classifier.answer(asked, asked.result.prepared.notes)


def looked_at(asked: Asked[Classified]) -> Markup:
    """The picture with its crop, what the network saw of it, and the three likeliest classes."""
    found, picture = asked.result, asked.inputs[0]
    left, top, side = found.prepared.crop
    rows, columns = picture.rgb.shape[:2]
    scale = parts.SHOWN / max(rows, columns)
    pale = (picture.rgb * 0.35 + 140).astype(np.uint8)
    pale[top : top + side, left : left + side] = picture.rgb[top : top + side, left : left + side]
    cropped = Markup('<img class="seen-crop" src="{}" alt="The part that is looked at" width="{}">')
    whole = cropped.format(
        images.data_uri(images.shrunk(pale, 2 * parts.SHOWN)), max(24, round(scale * columns))
    )
    words = ["32 × 32 pixels, reduced by Lanczos with antialiasing"]
    _, _, shuffle, shift = asked.inputs
    if shuffle:
        words.append(f"{shuffle:g} % of its pixels shuffled")
    if shift:
        words.append(f"shifted by {shift:g} pixels")
    small = markup.pixels(found.seen, "What the network sees", parts.WIDE)
    return Markup('<div class="pair crop-pair">{}{}<div class="top-three">{}</div></div>').format(
        markup.figure(small, f"What every network sees: {', '.join(words)}."),
        markup.figure(whole, "The square that is looked at; “Crop” moves it.")
        if rows != columns else "",
        share_bars(found),
    )  # fmt: skip


def share_bars(found: Classified) -> Markup:
    """The maximum softmax says how sure a network is; where a picture is unlike the training data
    that deceives, so that the bars are grey."""
    known = is_familiar(found.familiarity)
    rows = markup.join(
        Markup(
            '<div class="likely{}"><span>{}</span><i style="--share:{:.1f}%"></i><b>{}</b></div>'
        ).format("" if known else " unsure", name, 100 * share, markup.percent(share))
        for name, share in found.top
    )  # fmt: skip
    note = "" if known else markup.note(
        "The softmax divides 100 % among ten names, whatever the picture shows: these shares mean "
        "nothing here."
    )  # fmt: skip
    return rows + note


def side_by_side(asked: Asked[Classified]) -> Markup:
    """What every variant says, with its accuracy, its size and its time."""
    rows, marked = [], None
    for variant, timed in MODELS.all_variants(asked.timed, *asked.inputs):
        if timed is None:
            rows.append((variant.title, "not available", *[""] * 5))
            continue
        marked = len(rows) if variant.name == asked.variant else marked
        (label, share), card = timed.result.top[0], open_checkpoint(DEMO.name, variant.name).card
        known = is_familiar(timed.result.familiarity)
        weights = card.files["model.safetensors"].bytes
        rows.append((
            variant.title, label, markup.percent(share) if known else markup.UNSURE,
            charts.accuracy(variant.name), markup.duration(timed.seconds),
            markup.count(card.architecture.parameters), markup.size(weights),
        ))  # fmt: skip
    head = ("Model", "Says", "Confidence", "Test accuracy", "Time", "Parameters", "Size")
    return markup.table(head, rows, text_columns=2, chosen=marked)


def moved(asked: Asked[Classified]) -> Any:
    """Accuracy over the slider that was moved, and this picture on it."""
    prepared, labels = asked.result.prepared, asked.result.labels
    _, _, shuffle, shift = asked.inputs
    model, slider = MODELS[asked.variant], "shift"
    if shuffle and not shift:
        slider, shares = "shuffle", model.over_shares(prepared, shift)
    else:
        shares = model.over_shifts(prepared, shuffle)
    named = int(shares[0].argmax())
    at = shuffle if slider == "shuffle" else shift
    return charts.moved(slider, labels[named], shares[:, named], at)


def retrained(asked: Asked[Classified]) -> Markup:
    """What networks say that were trained on shuffled pixels, shown this picture shuffled so."""
    if not asked.inputs[2]:
        return Markup("")
    rows = []
    for variant in DEMO.variants:
        found = MODELS[variant.name].twin(asked.result.prepared)
        if found is not None:
            rows.append((variant.title, found[0], markup.percent(found[1]),
                         charts.accuracy(variant.name),
                         charts.accuracy(variant.name, "accuracy_shuffled")))  # fmt: skip
    if not rows:
        return Markup("")
    head = ("Trained on shuffled pixels", "Says", "Confidence", "Test accuracy, plain", "Shuffled")
    caption = (
        "The same networks, trained once more with all pixels shuffled alike (the convolutional "
        "one for a quarter of the epochs)"
    )
    return markup.table(head, rows, text_columns=2, caption=caption)
