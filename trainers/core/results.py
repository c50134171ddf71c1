"""The README's tables, written from the cards and from assets/bench.json: `make results`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from demos import GALLERY
from demos.core import markup
from demos.core.checkpoint import Card, open_checkpoint
from demos.core.demo import Headline

README = Path(__file__).parents[2] / "README.md"
BENCH = README.parent / "assets" / "bench.json"
COLUMNS = ("Demo", "Variant", "Measure", "n", "Ours", "Original", "Best published", "Parameters",
           "Training")  # fmt: skip
SPEED, SPEED_END = "<!-- speed: written by `make results` -->", "<!-- /speed -->"
START, END = "<!-- results: written by `make results` -->", "<!-- /results -->"


def table() -> str:
    """One row per variant: its headline number, what it may be compared with, its size."""
    rows = [
        f"| {' | '.join(COLUMNS)} |",
        "|---" * len(COLUMNS) + "|",
    ]
    for demo in GALLERY:
        for variant in demo.variants:
            h = demo.headline_of(variant.name)
            card = open_checkpoint(demo.name, variant.name).card
            m = card.metric(h.metric, h.split)
            ours = markup.number(m.value, h)
            over = card.metric(f"{h.metric}_mean", h.split)
            if over is not None:
                mean, sd = (markup.number(v, h) for v in (over.value, over.sd))
                ours += f"; {over.note}: {mean} ± {sd}"
            original, published = (_figure(card, role, h) for role in ("original", "published"))
            note = f" ({m.note})" if m.note else ""
            rows.append(
                f"| {demo.title} | {card.title} | {h.label}, {m.split}{note} | {m.n:,} | {ours} "
                f"| {original} | {published} | {markup.count(card.architecture.parameters)} "
                f"| {markup.duration(card.training.seconds)} {card.training.where} |"
            )
    return "\n".join(rows)


def _figure(card: Card, role: str, headline: Headline) -> str:
    """A reference of the card as the table shows it: "90.64 % (validated on …)"."""
    found = card.reference(role, headline.metric, headline.split)
    if found is None:
        return ""
    return f"{markup.number(found.value, headline)} ({found.short or found.note or found.who})"


def speed() -> str:
    """One row per bound on speed and memory, as `make bench` measured it; a missed one marked."""
    found = json.loads(BENCH.read_text(encoding="utf-8"))
    titles = {demo.name: f"{demo.title}: " for demo in GALLERY}
    rows = [
        f"Measured on {found['machine']}.",
        "",
        "| What | Bound | Measured |",
        "|---|---|---|",
    ]
    for row in found["rows"]:
        what = row["what"] if row["demo"] is None else titles[row["demo"]] + lower(row["what"])
        bound = "–" if row["bound"] is None else quantity(row["bound"], row["unit"])
        rows.append(f"| {what} | {bound} | {measured(row)} |")
    return "\n".join(rows)


def measured(row: dict[str, Any]) -> str:
    """The value of a row of the bench with its spread, n and note, marked if it misses a bound."""
    more, note = [], row["note"]
    if row["spread"]:  # the note begins with what it is: “range”, “quartiles”
        kind, _, note = note.partition("; ")
        spread = " to ".join(quantity(v, row["unit"]) for v in row["spread"])
        more.append(f"{kind} {spread}".strip())
    more += [note] * bool(note) + [f"n = {row['n']}"] * bool(row["n"])
    text = quantity(row["value"], row["unit"])
    text += f" ({'; '.join(more)})" if more else ""
    return f"{text} **missed**" if row["missed"] else text


def quantity(value: float, unit: str) -> str:
    """A figure of the bench with its unit."""
    if unit == "s" and value < 1:
        return f"{1000 * value:.{1 if value < 0.01 else 0}f} ms"
    digits = {"×": 3 if 0.9 < value < 1.1 else 2, "s": 2, "GiB": 2}.get(unit, 0)
    return f"{value:.{digits}f} {unit}".strip()


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def replace(text: str) -> str:
    """`text` with the tables between their marks renewed; ValueError without the marks."""
    for start, end, content in ((START, END, table()), (SPEED, SPEED_END, speed())):
        before, found, rest = text.partition(start)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"README.md has lost the marks {start} … {end}")
        text = f"{before}{start}\n{content}\n{end}{after}"
    return text


if __name__ == "__main__":
    README.write_text(replace(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{README.name}: tables renewed from the cards and {BENCH.name}")
