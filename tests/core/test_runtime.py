"""Predictors by name: lazy, cached, timed, safe under threads; all on made-up demos."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from demos.core import runtime
from demos.core.checkpoint import open_checkpoint
from demos.core.demo import Demo
from demos.core.errors import CheckpointError, UserError
from demos.core.predictor import Predictor
from demos.core.runtime import Predictors
from tests import shipped
from tests.conftest import ROOT
from tests.made_up import MADE_UP, number, reader

DEMO = reader.DEMO
KEY = (DEMO.name, DEMO.default)
ASKED = shipped.asked(DEMO, DEMO.examples[0])
VARIANTS = [(demo, v.name) for demo in MADE_UP for v in demo.variants]
of_variants = pytest.mark.parametrize(
    ("demo", "variant"), VARIANTS, ids=[f"{d.name}-{v}" for d, v in VARIANTS]
)
pytestmark = pytest.mark.usefixtures("made_up_here")


def test_loaded_once_and_kept():
    assert runtime.state(*KEY) == "present"
    first = runtime.predictor(*KEY)
    assert runtime.predictor(*KEY) is first
    assert runtime.state(*KEY) == "loaded"
    assert runtime.state(DEMO.name, "long") == "present"


def test_many_threads_get_the_same_predictor():
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(runtime.predictor(*KEY))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(map(id, found))) == 1


def test_cold_then_warm():
    models: Predictors[Any] = Predictors(DEMO)
    cold, warm = (models.predict(DEMO.default, *ASKED) for _ in range(2))
    assert cold.cold and cold.loading > 0 and not warm.cold and warm.loading == 0
    assert cold.result == warm.result and min(cold.seconds, warm.seconds) > 0
    assert cold.variant == warm.variant == DEMO.default


def test_an_unknown_variant_is_a_sentence_and_loads_nothing():
    with pytest.raises(UserError, match="unknown: choose one of best, long"):
        Predictors(DEMO).predict("../number/square", *ASKED)
    assert not runtime._predictors


def test_all_variants_beside_the_answer_that_is_there(made_up_here: Path, monkeypatch):
    models: Predictors[Any] = Predictors(DEMO)
    given_ = models.predict("best", *ASKED)
    found = models.all_variants(given_, *ASKED)
    assert [v.name for v, _ in found] == ["best", "long"] and found[0][1] is given_
    assert found[1][1].variant == "long" and found[1][1].result != given_.result
    runtime.forget()
    monkeypatch.setattr("demos.core.checkpoint.ROOT", made_up_here / "nowhere")
    assert models.all_variants(given_, *ASKED)[1][1] is None


def test_a_broken_checkpoint_is_reported_and_can_be_mended(tmp_path: Path, monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("demos.core.checkpoint.ROOT", tmp_path)
        with pytest.raises(CheckpointError):
            runtime.predictor(*KEY)
        assert runtime.state(*KEY).startswith("broken: The checkpoint")
    runtime.predictor(*KEY)
    assert runtime.state(*KEY) == "loaded"


def order(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is loaded, in the order in which loading began."""
    seen: list[tuple[str, str]] = []
    opened = runtime.open_checkpoint

    def noted(demo: str, variant: str):
        seen.append((demo, variant))
        return opened(demo, variant)

    monkeypatch.setattr(runtime, "open_checkpoint", noted)
    return seen


def test_warm_up_loads_all_defaults_in_order_and_survives_a_broken_one(monkeypatch):
    seen, load = order(monkeypatch), runtime._load

    def broken(demo: str, variant: str) -> Any:
        if demo == "index":
            raise CheckpointError("It cannot be used.")
        if demo == "chat":
            raise ValueError("of another kind")
        return load(demo, variant)

    monkeypatch.setattr(runtime, "_load", broken)
    done = threading.Event()
    runtime.warm_up(MADE_UP, done.set).join(60)
    assert done.is_set()
    left = [d for d in MADE_UP if d.name not in ("index", "chat")]
    assert seen == [(d.name, d.default) for d in left]


def test_a_request_goes_before_the_rest_of_the_warm_up(monkeypatch):
    """One default is being loaded when the request comes; the others follow it."""
    wanted, began, asked = (number.DEMO.name, "cube"), threading.Event(), threading.Event()
    seen, verify = order(monkeypatch), runtime.Checkpoint.verify

    def held(checkpoint) -> None:
        began.set()
        assert asked.wait(30)
        verify(checkpoint)

    def request() -> None:
        assert began.wait(30)
        waiting = threading.Thread(target=runtime.predictor, args=wanted)
        waiting.start()
        while not runtime._waiting:
            assert waiting.is_alive()
        asked.set()
        waiting.join(30)

    monkeypatch.setattr(runtime.Checkpoint, "verify", held)
    asking = threading.Thread(target=request)
    asking.start()
    runtime.warm_up(MADE_UP).join(60)
    asking.join(30)
    first, *rest = ((d.name, d.default) for d in MADE_UP)
    assert seen == [first, wanted, *rest]


