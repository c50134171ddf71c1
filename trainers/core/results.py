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
MEMORY_GIB, COLD_S, FORWARD = 2.0, 3, 1.05  # the bounds that all demos share
SPEED, SPEED_END = "<!-- speed: written by `make results` -->", "<!-- /speed -->"
START, END = "<!-- results: written by `make results` -->", "<!-- /results -->"


def table() -> str:
    """One row per variant: its headline number, what it may be compared with, its size."""
    rows = [
        f"| {' | '.join(COLUMNS)} |",
        "|---" * len(COLUMNS) + "|",
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
            original, published = (_figure(card, role, h) for role in ("original", "published"))
            note = f" ({m.note})" if m.note else ""
            rows.append(
                f"| {demo.title} | {card.title} | {h.label}, {m.split}{note} | {m.n:,} | {ours} "
                f"| {original} | {published} | {markup.count(card.architecture.parameters)} "
                f"| {markup.duration(card.training.seconds)} {card.training.where} |"
            )
    return "\n".join(rows)


def _figure(card: Card, role: str, headline: Headline) -> str:
    """A reference of the card as it stands in the table: "90.64 % (validated on …)"."""
    found = card.reference(role)
    if found is None:
        return ""
    return f"{markup.number(found.value, headline)} ({found.short or found.note or found.who})"


def held(text: str, *kept: bool) -> str:
    """A measured value, marked where a bound is missed."""
    return text if all(kept) else f"{text} **missed**"


def speed() -> str:
    """One row per bound on speed and memory, as `make bench` measured it."""
    found = json.loads(BENCH.read_text(encoding="utf-8"))
    start, crowd = found["start_up"], found["crowd"]
    low, high = start["ratio_range"]
    started = (
        f"{start['ratio']:.2f} × ({low:.2f} to {high:.2f}, n = {start['n']}; "
        f"{start['ours_s']:.1f} s and {start['empty_app_with_torch_s']:.1f} s)"
    )
    fair = (
        f"{crowd['wrong_or_lost']}; {crowd['slowest_over_median']:.2f} × "
        f"(p50 {crowd['p50_s']:.2f} s, p95 {crowd['p95_s']:.2f} s)"
    )
    memory = found["resident_memory_gib"]
    rows = [
        f"Measured on {found['machine']}.",
        "",
        "| What | Bound | Measured |",
        "|---|---|---|",
        "| Start to the first complete page, beside an empty Gradio app that imports torch | 1.0 × "
        f"| {held(started, start['ratio'] <= 1)} |",
        f"| Resident memory, all default variants loaded | {MEMORY_GIB} GiB "
        f"| {held(f'{memory:.2f} GiB', memory <= MEMORY_GIB)} |",
        f"| {crowd['visitors']} visitors, {crowd['requests_each']} requests each: wrong or lost; "
        f"slowest visitor beside the median one | 0; 1.5 × "
        f"| {held(fair, not crowd['wrong_or_lost'], crowd['slowest_over_median'] <= 1.5)} |",
    ]
    for demo in GALLERY:
        rows += _speed_of(demo.title, demo.bound, found[demo.name])
    return "\n".join(rows)


def _speed_of(title: str, bound: float, m: dict[str, Any]) -> list[str]:
    low, high = (1000 * s for s in m["over_http_quartiles_s"])
    cold, warm = m["first_result_cold_s"], m["over_http_median_s"]
    ratio = m["forward_over_plain_call_95_upper"]
    first = (
        f"{cold:.2f} s (n = {m['first_result_cold_n']}; importing torch "
        f"{m['first_result_cold_import_torch_s']:.2f} s)"
    )
    again = (
        f"{1000 * warm:.0f} ms ({low:.0f} to {high:.0f}, n = {m['warm_n']}); the model alone "
        f"{1000 * m['predictor_median_s']:.1f} ms"
    )
    forward = (
        f"{ratio:.3f} × ({m['pairs']} pairs; with preparing the input "
        f"{m['whole_predict_over_plain_call_95_upper']:.2f} ×)"
    )
    rows = [
        f"| {title}: first answer, cold | {COLD_S} s | {held(first, cold <= COLD_S)} |",
        f"| {title}: warm answer over HTTP, median | {1000 * bound:.0f} ms "
        f"| {held(again, warm <= bound)} |",
        f"| {title}: forward pass beside the plain call, upper end of the 95 % interval "
        f"| {FORWARD} × | {held(forward, ratio <= FORWARD)} |",
    ]
    if "keras" in m:
        ours, theirs = (1000 * m["keras"][k] for k in ("ours_s", "tensorflow_s"))
        rows.append(
            f"| {title}: the Keras network as it is served, beside TensorFlow | – | {ours:.1f} ms, "
            f"TensorFlow {theirs:.1f} ms |"
        )
    return rows


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
