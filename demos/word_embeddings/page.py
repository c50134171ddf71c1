"""The page of words: a verse, a word, a sum or a direction goes in; what comes out depends on the
kind of the model that was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr
from markupsafe import Markup

from demos.core import events, markup
from demos.core.choices import SELECT
from demos.core.errors import UserError
from demos.core.familiarity import is_familiar
from demos.core.frame import Asked, Frame, cleared, show
from demos.core.inputs import html
from demos.core.runtime import Predictors, Timed
from demos.word_embeddings import DEMO, GENRE_MODELS, MOODS, WINDOWS, charts, tools
from demos.word_embeddings.queries import unknown
from demos.word_embeddings.result import Found, Genre, Mood, Nearest, WordAnswer

if TYPE_CHECKING:
    from demos.word_embeddings.predict_words import NearestWords

MODELS: Predictors[Any] = Predictors(DEMO)
NO_LYRICS = (
    "This is too short, or too unlike English lyrics, to tell its genre: a guess. For a word, a "
    "sum or a direction choose one of the models of words."
)
NO_TERM = "This does not look like a word or short phrase of English: no mood is told."
RARE = "Songs have a word of this rarely: its neighbours are partly chance."
STEPS = 10  # of the slider on either side of the middle


class Parts(NamedTuple):
    """The outputs of the second event."""

    slider: gr.Slider
    along: gr.HTML
    said: gr.HTML
    figure: gr.Plot
    compare: gr.HTML
    more: gr.HTML


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    with frame.results:
        parts = Parts(
            slider=gr.Slider(-STEPS, STEPS, 0, step=1, visible=False, label="Along the direction"),
            along=html(),
            said=html(),
            figure=gr.Plot(show_label=False, container=False, visible=False),
            compare=html(),
            more=html(elem_classes="spare", js_on_load=SELECT),
        )
    # By mouse and by keyboard, at every step.
    parts.slider.input(
        events.public(moved), [frame.kept, parts.slider], parts.along, **events.MODEL,
        **events.PRIVATE, **events.LATEST, show_progress="hidden",
    )  # fmt: skip
    chosen = parts.more.select(
        events.public(suggested), None, frame.fields[0].main, queue=False, **events.PRIVATE
    )
    frame.connect(
        answer=answer,
        api=WordAnswer,
        details=lambda asked: details(asked, parts),
        outputs=parts,
        starts=[chosen.then],
        button="Ask",
    )
    frame.panels(errors=charts.errors, own=lambda: tools.lay_out(frame), calibrated=True)


def answer(asked: Asked[Found]) -> markup.Answer:
    """The genre, the nearest word or the mood, as the asked model has it."""
    found, truth = asked.result, asked.truth
    beside: tuple[Any, ...] = (
        () if truth is None else (Markup("written as <b>{}</b>").format(truth),)
    )
    known = is_familiar(found.familiarity)
    if isinstance(found, Genre):
        share = markup.percent(float(found.shares[found.order[0]]))
        return markup.Answer(found.label, share if known else "a guess", beside,
                             "" if known else NO_LYRICS)  # fmt: skip
    if isinstance(found, Mood):
        if not known:
            return markup.Answer("Unfamiliar", f"leans to {found.label}", beside, NO_TERM)
        return markup.Answer(markup.signed(found.score, 2), f"{found.label}, from −1 to +1", beside)
    return nearest(found, beside, known)


def nearest(found: Nearest, beside: tuple[Any, ...], known: bool) -> markup.Answer:
    """The word that lies nearest, or both ends of a direction."""
    best, warning = found.near[0], "" if known else RARE
    if found.unknown:
        vocabulary = MODELS[WINDOWS[1]].space.vocabulary
        warning = unknown(found.unknown, vocabulary)
    if found.query.kind == "direction":
        ends = f"{found.left[0].word} ↔ {best.word}"
        return markup.Answer(ends, "farthest at either end", beside, warning)
    return markup.Answer(best.word, f"similarity {best.similarity:.2f}", beside, warning)


def details(asked: Asked[Found], parts: Parts) -> Iterator[dict]:
    """What costs more, by the kind of answer; what belongs to another kind is cleared."""
    found = asked.result
    if isinstance(found, Genre):
        steps = of_genre(asked, parts)
    elif isinstance(found, Mood):
        steps = of_mood(asked, parts)
    else:
        steps = of_words(asked, parts)
    # In one update: the page can lose a figure that is hidden and shown again at once.
    yield {**cleared(parts), **next(steps)}
    yield from steps


def of_genre(asked: Asked[Genre], parts: Parts) -> Iterator[dict]:
    """All genres, which words decided, and all genre models side by side."""
    (text,), found = asked.inputs, asked.result
    yield {parts.figure: show(charts.shares(found))}
    name = asked.variant if hasattr(MODELS[asked.variant], "explain") else GENRE_MODELS[0]
    genre = found.order[0]
    why = charts.deciding(MODELS[name].explain(text, genre))
    if name != asked.variant:
        title = DEMO.variant(name).title
        note = markup.note(f"{title} shows what counts towards {found.label}, since this model's "
                           "answer is no sum over words.")  # fmt: skip
        why = Markup("{}{}").format(note, why)
    yield {parts.said: why}
    rows, chosen = [], None
    for other in GENRE_MODELS:
        chosen = len(rows) if other == asked.variant else chosen
        rows.append((DEMO.variant(other).title, *_genre(other, asked)))
    yield {parts.compare: markup.table(("Model", "Says", "Sure", "Second", "Time"), rows,
                                       text_columns=2, chosen=chosen)}  # fmt: skip
    yield {parts.more: tools.hidden_by_the_split(asked.variant)}


def _genre(variant: str, asked: Asked[Genre]) -> tuple[str, ...]:
    try:
        timed = asked.timed if variant == asked.variant else MODELS.predict(variant, *asked.inputs)
    except UserError:
        return "knows no word of it", "", "", ""
    found = timed.result
    first, second = found.order[:2]
    sure = markup.percent(float(found.shares[first]))
    return (
        found.label, sure if is_familiar(found.familiarity) else markup.UNSURE,
        found.names[second], markup.duration(timed.seconds),
    )  # fmt: skip


def of_mood(asked: Asked[Mood], parts: Parts) -> Iterator[dict]:
    """The score on its axis, and all three regressions side by side."""
    found = asked.result
    if is_familiar(found.familiarity):
        yield {parts.said: charts.mood_line(found)}
    rows, chosen = [], None
    for name in MOODS:
        chosen = len(rows) if name == asked.variant else chosen
        try:
            timed = asked.timed if name == asked.variant else MODELS.predict(name, *asked.inputs)
        except UserError:
            rows.append((DEMO.variant(name).title, "no vector", "", ""))
            continue
        known = is_familiar(timed.result.familiarity)
        score = markup.signed(timed.result.score, 2) if known else markup.UNSURE
        rows.append((DEMO.variant(name).title, timed.result.read[:60], score,
                     markup.duration(timed.seconds)))  # fmt: skip
    head = ("Model", "Read as", "Mood", "Time")
    yield {parts.compare: markup.table(head, rows, text_columns=2, chosen=chosen)}


def of_words(asked: Asked[Nearest], parts: Parts) -> Iterator[dict]:
    """The same question to all windows; a slider where a direction was asked."""
    found, (text,) = asked.result, asked.inputs
    timed = {n: asked.timed if n == asked.variant else MODELS.predict(n, text) for n in WINDOWS}
    answers = [timed[name].result for name in WINDOWS]
    titles = [f"{DEMO.variant(name).title.removeprefix('Words: ')}" for name in WINDOWS]
    note = "In bold: in all three columns. Small: how often songs have the word, and how many of "
    note += "its ten nearest words a second training found again."
    if found.query.kind == "direction":
        left, right = (" ".join(found.query.minus), " ".join(found.query.plus))
        yield {
            parts.slider: gr.update(visible=True, value=0, label=f"{left} ↔ {right}"),
            parts.along: moved(asked, 0),
        }
        shown = {}
        for side, part, end in (("left", parts.said, left), ("near", parts.compare, right)):
            lists = [(t, getattr(a, side)) for t, a in zip(titles, answers, strict=True)]
            shown[part] = charts.windows(lists, f"Farthest towards {end}")
        yield {**shown, parts.compare: shown[parts.compare] + compared(asked, timed)}
    else:
        lists = [(t, a.near) for t, a in zip(titles, answers, strict=True)]
        shown = charts.windows(lists, f"Nearest to {charts.said_of(found)}")
        yield {parts.said: Markup("{}{}").format(asked_words(asked), shown),
               parts.compare: markup.note(note) + compared(asked, timed)}  # fmt: skip
    yield {parts.more: tools.that_differ(MODELS)}


def compared(asked: Asked[Nearest], timed: Mapping[str, Timed[Nearest]]) -> Markup:
    """What each window answers first, how near it lies, and how long it took."""
    rows = [
        (DEMO.variant(name).title, t.result.near[0].word, f"{t.result.near[0].similarity:.2f}",
         markup.duration(t.seconds))
        for name, t in timed.items()
    ]  # fmt: skip
    head = ("Model", "Nearest", "Similarity", "Time")
    chosen = list(timed).index(asked.variant)
    return markup.table(head, rows, text_columns=2, chosen=chosen)


def asked_words(asked: Asked[Nearest]) -> Markup:
    """How often the songs have each of the words that were asked about."""
    model: NearestWords = MODELS[asked.variant]
    found, places = asked.result.query, model.space.vocabulary.places
    words = list(dict.fromkeys((*found.plus, *found.minus)))[:12]
    said = "; ".join(f"{w}: {charts.reliability(model.space.near(places[w], 1.0))}" for w in words)
    return markup.note(f"Asked: {said} of its neighbours found again.")


def moved(asked: Asked[Nearest] | None, step: float) -> Markup:
    """The words at one place of the direction that was asked about."""
    if asked is None or not isinstance(asked.result, Nearest):
        raise UserError("There is no direction yet: ask for one first, such as sad ↔ happy.")
    model: NearestWords = MODELS[asked.variant]
    query = asked.result.query
    if query.kind != "direction":
        raise UserError("There is no direction yet: ask for one first, such as sad ↔ happy.")
    share = (max(-STEPS, min(STEPS, float(step))) + STEPS) / (2 * STEPS)
    left, right = model.space.mean(query.minus), model.space.mean(query.plus)
    point = (1 - share) * left + share * right
    near = model.space.nearest(point / max(float((point**2).sum() ** 0.5), 1e-9))
    words = ", ".join(f"{n.word} {n.similarity:.2f}" for n in near)
    return Markup('<p class="along" aria-live="polite"><b>{:.0f} %</b> of the way: {}</p>').format(
        100 * share, words
    )


def suggested(event: gr.EventData) -> str:
    """The word that was clicked."""
    return str(event.name)[:100]