class Clock:
    """Time that passes when a test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.now = 1000.0
        monkeypatch.setattr(runtime.time, "monotonic", lambda: self.now)


def test_what_nobody_asked_for_leaves_when_room_is_needed(monkeypatch):
    clock = Clock(monkeypatch)
    keys = [("number", "square"), ("number", "cube"), ("number", "fourth")]
    for key in keys:
        runtime.predictor(*key)
        clock.now += 10
    assert runtime.leave_idle(clock.now + runtime.IDLE * 2) == []  # there is room
    size = runtime._bytes[keys[0]]
    monkeypatch.setattr(runtime, "ROOM", 2 * size + size // 2)
    runtime.predictor(*keys[0])  # so that the second is the longest idle
    assert runtime.leave_idle(clock.now) == []  # nobody is idle
    assert runtime.leave_idle(clock.now + runtime.IDLE + 5, keep=keys[1]) == [keys[2]]
    assert runtime.state(*keys[2]) == "present" and runtime.state(*keys[1]) == "loaded"
    monkeypatch.setattr(runtime, "ROOM", 0)
    assert runtime.leave_idle(clock.now + runtime.IDLE + 5) == [keys[1], keys[0]]


def test_loading_makes_room_and_keeps_what_it_loaded(monkeypatch):
    clock = Clock(monkeypatch)
    monkeypatch.setattr(runtime, "ROOM", 0)
    runtime.predictor("number", "square")
    clock.now += runtime.IDLE + 1
    runtime.predictor("number", "cube")
    assert list(runtime._predictors) == [("number", "cube")]


def test_the_size_counts_what_is_used(made_up_here: Path):
    checkpoint = open_checkpoint("number", "square")
    alone = sum(p.stat().st_size for p in checkpoint.folder.iterdir() if p.name != "card.json")
    runtime.predictor("number", "square")
    assert runtime._bytes["number", "square"] == alone


@pytest.fixture
def copied(made_up_here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkpoints, in a copy that may be damaged."""
    shutil.copytree(made_up_here / "checkpoints", tmp_path / "checkpoints")
    monkeypatch.setattr("demos.core.checkpoint.ROOT", tmp_path / "checkpoints")
    return tmp_path / "checkpoints"


@of_variants
def test_one_changed_byte_in_any_file_is_refused(copied: Path, demo: Demo, variant: str):
    """At the first, the last, and places between that are drawn with a seed."""
    rng = np.random.default_rng(0)
    for path in sorted((copied / demo.name / variant).iterdir()):
        whole = path.read_bytes()
        for place in (0, len(whole) - 1, *rng.integers(0, len(whole), 5)):
            changed = bytearray(whole)
            changed[place] ^= 1 << rng.integers(8)
            path.write_bytes(changed)
            with pytest.raises(CheckpointError, match=path.name) as caught:
                runtime.predictor(demo.name, variant)
            assert "\n" not in str(caught.value)
        path.write_bytes(whole)
    runtime.predictor(demo.name, variant)


def test_what_is_loaded_keeps_answering_when_its_file_changes(copied: Path):
    models: Predictors[Any] = Predictors(DEMO)
    before = models.predict(DEMO.default, *ASKED).result
    (copied / DEMO.name / DEMO.default / "model.json").write_bytes(b"x")
    assert models.predict(DEMO.default, *ASKED).result == before
    runtime.forget()
    with pytest.raises(CheckpointError):
        models.predict(DEMO.default, *ASKED)


@of_variants
def test_every_predictor_keeps_the_protocol(demo: Demo, variant: str):
    """The contract of the shipped ones, on each kind of input."""
    found = runtime.predictor(demo.name, variant)
    assert isinstance(found, Predictor)
    assert found.parameters == open_checkpoint(demo.name, variant).card.architecture.parameters
    asked = [shipped.asked(demo, example) for example in demo.examples]
    together = found.outputs(asked)
    assert len(together) == len(asked) and all(together)
    tolerance = shipped.tolerance(demo, variant)
    for count in (1, 2):
        with shipped.threads(count):
            # In another order, one by one, and after other questions.
            for question, known in reversed([*zip(asked, together, strict=True)]):
                found.predict(*question)
                assert shipped.same(found.outputs([question]), [known], tolerance)


def test_something_else_does_not_keep_the_protocol():
    assert not isinstance(torch.nn.Linear(1, 1), Predictor)


def test_one_thread_stays_one():
    """Where OMP_NUM_THREADS or whoever serves chose fewer than two."""
    for chosen, kept in ((1, 1), (2, 2), (4, 2)):
        with shipped.threads(chosen):
            runtime.use_threads()
            assert torch.get_num_threads() == kept


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
end = time.monotonic() + 30
while resident() >= before - 150:
    if time.monotonic() > end:
        raise SystemExit(f"{before:.0f} MB, and after thirty seconds {resident():.0f} MB")
    time.sleep(0.05)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc's allocator")
def test_free_memory_goes_back_to_the_system():
    done = subprocess.run([sys.executable, "-c", MEMORY], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
