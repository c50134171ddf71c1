"""Fixtures shared by all tests: running galleries, the made-up demos, a browser, the data.

With pytest-xdist (`make test`) two workers share the two cores: each has one thread, and what
shares a server or a module runs in one of them.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import trainers  # noqa: F401  (before any test imports `datasets`)
from demos import GALLERY
from demos.core import runtime
from demos.core.demo import ASSETS
from demos.core.panels import parameters  # noqa: F401  (what “Call it” shows)
from tests import made_up as pretended
from tests.browser import chromium

if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported, here and by servers

ROOT = Path(__file__).parents[1]
SERVED = {"server", "made_up_server", "browser"}  # fixtures that one worker alone starts


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url: str, **headers: str) -> str:
    """What an address answers, as text."""
    request = urllib.request.Request(url, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def wait_for(url: str, seconds: float = 300, process: subprocess.Popen | None = None) -> None:
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


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until a condition holds; it must within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


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
def made_up() -> Path:
    """The folder with what the made-up demos need: $GALLERY_ASSETS for whoever serves them."""
    from tests.made_up import assets

    return assets.write(pretended.FOLDER)


@pytest.fixture(scope="session")
def made_up_server(made_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gallery of the made-up demos for the whole session, warmed up."""
    log = tmp_path_factory.mktemp("made-up-server") / "log.txt"
    running = Server(log, [sys.executable, "-m", "tests.made_up"], GALLERY_ASSETS=str(made_up))
    yield running
    running.stop()


@pytest.fixture
def made_up_here(made_up: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The made-up demos in this process, none of them loaded; what else is loaded stays so."""
    monkeypatch.setattr("demos.core.checkpoint.ROOT", made_up / "checkpoints")
    monkeypatch.setattr("demos.core.demo.ASSETS", made_up)
    for kept in ("_predictors", "_used", "_bytes", "_broken"):
        monkeypatch.setattr(runtime, kept, {})
    return made_up


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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--changed", action="store_true",
        help="leave out what is particular to demos whose files are as on the branch main",
    )  # fmt: skip


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Groups of tests for pytest-xdist; with --changed, a part of the tests alone."""
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(group_of(item)))
        if "tests/browser/" in item.nodeid:
            # A browser on a busy machine may lose an event of its own; what is wrong with the page
            # fails twice. A second run is printed among the results.
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=[r"(?i)timeout [\d_]+ms"]))
    if config.getoption("--changed"):
        names = changed_demos()
        left_out = [item for item in items if not wanted(item.nodeid, names)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def group_of(item: pytest.Item) -> str:
    """Tests that share a server run in one worker. The long visits to every demo are a group of
    their own, with a server of their own, so that both workers have enough to do."""
    module, served = item.nodeid.partition("::")[0], SERVED & set(item.fixturenames)
    if not served or module.endswith("test_visit.py"):
        return module
    return "servers" if "server" in served else "made-up servers"


def pytest_collection_finish(session: pytest.Session) -> None:
    """pytest-xdist finds a group in a test's name, where some releases of pytest lose it."""
    grouped = getattr(session.config.option, "loadgroup", False)  # set in workers
    if grouped and not all("@" in item.nodeid for item in session.items):
        raise pytest.UsageError("these releases of pytest and pytest-xdist group no tests")


def wanted(test: str, changed: set[str]) -> bool:
    """Whether a test is about no shipped demo in particular, or about one that was changed."""
    words = test.replace("-", "_")
    about = {d.name for d in GALLERY if re.search(rf"(?<![a-z]){d.name}(?![a-z0-9])", words)}
    return not about or bool(about & changed)


def changed_demos() -> set[str]:
    """The shipped demos of which a file differs from the branch main, or is new."""
    commands = (["diff", "--name-only", "main"], ["ls-files", "--others", "--exclude-standard"])
    found = ""
    for command in commands:
        done = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True)
        found += done.stdout
    return {d.name for d in GALLERY if re.search(rf"\b(test_)?{d.name}\b", found)}


def _assets() -> dict[str, tuple[int, int]]:
    files = (path for path in ASSETS.rglob("*") if path.is_file())
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in files}


def pytest_sessionstart(session: pytest.Session) -> None:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        session.config.stash[BEFORE] = _assets()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """No test writes into assets/."""
    before = session.config.stash.get(BEFORE, None)
    if before is not None and before != _assets():
        changed = sorted(p for p, _ in set(before.items()) ^ set(_assets().items()))
        print(f"\nassets/ was written to: {', '.join(changed[:5])}", file=sys.stderr)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


BEFORE = pytest.StashKey[dict[str, tuple[int, int]]]()
