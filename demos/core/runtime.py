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

from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.core.demo import Demo, Variant
from demos.core.errors import CheckpointError, UserError
from demos.core.predictor import Predictor

log = logging.getLogger(__name__)
Kept = TypeVar("Kept", bound=Predictor)
Found = TypeVar("Found")
Result = TypeVar("Result")

# Of mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8

# What nobody has asked for in an hour may leave memory once the checkpoints of all that is loaded
# are larger together than ROOM.
IDLE, ROOM = 3600.0, 400 * 2**20

Key = tuple[str, str]  # demo, variant
_predictors: dict[Key, Predictor] = {}
_used: dict[Key, float] = {}  # when each was last asked
_bytes: dict[Key, int] = {}
_broken: dict[Key, str] = {}
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

    The allocator keeps a hundred megabytes or more of what large answers needed.
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


def predictor(demo: str, variant: str) -> Predictor:
    """The predictor of a variant, loaded now if it is not yet. Raises CheckpointError."""
    key = (demo, variant)
    _used[key] = time.monotonic()
    found = _predictors.get(key)
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


class Predictors(Generic[Kept]):
    """The predictors of one demo by variant, as its page asks them.

    `Kept` is the demo's own class, so that what it offers beyond the protocol is typed:
    `MODELS.ask(variant, lambda model: model.explain(picture))`.
    """

    def __init__(self, demo: Demo):
        self.demo = demo

    def __getitem__(self, variant: str) -> Kept:
        """Loaded now if it is not yet. Raises CheckpointError."""
        if variant not in {v.name for v in self.demo.variants}:
            # A name that leads to a folder would load any checkpoint there is.
            known = ", ".join(v.name for v in self.demo.variants)
            raise UserError(f"This variant is unknown: choose one of {known}.")
        return predictor(self.demo.name, variant)  # type: ignore[return-value]

    def ask(self, variant: str, question: Callable[[Kept], Found]) -> Timed[Found]:
        """What the variant answers to a question, with how long that took."""
        started = time.perf_counter()
        was_loaded = (self.demo.name, variant) in _predictors
        model = self[variant]
        loaded = time.perf_counter()
        result = question(model)
        return Timed(
            result,
            variant,
            seconds=time.perf_counter() - loaded,
            loading=0.0 if was_loaded else loaded - started,
        )

    def predict(self, variant: str, *inputs: Any) -> Timed[Any]:
        """`Predictor.predict(*inputs)` of a variant, timed."""
        return self.ask(variant, lambda model: model.predict(*inputs))

    def all_variants(
        self, given: Timed[Any], *inputs: Any
    ) -> list[tuple[Variant, Timed[Any] | None]]:
        """The same inputs through every variant, `given` being the answer of the one asked.

        None stands for a variant that is not available or refuses these inputs.
        """
        found: list[tuple[Variant, Timed[Any] | None]] = []
        for variant in self.demo.variants:
            try:
                asked = variant.name == given.variant
                timed = given if asked else self.predict(variant.name, *inputs)
            except UserError:
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
        for kept in (_predictors, _broken, _used, _bytes):
            kept.clear()


def leave_idle(now: float, keep: Key | None = None) -> list[Key]:
    """Drop what nobody asked for within an hour of `now` (seconds, as time.monotonic has them),
    the longest idle first, until the rest fits into ROOM. Returns what was dropped."""
    with _loading:
        idle = sorted(
            (used, key)
            for key, used in _used.items()
            if key in _predictors and key != keep and now - used > IDLE
        )
        dropped = []
        for _, key in idle:
            if sum(_bytes[k] for k in _predictors) <= ROOM:
                break
            del _predictors[key]
            dropped.append(key)
        return dropped


def use_threads(count: int | None = None) -> None:
    """The thread policy: at most two threads per model, one where OMP_NUM_THREADS says so or only
    one was used before, and no denormal numbers."""
    import torch

    torch.set_num_threads(count or min(2, torch.get_num_threads()))
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


def _load(demo: str, variant: str) -> Predictor:
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
        _predictors[key], _bytes[key] = model, _size(checkpoint)
        leave_idle(time.monotonic(), keep=key)
        return model


def _size(checkpoint: Checkpoint) -> int:
    """Bytes of a checkpoint's files and of those that it uses."""
    own = sum(f.bytes for f in checkpoint.card.files.values())
    return own + sum(_size(checkpoint.uses(role)) for role in checkpoint.card.uses)
