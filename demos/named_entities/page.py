"""The page of named entities: a text goes in, its names are marked, and two lists are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import gradio as gr
from markupsafe import Markup

from demos.core import events, many_texts, markup, text
from demos.core.checkpoint import open_checkpoint
from demos.core.choices import SELECT
from demos.core.compare import side_by_side
from demos.core.errors import CheckpointError, UserError
from demos.core.familiarity import is_familiar
from demos.core.frame import Asked, Frame
from demos.core.inputs import html
from demos.core.runtime import Predictors
from demos.named_entities import DEMO, FIND, correct, panels, show, story
from demos.named_entities.labels import TYPES
from demos.named_entities.result import Found, NamesAnswer, utf16

if TYPE_CHECKING:
    from demos.named_entities.predict import Predictor

MODELS: Predictors[Predictor] = Predictors(DEMO)
LIMIT = DEMO.inputs[0].limit
LONG = 1500  # characters of a text up to which every model's reading is shown
WORDS = 300  # that are offered to look at
UNLIKE = "This is unlike the sentences that it was trained on: do not rely on the names."
PLURAL = {"PER": ("person", "people"), "ORG": ("organisation", "organisations"),
          "LOC": ("place", "places"), "MISC": ("other name", "other names")}  # fmt: skip
FORMS = (
    ("in small letters", str.lower),
    ("IN CAPITALS", str.upper),
    ("Each With A Capital", lambda word: word[:1].upper() + word[1:].lower()),
)


class Parts(NamedTuple):
    """The outputs of the second event."""

    names: gr.HTML
    story: gr.HTML
    table: gr.HTML
    words: gr.HTML
    closer: gr.HTML
    forms: gr.HTML
    lanes: gr.HTML
    mentions: gr.HTML
    correct: gr.HTML


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    with frame.results:
        parts = Parts(
            names=html(),
            story=html(),
            table=html(elem_classes="spare"),
            words=html(elem_classes="spare", js_on_load=SELECT),
            closer=html(elem_classes="spare"),
            forms=html(elem_classes="spare"),
            lanes=html(elem_classes="spare"),
            mentions=html(elem_classes="spare"),
            correct=html(elem_classes="spare", js_on_load=correct.SCRIPT),
        )
    parts.words.select(
        events.public(chosen), frame.kept, [parts.words, parts.closer],
        **events.MODEL, **events.PRIVATE, **events.LATEST,
    )  # fmt: skip
    frame.connect(
        answer=answer,
        api=NamesAnswer,
        details=lambda asked: details(asked, parts),
        outputs=parts,
        button="Find the names",
    )
    frame.panels(
        errors=panels.analysis,
        calibrated=True,
        own=lambda: many_texts.lay_out(frame, find_many, "Find all names", LIMIT),
    )


def answer(asked: Asked[Found]) -> markup.Answer:
    """How many names, and of which kinds."""
    found, truth = asked.result, asked.truth
    beside = () if truth is None else (Markup("marked by hand: <b>{}</b>").format(truth),)
    counts = Counter(n.kind for n in found.names)
    kinds = ", ".join(f"{counts[k]} {PLURAL[k][counts[k] != 1]}" for k in TYPES if counts[k])
    n = len(found.names)
    big = "No names" if not n else "1 name" if n == 1 else f"{n} names"
    return markup.Answer(big, kinds, beside, "" if is_familiar(found.familiarity) else UNLIKE)


def details(asked: Asked[Found], parts: Parts) -> Iterator[dict]:
    """What costs more, part by part: the lists, one word closer, other models, other capitals."""
    model, found = MODELS[asked.variant], asked.result
    yield {parts.names: show.names(found), parts.closer: "", parts.correct: ""}
    others = {
        variant.name: timed.result
        for variant, timed in MODELS.all_variants(asked.timed, *asked.inputs)
        if timed is not None
    }
    yield {parts.story: story.drawn(others, scores()), parts.table: show.table(found)}
    if found.words:
        word = striking(found)
        yield {parts.words: words(found, word), parts.closer: closer(model, found, word)}
    else:
        yield {parts.words: "", parts.closer: ""}
    yield {parts.forms: forms(model, found) if len(found.text) <= LONG else ""}
    yield {parts.lanes: lanes(asked, others)}
    repeated = show.mentions(found)
    yield {
        parts.mentions: show.part("Names that return", repeated) if repeated else "",
        parts.correct: correct.shown(found, model.kinds),
    }


def scores() -> dict[str, float | None]:
    """F1 on WikiANN's test sentences of each way to read numbers, as it was measured."""
    found: dict[str, float | None] = {}
    for way in story.WAYS:
        try:
            measured = open_checkpoint(DEMO.name, way.variant).evaluation.get("readings", {})
        except CheckpointError:
            measured = {}
        found[way.name] = measured.get("wikiann", {}).get(way.measure, {}).get("f1")
    return found


