"""Small pieces of HTML. Everything that goes in is escaped (markupsafe) unless it is Markup."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from demos.core import images
from demos.core.checkpoint import Card, Metric
from demos.core.demo import Headline
from demos.core.familiarity import is_familiar
from demos.core.runtime import Timed

join = Markup("").join
UNFAMILIAR = "This is unlike anything it was trained on: do not rely on the answer."
UNSURE = "–"  # in place of a confidence that was calibrated on other data


@dataclass(frozen=True)
class Answer:
    """The largest thing on a page: number or label, its unit, what it is compared with, and what to
    beware of (a sentence; the usual one for an unfamiliar input if there is none)."""

    big: str
    unit: str = ""
    beside: tuple[str, ...] = ()
    warning: str = ""


LONG = 24  # characters of an answer that is set smaller


def answer(found: Answer, timed: Timed, variant: str) -> Markup:
    """The answer with how long it took and which variant gave it."""
    beside = [*found.beside, Markup("<b>{}</b>, {}").format(duration(timed.seconds), warmth(timed))]
    unit = Markup('<span class="unit">{}</span>').format(found.unit) if found.unit else ""
    warning = found.warning
    if not warning and not is_familiar(timed.result.familiarity):
        warning = UNFAMILIAR
    return Markup(
        '<div class="answer"><span class="big{}">{}</span> {}{}'
        '<p class="beside">{} · by {}</p></div>'
    ).format(
        " long" if len(found.big) > LONG else "",
        found.big,
        unit,
        Markup('<p class="warning" role="note">{}</p>').format(warning) if warning else "",
        Markup(" · ").join(beside),
        variant,
    )


def warmth(timed: Timed) -> str:
    """`warm`, or `cold` with the time that loading took."""
    return f"cold (loading took another {duration(timed.loading)})" if timed.cold else "warm"


def note(text: str) -> Markup:
    """A line of small print."""
    return Markup('<p class="note">{}</p>').format(text)


def progress(done: int, of: int, what: str) -> Markup:
    """How far a long job has got: "25 of 100 judged", with a bar."""
    return Markup(
        '<p class="note" role="status">{} of {} {} <progress value="{}" max="{}"></progress></p>'
    ).format(done, of, what, done, of)


def waiting(sentence: str) -> Markup:
    return Markup('<div class="answer waiting"><span class="big">{}</span></div>').format(sentence)


def error(sentence: str) -> Markup:
    return Markup(
        '<div class="answer error" role="alert"><span class="big">{}</span></div>'
    ).format(sentence)


def duration(seconds: float) -> str:
    """A time as people read it: 0.8 ms, 41 ms, 1.2 s, 3 min 20 s, 1 h 5 min."""
    if seconds < 0.01:
        return f"{seconds * 1000:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def size(bytes_: int) -> str:
    return f"{bytes_ / 1e6:.1f} MB" if bytes_ >= 1e6 else f"{bytes_ / 1e3:.0f} kB"


def count(number: int) -> str:
    """A parameter count as people read it: 0.27 M, 27 k, none."""
    if number == 0:
        return "none"
    return f"{number / 1e6:.2f} M" if number >= 1e5 else f"{number / 1e3:.0f} k"


def percent(share: float) -> str:
    """A probability as people read it: never 0 or 100 %."""
    if share >= 0.995:
        return "over 99 %"
    return f"{100 * share:.0f} %" if share >= 0.01 else "under 1 %"


def signed(value: float, digits: int = 0) -> str:
    """A difference with its sign, with a real minus."""
    text = f"{value:+.{digits}f}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    text_columns: int = 1,
    chosen: int | None = None,
    caption: str = "",
) -> Markup:
    """A table with a common edge: the first `text_columns` to the left, numbers to the right."""

    def cells(tag: str, values: Sequence[object]) -> Markup:
        out = []
        for i, value in enumerate(values):
            kind = "" if i < text_columns else Markup(' class="n"')
            if tag == "td" or value == "":  # a header without words is none
                out.append(Markup("<td{}>{}</td>").format(kind, value))
            else:
                out.append(Markup('<th{} scope="col">{}</th>').format(kind, value))
        return join(out)

    body = join(
        Markup("<tr{}>{}</tr>").format(
            Markup(' class="chosen"') if i == chosen else "", cells("td", row)
        )
        for i, row in enumerate(rows)
    )
    title = Markup("<caption>{}</caption>").format(caption) if caption else ""
    return Markup(
        '<div class="scroll"><table class="compare">{}<thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(title, cells("th", head), body)


def pixels(image: np.ndarray, alt: str, width: int) -> Markup:
    """A tiny picture, (rows, columns) or (rows, columns, 3) uint8, enlarged to `width` with its
    pixels visible."""
    rgb = image if image.ndim == 3 else np.repeat(image[..., None], 3, 2)
    return Markup('<img class="pixels" src="{}" alt="{}" width="{}">').format(
        images.data_uri(np.ascontiguousarray(rgb), lossless=True), alt, width
    )


def figure(picture: Markup, caption: str) -> Markup:
    """A picture with its caption."""
    return Markup('<figure class="seen">{}<figcaption>{}</figcaption></figure>').format(
        picture, caption
    )


def code(text: str, language: str = "") -> Markup:
    """A block of code that scrolls inside itself and is reachable by keyboard."""
    return Markup('<pre class="code" tabindex="0" data-language="{}"><code>{}</code></pre>').format(
        language, text
    )


def download(name: str, kind: str, content: bytes, text: str) -> Markup:
    """A link that saves `content` as a file; the bytes are in the link itself."""
    encoded = base64.b64encode(content).decode()
    return Markup('<a download="{}" href="data:{};base64,{}">{}</a>').format(
        name, kind, encoded, text
    )


def number(value: float, headline: Headline) -> str:
    """A figure in the headline's unit."""
    if headline.percent:
        return f"{100 * value:.{headline.digits}f} %"
    return f"{value:.{headline.digits}f}{headline.unit}"


