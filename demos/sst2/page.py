"""The page of SST-2: a text goes in, the probability that it is praise comes out, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import gradio as gr
import numpy as np
from markupsafe import Markup, escape

from demos.core import classifier, events, many_texts, markup, plots, text
from demos.core.choices import SELECT
from demos.core.compare import side_by_side
from demos.core.familiarity import is_familiar
from demos.core.frame import Asked, Frame, show
from demos.core.inputs import html
from demos.core.runtime import Predictors
from demos.sst2 import DEMO, edits
from demos.sst2.result import NEGATIVE, POSITIVE, Attribution, Sentiment, SentimentAnswer

if TYPE_CHECKING:
    from demos.sst2.predict import Predictor

MODELS: Predictors[Predictor] = Predictors(DEMO)
LIMIT = DEMO.inputs[0].limit  # characters of one text
AT_ONCE = 25  # texts between two looks at the progress bar
PREFIXES = 60  # words: of a longer text, the curve shows the beginning
NO_OPINION = (
    "This does not read like an English opinion of a film, which is all it was trained on: do not "
    "rely on the answer."
)
DEEPEST = 55  # per cent of colour behind the strongest word: text on it keeps its contrast


class Parts(NamedTuple):
    """The outputs of the second event."""

    reading: gr.HTML
    curve: gr.Plot
    compare: gr.HTML
    edited: gr.HTML


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    with frame.results:
        parts = Parts(
            reading=html(),
            curve=gr.Plot(show_label=False, container=False, visible=False),
            compare=html(),
            edited=html(elem_classes="spare", js_on_load=SELECT),
        )
    chosen = parts.edited.select(
        events.public(apply), None, frame.fields[0].main, queue=False, api_visibility="private"
    )
    frame.connect(
        answer=answer,
        api=SentimentAnswer,
        details=lambda asked: details(asked, parts),
        outputs=parts,
        starts=[chosen.then],
        button="Judge it",
    )
    frame.panels(
        errors=classifier.errors,
        calibrated=True,
        own=lambda: many_texts.lay_out(frame, judge_many, "Judge them all", LIMIT),
    )


def answer(asked: Asked[Sentiment]) -> markup.Answer:
    """The label with its probability; for an unfamiliar text, only which way it leans."""
    found, truth = asked.result, asked.truth
    beside = () if truth is None else (Markup("true label: <b>{}</b>").format(truth),)
    if not is_familiar(found.familiarity):
        return markup.Answer("Unfamiliar", f"leans {found.label}", beside, NO_OPINION)
    return markup.Answer(found.label.capitalize(), markup.percent(found.share), beside)


def details(asked: Asked[Sentiment], parts: Parts) -> Iterator[dict]:
    """What costs more, part by part: how it was read, the other variants, why, what if."""
    (given,), model = asked.inputs, MODELS[asked.variant]
    yield {parts.reading: reading(asked.result)}
    yield {parts.compare: side_by_side(MODELS, asked, ("Says", "Positive"), cells)}
    yield {parts.curve: show(prefix_curve(model.prefixes(given, PREFIXES)))}
    why = model.explain(given)
    yield {parts.reading: reading(asked.result, why)}
    yield {parts.edited: what_if(model, asked.result.probability, why)}


def cells(found: Sentiment) -> tuple[str, str]:
    known = is_familiar(found.familiarity)
    return found.label, markup.percent(found.probability) if known else markup.UNSURE


def reading(found: Sentiment, why: Attribution | None = None) -> Markup:
    """The text as the network reads it: unknown and unseen words marked, attributed ones shaded."""
    shades = np.zeros(len(found.reading.words)) if why is None else why.values
    strongest = max(float(np.abs(shades).max(initial=0)), 1e-9)
    words = []
    for i, word in enumerate(found.reading.words):
        kinds = ["unknown"] * (i in found.reading.unknown)
        kinds += ["unseen"] * (i in found.reading.unseen)
        kinds += ["for" if shades[i] > 0 else "against"] * (why is not None)
        words.append(
            Markup('<span class="{}" style="--share:{:.0f}%">{}</span>').format(
                " ".join(kinds), DEEPEST * abs(shades[i]) / strongest, word
            )
        )
    return Markup(
        '<figure class="words"><p dir="auto">{}</p><figcaption>{}</figcaption></figure>'
    ).format(Markup(" ").join(words), " ".join(notes(found, why)))


def notes(found: Sentiment, why: Attribution | None) -> list[str]:
    """The caption of the reading, in sentences."""
    out = ["The text as the network reads it, in the form of its data."]
    if why is not None:
        order = np.argsort(-np.abs(why.values))[:3]
        most = ", ".join(f"“{why.reading.words[i]}” ({why.values[i]:+.1f})" for i in order)
        out.append(
            f"Orange counts towards positive, blue towards negative ({why.method}, in logits); "
            f"most of all {most.replace('-', '−')}."
        )
    if found.reading.unknown:
        out.append("Underlined words are unknown to it.")
    if found.reading.unseen:
        out.append("Struck-through words are ignored.")
    if found.reading.cut:
        end = "beginning" if 0 in found.reading.unseen else "end"
        out.append(
            f"The text is too long for it: {found.reading.cut} words at the {end} are cut off."
        )
    return out


def prefix_curve(found: list[tuple[str, float]]) -> Any:
    """The probability after each word."""
    at = list(range(1, len(found) + 1))
    shares = [p for _, p in found]
    drawn = plots.lines({"positive": (at, shares)}, x="", y="", markers=True,
                        title="Probability of “positive” after each word")  # fmt: skip
    drawn.add_hline(0.5, line_dash="dot", line_color="rgba(128,128,120,.8)")
    drawn.update_traces(
        text=[escape(w) for w, _ in found], hovertemplate="after “%{text}”: %{y:.0%}<extra></extra>"
    )
    drawn.update_yaxes(range=[-0.03, 1.03], tickformat=".0%")
    shown = at[:: 1 + len(at) // 25]
    names = [escape(found[i - 1][0][:14]) for i in shown]  # plotly reads some HTML
    drawn.update_xaxes(tickvals=shown, ticktext=names, tickangle=-45)
    drawn.update_layout(height=300, showlegend=False, margin={"b": 84, "t": 40})
    return drawn


def proposals(found: Attribution) -> list[tuple[str, str]]:
    """Edits of a text: (what was done, the edited text)."""
    words = list(found.reading.words)
    order = [int(i) for i in np.argsort(-np.abs(found.values))]
    out = [("Negate it", edits.negated(words)), ("Shuffle the words", edits.shuffled(words))]
    turned = edits.opposite(words, order)
    if turned is not None:
        out.insert(1, ("Swap a word for its opposite", turned))
    if len(words) > 1:
        out.append(("Drop the strongest word", edits.without(words, order[0])))
    return [(name, " ".join(edited)) for name, edited in out if edited and edited != words]


def what_if(model: Predictor, before: float, why: Attribution) -> Markup:
    """A table of edits with what they change from the probability `before`; a click applies
    one."""
    offered = proposals(why)
    if not offered:
        return Markup("")
    after = model.probabilities([edited for _, edited in offered])
    rows = [
        (
            Markup('<button type="button" class="edit" data-name="{}">{}</button>').format(
                edited, name
            ),
            snippet(why.reading.words, edited.split()),
            markup.percent(p),
            markup.signed(100 * (p - before)),
        )
        for (name, edited), p in zip(offered, after.tolist(), strict=True)
    ]
    return markup.table(
        ("What if", "Edited text", "Positive", "Change, points"), rows, text_columns=2
    )


def snippet(before: Sequence[str], after: list[str], around: int = 6) -> str:
    """The edited text where it differs first, with a few words on either side."""
    pairs = zip(before, after, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(before), len(after)))
    start, end = max(0, at - around), at + around + 1
    part = " ".join(after[start:end])
    return f"{'… ' * (start > 0)}{part}{' …' * (end < len(after))}"


def apply(event: gr.EventData) -> str:
    """The text of the edit that was clicked."""
    return str(event.name)[:LIMIT]


@many_texts.given(text.clean, LIMIT)
def judge_many(variant: str, texts: Sequence[str]) -> Iterator[Markup]:
    """Judge all texts, some at a time; yields a progress bar, then the table."""
    shares: list[float] = []
    for start in range(0, len(texts), AT_ONCE):
        yield markup.progress(start, len(texts), "judged")
        shares += MODELS[variant].probabilities(texts[start : start + AT_ONCE]).tolist()
    known = MODELS[variant].familiarity
    rows = []
    for given, share in zip(texts, shares, strict=True):
        familiar = known is None or known(given).familiar
        label = POSITIVE if share >= 0.5 else NEGATIVE
        rows.append((label, f"{share:.4f}" if familiar else "", "yes" if familiar else "no", given))
    head = ("label", "probability_positive", "familiar", "text")
    content = text.write_csv(head, rows)
    link = markup.download("sentiment.csv", "text/csv", content, "Download as CSV")
    shown = [
        (given, label, markup.percent(float(share)) if share else markup.UNSURE)
        for label, share, _, given in rows
    ]
    positive = sum(row[0] == POSITIVE for row in rows)
    unlike = sum(row[2] == "no" for row in rows)
    yield Markup('<p class="note" role="status">{} of {} are positive by {}; {} are unlike the '
                 "training data and carry no percentage. {}</p>{}").format(
        positive, len(rows), DEMO.variant(variant).title, unlike, link,
        markup.table(("Text", "Says", "Positive"), shown, text_columns=2),
    )  # fmt: skip
