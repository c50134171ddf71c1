"""Panels of the page's own: the book itself, a document of a visitor's, and search alone."""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from markupsafe import Markup

from demos.core import documents, events, markup, text
from demos.core.errors import UserError
from demos.core.frame import Frame
from demos.core.inputs import html
from demos.pooh_rag import DEMO, SEARCH_PLAIN, book, charts, index
from demos.pooh_rag.index import Index
from demos.pooh_rag.passages import count
from demos.pooh_rag.result import ABSTAINED

if TYPE_CHECKING:
    from demos.core.runtime import Predictors
    from demos.pooh_rag.predict import Predictor

MOST_WORDS = 40_000
LIMITS = (
    f"Plain text or Markdown in UTF-8, UTF-16 or GBK, or a PDF of at most {documents.MOST_PAGES} "
    f"pages; at most {documents.LIMIT:,} characters. It is forgotten when you leave the page."
)


@dataclass(frozen=True, eq=False)
class Own:
    """A visitor's document and its index; digest: of the file, by which it is recognised."""

    digest: str
    document: documents.Document
    index: Index


def panels(frame: Frame, models: Predictors[Predictor]) -> None:
    """Lay them out and wire them."""
    _search_alone(frame, models)
    _own_document(frame, models)
    _whole_book(models)


def _search_alone(frame: Frame, models: Predictors[Predictor]) -> None:
    with gr.Accordion("Search alone", open=False):
        field = gr.Textbox(label="Words or a question", placeholder="honey, balloons, a party …")
        button = gr.Button("Search", elem_classes="again")
        result = html()

    def look(variant: str, asked: str | None) -> Markup:
        asked = text.clean(asked, DEMO.inputs[0].limit)
        return charts.found(models[variant].predict(asked))

    gr.on(
        [button.click, field.submit], events.public(look), [frame.variant, field], result,
        **events.MODEL, **events.PRIVATE, **events.LATEST,
    )  # fmt: skip


def _own_document(frame: Frame, models: Predictors[Predictor]) -> None:
    with gr.Accordion("Your own document", open=False):
        html(Markup('<p class="note">{}</p>').format(LIMITS))
        file = gr.File(label="Document", file_types=[".txt", ".md", ".pdf"], height=120)
        report = html()
        field = gr.Textbox(label="Question about it", placeholder="Who …? Why …? Where …?")
        button = gr.Button("Ask the document", elem_classes="again")
        result = html()
    kept = gr.State(None, time_to_live=1800)

    def take(path: str | None, before: Own | None) -> Iterator[tuple[Any, Any]]:
        yield from _shown(lambda: read(models[DEMO.default], path, before), before)

    def ask(own: Own | None, asked: str | None) -> Markup:
        if own is None:
            raise UserError("There is no document yet: upload one.")
        asked = text.clean(asked, DEMO.inputs[0].limit)
        return answered(models[DEMO.default], own, asked)

    file.upload(
        events.stream(take), [file, kept], [report, kept], show_progress="hidden", **events.MODEL,
        **events.PRIVATE,
    )  # fmt: skip
    file.clear(lambda: ("", None), None, [report, kept], queue=False, **events.PRIVATE)
    gr.on(
        [button.click, field.submit], events.public(ask), [kept, field], result, **events.MODEL,
        **events.PRIVATE, **events.LATEST,
    )  # fmt: skip


def _shown(
    steps: Callable[[], Iterator[tuple[Markup, Own | None]]], before: Any
) -> Iterator[tuple[Any, Any]]:
    """Progress and report of a document; an error stands in its place, and nothing is kept."""
    try:
        for shown, own in steps():
            yield shown, own if own is not None else before
    except UserError as error:
        yield markup.error(str(error)), None


