"""The page of question answering: a question and a paragraph go in, the answer is marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import gradio as gr
from markupsafe import Markup

from demos.core import events, markup, text
from demos.core.choices import SELECT
from demos.core.compare import side_by_side
from demos.core.documents import LIMIT, MOST_PAGES, Document
from demos.core.documents import read as read_document
from demos.core.errors import UserError
from demos.core.familiarity import is_familiar
from demos.core.frame import Asked, Frame, cleared, show
from demos.core.inputs import html
from demos.core.runtime import Predictors
from demos.question_answering import DEMO, QUESTIONS, charts, documents, edits, without_us
from demos.question_answering.result import Found, QuestionAnswer

if TYPE_CHECKING:
    from demos.question_answering.predict import Predictor

MODELS: Predictors[Predictor] = Predictors(DEMO)
NEAR = 400  # characters of a document that are shown on either side of the answer
NO_ENGLISH = "This does not look like English, which is all it was trained on."


class Parts(NamedTuple):
    """The outputs of the second event."""

    passage: gr.HTML
    more: gr.HTML
    spans: gr.HTML
    matrix: gr.Plot
    why: gr.HTML
    reads: gr.HTML
    sentence: gr.Textbox
    add: gr.Button
    beside: gr.HTML


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    with frame.results:
        parts = Parts(
            passage=html(),
            more=html(elem_classes="spare", js_on_load=SELECT),
            spans=html(),
            matrix=gr.Plot(show_label=False, container=False, visible=False),
            why=html(),
            reads=html(),
            sentence=gr.Textbox(
                label="A distracting sentence to add to the paragraph, or one of your own",
                lines=2, visible=False, elem_classes="spare",
            ),
            add=gr.Button("Add it and ask again", visible=False, elem_classes="spare again"),
            beside=html(),
        )  # fmt: skip
    chosen = parts.more.select(
        events.public(suggested), None, frame.fields[0].main, queue=False, **events.PRIVATE
    )
    gr.on(
        [parts.add.click, parts.sentence.submit],
        events.stream(distracted),
        [frame.kept, parts.sentence],
        parts.beside,
        **events.MODEL,
        **events.PRIVATE,
        **events.LATEST,
    )
    frame.connect(
        answer=answer,
        api=QuestionAnswer,
        details=lambda asked: details(asked, parts),
        outputs=parts,
        starts=[chosen.then],
        button="Find the answer",
    )
    frame.panels(
        errors=charts.analysis, own=lambda: own(frame), call=without_us.shown(), calibrated=True
    )


def answer(asked: Asked[Found]) -> markup.Answer:
    """The words, or that there are none, with the margin and what it is compared with."""
    found, truth = asked.result, asked.truth
    beside = [] if truth is None else [Markup("right answer: <b>{}</b>").format(truth)]
    if found.spans:
        numbers = (markup.signed(n, 1) for n in (found.margin, found.threshold))
        beside.append(Markup("margin <b>{}</b>, needed {}").format(*numbers))
    known = is_familiar(found.familiarity)
    if found.answer is None:
        return markup.Answer("No answer here", "", tuple(beside), "" if known else NO_ENGLISH)
    sure = f"confidence {markup.percent(found.spans[0].share)}" if known else ""
    return markup.Answer(found.answer, sure, tuple(beside), "" if known else NO_ENGLISH)


def details(asked: Asked[Found], parts: Parts) -> Iterator[dict]:
    """What costs more, part by part: the place, the rivals, the matrix, the words, the question."""
    model, found = MODELS[asked.variant], asked.result
    yield {
        parts.passage: Markup("{}{}").format(charts.scale(found), charts.passage(found)),
        parts.more: more(found),
        parts.spans: charts.candidates(found),
        parts.beside: "",
    }
    if not found.spans:
        yield cleared([p for p in parts if p not in (parts.passage, parts.more, parts.spans)])
        return
    yield {parts.matrix: show(charts.drawn(model.matrix(found)))}
    yield {parts.why: charts.why(model.explain(found))}
    yield {parts.reads: charts.reads(found, edits.all_of(model, found))}
    yield {parts.sentence: show(edits.distraction(found.question)), parts.add: show()}
    if len(DEMO.variants) > 1:
        compared = side_by_side(MODELS, asked, ("Answer", "Margin"), cells)
        yield {parts.spans: Markup("{}{}").format(charts.candidates(found), compared)}


def suggested(event: gr.EventData) -> str:
    """The suggested question that was clicked."""
    return str(event.name)[: DEMO.inputs[0].limit]


def more(found: Found) -> Markup:
    """What else might be asked about an example's paragraph; a click asks it."""
    offered = [q for q in QUESTIONS.get(found.paragraph, ()) if q != found.question]
    if not offered:
        return Markup("")
    button = Markup('<button type="button" class="ask" data-name="{}">{}</button>')
    return Markup('<p class="more">Also ask: {}</p>').format(
        Markup(" ").join(button.format(q, q) for q in offered)
    )


