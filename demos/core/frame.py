"""The frame around a demo's page: title, tour, inputs, answer, examples, panels.

A page says what is particular to it (`build(frame)` in demos/<demo>/page.py); everything that
all pages share happens here, once. The path of a request, from the page or from a caller:
what was sent is read (`core.given`), one predictor answers, and the answer is shown or sent back.
On the page a second event then adds what costs more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import gradio as gr
from markupsafe import Markup

from demos.core import api, choices, given, markup, panels, runtime
from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.core.demo import Demo, Example
from demos.core.errors import CheckpointError
from demos.core.events import LATEST, MODEL, PRIVATE, public, sentence, stream
from demos.core.inputs import field, html
from demos.core.runtime import Timed

Result = TypeVar("Result")
HIDE = gr.update(visible=False)


def show(value: Any = None) -> Any:
    """An update that makes a hidden output visible and gives it its value."""
    return gr.update(visible=True) if value is None else gr.update(value=value, visible=True)


def cleared(outputs: Sequence[gr.components.Component]) -> dict[Any, Any]:
    """Updates after which nothing of an earlier answer can be seen.

    HTML parts are emptied and never hidden (the style sheet gives an empty one no place): Gradio's
    page can lose the value of a part that becomes visible while another one is being shown.
    """
    return {part: "" if isinstance(part, gr.HTML) else HIDE for part in outputs}


@dataclass(frozen=True, eq=False)
class Asked(Generic[Result]):
    """One question with its first answer: what was given (decoded), the timed result, and what is
    known to be true of the input, if anything is. The page's second event works on it."""

    inputs: tuple[Any, ...]
    timed: Timed[Result]
    truth: Any = None

    @property
    def result(self) -> Result:
        return self.timed.result

    @property
    def variant(self) -> str:
        return self.timed.variant


