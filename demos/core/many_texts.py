"""Many texts at once: pasted lines or a file go in; a table and a CSV come out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import gradio as gr
from markupsafe import Markup

from demos.core import events, markup, text
from demos.core.errors import UserError
from demos.core.frame import Frame
from demos.core.inputs import html

MOST = 500  # texts

Answers = Callable[[str, Sequence[str]], Iterator[Markup]]
Handler = Callable[[str, str | None, str | None], Iterator[Markup]]


def lay_out(frame: Frame, handler: Handler, button: str, limit: int) -> None:
    """The closed part of a page below its answer.

    handler: made by `given`; button: what it says; limit: characters of one text.
    """
    with gr.Accordion("Many texts at once", open=False):
        html(
            '<p class="note">One text per line, or a CSV with a column called “text”: at most '
            f"{MOST} texts of {limit:,} characters each.</p>"
        )
        lines = gr.Textbox(label="Texts, one per line", lines=4, max_lines=12)
        file = gr.File(
            label="or a file (CSV, TSV, plain text)", file_types=[".csv", ".tsv", ".txt"],
            height=120,
        )  # fmt: skip
        start = gr.Button(button)
        table = html()
    start.click(
        events.stream(handler), [frame.variant, lines, file], table, **events.MODEL,
        **events.PRIVATE, show_progress="hidden",
    )  # fmt: skip


def given(read: Callable[[str, int], str], limit: int) -> Callable[[Answers], Handler]:
    """Make a handler of a function that answers texts.

    read(text, limit) returns a text as the model takes it or raises UserError, which is shown as
    a sentence in place of the table.
    """

    def handler_of(answers: Answers) -> Handler:
        def handler(variant: str, lines: str | None, path: str | None) -> Iterator[Markup]:
            try:
                found = (
                    text.read_lines(path, MOST)
                    if path
                    else text.limited((lines or "").splitlines(), MOST)
                )
                texts = [read(one, limit) for one in found]
            except UserError as error:
                yield markup.error(str(error))
                return
            yield from answers(variant, texts)

        # Not functools.wraps: Gradio would count the parameters of what is wrapped.
        handler.__name__, handler.__doc__ = answers.__name__, answers.__doc__
        return handler

    return handler_of
