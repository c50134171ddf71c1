"""What a stranger on the network may try, sent to the running server as raw HTTP."""

from __future__ import annotations

import concurrent.futures
import http.client
import io
import json
import re
import secrets
import select
import shutil
import socket
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demos import GALLERY
from demos.core import panels
from demos.core.checkpoint import ROOT as CHECKPOINTS
from demos.core.demo import ASSETS
from tests import shipped
from tests.conftest import ROOT, Server, parameters
from tests.load import Page, ask, call, fetch, result, upload

PICTURES = [demo for demo in GALLERY if "picture" in shipped.kinds(demo)]
SENTENCE = r"[^\n]{20,300}"
OUTSIDE = "what-lies-outside-the-gallery"
SECRET = "secret-of-a-visitor"
PLANTED = {
    name: f"planted-{secrets.token_hex(8)}"
    for name in ("HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "DATABASE_PASSWORD")
}
# The gallery with another folder of examples: links that lead out of it can be put there.
SERVE = """
import runpy, sys
from pathlib import Path
import demos.core.demo
demos.core.demo.ASSETS = Path(sys.argv.pop())
sys.argv = ["app.py"]
runpy.run_path("app.py", run_name="__main__")
"""


class Exposed(Server):
    """A gallery with links in its folders, secrets around it and in its environment."""

    def __init__(self, folder: Path):
        self.assets, self.uploads = folder / "assets", folder / "uploads"
        self.outside = folder / "outside"
        shutil.copytree(ASSETS / "examples", self.assets / "examples")
        (folder / "demos").symlink_to(ROOT / "demos")  # where the texts of the panels are
        for path in (self.uploads, self.outside):
            path.mkdir()
        (self.outside / "secret.txt").write_text(OUTSIDE)
        for path in (self.assets / "examples", self.uploads):
            (path / "link.txt").symlink_to(self.outside / "secret.txt")
            (path / "link").symlink_to(self.outside)
        own = {"GALLERY_CHECKPOINTS": str(CHECKPOINTS), "GRADIO_TEMP_DIR": str(self.uploads)}
        super().__init__(
            folder / "log.txt", [sys.executable, "-c", SERVE, str(self.assets)], **PLANTED, **own
        )

    def names(self) -> dict[str, str]:
        """What the addresses below have in braces."""
        found = {"assets": self.assets, "uploads": self.uploads, "outside": self.outside}
        return {**{k: str(v) for k, v in found.items()}, "root": str(ROOT), "url": self.url}

    def raw(
        self, address: str, body: bytes | None = None, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of an address that is sent as it stands."""
        connection = http.client.HTTPConnection(self.url.partition("//")[2], timeout=60)
        connection.putrequest("POST" if body is not None else method, address)
        if body is not None:
            headers = {"Content-Type": "application/json", **headers}
            headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(body)
        answer = connection.getresponse()
        try:
            content = answer.read()
        except http.client.IncompleteRead as error:  # it broke off: nobody's event, for example
            content = error.partial
        connection.close()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, content


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exposed]:
    running = Exposed(tmp_path_factory.mktemp("exposed"))
    yield running
    running.stop()


FILES = [
    "{outside}/secret.txt",
    "%2f{outside}/secret.txt",
    "{assets}/../outside/secret.txt",
    "{assets}/examples/../../outside/secret.txt",
    "{assets}/examples/%2e%2e/%2e%2e/outside/secret.txt",
    "{assets}/examples/..%2f..%2foutside/secret.txt",
    "{assets}/examples/%252e%252e/%252e%252e/outside/secret.txt",
    "{assets}/examples/..\\..\\outside\\secret.txt",
    "{assets}/examples/link.txt",
    "{assets}/examples/link/secret.txt",
    "{uploads}/link.txt",
    "{uploads}/link/secret.txt",
    "{uploads}/../outside/secret.txt",
    "file://{outside}/secret.txt",
    "{outside}/secret.txt%00.png",
    "{root}/app.py",
    "app.py",
    "./app.py",
    "/etc/passwd",
    "/proc/self/environ",
    "{url}/healthz",
    "http://example.com/",
    "https://example.com/",
]
MOUNTED = [
    "../outside/secret.txt",
    "../../outside/secret.txt",
    "%2e%2e/%2e%2e/outside/secret.txt",
    "..%2f..%2foutside/secret.txt",
    "%252e%252e%252f%252e%252e%252foutside/secret.txt",
    "..\\..\\outside\\secret.txt",
    "{outside}/secret.txt",
    "%2f{outside}/secret.txt",
    "link.txt",
    "link/secret.txt",
    "../../../routes.py",
    "%2e%2e/%2e%2e/%2e%2e/routes.py",
    "/etc/passwd",
    "%00",
]
ADDRESSES = [f"/gradio_api/file{mark}{name}" for mark in "=/" for name in FILES]
ADDRESSES += [f"/{route}/{name}" for route in ("examples", "static", "assets", "svelte")
              for name in MOUNTED]  # fmt: skip
ADDRESSES += ["/gradio_api/proxy={url}/healthz", "/gradio_api/proxy=https://example.com/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_file_outside_is_served(exposed: Exposed, address: str):
    status, _, content = exposed.raw(address.format(**exposed.names()))
    assert status in (400, 403, 404)
    for inside in (OUTSIDE, "alive", "root:", "import ", "PATH=", *PLANTED.values()):
        assert inside not in content.decode("utf-8", "replace")


def test_it_fetches_nothing_for_others(exposed: Exposed):
    """Gradio's own route would hand on what any public address answers."""
    for mark in "=/":
        status, _, content = exposed.raw(f"/gradio_api/file{mark}https://example.com/a.png")
        assert (status, content) == (403, b"Only files of this gallery are served here.")


def test_what_belongs_to_the_gallery_is_served(exposed: Exposed):
    """Else the refusals above would prove nothing."""
    picture = PICTURES[0].examples[0].picture
    name = f"{PICTURES[0].name}/{picture.name}"
    own = upload(exposed, b"mine", "mine.txt")["path"]
    for address, content in (
        (f"/examples/{name}", picture.read_bytes()),
        (f"/gradio_api/file={exposed.assets}/examples/{name}", picture.read_bytes()),
        (f"/gradio_api/file={own}", b"mine"),
    ):
        assert exposed.raw(address)[::2] == (200, content)


def test_no_folder_is_listed(exposed: Exposed):
    own = Path(upload(exposed, b"mine", "mine.txt")["path"])
    folders = [exposed.assets, exposed.assets / "examples", exposed.uploads, own.parent, ROOT]
    routes = ["/examples", "/static", "/static/img", "/assets", f"/examples/{PICTURES[0].name}"]
    routes += [f"/gradio_api/file={folder}" for folder in folders]
    for route in [*routes, "/gradio_api/file=.", "/gradio_api/file="]:
        for address in (route, f"{route}/"):
            status, _, content = exposed.raw(address)
            assert status != 200, address  # a redirect only mends the slash
            for name in (PICTURES[0].examples[0].picture.name, own.name, "app.py", "logo"):
                assert name.encode() not in content, address


def archive(kind: str) -> bytes:
    """A picture in an archive."""
    content, buffer = PICTURES[0].examples[0].picture.read_bytes(), io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as packed:
            packed.writestr("a.png", content)
    else:
        with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
            entry = tarfile.TarInfo("a.png")
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><rect width="9" height="9"/></svg>'
)
FOREIGN = {
    "a.svg": SVG,
    "svg-as.png": SVG,
    "a.html": b"<!doctype html><script>alert(1)</script>",
    "html-as.png": b"<!doctype html><script>alert(1)</script>",
    "a.zip": archive("zip"),
    "zip-as.png": archive("zip"),
    "a.tar.gz": archive("tar"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_are_refused_with_a_sentence(exposed: Exposed, name: str):
    given = upload(exposed, FOREIGN[name], name)
    for demo in PICTURES:
        text = ask(exposed, demo, *shipped.arguments(demo, given))
        assert "event: error" in text
        assert "could not be read as a picture" in json.loads(text.split("data: ")[-1])["error"]
    # Whoever opens its address gets a download: nothing in it runs on the gallery's pages.
    _, headers, _ = exposed.raw(f"/gradio_api/file={given['path']}")
    if not name.endswith(".png"):
        assert headers["content-disposition"].startswith("attachment")
        assert headers["content-type"] == "application/octet-stream"


def files_of(page: Page) -> Iterator[tuple[dict[str, Any], int]]:
    """The events of a page that take a file of texts, and which of their inputs it is."""
    for event in page.events:
        for part in event["inputs"]:
            if component(page, part)["type"] == "file":
                yield event, part


def component(page: Page, part: int) -> dict[str, Any]:
    """A part of the page as its configuration describes it."""
    return next(c for c in page.config["components"] if c["id"] == part)


REFUSED = (
    r"not a text file|[Ii]nvalid file|could not be read as a picture|Name a class first|"
    r"not a zip|has 0 folders of pictures"
)


@pytest.mark.parametrize("name", ["a.zip", "zip-as.png", "a.tar.gz"])
def test_archives_are_no_texts_either(exposed: Exposed, name: str):
    page = Page(exposed)
    for event, part in files_of(page):
        given = upload(exposed, FOREIGN[name], name)
        several = component(page, part)["props"].get("file_count") == "multiple"
        page.values[part] = [given] if several else given
        try:
            page.run(event)
            said = " ".join(str(page.values[output]) for output in event["outputs"])
        except ValueError as error:
            said = error.args[0]["error"]
        assert re.search(REFUSED, said), said
    page.close()


BODIES = {
    "JSON": ("/gradio_api/call/{endpoint}", b'{{"data": ["', "application/json", False),
    "JSON in chunks": ("/gradio_api/call/{endpoint}", b'{{"data": ["', "application/json", True),
    "queue": ("/gradio_api/queue/join", b'{"data": ["', "application/json", True),
    "file": ("/gradio_api/upload", b"name=files; filename=a.png", "multipart/form-data", True),
    "field": ("/gradio_api/upload", b"name=files", "multipart/form-data", True),
    "tool": ("/gradio_api/mcp/", b'{"jsonrpc": "2.0", "id": "', "application/json", True),
    "anything": ("/nowhere", b"", "text/plain", False),
}
BLOCK, MOST = b"0" * 2**20, 64  # one MiB; how many of them are sent if nobody minds


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_is_too_large_is_cut_off_while_it_arrives(exposed: Exposed, kind: str):
    address, start, content_type, chunked = BODIES[kind]
    address = address.format(endpoint=min(demo.endpoint for demo in GALLERY))
    if content_type == "multipart/form-data":
        start = b"--x\r\nContent-Disposition: form-data; " + start + b"\r\n\r\n"
        content_type += "; boundary=x"
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {10**10}"
    head = f"POST {address} HTTP/1.1\r\nHost: gallery\r\nContent-Type: {content_type}\r\n"
    head += f"Accept: application/json, text/event-stream\r\n{length}\r\n\r\n"
    sent, answer = 0, b""
    with socket.create_connection(exposed.url.removeprefix("http://").split(":"), 60) as stream:
        try:
            stream.sendall(head.encode())
            for block in [start, *[BLOCK] * MOST]:
                if select.select([stream], [], [], 0.01)[0]:
                    break
                whole = b"%x\r\n%s\r\n" % (len(block), block) if chunked else block
                stream.sendall(whole)
                sent += 1
            answer = stream.recv(1000)
        except ConnectionError:
            pass  # cut off without an answer
    assert sent < MOST
    assert not answer or re.match(rb"HTTP/1.1 4(13|04|06) ", answer), answer
    assert json.loads(fetch(f"{exposed.url}/healthz"))


def test_visitors_at_the_same_time_get_their_own_answers(exposed: Exposed):
    demo = PICTURES[0]
    said = re.compile(r'class="big[^"]*">([^<]*)<')
    pages = [Page(exposed) for _ in demo.examples[:4]]
    alone = [said.search(p.click(demo, i))[1] for i, p in enumerate(pages)]
    assert len(set(alone)) > 1
    with concurrent.futures.ThreadPoolExecutor(len(pages)) as crowd:
        for turn in (1, 2):
            chosen = [(i + turn) % len(pages) for i in range(len(pages))]
            answers = crowd.map(lambda page, i: page.click(demo, i), pages, chosen)
            assert [said.search(text)[1] for text in answers] == [alone[i] for i in chosen]
    for page in pages:
        page.close()


def test_nothing_of_one_visitor_reaches_another(exposed: Exposed):
    """Neither what was answered last, nor names, nor files."""
    first, second = Page(exposed), Page(exposed)
    for demo in GALLERY:
        fills = [e for e in second.events if e["api_name"].startswith("_fill_example")]
        details = second.after(second.after(fills[GALLERY.index(demo)]))
        untouched = dict(second.values)
        second.run(details)
        nothing = {part: second.values[part] for part in details["outputs"]}
        first.click(demo)
        assert any(first.values[part] not in (None, "") for part in details["outputs"])
        second.values = dict(untouched)
        second.run(details)
        assert {part: second.values[part] for part in details["outputs"]} == nothing
        shown = {part: v for part, v in nothing.items() if v != untouched[part]}
        assert not any(isinstance(v, str) and v for v in shown.values())
    name = f"{SECRET}.txt"
    path = Path(upload(exposed, b"of the first visitor", name)["path"])
    for address in ("/", "/config", "/gradio_api/info", "/gradio_api/queue/status", "/readyz"):
        content = exposed.raw(address)[2].decode()
        assert SECRET not in content and path.parent.name not in content
        assert first.session not in content
    # Its address has the hash of its content in it, which nobody else knows.
    guess = exposed.uploads / ("0" * 64) / name
    assert exposed.raw(f"/gradio_api/file={guess}")[0] == 403
    # Another session's events are not to be had without its random name.
    status, _, content = exposed.raw(f"/gradio_api/queue/data?session_hash={second.session}x")
    assert b"process_completed" not in content or status >= 400
    first.close()
    second.close()


PAGES = (
    "/", "/config", "/openapi.json", "/theme.css", "/manifest.json", "/robots.txt", "/healthz",
    "/readyz", "/docs", "/monitoring", "/monitoring/summary", "/nowhere", "/gradio_api/info",
    "/gradio_api/openapi.json", "/gradio_api/mcp/schema", "/gradio_api/startup-events",
    "/gradio_api/app_id", "/gradio_api/token", "/gradio_api/queue/status", "/gradio_api/runs",
    "/gradio_api/vibe-code", "/gradio_api/deep_link", "/gradio_api/file=%00",
)  # fmt: skip


def test_no_value_of_the_environment_is_shown(exposed: Exposed):
    environment = Path(f"/proc/{exposed.process.pid}/environ")
    if not environment.exists():
        pytest.skip("needs /proc")
    pairs = [e.partition("=")[::2] for e in environment.read_text().split("\0") if e]
    # Short values stand in any text; that of the checkpoints' folder stands on cards made there.
    values = {v for k, v in pairs if len(v) > 15 and k != "GALLERY_CHECKPOINTS"}
    values |= {str(ROOT), str(exposed.assets)}
    assert set(PLANTED.values()) < values
    contents = [exposed.raw(address)[2].decode("utf-8", "replace") for address in PAGES]
    contents += [call(exposed, demo) for demo in GALLERY]
    contents += [ask(exposed, demo, *shipped.arguments(demo, 7, {"a": 1})) for demo in GALLERY]
    contents += [exposed.raw(f"/gradio_api/call/{n}", b"{}")[2].decode() for n in ("a", "b/c")]
    for content in contents:
        assert not [v for v in values if v in content]


S = SECRET.encode()
# (The event that joins the queue has a session of its own: whoever then asks for a session's events
# by the same name is given a stream that stays open.)
ODD = [
    ("/gradio_api/call/" + SECRET, b'{"data": ["%s"]}' % S),
    ("/gradio_api/call/v2/" + SECRET, b'{"a": "%s"}' % S),
    ("/gradio_api/call/v2/{endpoint}", b'{"%s": "%s"}' % (S, S)),
    ("/gradio_api/call/{endpoint}", b'{"data": "%s"}' % S),
    ("/gradio_api/call/{endpoint}", S),
    ("/gradio_api/run/{endpoint}", b'{"data": ["%s", "%s"]}' % (S, S)),
    ("/gradio_api/run/" + SECRET, b'{"data": ["%s"]}' % S),
    ("/gradio_api/queue/join", b'{"data": ["%s"], "fn_index": 9999, "session_hash": "s"}' % S),
    ("/gradio_api/queue/join", b'{"data": ["%s"], "fn_index": 1, "session_hash": "%s-1"}' % (S, S)),
    ("/gradio_api/queue/join", b'{"data": ["%s"], "fn_index": "%s"}' % (S, S)),
    ("/gradio_api/component_server", b'{"data": "%s", "component_id": 99999, "fn_name": "%s", '
                                     b'"session_hash": "s"}' % (S, S)),
    ("/gradio_api/component_server", S),
    ("/gradio_api/cancel", b'{"session_hash": "%s", "fn_index": 1, "event_id": "%s"}' % (S, S)),
    ("/gradio_api/mcp/", b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": '
                         b'{"name": "%s", "arguments": {"%s": 1}}}' % (S, S)),
    ("/gradio_api/mcp/", b'{"jsonrpc": "2.0", "id": 1, "method": "%s", "params": {}}' % S),
    ("/gradio_api/upload?upload_id=" + SECRET, S),
    ("/gradio_api/stream/" + SECRET, b'{"data": ["%s"], "fn_index": 1}' % S),
    ("/login", b"username=%s" % S),
    ("/gradio_api/call/{endpoint}/" + SECRET, None),
    ("/gradio_api/file=/" + SECRET, None),
    ("/gradio_api/custom_component/" + SECRET + "/client/component/a.js", None),
    ("/gradio_api/heartbeat-of/" + SECRET, None),
    ("/examples/" + SECRET, None),
    ("/?demo=" + SECRET, None),
    ("/config?deep_link=" + SECRET, None),
]  # fmt: skip
FORMS = [
    b"Content-Disposition: form-data; name=files; filename=%s.png\r\n\r\n%s" % (S, S),
    b"Content-Disposition: form-data; name=files\r\n\r\n%s" % S,
    b"Content-Disposition: form-data; %s\r\n\r\n%s" % (S, S),
    b"%s" % S,
]


def test_no_input_is_in_the_log(exposed: Exposed):
    """Requests that fail before and after a handler, and ones that succeed."""
    for demo in GALLERY:
        for address, body in ODD:
            exposed.raw(address.format(endpoint=demo.endpoint), body, User_Agent=SECRET,
                        Accept="application/json, text/event-stream")  # fmt: skip
        ask(exposed, demo, *shipped.arguments(demo, SECRET, SECRET))
        first = parameters(demo)[0]
        if not first.is_file:
            others = [p.value for p in parameters(demo)[1:]]
            result(ask(exposed, demo, f"{first.value} {SECRET}", *others))
    for form in FORMS:
        body = b"--x\r\n" + form + b"\r\n--x--\r\n"
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        exposed.raw("/gradio_api/upload", body, **kind)
    given = upload(exposed, PICTURES[0].examples[0].picture.read_bytes() + S, f"{SECRET}.png")
    for demo in PICTURES:
        result(ask(exposed, demo, *shipped.arguments(demo, given)))
    written = exposed.log.read_text()
    assert SECRET not in written and "Traceback" not in written
    assert "reference" in written  # that something failed is to be seen all the same


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_only_variants_of_the_demo_are_loaded(exposed: Exposed, demo):
    """A name that leads to a folder would load any checkpoint there is, once for every spelling."""
    given = panels.payload(parameters(demo)[0])
    given = json.loads(json.dumps(given).replace(panels.ORIGIN, exposed.url))
    for name in (SECRET, "../../../../etc", str(exposed.outside), f"../{demo.name}/{demo.default}"):
        text = ask(exposed, demo, *shipped.arguments(demo, given, name))
        assert "event: error" in text, name
        said = json.loads(text.split("data: ")[-1])["error"]
        assert re.fullmatch(SENTENCE, said) and "missing" not in said