def metric_value(m: Metric) -> str:
    """A metric with its sd or interval, as the card has it."""
    shown = f"{m.value:.4f}" if abs(m.value) < 1 else f"{m.value:.2f}"
    if m.sd is not None:
        shown += f" ± {m.sd:.2g} ({m.runs} runs)"
    if m.interval is not None:
        low, high = (f"{v:.4f}" if abs(m.value) < 1 else f"{v:.2f}" for v in m.interval)
        shown += f" [{low}, {high}]"
    return shown


def strip(headline: Headline, card: Card | None) -> Markup:
    """Original, ours and best published on one axis, better to the right, and the same in words.

    All three are on the card of the default variant.
    """
    of = (headline.metric, headline.split)
    ours = card.metric(*of) if card else None
    figures = (
        ("original", "seed", card.reference("original", *of) if card else None),
        ("ours", "ours", ours),
        ("best published", "best", card.reference("published", *of) if card else None),
    )
    lower_is_better = ours is not None and not ours.higher_is_better
    marks, words = [], []
    for name, kind, found in figures:
        if found is None:
            continue
        share = (found.value - headline.low) / (headline.high - headline.low)
        share = min(1, max(0, 1 - share if lower_is_better else share))
        marks.append(Markup('<i class="{}" style="left:{:.1f}%"></i>').format(kind, 100 * share))
        words.append(
            Markup(
                '<div class="{}" title="{}"><dt><i class="{}"></i>{}</dt><dd>{}</dd></div>'
            ).format(kind, found.note, kind, name, number(found.value, headline))
        )
    better = "lower" if lower_is_better else "higher"
    return Markup(
        '<div class="strip"><div class="axis" aria-hidden="true">{}</div>'
        '<p class="measure">{}, {} is better</p><dl>{}</dl></div>'
    ).format(join(marks), headline.label, better, join(words))
