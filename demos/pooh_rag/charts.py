"""What the page shows of a reply: sources, word-to-word lines, ranks, the map, the prompt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from demos.core import markup, plots
from demos.core.checkpoint import Checkpoint
from demos.pooh_rag.generators import Message
from demos.pooh_rag.result import ABSTAINED, STAGES, Reply, Source

AROUND = 350  # characters of the chapter that are shown on either side of a passage
NARROW = 96  # characters of a label


def marked(text: str, source: Source, around: int = AROUND) -> Markup:
    """The passage in its chapter, set off from what stands around it, its answer marked."""
    left, right = max(0, source.first - around), min(len(text), source.last + around)
    if left:  # not within a word
        left = max(left, text.find(" ", left, source.first) + 1)
    if right < len(text):
        right = max(text.rfind(" ", source.last, right), source.last)
    cuts = (left, source.first, source.start, source.end, source.last, right)
    before, start, answer, end, after = (plain(text[a:b]) for a, b in pairwise(cuts))
    return Markup(
        '<p class="chapter" dir="auto" tabindex="0">{}{}<span class="here">{}<mark>{}</mark>{}'
        "</span>{}{}</p>"
    ).format("… " if left else "", before, start, answer, end, after,
             " …" if right < len(text) else "")  # fmt: skip


def plain(text: str) -> str:
    """Lines of a paragraph joined, marks of emphasis and headings left out; paragraphs stay
    apart."""
    text = re.sub(r"(?m)^#+ ", "", text)
    text = re.sub(r"[ \t]*\n[ \t]*\n\s*", "\n\n", text.replace("_", ""))
    return re.sub(r"(?<!\n)\n(?!\n)[ \t]*", " ", text)


def sources(reply: Reply, text: str) -> Markup:
    """The cited passages, numbered, the first one open; the rejected ones where it abstained."""
    if not reply.sources:
        return Markup('<p class="note">There is nothing to search in this text.</p>')
    rows = [
        Markup('<details class="source"{}><summary><b>{}</b> {}{}</summary>{}</details>').format(
            Markup(" open") if n == 1 and reply.answer else "", n, _where(s), _snippet(s),
            marked(text, s),
        )
        for n, s in enumerate(reply.sources, 1)
    ]  # fmt: skip
    if reply.answer is not None:
        return markup.join(rows)
    return Markup(
        '<details class="rejected"><summary>The best passages, rejected</summary>{}</details>'
    ).format(markup.join(rows))


def _where(source: Source) -> Markup:
    return Markup('<span class="where">{}</span>').format(source.chapter or "the text")


def _snippet(source: Source) -> Markup:
    words = " ".join(plain(source.words).split())
    return Markup(" <q>{}</q>").format(words[:NARROW] + ("…" if len(words) > NARROW else ""))


def rewritten(reply: Reply) -> Markup:
    """How the question was searched, where it leaned on what was said before."""
    told = [f"{reply.remembered} message{'s' * (reply.remembered != 1)} remembered"]
    if reply.asked != reply.question:
        told.insert(0, f"searched as: “{reply.asked}”")
    if reply.own_words:
        told.append("our notes, not the book's own words: fetch the book below")
    return Markup('<p class="note rewritten">{}</p>').format(" · ".join(told))


def thresholds(reply: Reply) -> Markup:
    """Relevance of the search and certainty of the answer, each with its threshold."""
    rows = [
        ("Relevance of the search", reply.relevance, reply.wanted),
        ("Certainty of the answer", reply.certainty, reply.threshold),
    ]
    bars = [
        Markup(
            '<div class="level{}"><span>{}</span><span class="bar" role="img" aria-label="{:.2f}, '
            'needed {:.2f}"><i style="width:{:.0f}%"></i><b style="left:{:.0f}%"></b></span>'
            "<span>{:.2f}</span></div>"
        ).format(
            "" if value >= least else " low", name, value, least, 100 * min(1, max(0, value)),
            100 * least, value,
        )
        for name, value, least in rows
    ]  # fmt: skip
    return Markup('<div class="levels">{}</div>').format(markup.join(bars))


def lines(question: Sequence[str], met: Sequence[tuple[int, float, str]],
          passage: Sequence[str]) -> Markup:  # fmt: skip
    """Lines from each word of the question to the word of the passage that it met.

    met: for each word of the question the place in `passage`, the similarity, and its word.
    """
    if not question or not passage:
        return Markup("")
    step, width = 26, 640
    used = sorted({place for place, _, _ in met})
    rows = max(len(question), len(used))
    at = {place: i for i, place in enumerate(used)}
    out = []
    for i, (word, (place, similarity, _)) in enumerate(zip(question, met, strict=True)):
        y, z = (i + 0.5) * step, (at[place] + 0.5) * step
        out.append(
            Markup(
                '<line x1="190" x2="330" y1="{:.0f}" y2="{:.0f}" style="opacity:{:.2f}"/>'
                '<text x="180" y="{:.0f}" text-anchor="end">{}</text>'
            ).format(y, z, max(0.08, min(1, similarity)) ** 2, y + 5, word[:22])
        )
    for place in used:
        near = " ".join(passage[max(0, place - 2) : place])
        after = " ".join(passage[place + 1 : place + 3])
        out.append(
            Markup(
                '<text x="340" y="{:.0f}"><tspan class="soft">{} </tspan><tspan>{}</tspan>'
                '<tspan class="soft"> {}</tspan></text>'
            ).format((at[place] + 0.5) * step + 5, near[-24:], passage[place][:22], after[:24])
        )
    return Markup(
        '<figure class="met"><svg viewBox="0 0 {} {}" role="img" aria-label="Words of the question '
        'and the words that they met">{}</svg><figcaption>Late interaction: each word of the '
        "question looks for the word in the first passage that is most like it; the stronger the "
        "line, the more alike.</figcaption></figure>"
    ).format(width, rows * step, markup.join(out))


def ranks(reply: Reply) -> Any:
    """A bump chart: the shown passages' ranks through the stages."""
    names = list(STAGES)
    figure = plots.figure(height=300, title="Rank of each source", y="rank")
    deepest = max((r for s in reply.sources for r in s.ranks.values()), default=1)
    for n, source in enumerate(reply.sources, 1):
        figure.add_scatter(
            x=[STAGES[name] for name in names], y=[source.ranks[name] for name in names],
            mode="lines+markers", name=f"{n}", line={"width": 4 if n == 1 else 2},
            hovertemplate=f"source {n}: rank %{{y}} (%{{x}})<extra></extra>",
        )  # fmt: skip
    ticks = (1, 2, 5, 10, 20, 50, 100, 200)
    figure.update_yaxes(
        type="log",
        range=[np.log10(max(deepest, 5) * 1.2), np.log10(0.8)],
        tickvals=ticks,
        ticktext=[*map(str, ticks)],
    )
    figure.update_layout(margin={"l": 44, "b": 36, "t": 40})
    return figure


