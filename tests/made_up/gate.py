"""A gate that answers of the demo `number` wait at, so that a test decides when they end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from demos.core.demo import ASSETS


def pass_through() -> None:
    """Return once the gate is open."""
    while _file(ASSETS).exists():
        _waiting(ASSETS).touch()
        time.sleep(0.01)


def waited_at(folder: Path, seconds: float = 60) -> None:
    """Return once an answer waits at the gate; TimeoutError if none comes."""
    end = time.monotonic() + seconds
    while not _waiting(folder).exists():
        if time.monotonic() > end:
            raise TimeoutError("no answer has come to the gate")
        time.sleep(0.01)


@contextlib.contextmanager
def closed(folder: Path) -> Iterator[None]:
    """The gate of the gallery whose $GALLERY_ASSETS is `folder` is closed."""
    _waiting(folder).unlink(missing_ok=True)
    _file(folder).touch()
    try:
        yield
    finally:
        open_again(folder)


def open_again(folder: Path) -> None:
    """Open the gate for whoever waits at it."""
    for path in (_file(folder), _waiting(folder)):
        path.unlink(missing_ok=True)


def _file(folder: Path) -> Path:
    return folder / "gate is closed"


def _waiting(folder: Path) -> Path:
    return folder / "an answer waits"