def cells(found: Found) -> tuple[str, str]:
    return found.answer or "no answer", markup.signed(found.margin, 1)


def distracted(asked: Asked[Found] | None, sentence: str | None) -> Iterator[Markup]:
    """Before and after the sentence was added, at the end of the paragraph and at its start."""
    if asked is None:
        raise UserError("There is no answer yet: ask something first.")
    question, paragraph, longest = asked.inputs
    added = text.clean(sentence, DEMO.inputs[0].limit)
    places = (("At the end", f"{paragraph} {added}"), ("At the beginning", f"{added} {paragraph}"))
    after = MODELS[asked.variant].answers([(question, p, longest) for _, p in places])
    rows = [("Without it", charts.said(asked.result), markup.signed(asked.result.margin, 1))]
    rows += [
        (name, charts.said(found), markup.signed(found.margin, 1))
        for (name, _), found in zip(places, after, strict=True)
    ]
    yield Markup("{}{}").format(
        markup.table(("The sentence", "Answer", "Margin"), rows, text_columns=2, chosen=0),
        markup.note("Made from the question by a rule. Jia and Liang (2017) had people check that "
                    "such sentences do not answer the question."),
    )  # fmt: skip


def own(frame: Frame) -> None:
    """A visitor's own document: which page and window answer."""
    with gr.Accordion("Your own document", open=False):
        html(
            '<p class="note">Plain text, Markdown, or a PDF of at most '
            f"{MOST_PAGES} pages; at most {LIMIT:,} characters.</p>"
        )
        file = gr.File(label="Document", file_types=[".txt", ".md", ".pdf"], height=120)
        question = gr.Textbox(label="Question", placeholder="Who …? When …? How many …?")
        button = gr.Button("Look through it", elem_classes="again")
        result = html()
    gr.on(
        [button.click, question.submit],
        events.stream(look_through),
        [frame.variant, question, file],
        result,
        **events.MODEL,
        **events.PRIVATE,
        show_progress="hidden",
    )


def look_through(variant: str, question: str | None, path: str | None) -> Iterator[Markup]:
    """Read the windows of a document; yields a progress bar, then the place of the answer."""
    try:
        document = read_document(path)
        question = text.clean(question, DEMO.inputs[0].limit)
        for step in documents.answers(MODELS[variant], question, document):
            if step.found is None:
                yield markup.progress(step.done, step.of, "windows read")
            else:
                yield place(document, step)
    except UserError as error:
        yield markup.error(str(error))


def place(document: Document, read: documents.Reading) -> Markup:
    """The answer, on which page and in which window it stands, and the text around it."""
    found = read.found
    where = f"window {read.window} of {read.of}"
    if found.spans and len(document.pages) > 1:
        page = document.page(found.spans[0].start)
        where = f"page {page} of {len(document.pages)}, {where}"
    big = found.answer or "No answer here"
    return Markup(
        '<div class="answer"><span class="big">{}</span><p class="beside">{}</p></div>{}{}'
    ).format(big, where, charts.scale(found), charts.passage(found, NEAR))
