"""The page of SST-2: a text goes in, the probability that it is praise comes out, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import gradio as gr
import numpy as np
from markupsafe import Markup, escape

from demos.core import events, markup, plots, runtime, text
from demos.core.checkpoint import Checkpoint
from demos.core.errors import UserError
from demos.core.frame import SELECT, Asked, First, Frame, show
from demos.core.inputs import html
from demos.core.panels import Parameter
from demos.sst2 import DEMO, edits
from demos.sst2.result import NEGATIVE, POSITIVE, Attribution, Sentiment, SentimentAnswer

LIMIT = 1000  # characters of one text
MOST, AT_ONCE = 500, 25  # texts in a batch; how many between two looks at the progress bar
PREFIXES = 60  # words: of a longer text the curve shows the beginning
DEEPEST = 55  # per cent of colour behind the strongest word: text on it keeps its contrast
# The seed's table of metrics and its confusion matrix.
SEED = {
    ("accuracy", "train"): "0.968", ("loss", "train"): "0.074",
    ("accuracy", "validation"): "0.920", ("loss", "validation"): "0.338",
    ("accuracy", "test"): "0.8291", ("loss", "test"): "0.436",
    ("precision", "test"): "0.81", ("recall", "test"): "0.86", ("f1", "test"): "0.84",
}  # fmt: skip
SEED_CONFUSION = ((340, 88), (61, 383))


Judged = Asked[Sentiment]


class Parts(NamedTuple):
    """The outputs of the second event."""

    reading: gr.HTML
    curve: gr.Plot
    compare: gr.HTML
    edited: gr.HTML


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    with frame.inputs:
        given = gr.Textbox(
            label="Text", lines=1, max_lines=8, placeholder="A sentence about a film, in English"
        )
    with frame.results:
        parts = Parts(
            reading=html(),
            curve=gr.Plot(show_label=False, container=False, visible=False),
            compare=html(),
            edited=html(elem_classes="spare", js_on_load=SELECT),
        )
    chosen = parts.edited.select(
        events.public(apply), None, given, queue=False, api_visibility="private"
    )
    frame.connect(
        inputs=[given],
        first=judge,
        second=lambda kept: details(kept, parts),
        outputs=parts,
        run_on=[given.submit, chosen.then],
        button="Judge it",
    )
    frame.api(judge_sentiment)
    frame.panels(
        call=[
            Parameter("text", "A smart, funny film that never drags."),
            Parameter("variant", DEMO.default),
        ],
        errors=errors,
        own=lambda: many(frame),
    )


def judge(variant: str, given: str | None) -> First:
    """The first answer: one forward pass of the chosen variant."""
    cleaned = text.clean(given, LIMIT)
    timed = runtime.predict(DEMO.name, variant, cleaned)
    found: Sentiment = timed.result
    truth = next((e.truth for e in DEMO.examples if e.inputs == (given,)), None)
    beside = () if truth is None else (Markup("it is: <b>{}</b>").format(truth),)
    answer = markup.Answer(found.label.capitalize(), markup.percent(found.share), beside)
    return First(answer, timed, Judged(cleaned, timed))


def details(kept: Judged, parts: Parts) -> Iterator[dict]:
    """What costs more, part by part: how it was read, the other variants, why, what if."""
    yield {parts.reading: reading(kept.timed.result)}
    yield {parts.compare: side_by_side(kept)}
    curve = runtime.call(DEMO.name, kept.variant, "prefixes", kept.given, PREFIXES).result
    yield {parts.curve: show(prefix_curve(curve))}
    found: Attribution = runtime.call(DEMO.name, kept.variant, "explain", kept.given).result
    yield {parts.reading: reading(kept.timed.result, found)}
    yield {parts.edited: what_if(kept, found)}


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
            f"Orange speaks for positive, blue for negative ({why.method}, in logits); most of all "
            f"{most.replace('-', '−')}."
        )
    if found.reading.unknown:
        out.append("Underlined words are unknown to it.")
    if found.reading.unseen:
        out.append("Struck words are not seen by it.")
    if found.reading.cut:
        end = "beginning" if 0 in found.reading.unseen else "end"
        out.append(
            f"The text is too long for it: {found.reading.cut} words at the {end} are cut off."
        )
    return out


def side_by_side(kept: Judged) -> Markup:
    """All variants on the same text."""
    rows, chosen = [], None
    for variant, timed in runtime.all_variants(DEMO, kept.timed, kept.given):
        if timed is None:
            rows.append((variant.title, "not available", "", "", ""))
            continue
        chosen = len(rows) if variant.name == kept.variant else chosen
        found: Sentiment = timed.result
        size = markup.count(runtime.predictor(DEMO.name, variant.name).parameters)
        rows.append(
            (
                variant.title,
                found.label,
                markup.percent(found.probability),
                markup.duration(timed.seconds),
                size,
            )
        )
    head = ("Model", "Says", "Positive", "Time", "Parameters")
    return markup.table(head, rows, text_columns=2, chosen=chosen)


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
    """Edits of a text: (what was done, the text then)."""
    words = list(found.reading.words)
    order = [int(i) for i in np.argsort(-np.abs(found.values))]
    out = [("Negate it", edits.negated(words)), ("Shuffle the words", edits.shuffled(words))]
    turned = edits.opposite(words, order)
    if turned is not None:
        out.insert(1, ("Swap a word for its opposite", turned))
    if len(words) > 1:
        out.append(("Drop the strongest word", edits.without(words, order[0])))
    return [(name, " ".join(edited)) for name, edited in out if edited and edited != words]


def what_if(kept: Judged, why: Attribution) -> Markup:
    """A table of edits with what they change; a click takes one over."""
    offered = proposals(why)
    if not offered:
        return Markup("")
    before = kept.timed.result.probability
    after = runtime.call(
        DEMO.name, kept.variant, "probabilities", [edited for _, edited in offered]
    ).result
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
        ("What if", "The text then", "Positive", "Change, points"), rows, text_columns=2
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


def many(frame: Frame) -> None:
    """Many texts at once: pasted lines or a file; a table and a CSV come out."""
    with gr.Accordion("Many texts at once", open=False):
        html(
            '<p class="note">One text a line, or a CSV with a column called “text”: at most '
            f"{MOST} texts of {LIMIT:,} characters each.</p>"
        )
        lines = gr.Textbox(label="Texts, one a line", lines=4, max_lines=12)
        file = gr.File(
            label="or a file (CSV, TSV, plain text)",
            file_types=[".csv", ".tsv", ".txt"],
            height=120,
        )
        button = gr.Button("Judge them all")
        table = html()
    button.click(
        events.stream(judge_many),
        [frame.variant, lines, file],
        table,
        **events.MODEL,
        api_visibility="private",
        show_progress="hidden",
    )


def judge_many(variant: str, lines: str | None, path: str | None) -> Iterator[Markup]:
    """Judge all texts, some at a time; yields a progress bar, then the table."""
    try:
        given = (
            text.read_lines(path, MOST) if path else text.limited((lines or "").splitlines(), MOST)
        )
        texts = [text.clean(t, LIMIT) for t in given]
    except UserError as error:
        yield markup.error(str(error))
        return
    shares: list[float] = []
    for start in range(0, len(texts), AT_ONCE):
        yield Markup(
            '<p class="note" role="status">{} of {} judged '
            '<progress value="{}" max="{}"></progress></p>'
        ).format(start, len(texts), start, len(texts))
        part = texts[start : start + AT_ONCE]
        shares += runtime.call(DEMO.name, variant, "probabilities", part).result.tolist()
    positive = sum(p >= 0.5 for p in shares)
    rows = [
        (POSITIVE if p >= 0.5 else NEGATIVE, f"{p:.4f}", t)
        for t, p in zip(texts, shares, strict=True)
    ]
    content = text.write_csv(("label", "probability_positive", "text"), rows)
    link = markup.download("sentiment.csv", "text/csv", content, "Download as CSV")
    shown = [(t, label, markup.percent(float(p))) for label, p, t in rows]
    yield Markup('<p class="note" role="status">{} of {} are positive by {}. {}</p>{}').format(
        positive, len(rows), DEMO.variant(variant).title, link,
        markup.table(("Text", "Says", "Positive"), shown, text_columns=2),
    )  # fmt: skip


def judge_sentiment(text: str, variant: str = DEMO.default) -> SentimentAnswer:
    """Say whether an English sentence about a film is praise or blame.

    Args:
        text: The sentence, at most 1,000 characters.
        variant: Which model answers: bilstm_distilled, bilstm_seed or minilm.
    """
    return SentimentAnswer.of(judge(variant, text).timed)


def errors(variant: str, checkpoint: Checkpoint) -> tuple[Any, Markup]:
    """Confusion matrix and all measures beside the seed's."""
    found = checkpoint.evaluation
    if "confusion" not in found:
        return None, Markup("")
    title = f"Confusions on the 872 test sentences, {DEMO.variant(variant).title}"
    figure = plots.confusion(**found["confusion"], title=title)
    names = found["confusion"]["labels"]
    rows = [
        (f"is {name}", *(f"{n} ({seed})" for n, seed in zip(ours, theirs, strict=True)))
        for name, ours, theirs in zip(
            names, found["confusion"]["matrix"], SEED_CONFUSION, strict=True
        )
    ]
    head = ("", *(f"says {name}" for name in names))
    matrix = markup.table(head, rows, caption="The same in numbers; in brackets the seed's")
    return figure, measures(checkpoint) + matrix


def measures(checkpoint: Checkpoint) -> Markup:
    """Training, validation and test in one table, the seed's in brackets."""
    card = checkpoint.card
    splits = {"train": "Training", "validation": "Validation", "test": "Test (872)"}
    names = {"accuracy": "Accuracy", "loss": "Loss", "precision": "Precision", "recall": "Recall",
             "f1": "F1"}  # fmt: skip

    def cell(name: str, split: str) -> str:
        m, seed = card.metric(name, split), SEED.get((name, split))
        ours = "–" if m is None else f"{m.value:.3f}"
        return f"{ours} ({seed})" if seed else ours

    rows = [(names[n], *(cell(n, s) for s in splits)) for n in names]
    caption = "Measured; in brackets the seed's. Its validation phrases leak (see “Where it fails”)"
    return markup.table(("Measure", *splits.values()), rows, caption=caption)
