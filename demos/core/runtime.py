"""Predictors by name: loaded on first use, kept, timed. The one place with global state.

One thread policy for all models, one order of loading: the defaults are warmed up in the
background in tab order, and a request for a variant not yet loaded goes first.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from demos.core.checkpoint import open_checkpoint
from demos.core.demo import Demo, Variant
from demos.core.errors import CheckpointError, UserError

log = logging.getLogger(__name__)
Result = TypeVar("Result")

# Of mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8

_predictors: dict[tuple[str, str], Any] = {}
_broken: dict[tuple[str, str], str] = {}
_loading = threading.RLock()
_waiting = 0
_counter = threading.Lock()


def set_malloc(options: dict[int, int]) -> None:
    """Set up the C library's memory allocator where that is glibc; elsewhere nothing happens."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # not every libc has it
        for option, value in options.items() if mallopt else ():
            mallopt(option, value)


def give_back_memory(every: float) -> threading.Thread:
    """Return free memory to the system every so many seconds, in the background (glibc only).

    The allocator keeps a hundred megabytes and more of what large answers needed.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None

    def work() -> None:
        while trim:
            time.sleep(every)
            trim(0)

    thread = threading.Thread(target=work, name="give-back-memory", daemon=True)
    thread.start()
    return thread


@dataclass(frozen=True)
class Timed(Generic[Result]):
    """A result, which variant gave it and how long the model took.

    `seconds` is the predictor's call alone; `loading` is the time that loading the variant took
    if this call was the first to need it (a cold answer), otherwise 0.
    """

    result: Result
    variant: str
    seconds: float
    loading: float

    @property
    def cold(self) -> bool:
        return self.loading > 0


def predictor(demo: str, variant: str) -> Any:
    """The predictor of a variant, loaded now if it is not yet. Raises CheckpointError."""
    found = _predictors.get((demo, variant))
    if found is not None:
        return found
    global _waiting
    with _counter:
        _waiting += 1
    try:
        return _load(demo, variant)
    finally:
        with _counter:
            _waiting -= 1


def call(demo: str, variant: str, method: str, *inputs: Any, **options: Any) -> Timed[Any]:
    """Call one method of a variant's predictor and time it."""
    started = time.perf_counter()
    was_loaded = (demo, variant) in _predictors
    model = predictor(demo, variant)
    loaded = time.perf_counter()
    result = getattr(model, method)(*inputs, **options)
    return Timed(
        result,
        variant,
        seconds=time.perf_counter() - loaded,
        loading=0.0 if was_loaded else loaded - started,
    )


def predict(demo: str, variant: str, *inputs: Any, **options: Any) -> Timed[Any]:
    """`Predictor.predict(...)` of a variant, timed."""
    return call(demo, variant, "predict", *inputs, **options)


def all_variants(demo: Demo, given: Timed[Any], *inputs: Any) -> list[tuple[Variant, Timed | None]]:
    """The same inputs through every variant, `given` being the answer of the one that was asked.

    None stands for a variant that is not available or refuses these inputs.
    """
    found: list[tuple[Variant, Timed | None]] = []
    for variant in demo.variants:
        try:
            asked = variant.name == given.variant
            timed = given if asked else predict(demo.name, variant.name, *inputs)
        except (CheckpointError, UserError):
            timed = None
        found.append((variant, timed))
    return found


def warm_up(demos: Iterable[Demo], done: Callable[[], None] | None = None) -> threading.Thread:
    """Load the default variants in the background, in order; requests go first."""

    def work() -> None:
        for demo in demos:
            while _waiting:
                time.sleep(0.02)
            try:
                _load(demo.name, demo.default)
            except CheckpointError:
                pass  # its tab and /readyz say so
            except Exception:  # a demo that fails to warm up must not keep the others cold
                log.warning("warming up %s failed", demo.name, exc_info=True)
        if done:
            done()

    thread = threading.Thread(target=work, name="warm-up", daemon=True)
    thread.start()
    return thread


def state(demo: str, variant: str) -> str:
    """`loaded`, `present`, or `broken: <sentence>`: what /readyz reports of a variant."""
    key = (demo, variant)
    if key in _predictors:
        return "loaded"
    if key in _broken:
        return f"broken: {_broken[key]}"
    try:
        open_checkpoint(demo, variant)
    except CheckpointError as error:
        return f"broken: {error}"
    return "present"


def forget() -> None:
    """Drop all loaded predictors (tests change checkpoints under a running process)."""
    with _loading:
        _predictors.clear()
        _broken.clear()


def use_threads(count: int | None = None) -> None:
    """The thread policy: at most two threads a model, and no denormal numbers."""
    import torch

    torch.set_num_threads(count or min(2, os.cpu_count() or 1))
    torch.set_flush_denormal(True)


def import_keras() -> ModuleType:
    """Keras on the torch backend, without TensorFlow.

    Keras 3 imports TensorFlow wherever it is installed; that costs seconds and hundreds of
    megabytes, so its import is blocked here before Keras is first imported.
    """
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "torch"
        if not os.access(
            Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")).parent, os.W_OK
        ):
            os.environ["KERAS_HOME"] = tempfile.mkdtemp(prefix="keras-")
        sys.modules.setdefault("tensorflow", None)  # type: ignore[arg-type]
    import keras

    if keras.backend.backend() != "torch":
        raise RuntimeError("Keras was imported with another backend before; serving needs torch")
    return keras


def _load(demo: str, variant: str) -> Any:
    key = (demo, variant)
    with _loading:
        if key in _predictors:
            return _predictors[key]
        try:
            checkpoint = open_checkpoint(demo, variant)
            checkpoint.verify()
            use_threads()
            module = importlib.import_module(f"demos.{demo}.predict")
            model = module.Predictor(checkpoint)
        except CheckpointError as error:
            _broken[key] = str(error)
            raise
        _broken.pop(key, None)
        _predictors[key] = model
        return model
