"""`make bench`: speed and memory on this machine, ratios first, written to assets/bench.json.

Every figure is measured in processes of its own, the compared ones in turn. Each row says what was
measured, its bound and whether the bound was missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from demos import GALLERY
from demos.core import runtime
from demos.core.checkpoint import open_checkpoint
from demos.core.demo import Demo
from tests import bench_networks, load, shipped
from tests.bench_networks import Row, row
from tests.conftest import ROOT, Server, free_port, stop

OUT = ROOT / "assets" / "bench.json"
# What one would build without us: an empty page beside a model library.
EMPTY = """
import os, torch, gradio as gr
with gr.Blocks(analytics_enabled=False) as page:
    gr.Markdown("empty")
page.launch(server_name="127.0.0.1", server_port=int(os.environ["GRADIO_SERVER_PORT"]), quiet=True)
"""


@contextlib.contextmanager
def started(arguments: Sequence[str]) -> Iterator[str]:
    """A server by `python …` while the block runs: its address, as soon as its page answers."""
    url = f"http://127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        "GRADIO_SERVER_PORT": url.rpartition(":")[2],
        "GRADIO_ANALYTICS_ENABLED": "False",
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with {process.returncode}")
            try:
                with urllib.request.urlopen(url, timeout=5) as page:
                    page.read()
                break
            except OSError:
                time.sleep(0.01)
        yield url
    finally:
        stop(process)


def start_up(repeats: int) -> Row:
    """Process start to the first complete page: ours and the empty one in turn."""
    ours, empty = in_turn(repeats, (["app.py"], ["-c", EMPTY]))
    return compared(
        "Start to the first complete page, relative to an empty Gradio app that imports torch",
        ours, empty,
    )  # fmt: skip


def first_answer(demo: Demo, repeats: int) -> Row:
    """Process start to the first right answer, asked for as soon as the page answers: ours, and a
    plain Gradio app of one page that loads the same checkpoint when it is imported."""
    expected = runtime.predictor(demo.name, demo.default)
    right = expected.predict(*shipped.asked(demo, demo.examples[0])).to_json()

    def ask(url: str) -> None:
        found = answered(url, demo)
        if any(found[key] != json.loads(json.dumps(value)) for key, value in right.items()):
            raise ValueError(f"{demo.name}: not the right answer")

    ours, plain = in_turn(repeats, (["app.py"], ["-m", "tests.plain_app", demo.name]), ask)
    return compared(
        "Start to the first right answer, relative to a plain Gradio app of this page alone that "
        "loads its checkpoint when it is imported",
        ours, plain, demo,
    )  # fmt: skip


def answered(url: str, demo: Demo) -> dict[str, Any]:
    """The answer to the first example; its files are uploaded, as a visitor's are."""
    server = SimpleNamespace(url=url)
    arguments = shipped.sent(url, demo)
    for at, of in enumerate(demo.inputs):
        if of.kind in load.FILES:
            file = Path(demo.examples[0].inputs[at])
            arguments[at] = load.upload(server, file.read_bytes(), file.name)
    text = load.ask(server, demo, *arguments)
    if "event: complete" not in text:
        raise ValueError(text)
    return json.loads(text.split("data: ")[-1])[0]


def in_turn(
    repeats: int,
    commands: Sequence[Sequence[str]],
    ask: Callable[[str], None] = lambda url: None,
) -> list[list[float]]:
    """Seconds from the start of each command's process until `ask(url)` is through."""
    seconds: list[list[float]] = [[] for _ in commands]
    for _ in range(repeats):
        for found, command in zip(seconds, commands, strict=True):
            begin = time.perf_counter()
            with started(command) as url:
                ask(url)
                found.append(time.perf_counter() - begin)
    return seconds


def compared(
    what: str, ours: list[float], theirs: list[float], demo: Demo | None = None, bound: float = 1.0
) -> Row:
    """A row for the median of paired ratios."""
    ratios = np.array(ours) / np.array(theirs)
    note = f"range; {statistics.median(ours):.1f} s and {statistics.median(theirs):.1f} s"
    return row(
        what, np.median(ratios), "×", bound,
        demo=demo, n=len(ratios), spread=(ratios.min(), ratios.max()), note=note,
    )  # fmt: skip


def warm(server: Server, demo: Demo, repeats: int) -> Row:
    """The median time of a warm answer over HTTP, beside the predictor alone."""
    load.call(server, demo)
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        load.call(server, demo)
        seconds.append(time.perf_counter() - begin)
    models, asked = runtime.Predictors(demo), shipped.asked(demo, demo.examples[0])
    models.predict(demo.default, *asked)
    alone = [models.predict(demo.default, *asked).seconds for _ in range(repeats)]
    low, high = np.quantile(seconds, [0.25, 0.75])
    note = f"quartiles; the model alone {1000 * statistics.median(alone):.1f} ms"
    return row(
        "Warm answer over HTTP, median", statistics.median(seconds), "s", demo.bound,
        demo=demo, n=repeats, spread=(low, high), note=note,
    )  # fmt: skip


def memory(server: Server) -> list[Row]:
    """Resident memory with the default variants, which have answered, then with all of them."""
    defaults = load.memory(server)
    for demo in GALLERY:
        for variant in demo.variants:
            load.result(load.call(server, demo, variant=variant.name))
    return [
        row("Resident memory, all default variants loaded", defaults, "GiB", 2.0),
        row("Resident memory, every variant loaded once", load.memory(server), "GiB", 3.5),
    ]


def crowd(server: Server, people: int, requests: int) -> list[Row]:
    """Many visitors at once: nothing lost or swapped, and nobody waits much longer."""
    found = load.visitors(server, people, requests)
    who = f"{people} visitors, {requests} requests each"
    note = f"p50 {found['p50_s']:.2f} s, p95 {found['p95_s']:.2f} s"
    return [
        row(f"{who}: wrong or lost", found["wrong_or_lost"], "", 0, n=people * requests),
        row(
            f"{who}: slowest visitor relative to the median one", found["slowest_over_median"], "×",
            load.UNFAIR, n=people, note=note,
        ),
    ]  # fmt: skip


def measured(quick: bool) -> list[Row]:
    """All rows."""
    starts = 1 if quick else 5
    found = [start_up(starts), *(first_answer(demo, starts) for demo in GALLERY)]
    for demo in GALLERY:
        found += bench_networks.against_plain_call(demo, 20 if quick else 200)
    server = Server(Path(tempfile.mkdtemp()) / "log.txt")
    try:
        found += [warm(server, demo, 5 if quick else 30) for demo in GALLERY]
        found += memory(server)
        found += crowd(server, *((5, 2) if quick else (30, 10)))
    finally:
        server.stop()
    for demo in GALLERY:
        for variant in demo.variants:
            if "model.keras" in open_checkpoint(demo.name, variant.name).card.files:
                found.append(bench_networks.against_tensorflow(demo, variant.name, 100))
    return sorted(found, key=lambda r: r["unit"] != "×")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repeats; nothing is written")
    quick = parser.parse_args().quick
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    text = json.dumps({"machine": machine, "rows": measured(quick)}, ensure_ascii=False, indent=1)
    print(text)
    if not quick:
        OUT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
