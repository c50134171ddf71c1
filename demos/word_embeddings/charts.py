"""What the page of words shows: genres, deciding words, three windows, directions, maps, bias."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup, escape

from demos.core import classifier, markup, plots
from demos.core.checkpoint import Checkpoint
from demos.word_embeddings.bias import Weat
from demos.word_embeddings.maps import Map
from demos.word_embeddings.result import Deciding, Genre, Mood, Nearest
from demos.word_embeddings.space import Near

DEEPEST = 55  # per cent of colour behind the strongest word
WORDS = 250  # of a long text that are shown

STABLE = "Of a word's ten nearest, how many a second training with another seed found again."


def shares(found: Genre) -> Any:
    """The probability of each genre."""
    order = found.order
    drawn = plots.figure(height=260, y="probability")
    drawn.add_bar(
        x=[found.names[i] for i in order], y=[round(float(found.shares[i]), 4) for i in order],
        hovertemplate="%{x}: %{y:.0%}<extra></extra>", name="probability",
    )  # fmt: skip
    drawn.update_yaxes(range=[0, 1], tickformat=".0%")
    return drawn


def deciding(found: Deciding) -> Markup:
    """The text with what each word adds to the genre, and what is no word."""
    strongest = max(float(np.abs(found.values).max(initial=0)), 1e-9)
    shown = markup.join(
        Markup('<span class="{}" style="--share:{:.0f}%">{}</span> ').format(
            "for" if value > 0 else "against", DEEPEST * abs(value) / strongest, word
        )
        for word, value in zip(found.words[:WORDS], found.values[:WORDS].tolist(), strict=True)
    )
    more = "" if len(found.words) <= WORDS else f" (the first {WORDS} words are shown)"
    caption = (
        f"What each word adds to {found.genre} over the mean of all genres{more}: orange counts "
        f"towards it, blue against it. The words add {markup.signed(float(found.values.sum()), 2)} "
        f"together; style and how frequent the genre is add {markup.signed(found.rest, 2)}. The "
        f"sum is exact."
    )
    return Markup('<figure class="words"><p>{}</p><figcaption>{}</figcaption></figure>{}').format(
        shown, caption, _strongest(found)
    )


def _strongest(found: Deciding, most: int = 6) -> Markup:
    """The words and figures of style that speak most for and against."""
    sums: dict[str, float] = {}
    for word, value in zip(found.words, found.values.tolist(), strict=True):
        sums[word] = sums.get(word, 0.0) + value
    order = sorted(sums, key=lambda w: -sums[w])
    speaks = [w for w in order if sums[w] > 0][:most]
    against = [w for w in reversed(order) if sums[w] < 0][:most]
    said = [(f"for {found.genre}", _listed(speaks, sums)), ("against it", _listed(against, sums))]
    if found.style:
        strong = sorted(found.style, key=lambda n: -abs(found.style[n]))[:4]
        said.append(("style, beside the average song", _listed(strong, found.style)))
    return markup.table(("Speaks", "Words, with what they add"), said, text_columns=2)


def _listed(words: Sequence[str], values: dict[str, float]) -> str:
    return ", ".join(f"{w} {markup.signed(values[w], 2)}" for w in words) or "nothing"


def reliability(near: Near) -> str:
    """How far a word's neighbours may be relied on."""
    return f"{near.count:,} × · {10 * near.stability:.0f} of 10"


def windows(found: Sequence[tuple[str, Sequence[Near]]], caption: str) -> Markup:
    """The nearest words in all windows side by side; a word that all have is marked."""
    lists = [{n.word for n in near} for _, near in found]
    everywhere = set.intersection(*lists) if lists else set()
    rows = []
    for place in range(max((len(near) for _, near in found), default=0)):
        row: list[object] = [place + 1]
        for _, near in found:
            if place >= len(near):
                row.append("")
                continue
            n = near[place]
            name = Markup("<b>{}</b>").format(n.word) if n.word in everywhere else n.word
            row.append(
                Markup('{} <span class="sim">{:.2f}</span><span class="rely">{}</span>').format(
                    name, n.similarity, reliability(n)
                )
            )
        rows.append(row)
    head = ("", *(title for title, _ in found))
    return markup.table(head, rows, text_columns=4, caption=caption)


