"""The networks alone, for `make bench`: each beside a plain call, and beside TensorFlow."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np
import torch

from demos.core import runtime
from demos.core.checkpoint import open_checkpoint
from demos.core.demo import Demo
from tests import shipped
from tests.conftest import ROOT

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
Row = dict[str, Any]


def row(
    what: str,
    value: float,
    unit: str,
    bound: float | None = None,
    *,
    demo: Demo | None = None,
    n: int | None = None,
    spread: tuple[float, float] | None = None,
    note: str = "",
) -> Row:
    """One line of the table: a figure, its bound (at most so much, None for none) and whether that
    is missed. `spread` is the range or quartiles of n measurements, as `note` says."""
    return {
        "what": what,
        "demo": demo.name if demo else None,
        "value": float(value),
        "unit": unit,
        "bound": bound,
        "missed": bound is not None and not value <= bound,
        "n": n,
        "spread": None if spread is None else [float(v) for v in spread],
        "note": note,
    }


class _Prepared(Exception):
    """Raised where the network would be called."""


def against_plain_call(demo: Demo, pairs: int) -> list[Row]:
    """The predictor against `net(…)` in inference mode on the same prepared input, in turn.

    From the moment on when the input is prepared and the network starts: whatever the demo does to
    it before is on neither side (how much the whole is, is noted). A predictor without a network
    has no such row.
    """
    predictor: Any = runtime.predictor(demo.name, demo.default)
    if not isinstance(getattr(predictor, "net", None), torch.nn.Module):
        return []
    asked = shipped.asked(demo, demo.examples[0])
    entered: list[float] = []
    inputs: list[torch.Tensor] = []
    answers: list[Any] = []
    prepared_only = False

    def enter(_: torch.nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        if prepared_only:
            raise _Prepared
        inputs[:] = given
        entered.append(time.perf_counter())

    before = predictor.net.register_forward_pre_hook(enter)
    after = predictor.net.register_forward_hook(lambda _net, _x, out: answers.append(out))
    predictor.predict(*asked)
    after.remove()
    kept, answer = [x.clone(memory_format=torch.preserve_format) for x in inputs], answers[0]
    whole, forward, plain = [], [], []
    for _ in range(pairs):
        begin = time.perf_counter()
        predictor.predict(*asked)
        end = time.perf_counter()
        whole.append(end - begin)
        forward.append(end - entered[-1])
        # The plain call follows the same preparation, so that both find the same caches.
        prepared_only = True
        with contextlib.suppress(_Prepared):
            predictor.predict(*asked)
        prepared_only = False
        begin = time.perf_counter()
        with torch.inference_mode():
            out = predictor.net(*kept)
        plain.append(time.perf_counter() - begin)
    before.remove()
    if not equal(answer, out, shipped.tolerance(demo, demo.default)):
        raise ValueError(f"{demo.name}: the plain call answers otherwise")
    middle, upper = ratio(forward, plain)
    note = (
        f"median {middle:.3f} ×, plain call {1000 * statistics.median(plain):.1f} ms; with "
        f"preparing the input {ratio(whole, plain)[1]:.2f} ×"
    )
    what = "Predictor relative to the plain call of its network, upper end of the 95 % interval"
    return [row(what, upper, "×", 1.05, demo=demo, n=pairs, note=note)]


def equal(a: Any, b: Any, within: float) -> bool:
    """Whether a network's answers, a tensor or several, are equal within the tolerance."""
    several = isinstance(a, (tuple, list))
    return all(
        shipped.close(x.numpy(), y.numpy(), within)
        for x, y in (zip(a, b, strict=True) if several else [(a, b)])
    )


def ratio(ours: list[float], plain: list[float]) -> tuple[float, float]:
    """The median of the paired ratios, and the upper end of its 95 % bootstrap interval."""
    ratios = np.array(ours) / np.array(plain)
    drawn = np.random.default_rng(0).choice(ratios, (2000, len(ratios)))
    return float(np.median(ratios)), float(np.quantile(np.median(drawn, axis=1), 0.975))


def against_tensorflow(demo: Demo, variant: str, repeats: int) -> Row:
    """The network of a Keras variant as it is served (in torch), and TensorFlow's own graph, on
    the same prepared input: reported, not bounded."""
    predictor: Any = runtime.predictor(demo.name, variant)
    seen: list[torch.Tensor] = []
    hook = predictor.net.register_forward_pre_hook(lambda _, x: seen.append(x[0]))
    predictor.predict(*shipped.asked(demo, demo.examples[0]))
    hook.remove()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        with torch.inference_mode():
            predictor.net(seen[0])
        seconds.append(time.perf_counter() - begin)
    prepared = seen[0].numpy()
    if prepared.ndim == 4:
        prepared = np.moveaxis(prepared, 1, -1)  # Keras has the channels last
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/x.npy", prepared)
        path = open_checkpoint(demo.name, variant).path("model.keras")
        command = [sys.executable, "-c", TENSORFLOW, str(path), f"{folder}/x.npy", str(repeats)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    ours, theirs = statistics.median(seconds), float(done.stdout)
    note = f"{1000 * ours:.1f} ms and {1000 * theirs:.1f} ms"
    return row(
        "The Keras network as it is served, relative to TensorFlow", ours / theirs, "×",
        demo=demo, n=repeats, note=note,
    )  # fmt: skip
