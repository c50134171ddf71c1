"""The page's own panels: a map, a ruler, moods of many words, words of a genre, bias, splits."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np
from markupsafe import Markup

from demos.core import events, markup, text
from demos.core.checkpoint import open_checkpoint
from demos.core.errors import CheckpointError, UserError
from demos.core.familiarity import is_familiar
from demos.core.frame import Frame, show
from demos.core.inputs import html
from demos.core.runtime import Predictors
from demos.word_embeddings import DEMO, GENRES, MOODS, WINDOWS, bias, charts, maps
from demos.word_embeddings.queries import each

MODELS: Predictors[Any] = Predictors(DEMO)
RULER = (("car", "truck"), ("king", "queen"), ("night", "day"), ("guitar", "drum"),
         ("love", "hate"), ("money", "dream"), ("dog", "heaven"))  # fmt: skip
MANY = 200
LISTS = ("First words", "Second words", "First attributes", "Second attributes")
TITLES = {name: DEMO.variant(name).title.removeprefix("Words: ") for name in WINDOWS}
SETTINGS = {**events.MODEL, **events.PRIVATE, **events.LATEST, "show_progress": "hidden"}


def lay_out(frame: Frame) -> None:
    """All panels, closed at first."""
    with gr.Accordion("A map of words", open=False):
        _map()
    with gr.Accordion("Two words on a ruler", open=False):
        _ruler()
    with gr.Accordion("The mood of many words", open=False):
        _moods()
    with gr.Accordion("The words of a genre", open=False):
        genre = gr.Radio(list(GENRES), value=GENRES[0], label="Genre")
        shown = html()
        button = gr.Button("Show its words", elem_classes="again")
        gr.on([button.click, genre.input], events.public(typical), genre, shown, **SETTINGS)
    with gr.Accordion("Bias, measured", open=False):
        _bias()
    with gr.Accordion("What the split hid", open=False):
        html(hidden_by_the_split("genre_best", "genre_bow_nb"))


def _window() -> gr.Radio:
    choices = [(title, name) for name, title in TITLES.items()]
    return gr.Radio(choices, value=WINDOWS[1], label="Vectors")


def _map() -> None:
    words = gr.Textbox(maps.EXAMPLE, label="Words", lines=3, max_lines=8)
    with gr.Row():
        window = _window()
        dimensions = gr.Radio(["2", "3"], value="2", label="Dimensions")
    button = gr.Button("Draw the map", elem_classes="again")
    plot = gr.Plot(show_label=False, container=False, visible=False)
    note = html()
    gr.on(
        [button.click, words.submit, dimensions.input, window.input],
        events.public(draw_map), [words, window, dimensions], [plot, note], **SETTINGS,
    )  # fmt: skip


def _ruler() -> None:
    with gr.Row():
        one, other = gr.Textbox("night", label="One word"), gr.Textbox("moon", label="Another")
    window = _window()
    button = gr.Button("Compare them", elem_classes="again")
    plot = gr.Plot(show_label=False, container=False, visible=False)
    note = html()
    gr.on(
        [button.click, one.submit, other.submit, window.input],
        events.public(measure), [one, other, window], [plot, note], **SETTINGS,
    )  # fmt: skip


def _moods() -> None:
    html(f'<p class="note">One word or short phrase a line, or a file; at most {MANY}.</p>')
    lines = gr.Textbox("happy\nsunrise\nno hope\nbittersweet\n#bestdayever", label="Words", lines=5)
    file = gr.File(label="or a file", file_types=[".csv", ".tsv", ".txt"], height=120)
    button = gr.Button("Judge them", elem_classes="again")
    table = html()
    button.click(events.public(moods_of_many), [lines, file], table, **SETTINGS)


def _bias() -> None:
    html(
        '<p class="note">The Word Embedding Association Test (Caliskan et al. 2017): are the first '
        "words nearer to the first attributes than the second words are? The example asks songs "
        "about men, women, work and home.</p>"
    )
    with gr.Row():
        boxes = [gr.Textbox(v, label=n, lines=2) for n, v in zip(LISTS, bias.EXAMPLE, strict=True)]
    window = _window()
    button = gr.Button("Measure it", elem_classes="again")
    shown = html()
    button.click(events.public(measure_bias), [*boxes, window], shown, **SETTINGS)


def draw_map(words: str | None, window: str, dimensions: str) -> tuple[Any, Markup]:
    """The map of a visitor's words with their moods as colours, and its coordinates as a file."""
    try:
        given = text.clean(words, 5000)
        found = maps.drawn(MODELS[window].space, given, 3 if dimensions == "3" else 2)
    except UserError as error:
        return gr.update(visible=False), markup.error(str(error))
    moods = np.clip(MODELS[MOODS[0]].scores(list(found.words)), -1, 1)
    head = ("word", *"xyz"[: found.places.shape[1]], "mood")
    rows = [
        (w, *(round(float(v), 5) for v in place), round(float(m), 3))
        for w, place, m in zip(found.words, found.places, moods, strict=True)
    ]
    link = markup.download("map.csv", "text/csv", text.write_csv(head, rows), "Coordinates as CSV")
    gone = (
        f" Without a vector: {', '.join(w[:24] for w in found.missing[:12])}."
        if found.missing
        else ""
    )
    far = "; ".join(f"{found.words[a]} and {found.words[b]}" for a, b in found.far[:6])
    apart = f" Nearest neighbours that the map draws far apart: {far}." if far else ""
    note = Markup(
        '<p class="note">Principal components need no random start: the same map every time. '
        "It shows {:.0f} % of how the words differ; hover for the neighbours by all 300 numbers."
        "{}{} {}</p>"
    ).format(100 * found.kept, apart, gone, link)
    return show(charts.words_map(found, moods)), note


