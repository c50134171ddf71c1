"""`make bench`: speed and memory on this machine, ratios first, written to assets/bench.json.

Every figure is measured in processes of its own, the compared ones in turn.
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
from pathlib import Path
from typing import Any

import numpy as np

from demos import GALLERY
from demos.core import runtime
from demos.core.checkpoint import open_checkpoint
from demos.core.demo import Demo
from tests.conftest import ROOT, Server, free_port, given
from tests.load import call, memory, visitors

OUT = ROOT / "assets" / "bench.json"
# What one would build without us: an empty page beside a model library.
EMPTY = """
import os, torch, gradio as gr
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
with gr.Blocks(analytics_enabled=False) as page:
    gr.Markdown("empty")
page.launch(server_name="127.0.0.1", server_port=int(os.environ["GRADIO_SERVER_PORT"]), quiet=True)
"""


def start_up(repeats: int) -> dict[str, Any]:
    """Seconds from process start to the first complete page: ours and the empty one in turn."""
    seconds: dict[str, list[float]] = {"ours": [], "empty": []}
    for _ in range(repeats):
        for name, command in (("ours", ["app.py"]), ("empty", ["-c", EMPTY])):
            port = free_port()
            environment = {**os.environ, "GRADIO_SERVER_PORT": str(port)}
            started = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            while True:
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                        page.read()
                    break
                except OSError:
                    time.sleep(0.01)
            seconds[name].append(time.perf_counter() - started)
            process.terminate()
            process.wait(20)
    ratios = np.array(seconds["ours"]) / np.array(seconds["empty"])
    return {
        "n": repeats,
        "ratio": float(np.median(ratios)),
        "ratio_range": [float(ratios.min()), float(ratios.max())],
        "ours_s": statistics.median(seconds["ours"]),
        "empty_app_with_torch_s": statistics.median(seconds["empty"]),
    }


def first_result(demo: Demo, repeats: int) -> dict[str, Any]:
    """Seconds of the first answer in a process of its own, and how many of them importing torch
    takes, which a gallery that has answered before has behind it."""
    program = (
        "import sys, time\n"
        "started = time.perf_counter()\n"
        "import torch\n"
        "imported = time.perf_counter() - started\n"
        "from demos.core import runtime\nfrom demos.core.images import decode\n"
        "given = decode(sys.argv[3]) if sys.argv[4] == 'picture' else sys.argv[3]\n"
        "runtime.predict(sys.argv[1], sys.argv[2], given)\n"
        "print(time.perf_counter() - started, imported)\n"
    )
    asked = demo.examples[0].picture or demo.examples[0].inputs[0]
    command = [sys.executable, "-c", program, demo.name, demo.default, str(asked), demo.takes]
    seconds = [[float(s) for s in _output(command).split()] for _ in range(repeats)]
    whole, torch = np.median(seconds, axis=0)
    return {
        "first_result_cold_s": float(whole),
        "first_result_cold_import_torch_s": float(torch),
        "first_result_cold_n": repeats,
    }


def _output(command: list[str]) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def warm(server: Server, demo: Demo, repeats: int) -> dict[str, Any]:
    """Median seconds of a warm answer over HTTP, and of the predictor alone."""
    call(server, demo)
    over_http = []
    for _ in range(repeats):
        started = time.perf_counter()
        call(server, demo)
        over_http.append(time.perf_counter() - started)
    asked = given(demo.examples[0])
    runtime.predict(demo.name, demo.default, asked)
    alone = [runtime.predict(demo.name, demo.default, asked).seconds for _ in range(repeats)]
    return {
        "warm_n": repeats,
        "over_http_median_s": statistics.median(over_http),
        "over_http_quartiles_s": np.quantile(over_http, [0.25, 0.75]).tolist(),
        "predictor_median_s": statistics.median(alone),
    }


TENSORFLOW = """
import sys, time
import numpy as np
from trainers.core import keras_loop
keras = keras_loop.import_keras(2)
import tensorflow as tf
model = keras.saving.load_model(sys.argv[1], compile=False)
call = tf.function(lambda x: model(x, training=False))
x = tf.constant(np.load(sys.argv[2]))
seconds = []
for i in range(int(sys.argv[3]) + 10):
    started = time.perf_counter()
    call(x).numpy()
    seconds.append(time.perf_counter() - started)
