"""The frame around a demo's page: title, tour, inputs left, answer right, examples, panels.

A page says what is particular to it (`build(frame)` in demos/<demo>/page.py); everything that
all pages share happens here, once. The way of a request: an event fills the inputs, `first`
gives the answer of one forward pass, `second` adds what costs more.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import gradio as gr
from markupsafe import Markup

from demos.core import api, markup, panels
from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.core.demo import Demo, Example
from demos.core.errors import CheckpointError, UserError
from demos.core.events import MODEL, PRIVATE, public, sentence, stream
from demos.core.inputs import html
from demos.core.runtime import Timed

# The page's own script handles the click as well (address, which step is current); this only
# tells Gradio about it.
SELECT = """
element.addEventListener('click', event => {
  const chosen = event.target.closest('[data-name]');
  if (chosen) trigger('select', {name: chosen.dataset.name});
});
"""


Result = TypeVar("Result")
HIDE = gr.update(visible=False)


def show(value: Any = None) -> Any:
    """An update that makes a hidden output visible and gives it its value."""
    return gr.update(visible=True) if value is None else gr.update(value=value, visible=True)


def cleared(outputs: Sequence[gr.components.Component]) -> dict[Any, Any]:
    """Updates after which nothing of an earlier answer is to be seen.

    HTML parts are emptied and never hidden (the style sheet gives an empty one no place): Gradio's
    page can lose the value of a part that becomes visible while another one is being shown.
    """
    return {part: "" if isinstance(part, gr.HTML) else HIDE for part in outputs}


@dataclass(frozen=True)
class First:
    """What `first` returns: the answer, the timed result, and what `second` is to work on."""

    answer: markup.Answer
    timed: Timed[Any]
    kept: Any = None


@dataclass(frozen=True, eq=False)
class Asked(Generic[Result]):
    """What the second event works on: what was given (a picture, a text) and its first answer."""

    given: Any
    timed: Timed[Result]
    truth: Any = None

    @property
    def variant(self) -> str:
        return self.timed.variant


class Frame:
    """One demo's tab, built from top to bottom."""

    def __init__(self, demo: Demo, number: int):
        self.demo = demo
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
        self.tour = html(_tour(demo), js_on_load=SELECT, visible=bool(demo.tour))
        with gr.Row(equal_height=False, elem_classes="stage"):
            self.left = gr.Column(scale=5, min_width=320)
            self.right = gr.Column(scale=7, min_width=320)
        with self.left, gr.Column(elem_classes="inputs"):
            self.inputs = gr.Column()
            self.variant = gr.Radio(
                [(v.title, v.name) for v in demo.variants],
                value=demo.default,
                label="Model",
                elem_classes="controls",
            )
            self.summary = html(_summary(demo, demo.default))
            self.button = gr.Button("Run", variant="primary", elem_classes="controls")
        with self.left:
            self.examples = html(_examples(demo), js_on_load=SELECT, visible=bool(demo.examples))
        with self.right:
            self.answer = html(
                markup.waiting("Choose an example, or bring your own."), elem_classes="result"
            )
            self.results = gr.Column()
        self.kept = gr.State(None, time_to_live=1800)

    def connect(
        self,
        *,
        inputs: Sequence[gr.components.Component],
        first: Callable[..., First],
        second: Callable[..., Any] | None = None,
        outputs: Sequence[gr.components.Component] = (),
        run_on: Sequence[Any] = (),
        button: str = "Run",
    ) -> None:
        """Wire the page.

        first(variant, *inputs) -> First. second(kept) yields {output: value} step by step, where
        the value of HTML is the HTML and that of a part that starts hidden is `show(…)`; all are
        cleared when there is no answer.
        `run_on` are further events that start a run (an upload, say).
        """
        self.button.value = button
        inputs, outputs = list(inputs), list(outputs)

        def answer(variant: str, *values: Any) -> tuple[Any, Any]:
            try:
                found = first(variant, *values)
            except Exception as error:
                return markup.error(sentence(error)), None
            title = self.demo.variant(variant).title
            return markup.answer(found.answer, found.timed, title), found.kept

        def details(kept: Any) -> Any:
            if kept is None:
                yield cleared(outputs)
                return
            yield from second(kept)

        def run(start: Any) -> None:
            given = start(
                answer,
                [self.variant, *inputs],
                [self.answer, self.kept],
                show_progress="minimal",
                **MODEL,
                **PRIVATE,
            )
            if second is not None:
                # Not after an answer that found no place in the queue: an older one is kept.
                given.success(stream(details), self.kept, outputs, **MODEL, **PRIVATE)

        for event in (self.button.click, self.variant.input, *run_on):
            run(event)
        for source, fill in ((self.examples, self._fill_example), (self.tour, self._fill_step)):
            filled = source.select(
                public(fill), None, [self.variant, *inputs], queue=False, **PRIVATE
            )
            run(filled.then)
        self.variant.change(
            lambda name: _summary(self.demo, name),
            self.variant,
            self.summary,
            queue=False,
            show_progress="hidden",
            **PRIVATE,
        )

    def endpoint(self, handler: Callable[..., Any], inputs: Sequence[Any]) -> None:
        """The demo's one public endpoint: handler(*inputs, variant) -> ApiAnswer.

        Its docstring is the description that API and MCP clients read.
        """
        result = gr.JSON(visible=False, label="result")
        gr.Button(visible=False).click(
            public(api.as_json(handler)),
            [*inputs, self.variant],
            result,
            api_name=self.demo.endpoint,
            **MODEL,
        )

    def api(self, handler: Callable[..., Any]) -> None:
        """The same where no file is sent: handler(given, variant); the types are the handler's."""
        known = [v.name for v in self.demo.variants]

        @functools.wraps(api.as_json(handler))
        def checked(given: Any, variant: str = self.demo.default) -> Any:
            # A name that leads to a folder would load any checkpoint there is.
            if variant not in known:
                raise UserError(f"This variant is unknown: choose one of {', '.join(known)}.")
            return api.as_json(handler)(given, variant)

        # Callers read which names there are, not only that a name is text.
        checked.__annotations__ = {**handler.__annotations__, "variant": Literal[tuple(known)]}
        gr.api(public(checked), api_name=self.demo.endpoint, **MODEL)

    def panels(
        self,
        *,
        call: Sequence[panels.Parameter],
        errors: Callable[[str, Checkpoint], tuple[Any, str]] | None = None,
        fails: Callable[[], Any] | None = None,
        own: Callable[[], Any] | None = None,
    ) -> None:
        """The six panels, closed at first; what is drawn is drawn when a panel is opened.

        own() lays out panels of the page's own before them;
        errors(variant, checkpoint) returns a figure and HTML for “Training curves and errors”;
        fails() returns a figure for “Where it fails”.
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
                text = html()
            with gr.Accordion("Where it fails", open=False) as failing:
                gr.Markdown(where)
                failure = gr.Plot(show_label=False, container=False) if fails else None
            with gr.Accordion("Rebuild it", open=False):
                html(panels.rebuild(self.demo, cards))
            with gr.Accordion("Call it", open=False):
                html(panels.call(self.demo, call), html_template=panels.CALL_TEMPLATE)

        def draw(variant: str) -> tuple[Any, Any, str]:
            checkpoint = open_checkpoint(self.demo.name, variant)
            return panels.curves_and_errors(self.demo.variant(variant), checkpoint, errors)

        gr.on(
            [drawn.expand, self.variant.change],
            public(draw),
            self.variant,
            [curves, charts, text],
            queue=False,
            show_progress="hidden",
            **PRIVATE,
        )
        if fails:
            failing.expand(public(fails), None, failure, queue=False, **PRIVATE)

    def _fill_example(self, event: gr.EventData) -> list[Any]:
        return self._fill(self.demo.example(event.name), None)

    def _fill_step(self, event: gr.EventData) -> list[Any]:
        step = self.demo.tour[int(event.name) - 1]
        return self._fill(self.demo.example(step.example), step.variant)

    def _fill(self, example: Example, variant: str | None) -> list[Any]:
        chosen = variant or example.variant
        return [chosen if chosen else gr.skip(), *example.inputs]


def truth_of(demo: Demo, path: str | None) -> Any:
    """What is known about a picture: it is one of the examples, byte for byte, or None."""
    if path is None:
        return None
    return _truths(demo.name, demo.examples).get(_digest(Path(path)))


@lru_cache
def _truths(_: str, examples: tuple[Example, ...]) -> dict[str, Any]:
    return {
        _digest(Path(value)): example.truth
        for example in examples
        for value in example.inputs
        if isinstance(value, str) and Path(value).is_file()
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _checkpoint(demo: Demo, variant: str) -> Checkpoint | CheckpointError:
    try:
        return open_checkpoint(demo.name, variant)
    except CheckpointError as error:
        return error


def _summary(demo: Demo, variant: str) -> Markup:
    return Markup('<p class="summary controls">{}</p>').format(demo.variant(variant).summary)


def _tour(demo: Demo) -> Markup:
    """All steps and captions are there; the script shows the current one's."""
    buttons = markup.join(
        Markup(
            '<li><button type="button" data-name="{}" aria-label="Step {} of {}">{}</button></li>'
        ).format(n, n, len(demo.tour), n)
        for n in range(1, len(demo.tour) + 1)
    )
    captions = markup.join(
        Markup('<p data-caption="{}" hidden>{}</p>').format(n, step.text)
        for n, step in enumerate(demo.tour, 1)
    )
    return Markup(
        '<div class="tour" role="group" aria-label="Tour"><ol>{}</ol>'
        '<p data-caption="0">A tour in {} steps. Each fills the page and runs.</p>'
        '<div class="captions" aria-live="polite">{}</div></div>'
    ).format(buttons, len(demo.tour), captions)


def _examples(demo: Demo) -> Markup:
    tiles = []
    for example in demo.examples:
        picture = ""
        if example.picture is not None:
            picture = Markup('<img src="examples/{}/{}" alt="" loading="lazy">').format(
                demo.name, example.picture.name
            )
        tiles.append(
            Markup(
                '<button type="button" class="example" data-name="{}">{}<span>{}</span></button>'
            ).format(example.name, picture, example.title)
        )
    return Markup('<div class="examples" role="group" aria-label="Examples">{}</div>').format(
        markup.join(tiles)
    )