def measure(one: str | None, other: str | None, window: str) -> tuple[Any, Markup]:
    """Two words' similarity among those of known pairs, with how far each can be relied on."""
    space = MODELS[window].space
    try:
        words = [text.clean(w, 60) for w in (one, other)]
        first, second = each(words, space.vocabulary)
    except UserError as error:
        return gr.update(visible=False), markup.error(str(error))
    pairs = [(a, b, space.similarity(a, b)) for a, b in RULER
             if a in space.vocabulary and b in space.vocabulary]  # fmt: skip
    value = space.similarity(first, second)
    counts = "; ".join(
        f"{w}: {charts.reliability(space.near(space.vocabulary.places[w], 1.0))}"
        for w in (first, second)
    )
    note = markup.note(f"{first} and {second}: {value:.2f}. {counts} neighbours found again.")
    return show(charts.ruler(pairs, (first, second, value))), note


def moods_of_many(lines: str | None, path: str | None) -> Markup:
    """The mood of every line, in a table and as a file."""
    try:
        given = (
            text.read_lines(path, MANY) if path else text.limited((lines or "").splitlines(), MANY)
        )
        terms = [text.clean(t, 200) for t in given]
    except UserError as error:
        return markup.error(str(error))
    model = MODELS[MOODS[0]]
    rows = []
    for term, score in zip(terms, np.clip(model.scores(terms), -1, 1).tolist(), strict=True):
        familiar = is_familiar(model.terms.familiarity(term))
        read = model.terms.read(term)
        how = (
            "the lexicon has it"
            if read in model.lexicon
            else "by likeness"
            if familiar
            else "unfamiliar"
        )
        rows.append((term, read, f"{score:.3f}" if familiar else "", how))
    content = text.write_csv(("term", "read_as", "mood", "how"), rows)
    link = markup.download("moods.csv", "text/csv", content, "Download as CSV")
    shown = [(t, r, h, markup.signed(float(s), 2) if s else markup.UNSURE) for t, r, s, h in rows]
    head = ("Term", "Read as", "How", "Mood")
    return Markup('<p class="note">{}</p>{}').format(
        link, markup.table(head, shown, text_columns=3)
    )


def typical(genre: str) -> Markup:
    """The words that weigh most for a genre in the best model and in naive Bayes."""
    if genre not in GENRES:
        raise UserError(f"This genre is unknown: choose one of {', '.join(GENRES)}.")
    columns = [MODELS[name].typical(GENRES.index(genre)) for name in ("genre_best", "genre_bow_nb")]
    rows = [(n + 1, a, b) for n, (a, b) in enumerate(zip(*columns, strict=True))]
    head = ("", "Best: words and runs of words", "Bag of words: against the other genres")
    return markup.table(head, rows, text_columns=3, caption=f"What counts towards {genre}")


def measure_bias(*given: str | None) -> Markup:
    """One test of bias; where it cannot be made, the reason and no number."""
    *lists, window = given
    try:
        found = bias.weat(MODELS[window].space, [text.clean(t, 1000) for t in lists])
    except UserError as error:
        return markup.error(str(error))
    return charts.weat(found, LISTS)


def hidden_by_the_split(*variants: str) -> Markup:
    """The table of splits from the evaluations of these variants; nothing where there is none."""
    tables = []
    for name in variants:
        try:
            found = open_checkpoint(DEMO.name, name).evaluation.get("leakage")
        except CheckpointError:
            continue
        tables += [found] if found else []
    return charts.leakage(tables) if tables else Markup("")


def that_differ(models: Predictors[Any]) -> Markup:
    """Words whose neighbours differ most between two windows, as buttons."""
    words = open_checkpoint(DEMO.name, WINDOWS[0]).evaluation.get("differ", [])
    button = Markup('<button type="button" class="pick" data-name="{}">{}</button>')
    return (
        Markup(
            '<p class="picks">Words whose neighbours differ most between the windows: {}</p>'
        ).format(Markup(" ").join(button.format(w, w) for w in words[:24]))
        if words
        else Markup("")
    )
