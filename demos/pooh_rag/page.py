"""The page of Ask Winnie-the-Pooh: a chat whose answers stand on passages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import gradio as gr
from markupsafe import Markup

from demos.core import events, markup
from demos.core.choices import SELECT
from demos.core.errors import UserError
from demos.core.frame import Asked, Frame, show
from demos.core.inputs import html
from demos.core.runtime import Predictors
from demos.pooh_rag import DEMO, SUGGESTED, charts, generators, own
from demos.pooh_rag.result import ABSTAINED, BookAnswer, Reply

if TYPE_CHECKING:
    from demos.pooh_rag.predict import Predictor

MODELS: Predictors[Predictor] = Predictors(DEMO)
NOTHING = "nothing: words can only be pointed at in a passage that was found"
LOW = "Low relevance: nothing in the text is near this question."
NO_MODEL = "none (quotations only)"


class Parts(NamedTuple):
    """The outputs of the second event."""

    told: gr.HTML
    more: gr.HTML
    levels: gr.HTML
    sources: gr.HTML
    lines: gr.HTML
    ranks: gr.Plot
    map: gr.Plot
    beside: gr.HTML
    prompt: gr.HTML
    phrased: gr.HTML


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    known = generators.available()
    with frame.results:
        parts = Parts(
            told=html(),
            more=html(elem_classes="spare", js_on_load=SELECT),
            levels=html(),
            sources=html(),
            lines=html(),
            ranks=gr.Plot(show_label=False, container=False, visible=False),
            map=gr.Plot(show_label=False, container=False, visible=False),
            beside=html(),
            prompt=html(),
            phrased=html(),
        )
        chosen = gr.Radio(
            [NO_MODEL, *known], value=NO_MODEL, label="Who phrases the answer",
            visible=bool(known), elem_classes="spare",
        )  # fmt: skip
    clear = gr.Button("New conversation", elem_classes="again", render=False)
    with frame.left:
        clear.render()
    suggested = parts.more.select(
        events.public(_suggested), None, frame.fields[0].main, queue=False, **events.PRIVATE
    )
    clear.click(lambda: [], None, frame.fields[1].main, queue=False, **events.PRIVATE)
    chosen.change(
        events.stream(phrased),
        [frame.kept, chosen],
        parts.phrased,
        **events.MODEL,
        **events.PRIVATE,
    )
    frame.connect(
        answer=answer,
        api=BookAnswer,
        details=lambda asked: details(asked, parts),
        outputs=parts,
        starts=[suggested.then],
        button="Ask",
    )
    frame.panels(errors=charts.experiments, own=lambda: own.panels(frame, MODELS))


def answer(asked: Asked[Reply]) -> markup.Answer:
    """The words and the number of their source, or that there are none."""
    found, truth = asked.result, asked.truth
    beside = () if truth is None else (Markup("right answer: <b>{}</b>").format(truth),)
    warning = "" if found.relevant else LOW
    if found.answer is None:
        return markup.Answer(ABSTAINED, "", beside, warning)
    return markup.Answer(f"{found.answer} [1]", "", beside, warning)


def details(asked: Asked[Reply], parts: Parts) -> Iterator[dict]:
    """What stands behind the answer, part by part."""
    model, found = MODELS[asked.variant], asked.result
    text = model.index
    yield {
        parts.told: charts.rewritten(found),
        parts.more: more(found),
        parts.levels: charts.thresholds(found),
        parts.phrased: "",
    }
    yield {parts.sources: charts.sources(found, text.text)}
    yield {parts.lines: charts.lines(*model.met(text, found))}
    yield {parts.ranks: show(charts.ranks(found))}
    yield {parts.map: show(charts.chunk_map(*model.map(text, found)))}
    yield {
        parts.beside: charts.beside(found, NOTHING, title(asked)),
        parts.prompt: charts.prompt(generators.prompt(found), ""),
    }


def title(asked: Asked[Reply]) -> str:
    """The name of the text that was asked."""
    return DEMO.variant(asked.variant).title


def _suggested(event: gr.EventData) -> str:
    """The suggested question that was clicked."""
    return str(event.name)[: DEMO.inputs[0].limit]


def more(found: Reply) -> Markup:
    """What else might be asked; a click asks it."""
    button = Markup('<button type="button" class="ask" data-name="{}">{}</button>')
    offered = [q for q in SUGGESTED if q != found.question]
    return Markup('<p class="more">Ask as well: {}</p>').format(
        Markup(" ").join(button.format(q, q) for q in offered)
    )


def phrased(asked: Asked[Reply] | None, name: str) -> Iterator[Markup]:
    """The answer as a language model phrases it, piece by piece, and what it says without any
    passage."""
    generator = generators.available().get(name)
    if generator is None:
        yield Markup("")
        return
    if asked is None:
        raise UserError("There is no answer yet: ask something first.")
    shown = Markup('<div class="phrased"><p dir="auto">{}</p><p class="note">{}</p>{}</div>')
    text, state = "", ""
    for text, state in generators.phrase(generator, asked.result):
        yield shown.format(text, state or "…", "")
    without = ""
    try:
        for piece in generator.stream(generators.prompt(asked.result, passages=False)):
            without += piece
    except UserError as error:
        without = str(error)
    yield shown.format(text, state, charts.beside(asked.result, without, title(asked)))
