"""Behind a proxy that gives the gallery a path of its own, as nginx and Jupyter do."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from demos import GALLERY
from tests import shipped
from tests.conftest import Server, get
from tests.load import ask, call, result, upload
from tests.proxy import Proxy, Threaded

PATHS = ["/gallery", "/user/x/proxy/7860"]


@pytest.fixture(scope="module", params=PATHS)
def proxied(request, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The gallery at a path, seen from outside: `url` is the proxy's."""
    handler = type("Handler", (Proxy,), {"path_of_gallery": request.param})
    outside = Threaded(("127.0.0.1", 0), handler)
    log = tmp_path_factory.mktemp("proxied") / "log.txt"
    server = Server(log, GRADIO_ROOT_PATH=request.param)
    handler.target = server.url.removeprefix("http://")
    threading.Thread(target=outside.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{outside.server_port}"
    yield SimpleNamespace(url=origin + request.param)
    outside.shutdown()
    server.stop()


def get_bytes(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read()


def test_health(proxied: SimpleNamespace):
    assert json.loads(get(f"{proxied.url}/healthz")) == {"status": "alive"}
    assert json.loads(get(f"{proxied.url}/readyz"))["ready"]


def test_example_pictures(proxied: SimpleNamespace):
    for demo in GALLERY:
        for example in demo.examples:
            if example.picture:
                address = f"{proxied.url}/examples/{demo.name}/{example.picture.name}"
                assert get_bytes(address) == example.picture.read_bytes()


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_the_interface(proxied: SimpleNamespace, demo):
    """With the address of an example as the page shows it, and with an upload."""
    answer = result(call(proxied, demo))
    assert json.loads(answer)["variant"] == demo.default
    picture = demo.examples[0].picture
    if picture:
        given = upload(proxied, picture.read_bytes())
        assert get_bytes(f"{proxied.url}/gradio_api/file={given['path']}") == picture.read_bytes()
        settings = demo.examples[0].inputs[1:]
        assert result(ask(proxied, demo, given, *settings, demo.default)) == answer


def root(url: str, **headers: str) -> str:
    """The address at which a page believes itself to be."""
    return json.loads(get(f"{url}/config", **headers))["root"]


def test_which_headers_of_a_proxy_are_believed(proxied: SimpleNamespace):
    """That it speaks https; never another host."""
    assert root(proxied.url) == proxied.url
    assert root(proxied.url, **{"X-Forwarded-Host": "evil.example"}) == proxied.url
    secure = proxied.url.replace("http:", "https:")
    assert root(proxied.url, **{"X-Forwarded-Proto": "https"}) == secure


def test_the_page(proxied: SimpleNamespace, browser):
    """Pictures, an answer and an upload, all of it from below the path."""
    demo = next(demo for demo in GALLERY if "picture" in shipped.kinds(demo))
    page = browser.new_page()
    page.set_default_timeout(60_000)
    wrong: list[str] = []
    own = (f"{proxied.url}/", "data:", "blob:")
    page.on("request", lambda r: r.url.startswith(own) or wrong.append(r.url))
    page.on("response", lambda r: r.status < 400 or wrong.append(f"{r.status} {r.url}"))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{proxied.url}/")
    page.locator(f'[data-open="{demo.slug}"]').click()
    page.locator(f'.examples [data-name="{demo.examples[0].name}"]:visible').click()
    page.locator(".answer .beside:visible").wait_for()
    assert page.url == f"{proxied.url}/?demo={demo.slug}&example={demo.examples[0].name}"
    broken = "[...document.images].filter(i => i.src && i.complete && !i.naturalWidth).length"
    assert page.evaluate(broken) == 0
    page.reload()
    page.locator(".answer .beside:visible").wait_for()
    first = page.locator(".answer .big:visible").inner_text()
    page.go_back()
    page.locator(f'.title[data-demo="{demo.slug}"]:visible').wait_for()
    page.goto(f"{proxied.url}/?demo={demo.slug}")
    page.locator(".inputs input[type=file]").first.set_input_files(demo.examples[0].picture)
    page.locator(".answer .beside:visible").wait_for()
    assert page.locator(".answer .big:visible").inner_text() == first
    page.close()
    assert not wrong
