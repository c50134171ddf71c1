"""The gallery itself: masthead, overview, one tab per demo."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from markupsafe import Markup

from demos.core import markup
from demos.core.checkpoint import open_checkpoint
from demos.core.demo import Demo
from demos.core.errors import CheckpointError
from demos.core.events import QUEUE_SIZE, GuardedBlocks
from demos.core.frame import Frame
from demos.core.inputs import html
from demos.core.theme import STYLE

TITLE = "Ten small networks"
SUBTITLE = "Each trained by the script beside it, each shown with its failures."
SCRIPTS = [Path(__file__).with_name(name) for name in ("gallery.js", "access.js")]


def build(demos: Sequence[Demo]) -> gr.Blocks:
    """The whole page, ready to be mounted. Loads no model."""
    with GuardedBlocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        html(masthead())
        with gr.Tabs(overflow_behavior="wrap", selected="overview", elem_id="demos"):
            with gr.Tab("Overview", id="overview"):
                html(wall(demos))
            for number, demo in enumerate(demos, 1):
                with gr.Tab(demo.tab, id=demo.slug):
                    importlib.import_module(f"{demo.package}.page").build(Frame(demo, number))
        html(footer())
        page.load(None, js=_script(demos))
    page.queue(max_size=QUEUE_SIZE)
    return page


def styles(demos: Sequence[Demo]) -> list[Path]:
    """The style sheets: the gallery's, then those that demos have of their own."""
    return [STYLE, *_own(demos, "style.css")]


def _script(demos: Sequence[Demo]) -> str:
    """All scripts as one function, in their order: that of a demo may use `gallery`."""
    texts = [path.read_text(encoding="utf-8") for path in (*SCRIPTS, *_own(demos, "page.js"))]
    return "() => {" + "".join(f"\n(() => {{\n{text}\n}})();" for text in texts) + "\n}"


def _own(demos: Sequence[Demo], name: str) -> list[Path]:
    """The files called `name` in the folders of those demos that have one."""
    found = [Path(__file__).parents[1] / demo.name / name for demo in demos]
    return [path for path in found if path.is_file()]


def masthead() -> Markup:
    return Markup(
        '<header class="masthead"><h1>{}</h1><p>{}</p>'
        '<div class="switches"><button type="button" data-action="theme">Light / dark</button>'
        '<button type="button" data-action="present" title="Press p">Present</button></div>'
        "</header>"
        '<p id="announcer" class="unseen-text" role="status" aria-live="polite"></p>'
    ).format(TITLE, SUBTITLE)


def footer() -> Markup:
    return Markup(
        '<p class="colophon">What you upload or write stays on the machine that serves this '
        "page; files are deleted within an hour, and nothing in them is logged.</p>"
    )


def wall(demos: Sequence[Demo]) -> Markup:
    """One museum label per demo: number, picture, title, task and the strip."""
    labels = markup.join(_label(number, demo) for number, demo in enumerate(demos, 1))
    return Markup('<nav class="wall" aria-label="Demos">{}</nav>').format(labels)


def _label(number: int, demo: Demo) -> Markup:
    try:
        card = open_checkpoint(demo.name, demo.default).card
    except CheckpointError:
        card = None
    return Markup(
        '<a class="wall-label" href="?demo={}" data-open="{}">'
        '<img class="picture" alt="" src="examples/{}/cover.webp">'
        '<h3><span class="number">{}</span>{}</h3><p>{}</p>{}</a>'
    ).format(
        demo.slug,
        demo.slug,
        demo.name,
        number,
        demo.title,
        demo.task,
        markup.strip(demo.headline, card),
    )