class Frame:
    """One demo's tab, built from top to bottom."""

    def __init__(self, demo: Demo, number: int):
        self.demo = demo
        self.models: runtime.Predictors[Any] = runtime.Predictors(demo)
        self.checkpoints = {v.name: _checkpoint(demo, v.name) for v in demo.variants}
        html(
            Markup(
                '<div class="title" data-demo="{}"><h2><span class="number">{}</span>{}</h2>'
                "<p>{}</p></div>"
            ).format(demo.slug, number, demo.title, demo.task)
        )
        for name, found in self.checkpoints.items():
            if isinstance(found, CheckpointError):
                html(panels.broken(demo, name, found))
        self.tour = html(choices.tour(demo), js_on_load=choices.SELECT, visible=bool(demo.tour))
        with gr.Row(equal_height=False, elem_classes="stage"):
            self.left = gr.Column(scale=5, min_width=320)
            self.right = gr.Column(scale=7, min_width=320)
        with self.left, gr.Column(elem_classes="inputs"):
            with gr.Column():
                self.fields = [field(i) for i in demo.inputs]
            self.variant = gr.Radio(
                [(v.title, v.name) for v in demo.variants],
                value=demo.default,
                label="Model",
                elem_classes="controls",
            )
            self.summary = html(choices.summary(demo, demo.default))
            self.button = gr.Button("Run", variant="primary", elem_classes="controls")
        with self.left:
            self.examples = html(
                choices.examples(demo), js_on_load=choices.SELECT, visible=bool(demo.examples)
            )
        with self.right:
            self.answer = html(
                markup.waiting("Choose an example, or bring your own."), elem_classes="result"
            )
            self.results = gr.Column()
        self.kept = gr.State(None, time_to_live=1800)

    def connect(
        self,
        *,
        answer: Callable[[Asked[Any]], markup.Answer],
        api: type[api.ApiAnswer],
        details: Callable[[Asked[Any]], Iterator[dict[Any, Any]]] | None = None,
        outputs: Sequence[gr.components.Component] = (),
        starts: Sequence[Any] = (),
        button: str = "Run",
    ) -> None:
        """Wire the page and the demo's public endpoint.

        answer(asked) says what the page shows of the first answer; `api` is the record that
        callers get. details(asked) yields {output: value} step by step, where the value of HTML is
        the HTML and that of a part that starts hidden is `show(…)`; all are cleared when there is
        no answer. `starts` are events that start a run besides the inputs' own.
        """
        self.button.value = button
        parts = [part for f in self.fields for part in f.parts]
        outputs = list(outputs)
        chat = [f.main for f in self.fields if f.of.kind == "conversation"]
        message = [f.main for f in self.fields if f.of.kind == "text"][: len(chat)]

        def show_answer(*values: Any, again: bool = False) -> tuple[Any, ...]:
            *parts_of_all, variant = values
            unchanged = [gr.skip()] * (len(chat) + len(message))
            try:
                given_values = self._given(parts_of_all)
                if again:
                    given_values = given.asked_again(self.demo, given_values)
                asked = self._ask(given_values, variant)
                found = answer(asked)
            except Exception as error:
                return markup.error(sentence(error)), None, *unchanged
            shown = markup.answer(found, asked.timed, self.demo.variant(variant).title)
            return shown, asked, *(self._said(asked, found) if chat else ())

        def show_again(*values: Any) -> tuple[Any, ...]:
            return show_answer(*values, again=True)

        def show_details(asked: Asked[Any] | None) -> Iterator[dict[Any, Any]]:
            if asked is None:
                yield cleared(outputs)
            else:
                yield from details(asked)

        def run(start: Any, again: bool = False) -> None:
            # A message is asked once: its field is empty when a second click would have its turn.
            asks = {} if chat and not again else LATEST
            first = start(
                show_again if again else show_answer,
                [*parts, self.variant],
                [self.answer, self.kept, *chat, *message],
                show_progress="minimal",
                **MODEL,
                **PRIVATE,
                **asks,
            )
            if details is not None:
                # Not after an answer that found no place in the queue: an older one is kept.
                first.success(
                    stream(show_details), self.kept, outputs, **MODEL, **PRIVATE, **LATEST
                )

        for event in (self.button.click, *starts):
            run(event)
        for f in self.fields:
            for event in f.starts:
                run(event, again=f.of.kind != "text")
        run(self.variant.input, again=True)
        for source, fill in ((self.examples, self._fill_example), (self.tour, self._fill_step)):
            filled = source.select(
                public(fill), None, [self.variant, *parts], queue=False, **PRIVATE, **LATEST
            )
            run(filled.then)
        self.variant.change(
            lambda name: choices.summary(self.demo, name),
            self.variant,
            self.summary,
            queue=False,
            show_progress="hidden",
            **PRIVATE,
        )
        self._endpoint(api)

    def _endpoint(self, answer: type[api.ApiAnswer]) -> None:
        """The demo's one public endpoint: its inputs in their order, then the variant."""

        def predict(values: Sequence[Any], variant: str) -> Timed[Any]:
            return self.models.predict(variant, *given.read(self.demo, values))

        gr.Button(visible=False).click(
            public(api.handler(self.demo, answer, predict)),
            [*(f.main for f in self.fields), self.variant],
            gr.JSON(visible=False, label="result"),
            api_name=self.demo.endpoint,
            **MODEL,
        )

    def _given(self, values: Sequence[Any]) -> list[Any]:
        """What a visitor gave: one value for each input, from the values of all parts."""
        left = iter(values)
        return [f.given(*(next(left) for _ in f.parts)) for f in self.fields]

    def _ask(self, values: Sequence[Any], variant: str) -> Asked[Any]:
        inputs = given.read(self.demo, values)
        timed = self.models.predict(variant, *inputs)
        return Asked(inputs, timed, given.truth(self.demo, values))

    def _said(self, asked: Asked[Any], found: markup.Answer) -> list[Any]:
        """The conversation with this question and answer added, and an empty field for the next."""
        kinds = [i.kind for i in self.demo.inputs]
        before = asked.inputs[kinds.index("conversation")]
        turns = [*before, ("user", asked.inputs[kinds.index("text")]), ("assistant", found.big)]
        return [[{"role": role, "content": said} for role, said in turns], ""]

    def panels(
        self,
        *,
        errors: Callable[[Checkpoint], tuple[Any, str]] | None = None,
        fails: Callable[[Checkpoint], Any] | None = None,
        calibrated: bool = False,
        own: Callable[[], Any] | None = None,
        call: Markup = panels.NOTHING_MORE,
    ) -> None:
        """The six panels, closed at first; what is drawn is drawn when a panel is opened, from
        the chosen variant's evaluation alone.

        own() lays out panels of the page's own before them;
        errors(checkpoint) returns a figure and HTML for “Training curves and errors”;
        fails(checkpoint) returns a figure for “Where it fails”;
        calibrated: whether evaluations have a reliability diagram;
        call is what “Call it” says beyond the endpoint.
        """
        how, where = panels.about(self.demo)
        cards = {n: c for n, c in self.checkpoints.items() if isinstance(c, Checkpoint)}
        with gr.Column(elem_classes="panels"):
            if own:
                own()
            with gr.Accordion("How it works", open=False):
                gr.Markdown(how)
            with gr.Accordion("Model card", open=False):
                html(panels.model_card(self.demo, cards))
            with gr.Accordion("Training curves and errors", open=False) as drawn:
                curves = gr.Plot(show_label=False, container=False)
                charts = gr.Plot(show_label=False, container=False)
                sure = [gr.Plot(show_label=False, container=False)] if calibrated else []
                text = html()
            with gr.Accordion("Where it fails", open=False) as failing:
                gr.Markdown(where)
                failure = gr.Plot(show_label=False, container=False)
                wild = html()
            with gr.Accordion("Rebuild it", open=False):
                html(panels.rebuild(self.demo, cards))
            with gr.Accordion("Call it", open=False):
                html(panels.call(self.demo, call), html_template=panels.CALL_TEMPLATE)

        def draw(variant: str) -> tuple[Any, ...]:
            checkpoint = open_checkpoint(self.demo.name, variant)
            chart, tables = errors(checkpoint) if errors else (None, "")
            diagram = [panels.reliability(checkpoint)] if calibrated else []
            return panels.curves(checkpoint), chart, *diagram, tables

        def draw_failures(variant: str) -> tuple[Any, str]:
            checkpoint = open_checkpoint(self.demo.name, variant)
            return fails(checkpoint) if fails else None, panels.wild(checkpoint)

        for opened, drawing, parts in (
            (drawn, draw, [curves, charts, *sure, text]),
            (failing, draw_failures, [failure, wild]),
        ):
            gr.on(
                [opened.expand, self.variant.change],
                public(drawing),
                self.variant,
                parts,
                queue=False,
                show_progress="hidden",
                **PRIVATE,
                **LATEST,
            )

    def _fill_example(self, event: gr.EventData) -> list[Any]:
        example = self.demo.example(event.name)
        return self._fill(example, example.variant)

    def _fill_step(self, event: gr.EventData) -> list[Any]:
        step = self.demo.tour[int(event.name) - 1]
        return self._fill(self.demo.example(step.example), step.variant)

    def _fill(self, example: Example, variant: str | None) -> list[Any]:
        filled = [
            value for f, v in zip(self.fields, example.inputs, strict=True) for value in f.fill(v)
        ]
        return [variant or gr.skip(), *filled]


def _checkpoint(demo: Demo, variant: str) -> Checkpoint | CheckpointError:
    try:
        return open_checkpoint(demo.name, variant)
    except CheckpointError as error:
        return error