def said_of(found: Nearest) -> str:
    """What was asked of the vectors, in words."""
    q = found.query
    if q.kind == "direction":
        return f"From {' '.join(q.minus)} to {' '.join(q.plus)}"
    if q.kind == "sum":
        return " + ".join(q.plus) + "".join(f" − {w}" for w in q.minus)
    return " ".join(q.plus[:12]) + (" …" if len(q.plus) > 12 else "")


def mood_line(found: Mood) -> Markup:
    """A score on its axis from sad to glad, with the lexicon's own beside."""
    marks = [("ours", found.score)] + ([("best", found.known)] if found.known is not None else [])
    dots = markup.join(
        Markup('<i class="{}" style="left:{:.1f}%"></i>').format(kind, 50 + 50 * value)
        for kind, value in marks
    )
    known = (
        "" if found.known is None else f"; people gave it {markup.signed(found.known, 2)} (diamond)"
    )
    return Markup(
        '<div class="strip mood" role="img" aria-label="Score {}"><div class="axis">{}</div>'
        '<p class="ends"><span>−1, most negative</span><span>0</span><span>+1, most positive</span>'
        '</p></div><p class="note">Read as “{}”: {}{}.</p>'
    ).format(markup.signed(found.score, 2), dots, found.read[:120], found.how, known)


