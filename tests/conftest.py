"""Fixtures shared by all tests: a running gallery, a browser, the data where it is at hand."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import trainers  # noqa: F401  (before any test imports `datasets`)
from demos.core.demo import Demo, Example
from demos.core.images import decode
from demos.core.panels import Parameter
from tests.browser import chromium

ROOT = Path(__file__).parents[1]


def given(example: Example) -> Any:
    """What a predictor is asked about: an example's picture, decoded, or its text."""
    return decode(example.picture) if example.picture else example.inputs[0]


def parameters(demo: Demo, example: int = 0) -> list[Parameter]:
    """What “Call it” shows, for one of the examples."""
    chosen = demo.examples[example]
    if demo.takes == "text":
        first = Parameter("text", chosen.inputs[0])
    else:
        first = Parameter("picture", f"examples/{demo.name}/{chosen.picture.name}", is_file=True)
    return [first, Parameter("variant", demo.default)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url: str, **headers: str) -> str:
    """What an address answers, as text."""
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def wait_for(url: str, seconds: float = 120, process: subprocess.Popen | None = None) -> None:
    """Until `url` answers 200; RuntimeError as soon as the process that should answer ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process and process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(url)


def stop(process: subprocess.Popen) -> None:
    """End a server, by force where open connections keep it."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Server:
    """A gallery in a process of its own; `command` starts it in another way than `app.py`."""

    def __init__(self, log: Path, command: Sequence[str] | None = None, **environment: str):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = log
        port = self.url.rsplit(":", 1)[1]
        self.process = subprocess.Popen(
            command or [sys.executable, "app.py"],
            cwd=ROOT,
            env={**os.environ, "GRADIO_SERVER_PORT": port, **environment},
            stdout=log.open("w"),
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(f"{self.url}/readyz", process=self.process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        stop(self.process)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One gallery for the whole session, warmed up."""
    running = Server(tmp_path_factory.mktemp("server") / "log.txt")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium; skips (or fails, under GALLERY_REQUIRE_BROWSER) where there is none."""
    path = chromium.find()
    if path is None:
        reason = "no browser: install chromium, or name one in $GALLERY_BROWSER"
        if os.environ.get("GALLERY_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder with all data sets, or skip."""
    root = os.environ.get("GALLERY_DATA")
    if not root:
        pytest.skip("needs data: name its folder in $GALLERY_DATA")
    return Path(root)