print(np.median(seconds[10:]))
"""


def against_tensorflow(demo: Demo, variant: str, repeats: int) -> dict[str, Any]:
    """The network of a Keras variant as it is served (in torch), and TensorFlow's own graph, on
    the same prepared input: median seconds, reported and not bounded."""
    predictor = runtime.predictor(demo.name, variant)
    seen: list[Any] = []
    hook = predictor.net.register_forward_pre_hook(lambda _, x: seen.append(x[0]))
    predictor.predict(given(demo.examples[0]))
    hook.remove()
    import torch

    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        with torch.inference_mode():
            predictor.net(seen[0])
        seconds.append(time.perf_counter() - started)
    prepared = seen[0].numpy()
    if prepared.ndim == 4:
        prepared = np.moveaxis(prepared, 1, -1)  # Keras has the channels last
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/x.npy", prepared)
        path = open_checkpoint(demo.name, variant).path("model.keras")
        command = [sys.executable, "-c", TENSORFLOW, str(path), f"{folder}/x.npy", str(repeats)]
        theirs = float(_output(command))
    return {"n": repeats, "ours_s": statistics.median(seconds), "tensorflow_s": theirs}


class _Prepared(Exception):
    """Raised where the network would be called."""


def against_plain_call(demo: Demo, pairs: int) -> dict[str, Any]:
    """The predictor against `net(x)` in inference mode on the same prepared input, in turn.

    Once from the decoded picture on, once from the moment on when the picture is prepared and
    the network starts: then whatever the demo does to a picture is on neither side.
    """
    import torch

    predictor = runtime.predictor(demo.name, demo.default)
    asked = given(demo.examples[0])
    entered: list[float] = []
    inputs: list[torch.Tensor] = []
    answers: list[torch.Tensor] = []
    prepared_only = False

    def enter(_: torch.nn.Module, given: tuple[torch.Tensor]) -> None:
        if prepared_only:
            raise _Prepared
        inputs[:] = given
        entered.append(time.perf_counter())

    before = predictor.net.register_forward_pre_hook(enter)
    after = predictor.net.register_forward_hook(lambda _net, _x, out: answers.append(out))
    predictor.predict(asked)
    after.remove()
    x, answer = inputs[0].clone(memory_format=torch.preserve_format), answers[0]
    whole, forward, plain = [], [], []
    for _ in range(pairs):
        started = time.perf_counter()
        predictor.predict(asked)
        ended = time.perf_counter()
        whole.append(ended - started)
        forward.append(ended - entered[-1])
        # The plain call follows the same preparation, so that both find the same caches.
        prepared_only = True
        with contextlib.suppress(_Prepared):
            predictor.predict(asked)
        prepared_only = False
        started = time.perf_counter()
        with torch.inference_mode():
            out = predictor.net(x)
        plain.append(time.perf_counter() - started)
    before.remove()
    tolerance = open_checkpoint(demo.name, demo.default).card.tolerance
    off = (out - answer).abs() / answer.abs().clamp_min(1)
    return {
        "pairs": pairs,
        **_ratio("forward_over_plain_call", forward, plain),
        **_ratio("whole_predict_over_plain_call", whole, plain),
        "plain_call_median_s": statistics.median(plain),
        "equal_within_tolerance": bool(off.max() <= tolerance),
    }


def _ratio(name: str, ours: list[float], plain: list[float]) -> dict[str, float]:
    """The median of the paired ratios, and the upper end of its 95 % bootstrap interval."""
    ratios = np.array(ours) / np.array(plain)
    drawn = np.random.default_rng(0).choice(ratios, (2000, len(ratios)))
    upper = float(np.quantile(np.median(drawn, axis=1), 0.975))
    return {name: float(np.median(ratios)), f"{name}_95_upper": upper}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repeats; nothing is written")
    quick = parser.parse_args().quick
    found: dict[str, Any] = {"start_up": start_up(1 if quick else 5)}
    server = Server(Path(tempfile.mkdtemp()) / "log.txt")
    try:
        for demo in GALLERY:
            found[demo.name] = {
                **against_plain_call(demo, 20 if quick else 200),
                **first_result(demo, 1 if quick else 5),
                **warm(server, demo, 5 if quick else 30),
            }
            for variant in demo.variants:
                if "model.keras" in open_checkpoint(demo.name, variant.name).card.files:
                    found[demo.name]["keras"] = against_tensorflow(demo, variant.name, 100)
        # By now every default variant is loaded and has answered.
        found["resident_memory_gib"] = memory(server)
        found["crowd"] = visitors(server, 5 if quick else 30, 2 if quick else 10)
    finally:
        server.stop()
    found["machine"] = (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    )
    text = json.dumps(found, indent=1)
    print(text)
    if not quick:
        OUT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