def chunk_map(places: np.ndarray, sections: Sequence[int], labels: Sequence[str],
              question: np.ndarray, shown: Sequence[int]) -> Any:  # fmt: skip
    """All chunks in two dimensions, the question among them; (n, 2) and (2,)."""
    figure = plots.figure(height=380, title="Chunks, question (×) and sources")
    shades = [plots.SERIES[s % len(plots.SERIES)] for s in sections]
    figure.add_scatter(
        x=places[:, 0].round(3).tolist(), y=places[:, 1].round(3).tolist(), mode="markers",
        marker={"size": 7, "color": shades, "opacity": 0.55}, text=[escape(t) for t in labels],
        hovertemplate="%{text}<extra></extra>", showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=places[list(shown), 0].tolist(), y=places[list(shown), 1].tolist(), mode="markers+text",
        marker={"size": 15, "symbol": "circle-open", "line": {"width": 2}, "color": "#D55E00"},
        text=[str(n) for n in range(1, len(shown) + 1)], textposition="top center", name="sources",
        hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(x=[float(question[0])], y=[float(question[1])], mode="markers",
                       marker={"size": 15, "symbol": "x", "color": "#D55E00"}, name="question",
                       hoverinfo="name")  # fmt: skip
    figure.update_xaxes(showticklabels=False, ticks="")
    figure.update_yaxes(showticklabels=False, ticks="")
    figure.update_layout(margin={"l": 16, "b": 16, "t": 40}, showlegend=False)
    return figure


def prompt(messages: Sequence[Message], model: str) -> Markup:
    """What a generator is sent, or would be."""
    text = "\n\n".join(f"{m['role']}:\n{m['content']}" for m in messages)
    head = f"The prompt as it is sent to {model}" if model else "What a generator would be sent"
    return Markup('<details class="prompt"><summary>{}</summary>{}</details>').format(
        head, markup.code(text)
    )


def beside(reply: Reply, without: str, text: str) -> Markup:
    """With and without retrieval from the text of this name."""
    rows = [
        (f"{text}, with retrieval", said(reply), f"{reply.certainty:.2f}"),
        ("without retrieval", without, "–"),
    ]
    return markup.table(("", "Answer", "Certainty"), rows, text_columns=2, chosen=0,
                        caption="With and without retrieval")  # fmt: skip


def said(reply: Reply) -> str:
    """The answer, or the sentence in its place."""
    return reply.answer or ABSTAINED


def found(reply: Reply) -> Markup:
    """What a search alone finds: chapter, words, scores and ranks."""
    rows = [
        (n, s.chapter, " ".join(plain(s.words).split())[:160], f"{s.score:.2f}",
         *(s.ranks[name] for name in ("words", "dense", "late")))
        for n, s in enumerate(reply.sources, 1)
    ]  # fmt: skip
    head = ("", "Chapter", "Nearest sentence", "Score", "BM25", "Dense", "Late")
    return markup.table(head, rows, text_columns=3)


def experiments(checkpoint: Checkpoint) -> tuple[Any, Markup]:
    """The original's experiments, each row a way of searching or answering."""
    rows = checkpoint.evaluation.get("experiments", [])
    kinds = checkpoint.evaluation.get("by_kind", [])
    parts = []
    if kinds:
        head = ("Kind of question", "n", "hit@1", "hit@5", "Answer F1", "Abstained")
        parts.append(markup.table(
            head, [(r["kind"], r["n"], *(_number(r[k]) for k in
                   ("hit_at_1", "hit_at_5", "answer_f1", "abstained"))) for r in kinds],
            caption="By kind of question, reported half"))  # fmt: skip
    if not rows:
        return by_kind(kinds) if kinds else None, markup.join(parts)
    head = ("Experiment", "Setting", "hit@1", "hit@5", "MRR")
    parts.insert(0, markup.table(
        head, [(r["experiment"], r["setting"], *(_number(r[k]) for k in
               ("hit_at_1", "hit_at_5", "mrr"))) for r in rows], text_columns=2,
        caption=f"Experiments on the questions for choosing, n = {rows[0]['n']}"))  # fmt: skip
    figure = plots.figure(height=40 + 22 * len(rows), x="share of questions",
                          title="hit@5 and hit@1 of each experiment")  # fmt: skip
    names = [f"{r['experiment']}: {r['setting']}" for r in rows]
    for key, title in (("hit_at_5", "hit@5"), ("hit_at_1", "hit@1")):
        figure.add_scatter(x=[r[key] for r in rows], y=names, mode="markers", name=title,
                           marker={"size": 9})  # fmt: skip
    figure.update_yaxes(autorange="reversed", title=None, tickfont={"size": 11})
    figure.update_layout(margin={"l": 200})
    return figure, markup.join(parts)


def by_kind(rows: Sequence[dict[str, Any]]) -> Any:
    """How often the passage was found, and how good answers were, for each kind of question."""
    figure = plots.figure(height=300, y="share or F1", title="By kind of question, reported half")
    for key, title in (("hit_at_1", "hit@1"), ("hit_at_5", "hit@5"), ("answer_f1", "answer F1")):
        told = [r for r in rows if r[key] is not None]  # what cannot be answered has none
        figure.add_bar(x=[r["kind"] for r in told], y=[r[key] for r in told], name=title)
    figure.update_yaxes(range=[0, 1])
    return figure


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
