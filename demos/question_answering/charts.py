"""What the page of question answering shows: the paragraph, its spans, the matrix, the tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup, escape

from demos.core import markup, plots
from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import is_familiar
from demos.question_answering.result import Found, Matrix, Weights

AROUND = 700  # characters of a long text that are shown on either side of the answer
SCALE = (-12.0, 16.0)  # of margins
DEEPEST = 55  # per cent of colour behind the strongest word


def scale(found: Found) -> Markup:
    """The margin on its axis, with the threshold that it has to reach."""
    if not found.spans:
        return Markup("")
    low, high = SCALE

    def place(value: float) -> str:
        return f"{100 * (min(high, max(low, value)) - low) / (high - low):.1f}%"

    return Markup(
        '<div class="margin" role="img" aria-label="Margin {}, threshold {}">'
        '<div class="axis"><span class="enough" style="left:{}"></span>'
        '<i class="{}" style="left:{}"></i></div>'
        '<p><span>“no answer” is better</span><span class="threshold">threshold '
        "{}</span><span>the marked words are better</span></p></div>"
    ).format(
        markup.signed(found.margin, 1), markup.signed(found.threshold, 1), place(found.threshold),
        "answered" if found.answer is not None else "refused", place(found.margin),
        markup.signed(found.threshold, 1),
    )  # fmt: skip


def passage(found: Found, around: int = AROUND) -> Markup:
    """The paragraph around the answer, with the answer marked and its rivals dotted."""
    marks = sorted(
        (s.start, s.end, n == 0 and found.answer is not None) for n, s in enumerate(found.spans)
    )
    at = found.spans[0].start if found.spans else 0
    left, right = max(0, at - around), at + around
    out, here = [Markup("… ") if left else Markup("")], left
    for start, end, best in marks:
        if start < here or end > right:
            continue
        out.append(escape(found.paragraph[here:start]))
        out.append(
            Markup('<mark class="{}">{}</mark>').format(
                "" if best else "other", found.paragraph[start:end]
            )
        )
        here = end
    out.append(escape(found.paragraph[here:right]))
    if right < len(found.paragraph):
        out.append(Markup(" …"))
    return Markup('<p class="passage" dir="auto">{}</p>').format(markup.join(out))


def candidates(found: Found) -> Markup:
    """The best spans in a table."""
    known = is_familiar(found.familiarity)
    rows = [
        (n, s.text, markup.percent(s.share) if known else "–") for n, s in enumerate(found.spans, 1)
    ]
    return markup.table(("", "Best spans", "Confidence"), rows, text_columns=2)


def drawn(found: Matrix) -> Any:
    """Starts against ends; grey where no answer is possible."""
    figure = plots.figure(height=440, title="Starts (down), ends (across)", x="grey: not possible")
    names = [f"{i + 1} {escape(word[:12])}" for i, word in enumerate(found.words)]
    shares = [[None if np.isnan(v) else round(v, 6) for v in row] for row in found.shares.tolist()]
    deep = "rgba(213,94,0,{})".format
    figure.add_heatmap(
        z=shares, x=names, y=names, showscale=False,
        # Small shares are seen, too.
        colorscale=[[0, "rgba(230,159,0,.15)"], [0.01, deep(0.3)], [0.1, deep(0.6)], [1, deep(1)]],
        zmin=0, zmax=1, hovertemplate="from %{y} to %{x}: %{z:.1%}<extra></extra>",
        hoverongaps=False,
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", tickfont={"size": 10}, showgrid=False)
    figure.update_xaxes(tickangle=-60, tickfont={"size": 10}, showgrid=False)
    figure.update_layout(plot_bgcolor="rgba(128,128,128,.4)", margin={"l": 110, "b": 120, "t": 40})
    return figure


def why(found: Weights) -> Markup:
    """Question and paragraph with what each word adds to the margin."""
    strongest = max(
        float(np.abs(np.r_[found.question[1], found.paragraph[1]]).max(initial=0)), 1e-9
    )
    parts = [_shaded(*found.question, strongest), _shaded(*found.paragraph, strongest)]
    return Markup(
        '<figure class="words"><p dir="auto">{}</p><p dir="auto">{}</p><figcaption>{}</figcaption>'
        "</figure>"
    ).format(
        *parts,
        "What each word of the question and of the text adds to the margin (gradient × input): "
        "orange counts towards this answer, blue against it.",
    )


def _shaded(words: list[str], values: np.ndarray, strongest: float) -> Markup:
    return Markup(" ").join(
        Markup('<span class="{}" style="--share:{:.0f}%">{}</span>').format(
            "for" if value > 0 else "against", DEEPEST * abs(value) / strongest, word
        )
        for word, value in zip(words, values.tolist(), strict=True)
    )


def reads(found: Found, tried: list[tuple[str, Found]]) -> Markup:
    """The same paragraph under other questions."""
    first = ("As asked", found.question, said(found), markup.signed(found.margin, 1))
    rows = [
        (name, after.question or "(none)", said(after), markup.signed(after.margin, 1))
        for name, after in tried
    ]
    head = ("Does it read the question?", "Question asked", "Answer", "Margin")
    return markup.table(head, [first, *rows], text_columns=3, chosen=0)


def said(found: Found) -> str:
    """The answer in a table; below the threshold, in brackets what came closest."""
    if found.answer is not None:
        return found.answer
    return f"no answer (closest: {found.spans[0].text})" if found.spans else "no answer"


def analysis(checkpoint: Checkpoint) -> tuple[Any, str]:
    """F1 by what is asked and how long things are, as measured."""
    tables = checkpoint.evaluation.get("analysis")
    if not tables:
        return None, Markup("")
    title, rows = next(iter(tables.items()))
    figure = plots.figure(title=f"{title} …", y="share")
    for name, measure in (("exact match", "exact_match"), ("F1", "f1")):
        figure.add_bar(x=[r["name"] for r in rows], y=[r[measure] for r in rows], name=name)
    figure.update_yaxes(range=[0, 1], tickformat=".0%")
    shown = markup.join(
        markup.table(
            (title, "Exact match", "F1", "Questions"),
            [(r["name"], f"{r['exact_match']:.3f}", f"{r['f1']:.3f}", f"{r['n']:,}") for r in rows],
        )
        for title, rows in tables.items()
    )
    return figure, shown
