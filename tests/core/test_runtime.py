"""Predictors by name: lazy, cached, timed, safe under threads."""

from __future__ import annotations

import platform
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from demos import GALLERY
from demos.core import runtime
from demos.core.errors import CheckpointError
from tests.conftest import ROOT

DEMO = GALLERY[0]


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    runtime.forget()
    yield
    runtime.forget()


def test_loaded_once_and_kept():
    assert runtime.state(DEMO.name, DEMO.default) == "present"
    first = runtime.predictor(DEMO.name, DEMO.default)
    assert runtime.predictor(DEMO.name, DEMO.default) is first
    assert runtime.state(DEMO.name, DEMO.default) == "loaded"


def test_many_threads_get_the_same_predictor():
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(runtime.predictor(DEMO.name, DEMO.default)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(map(id, found))) == 1


def test_cold_then_warm():
    class Fake:
        def predict(self, x):
            return x + 1

    key = (DEMO.name, DEMO.default)
    runtime._predictors[key] = Fake()
    warm = runtime.predict(*key, 1)
    assert warm.result == 2 and not warm.cold and warm.seconds > 0
    runtime.forget()
    with pytest.raises(Exception):  # noqa: B017 - the real predictor refuses a number
        runtime.predict(*key, 1)
    assert runtime.state(*key) == "loaded"


def test_a_broken_checkpoint_is_reported_and_can_be_mended(tmp_path, monkeypatch):
    monkeypatch.setattr("demos.core.checkpoint.ROOT", tmp_path)
    with pytest.raises(CheckpointError):
        runtime.predictor(DEMO.name, DEMO.default)
    assert runtime.state(DEMO.name, DEMO.default).startswith("broken: The checkpoint")
    monkeypatch.undo()
    runtime.predictor(DEMO.name, DEMO.default)
    assert runtime.state(DEMO.name, DEMO.default) == "loaded"


def test_warm_up_loads_all_defaults_and_survives_a_broken_one(tmp_path, monkeypatch):
    done = threading.Event()
    runtime.warm_up(GALLERY, done.set).join(120)
    assert done.is_set()
    assert {runtime.state(d.name, d.default) for d in GALLERY} == {"loaded"}


@pytest.mark.skipif(len(GALLERY) < 2, reason="needs two demos")
def test_a_request_goes_before_the_rest_of_the_warm_up():
    wanted = (DEMO.name, DEMO.variants[-1].name)
    with runtime._loading:  # nothing is loaded before both are waiting
        warming = runtime.warm_up(GALLERY)
        request = threading.Thread(target=runtime.predictor, args=wanted)
        request.start()
        while not runtime._waiting:
            time.sleep(0.001)
    request.join()
    warming.join()
    loaded = list(runtime._predictors)
    last = (GALLERY[-1].name, GALLERY[-1].default)
    assert loaded.index(wanted) < loaded.index(last)


def test_keras_is_served_without_tensorflow():
    program = (
        "import sys\n"
        "from demos.core.runtime import import_keras\n"
        "keras = import_keras()\n"
        "assert keras.backend.backend() == 'torch'\n"
        "assert not any(m.split('.')[0] == 'tensorflow' and sys.modules[m] for m in sys.modules)\n"
        "try:\n    import tensorflow\nexcept ImportError: print('blocked')\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert out.strip() == "blocked"


MEMORY = """
import time
from pathlib import Path
from demos.core import runtime
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
runtime.set_malloc({runtime.M_MMAP_THRESHOLD: 2**25, runtime.M_TRIM_THRESHOLD: 2**31 - 1})
kept = [bytearray(b"x" * 2**16) for _ in range(3200)]
kept = kept[-1:]  # at the top of the heap, so that nothing below it goes back by itself
before = resident()
runtime.give_back_memory(0.1)
for _ in range(100):
    time.sleep(0.1)
    if resident() < before - 150:
        break
else:
    raise SystemExit(f"{before:.0f} MB, and after ten seconds {resident():.0f} MB")
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc's allocator")
def test_free_memory_goes_back_to_the_system():
    done = subprocess.run([sys.executable, "-c", MEMORY], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
