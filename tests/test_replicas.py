"""Two replicas behind a proxy that keeps each visitor at one of them; one is killed."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import secrets
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import Server
from tests.load import result
from tests.made_up import number
from tests.proxy import Proxy, Threaded

VISITORS = 30
FAILED = (urllib.error.URLError, http.client.HTTPException, OSError, ValueError)


class Sticky(Proxy):
    """Divides visitors by a cookie, as `deploy/nginx.conf` does; asks the next replica for one
    that cannot be reached."""

    targets: tuple[str, ...] = ()

    def visitor(self) -> str:
        found = SimpleCookie(self.headers.get("Cookie", "")).get("replica")
        return found.value if found else self.given

    def handle_any(self) -> None:
        self.given = secrets.token_hex(8)
        super().handle_any()

    def ask(self, address: str, body: bytes, headers: dict[str, str]) -> http.client.HTTPResponse:
        at = int(self.visitor(), 16) % len(self.targets)
        for target in (*self.targets[at:], *self.targets[:at]):
            self.target = target
            try:
                return super().ask(address, body, headers)
            except ConnectionRefusedError:
                continue
        raise ConnectionRefusedError

    def end_headers(self) -> None:
        self.send_header("Set-Cookie", f"replica={self.visitor()}; Path=/; HttpOnly; SameSite=Lax")
        super().end_headers()

    do_GET = do_POST = do_HEAD = handle_any


class Pair:
    """Two galleries of the made-up demos, and the proxy before them at `url`."""

    def __init__(self, folder: Path, assets: Path):
        command = [sys.executable, "-m", "tests.made_up"]
        self.servers = [
            Server(folder / f"{n}.txt", command, GALLERY_ASSETS=str(assets),
                   GRADIO_TEMP_DIR=str(folder / f"files-{n}"))
            for n in (0, 1)
        ]  # fmt: skip
        targets = tuple(s.url.removeprefix("http://") for s in self.servers)
        self.proxy = Threaded(("127.0.0.1", 0), type("Handler", (Sticky,), {"targets": targets}))
        threading.Thread(target=self.proxy.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.proxy.server_port}"

    def kill(self, n: int) -> None:
        self.servers[n].process.kill()
        self.servers[n].process.wait()

    def close(self) -> None:
        self.proxy.shutdown()
        for server in self.servers:
            server.stop()


@pytest.fixture
def pair(made_up: Path, tmp_path: Path) -> Iterator[Pair]:
    running = Pair(tmp_path, made_up)
    yield running
    running.close()


class Visitor:
    """Somebody with a cookie, who asks once more what failed: as soon as the replica is gone, for
    nobody reads and clicks while it is still falling."""

    gone = threading.Event()

    def __init__(self, url: str, n: int):
        self.url, self.n, self.failed = url, n, 0
        self.http = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self.fetch(f"{url}/")

    @property
    def replica(self) -> int:
        (jar,) = (h.cookiejar for h in self.http.handlers if hasattr(h, "cookiejar"))
        return int(next(c.value for c in jar if c.name == "replica"), 16) % 2

    def fetch(self, url: str, body: bytes | None = None) -> str:
        request = urllib.request.Request(
            url, body, {"Content-Type": "application/json"} if body else {}
        )
        with self.http.open(request, timeout=120) as answer:
            return answer.read().decode()

    def once(self) -> float:
        url = f"{self.url}/gradio_api/call/{number.DEMO.endpoint}"
        data = {"data": [self.n / VISITORS, number.DEMO.default]}
        event = json.loads(self.fetch(url, json.dumps(data).encode()))["event_id"]
        return json.loads(result(self.fetch(f"{url}/{event}")))

    def ask(self, _: int) -> object:
        try:
            return self.once()
        except FAILED:
            self.failed += 1
            assert self.gone.wait(30)
            return self.once()


@pytest.mark.flaky(reruns=1)  # thirty threads in one process; what is wrong fails twice
@pytest.mark.xdist_group("servers")
def test_thirty_visitors_go_on_when_a_replica_is_killed(pair: Pair):
    Visitor.gone.clear()
    visitors = [Visitor(pair.url, n) for n in range(VISITORS)]
    assert {v.replica for v in visitors} == {0, 1}
    with concurrent.futures.ThreadPoolExecutor(VISITORS) as room:
        before = [*room.map(Visitor.ask, visitors, range(VISITORS))]
        assert not any(v.failed for v in visitors)
        assert len({json.dumps(a) for a in before}) == VISITORS  # everybody has their own
        asked = [room.submit(v.ask, 0) for v in visitors for _ in range(3)]
        pair.kill(0)
        Visitor.gone.set()
        during = [a.result() for a in asked]
        after = [*room.map(Visitor.ask, visitors, range(VISITORS))]
    assert during == [a for a in before for _ in range(3)] and after == before
    assert not any(v.failed for v in visitors if v.replica == 1)


def test_a_page_goes_on_at_the_other_replica(pair: Pair, browser: Browser):
    """A reader sees a sentence in place of an answer that was lost, or the answer at once."""
    page = browser.new_page(base_url=pair.url)
    page.set_default_timeout(120_000)
    expect.set_options(timeout=120_000)
    first, second = number.DEMO.examples[:2]
    page.goto(f"/?demo={number.DEMO.slug}&example={first.name}")
    words = page.locator(".answer:not(.waiting):visible .big")
    said = words.inner_text()
    cookie = next(c for c in page.context.cookies() if c["name"] == "replica")
    pair.kill(int(cookie["value"], 16) % 2)
    page.locator(f'.examples [data-name="{second.name}"]:visible').click()
    expect(words).not_to_have_text(said)
    expect(page.locator(".answer.error:visible")).to_have_count(0)
    page.close()