def striking(found: Found) -> int:
    """The word that is looked at first: of a name, one that returns, or else the longest."""
    tokens = found.tokens
    able = [i for n in found.names for i in range(n.first, n.last)] or [0]
    counts = Counter(t.casefold() for t in tokens)
    return max(able, key=lambda i: (counts[tokens[i].casefold()], len(tokens[i])))


def words(found: Found, at: int) -> Markup:
    """The words to choose one from."""
    tokens = found.tokens
    buttons = Markup(" ").join(
        Markup(
            '<button type="button" data-name="{}" class="{}" aria-pressed="{}">{}</button>'
        ).format(i, found.labels[i][2:].lower(), "true" if i == at else "false", t)
        for i, t in enumerate(tokens[:WORDS])
    )
    return show.part(
        "One word, closer", Markup('<div class="tags" dir="auto">{}</div>').format(buttons),
        "Choose a word: its pieces, and what it is without its company.",
    )  # fmt: skip


def chosen(asked: Asked[Found] | None, event: gr.EventData) -> tuple[Markup, Markup]:
    """The word that was clicked, closer."""
    if asked is None:
        raise UserError("There is no answer yet: find the names first.")
    found = asked.result
    at = min(max(0, int(event.name)), len(found.words) - 1)
    return words(found, at), closer(MODELS[asked.variant], found, at)


def closer(model: Predictor, found: Found, at: int) -> Markup:
    """A word's pieces with those of its name, ways to pool them, and its hidden context."""
    name = next((n for n in found.names if n.first <= at < n.last), None)
    first, last = (name.first, name.last) if name else (at, at + 1)
    read = model.pieces(found, first, last)
    out = [show.pieces(found, read, model.labels)]
    own = [p for p in read if p.word == at]
    if len(own) > 1:
        out.append(show.pooled(own, model.labels))
    out.append(show.context(model.context(found, at)))
    note = "Training saw a label on each word’s first piece; −100 means that a piece took no part."
    return Markup("{}{}").format(markup.note(note), markup.join(out))


def forms(model: Predictor, found: Found) -> Markup:
    """The text in other capitals."""
    tried = [("as typed", found.tokens, found.labels)]
    for name, change in FORMS:
        tokens = [change(t) for t in found.tokens]
        tried.append((name, tokens, model.relabelled(found, tokens)))
    return show.part("In other capitals", show.forms(found, tried))


def lanes(asked: Asked[Found], others: dict[str, Found]) -> Markup:
    """What each other model says; where it differs from the asked one is marked."""
    found, out = asked.result, []
    for name, other in others.items():
        if name == asked.variant or len(found.text) > LONG:
            continue
        n = show.disagreements(found, other)
        title = Markup("<b>{}</b>: {}").format(
            DEMO.variant(name).title, "all names alike" if not n else f"{n} names differ"
        )
        out.append(Markup("<p>{}</p>{}").format(title, show.lane(found, other)))
    table = side_by_side(MODELS, asked, ("Names", "Kinds"), cells)
    return show.part(
        "What the other models say",
        Markup("{}{}").format(markup.join(out), table),
        f"Outlined: another place or kind than {DEMO.variant(asked.variant).title} says. Dashed: "
        "a name that is missing here.",
    )


def cells(found: Found) -> tuple[str, str]:
    counts = Counter(n.kind for n in found.names)
    return str(len(found.names)), ", ".join(f"{k} {c}" for k, c in sorted(counts.items())) or "–"


@many_texts.given(text.verbatim, LIMIT)
def find_many(variant: str, texts: Sequence[str]) -> Iterator[Markup]:
    """The names of all texts; yields a progress bar, then the table."""
    rows: list[tuple] = []
    for n, whole in enumerate(texts):
        if n % 10 == 0:
            yield markup.progress(n, len(texts), "read")
        found, units = MODELS[variant].predict(whole, FIND), utf16(whole)
        known = is_familiar(found.familiarity)
        rows += [
            (n + 1, name.text, name.kind, name.start, name.end, units[name.start], units[name.end],
             f"{name.confidence:.4f}" if known else "", "yes" if known else "no", whole)
            for name in found.names
        ]  # fmt: skip
    head = ("number", "name", *show.HEAD[1:], "familiar", "text")
    link = markup.download("names.csv", "text/csv", text.write_csv(head, rows), "Download as CSV")
    shown = [(r[0], r[1], show.kind_tag(r[2]), r[7] or markup.UNSURE) for r in rows[:200]]
    yield Markup('<p class="note" role="status">{} names in {} texts by {}. {}</p>{}').format(
        len(rows), len(texts), DEMO.variant(variant).title, link,
        markup.table(("Text", "Name", "Kind", "Confidence"), shown, text_columns=3),
    )  # fmt: skip
