"""How long an answer takes: `python -m trainers.super_resolution.speed`.

Enlarges 256 × 256 pixels again and again and records the median on each card, with bicubic
interpolation's beside it. It is processor time on one thread, so that what else runs on the machine
counts little; on two idle cores the page is up to twice as fast.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from demos.core.checkpoint import Metric, open_checkpoint
from demos.core.images import Picture, decode
from demos.core.runtime import use_threads
from demos.super_resolution import DEMO
from demos.super_resolution.predict import Predictor
from demos.super_resolution.scale import doubled, halved
from trainers.core.metrics import records
from trainers.core.publish import record

CALLS = 21
SPLIT = "example"
NAME, NAME_BICUBIC = "latency_p50", "latency_p50_bicubic"


def median(call: Callable[[], object]) -> float:
    """The median of processor seconds of a call that was made once before."""
    call()
    found = []
    for _ in range(CALLS):
        began = time.process_time()
        call()
        found.append(time.process_time() - began)
    return float(np.median(found))


def processor() -> str:
    """What the machine computes with, as it calls it, and its cores."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        found = next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        found = platform.processor() or platform.machine()
    cores = os.cpu_count()
    return f"{found}, {cores} core{'s' if cores != 1 else ''}"


def measured(predictor: Predictor, small: np.ndarray) -> list[Metric]:
    """The card's entries, in seconds."""
    values = {
        NAME: median(lambda: predictor.predict(Picture(small))),
        NAME_BICUBIC: median(lambda: doubled(small)),
    }
    note = (
        f"seconds of processor time to enlarge {small.shape[1]} × {small.shape[0]} pixels on one "
        f"thread ({processor()})"
    )
    found = records(values, SPLIT, CALLS, note)
    return [m.model_copy(update={"higher_is_better": False}) for m in found]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m trainers.super_resolution.speed", description=__doc__
    )
    names = [v.name for v in DEMO.variants]
    parser.add_argument("--variant", nargs="+", choices=names, default=names)
    a = parser.parse_args()
    use_threads(1)
    small = halved(decode(DEMO.example("fur").inputs[0]).rgb)
    for variant in a.variant:
        checkpoint = open_checkpoint(DEMO.name, variant)
        metrics = measured(Predictor(checkpoint), small)
        for m in metrics:
            print(f"{variant:<16} {m.name:<20} {1000 * m.value:.1f} ms")
        record(checkpoint, metrics, {}, None)


if __name__ == "__main__":
    main()