def read(
    model: Predictor, path: str | None, before: Own | None
) -> Iterator[tuple[Markup, Own | None]]:
    """Index a document, with progress; what is yielded last has it. Raises UserError."""
    if path is None:
        raise UserError("There is no document yet: upload one.")
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    if before is not None and before.digest == digest:
        yield report(before, again=True), before
        return
    document = documents.read(path)
    if count(document.text) > MOST_WORDS:
        raise UserError(
            f"This document has {count(document.text):,} words and at most {MOST_WORDS:,} are "
            "indexed: please split it."
        )
    made = None
    for step in in_steps(lambda tell: index.build(document.text, model.encode, progress=tell)):
        if isinstance(step, Index):
            made = step
        else:
            yield markup.progress(*step, "parts encoded"), None
    if made is None or not len(made):
        raise UserError("This document has no words to search: choose another one.")
    own = Own(digest, document, made)
    yield report(own), own


def in_steps(work: Callable[[Callable[[int, int], None]], Any]) -> Iterator[Any]:
    """Run work(tell) beside and yield what it tells, (done, of), and in the end what it returns."""
    told: queue.Queue[Any] = queue.Queue()

    def run() -> None:
        try:
            told.put((work(lambda done, of: told.put(((done, of), False))), True))
        except BaseException as error:  # raised again where it is waited for
            told.put((error, True))

    threading.Thread(target=run, daemon=True).start()
    shown = 0
    while True:
        found, last = told.get()
        if last:
            if isinstance(found, BaseException):
                raise found
            yield found
            return
        if found[0] - shown >= found[1] / 20 or shown == 0:
            shown = found[0]
            yield found


def report(own: Own, again: bool = False) -> Markup:
    """What was read: words, chunks, chapters, pages without text, names."""
    made = own.index
    facts = [
        f"{count(made.text):,} words", f"{len(made)} chunks",
        f"{len(made.split.sections)} section{'s' * (len(made.split.sections) != 1)}",
    ]  # fmt: skip
    if len(own.document.pages) > 1:
        facts.append(f"{len(own.document.pages)} pages")
    if own.document.empty:
        facts.append("no text on page " + ", ".join(map(str, own.document.empty[:10])))
    if made.names:
        facts.append("names: " + ", ".join(made.names[:8]))
    if again:
        facts.insert(0, "the same file as before, already indexed")
    return Markup('<p class="note" role="status">{}</p>').format(" · ".join(facts))


def answered(model: Predictor, own: Own, question: str) -> Markup:
    """The answer out of a visitor's document, with pages where it has some."""
    found = model.about(own.index, question, wanted=SEARCH_PLAIN)
    big, where = found.answer or ABSTAINED, ""
    if found.answer and len(own.document.pages) > 1:
        where = f"page {own.document.page(found.sources[0].start)} of {len(own.document.pages)}"
    return Markup(
        '<div class="answer"><span class="big">{}</span><p class="beside">{}</p></div>{}{}'
    ).format(big, where, charts.thresholds(found), charts.sources(found, own.index.text))


def _whole_book(models: Predictors[Predictor]) -> None:
    with gr.Accordion("The book itself", open=False):
        html(
            '<p class="note">The project holds no word of the book. One click fetches it from '
            "Project Gutenberg (number 67098, in the public domain in the United States; elsewhere "
            "look at your own law), or takes the file that you give, and indexes it on this "
            "machine in about a minute. It is kept for all visitors of this gallery.</p>"
        )
        file = gr.File(label="The book's file, where there is no network", file_types=[".txt"],
                       height=100)  # fmt: skip
        button = gr.Button("Fetch and index the book", elem_classes="again")
        result = html(state())

    def take(path: str | None) -> Iterator[Markup]:
        try:
            content = Path(path).read_bytes() if path else book.fetch()
            book.body(content)
            model = models["book"]
            known = json.loads(model.checkpoint.read("notes.json"))
            notes = [index.Note.of(n) for n in known["notes"]]
            steps = in_steps(
                lambda tell: book.keep(content, model.encode, notes, known["about"], tell)
            )
            for step in steps:
                if not isinstance(step, Index):
                    yield markup.progress(*step, "parts encoded")
            yield state()
        except UserError as error:
            yield markup.error(str(error))

    button.click(
        events.stream(take), file, result, show_progress="hidden", **events.MODEL, **events.PRIVATE
    )


def state() -> Markup:
    """Whether the book's index is there."""
    if (book.folder() / "index.json").is_file():
        return markup.note("The book is indexed: choose “The book” as the model.")
    return markup.note("The book is not on this machine yet.")