def ruler(pairs: Sequence[tuple[str, str, float]], chosen: tuple[str, str, float]) -> Any:
    """Two words' similarity among those of known pairs."""
    drawn = plots.figure(height=220, x="cosine similarity")
    drawn.add_scatter(
        x=[p[2] for p in pairs], y=[0] * len(pairs), mode="markers+text",
        text=[f"{a}, {b}" for a, b, _ in pairs], name="pairs for comparison",
        textposition=["top center", "bottom center"] * (len(pairs) // 2 + 1),
        hovertemplate="%{text}: %{x:.2f}<extra></extra>",
    )  # fmt: skip
    drawn.add_scatter(
        x=[chosen[2]], y=[0], mode="markers", marker={"size": 16, "symbol": "diamond"},
        name=f"{escape(chosen[0])}, {escape(chosen[1])}",
        hovertemplate="%{x:.2f}<extra></extra>",
    )  # fmt: skip
    drawn.update_yaxes(visible=False, range=[-1, 1])
    drawn.update_layout(margin={"t": 40})
    return drawn


def words_map(found: Map, moods: np.ndarray) -> Any:
    """The map in two or three dimensions, coloured by mood; far neighbours are joined by a line."""
    three = found.places.shape[1] == 3
    drawn = plots.figure(height=560)
    axes = dict(zip("xyz", found.places.T.round(4).tolist(), strict=False))
    near = [", ".join(found.words[j] for j in row) for row in found.neighbours]
    look = {
        "mode": "markers+text", "text": list(found.words), "customdata": near,
        "marker": {"size": 5 if three else 9, "color": moods.round(3).tolist(),
                   "cmin": -1, "cmax": 1,
                   "colorscale": [[0, "#D55E00"], [0.5, "#B0AFA8"], [1, "#0072B2"]],
                   "colorbar": {"title": {"text": "mood"}, "thickness": 10}},
        "hovertemplate": "%{text}, nearest by all numbers: %{customdata}<extra></extra>",
        "name": "words",
    }  # fmt: skip
    lines = {k: [] for k in axes}
    for a, b in found.far:
        for name, values in lines.items():
            values += [axes[name][a], axes[name][b], None]
    dotted = {"mode": "lines", "name": "near, but drawn apart", "hoverinfo": "skip",
              "line": {"dash": "dot", "width": 1, "color": "rgba(128,128,120,.8)"}}  # fmt: skip
    add = drawn.add_scatter3d if three else drawn.add_scatter
    if found.far:
        add(**lines, **dotted)
    add(**axes, **look) if three else add(**axes, **look, textposition="top center")
    drawn.update_layout(showlegend=bool(found.far), dragmode="orbit" if three else False)
    return drawn


def weat(found: Weat, names: Sequence[str]) -> Markup:
    """The outcome of a test of bias, the words used and those missing."""
    rows = [(name, ", ".join(words)) for name, words in zip(names, found.used, strict=True)]
    if found.missing:
        rows.append(("without a vector", ", ".join(found.missing)))
    leans = [(w, markup.signed(v, 3)) for w, v in found.leans]
    return Markup("{}{}{}").format(
        Markup('<div class="answer"><span class="big">{}</span><span class="unit">standard '
               'deviations</span><p class="beside">p = {:.4f}, the share of {:,} divisions of the '
               "words with an effect at least as large</p></div>").format(
            markup.signed(found.effect, 2), found.p, found.tried),
        markup.table(("List", "Words used"), rows, text_columns=2),
        markup.table(("Word", "Leans to the third list"), leans,
                     caption="From most like the third list to most like the fourth"),
    )  # fmt: skip


def errors(checkpoint: Checkpoint) -> tuple[Any, Any]:
    """What “Training curves and errors” draws, by the variant's kind."""
    found = checkpoint.evaluation
    if "scatter" in found:
        return scatter(found["scatter"]), worst(found["scatter"])
    if "stability" in found:
        return stability(found["stability"]), markup.note(STABLE)
    figure, tables = classifier.errors(checkpoint)
    return figure, Markup("{}{}").format(tables, sources(found.get("by_source", [])))


def scatter(rows: Sequence[Sequence[Any]]) -> Any:
    """Every term: what people said and what was predicted when it was held out."""
    drawn = plots.figure(height=420, x="score by people", y="predicted, held out")
    drawn.add_scatter(
        x=[r[1] for r in rows], y=[r[2] for r in rows], mode="markers",
        marker={"size": 4, "opacity": 0.6}, text=[escape(r[0]) for r in rows],
        hovertemplate="%{text}: %{x}, predicted %{y}<extra></extra>", name="terms",
    )  # fmt: skip
    return drawn


def worst(rows: Sequence[Sequence[Any]], most: int = 15) -> Markup:
    shown = [(r[0], markup.signed(r[1], 2), markup.signed(r[2], 2)) for r in rows[:most]]
    return markup.table(("Term", "By people", "Predicted"), shown, caption="The worst of all")


def stability(rows: Sequence[dict[str, Any]]) -> Any:
    """How many neighbours a second training found again, by how frequent a word is."""
    names = [
        f"{r['low']:,} and more" if r["high"] > 10**6 else f"{r['low']:,}–{r['high'] - 1:,}"
        for r in rows
    ]
    drawn = plots.figure(height=300, x="times in the lyrics", y="found again, of ten")
    drawn.add_bar(
        x=names, y=[round(10 * r["stability"], 2) for r in rows], name="found again",
        customdata=[r["n"] for r in rows],
        hovertemplate="%{x} times, %{customdata:,} words: %{y:.1f} of ten<extra></extra>",
    )  # fmt: skip
    drawn.update_xaxes(type="category")
    return drawn


def sources(rows: Sequence[dict[str, Any]]) -> Markup:
    if not rows:
        return Markup("")
    shown = [(r["source"], f"{r['n']:,}", f"{r['accuracy']:.3f}") for r in rows]
    return markup.table(("Source", "Songs", "Accuracy"), shown, caption="Test songs by source")


def leakage(found: Sequence[dict[str, Any]]) -> Markup:
    """What each split says of the same models, and how well they name the source."""
    parts = []
    for table in found:
        rows = [(r["note"], f"{r['n']:,}", f"{r['accuracy']:.3f}") for r in table["rows"]]
        control = table["source"]
        note = (
            f"control: the same features name one of {control['sources']} sources (the most "
            f"frequent one has {control['most_frequent']:.3f})"
        )
        rows.append((note, f"{control['n']:,}", f"{control['accuracy']:.3f}"))
        caption = f"Accuracy of {table['model']}"
        parts.append(markup.table(("Split", "Songs", "Accuracy"), rows, caption=caption))
    return markup.join(parts)


Mooded = Callable[[Sequence[str]], np.ndarray]
