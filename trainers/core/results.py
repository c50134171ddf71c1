"""The README's table of results, written from the cards: `make results`."""

from __future__ import annotations

from pathlib import Path

from demos import GALLERY
from demos.core import markup
from demos.core.checkpoint import open_checkpoint

README = Path(__file__).parents[2] / "README.md"
START, END = "<!-- results: written by `make results` -->", "<!-- /results -->"


def table() -> str:
    """One row per variant: its headline number, what it may be compared with, its size."""
    rows = [
        "| Demo | Variant | Measure | n | Ours | Seed | Best published | Parameters | Training |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for demo in GALLERY:
        h = demo.headline
        for variant in demo.variants:
            card = open_checkpoint(demo.name, variant.name).card
            m = card.metric(h.metric, h.split)
            ours = markup.number(m.value, h)
            over = card.metric(f"{h.metric}_mean", h.split)
            if over is not None:
                mean, sd = (markup.number(v, h) for v in (over.value, over.sd))
                ours += f"; {over.note}: {mean} ± {sd}"
            seed = "" if h.seed is None else f"{markup.number(h.seed, h)} ({h.seed_note})"
            published = (
                ""
                if h.published is None
                else f"{markup.number(h.published, h)} ({h.published_note})"
            )
            note = f" ({m.note})" if m.note else ""
            rows.append(
                f"| {demo.title} | {variant.title} | {h.label}, {m.split}{note} | {m.n:,} | {ours} "
                f"| {seed} | {published} | {markup.count(card.architecture.parameters)} "
                f"| {markup.duration(card.training.seconds)} {card.training.where} |"
            )
    return "\n".join(rows)


def replace(text: str) -> str:
    """`text` with the table between the two marks renewed; ValueError without the marks."""
    before, found, rest = text.partition(START)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError("README.md has lost the marks around its table of results")
    return f"{before}{START}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(replace(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{README.name}: table of results renewed from the cards")
