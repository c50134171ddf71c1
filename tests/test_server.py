"""The running server: health, odd calls, busy, offline, no TensorFlow."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demos import GALLERY
from demos.core import calls, panels
from demos.core.shell import TITLE
from tests import shipped
from tests.conftest import ROOT, Server, free_port, get, parameters, stop, until, wait_for
from tests.load import Page, ask, result, upload

PARAMETERS = {demo.name: parameters(demo) for demo in GALLERY}
PICTURES = [demo for demo in GALLERY if "picture" in shipped.kinds(demo)]
on_pictures = pytest.mark.parametrize("demo", PICTURES, ids=lambda d: d.name)


@pytest.fixture(params=GALLERY, ids=lambda d: d.name)
def demo(request):
    return request.param


def post(url: str, body: object) -> dict:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_health_and_readiness(server: Server):
    assert json.loads(get(f"{server.url}/healthz")) == {"status": "alive"}
    found = json.loads(get(f"{server.url}/readyz"))
    assert found["ready"]
    assert {f"{d.name}/{v.name}" for d in GALLERY for v in d.variants} == set(found["variants"])
    assert all(found["variants"][f"{d.name}/{d.default}"] == "loaded" for d in GALLERY)


def test_only_the_public_endpoints_are_offered(server: Server):
    named = json.loads(get(f"{server.url}/gradio_api/info"))["named_endpoints"]
    assert set(named) == {f"/{demo.endpoint}" for demo in GALLERY}


@on_pictures
def test_a_bad_picture_is_one_sentence_for_callers(server: Server, demo, tmp_path: Path):
    from gradio_client import Client, handle_file
    from gradio_client.exceptions import AppError

    path = tmp_path / "text.png"
    path.write_text("no picture")
    with pytest.raises(AppError) as caught:
        Client(server.url, verbose=False).predict(
            **{demo.inputs[0].name: handle_file(path)}, api_name=f"/{demo.endpoint}"
        )
    assert "could not be read as a picture" in str(caught.value)
    assert "/tmp" not in str(caught.value)


def called(server: Server, demo, *data: object) -> str:
    """What a raw call of the demo's endpoint answers."""
    call = f"{server.url}/gradio_api/call/{demo.endpoint}"
    return get(f"{call}/{post(call, {'data': [*data]})['event_id']}")


def file(path: object) -> dict:
    return {"path": str(path), "meta": {"_type": "gradio.FileData"}}


SECRET = "secret-of-a-visitor"
ODD = {
    "unknown variant": lambda known: (known, SECRET),
    "text for a picture": lambda known: (SECRET, "best"),
    "number for a picture": lambda known: (7, {SECRET: 1}),
    "address that is no example": lambda known: (file(known["path"] + SECRET), "best"),
    "address outside": lambda known: (file(known["path"] + f"/../../{SECRET}"), "best"),
    "address of the server itself": lambda _: (file(f"http://127.0.0.1:1/{SECRET}"), "best"),
    "broken data address": lambda _: ({**file(""), "url": f"data:image/png;base64,{SECRET}"}, ""),
    "file of the server": lambda _: (file(ROOT / f"{SECRET}.png"), "best"),
}


@on_pictures
@pytest.mark.parametrize("kind", ODD)
def test_odd_calls_get_one_sentence_and_nothing_is_logged(server: Server, demo, kind: str):
    known = file(f"{server.url}/{PARAMETERS[demo.name][0].value}")
    text = called(server, demo, *shipped.arguments(demo, *ODD[kind](known)))
    assert "event: error" in text
    sentence = json.loads(text.split("data: ")[-1])["error"]
    assert re.fullmatch(r"[^\n]{20,300}", sentence)
    assert str(ROOT) not in sentence and "/tmp" not in sentence
    assert SECRET not in server.log.read_text()


@pytest.mark.parametrize("data", [(SECRET, SECRET), ("", "x" * 9), (" ", ""), (None, None)])
def test_odd_texts_get_one_sentence_and_nothing_is_logged(server: Server, data: tuple):
    for demo in GALLERY:
        if "text" in shipped.kinds(demo):
            text = called(server, demo, *shipped.arguments(demo, *data))
            assert "event: error" in text
            assert re.fullmatch(r"[^\n]{20,300}", json.loads(text.split("data: ")[-1])["error"])
    assert SECRET not in server.log.read_text()


@pytest.mark.parametrize("value", [7, [SECRET], {SECRET: 1}, True], ids=str)
def test_what_is_no_text_gets_a_sentence_that_says_so(server: Server, value: object):
    for demo in GALLERY:
        if "text" in shipped.kinds(demo):
            text = called(server, demo, *shipped.arguments(demo, value))
            assert json.loads(text.split("data: ")[-1])["error"] == calls.NO_TEXT
    assert SECRET not in server.log.read_text()


def refused(server: Server, route: str, body: object) -> tuple[int, str]:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(f"{server.url}/gradio_api/{route}", body)
    return caught.value.code, json.load(caught.value)["detail"]


def test_calls_of_nothing_and_of_too_little_are_refused_on_every_route(server: Server):
    """tests/core/test_calls.py tries them one by one; here, that the gallery itself does so."""
    session = {"session_hash": "odd"}
    for demo in GALLERY:
        for route, body in (
            (f"call/{demo.endpoint}", {"data": [SECRET]}),
            (f"run/{demo.endpoint}", {"data": []}),
            (f"call/v2/{demo.endpoint}", {SECRET: 1}),
            ("run/predict", {"data": [], "fn_index": 0, **session}),
            ("queue/join", {"data": [], "fn_index": 0, **session}),
        ):
            assert refused(server, route, body) == (400, calls.TOO_FEW)
    for route, body in (
        (f"call/{SECRET}", {"data": []}),
        (f"call/v2/{SECRET}", {}),
        ("run/predict", {"data": [], "fn_index": 9999, **session}),
        ("queue/join", {"data": [], "fn_index": 9999, **session}),
    ):
        assert refused(server, route, body) == (404, calls.UNKNOWN)
    assert SECRET not in server.log.read_text()


@on_pictures
def test_no_file_of_the_server_is_opened(server: Server, demo):
    """A picture that lies on the server and was not uploaded is none of a caller's."""
    text = called(server, demo, *shipped.arguments(demo, file(demo.examples[0].picture)))
    assert "event: error" in text


def test_clients_see_no_private_event(server: Server, demo):
    from gradio_client import Client

    client = Client(server.url, verbose=False)
    for name in ("/answer", "/details", "/draw", "/_fill_example"):
        with pytest.raises(ValueError):
            client.predict(api_name=name)


def as_data(path: Path) -> dict:
    content = base64.b64encode(path.read_bytes()).decode()
    return {"url": f"data:image/png;base64,{content}", "meta": {"_type": "gradio.FileData"}}


@on_pictures
def test_data_address(server: Server, demo):
    text = called(server, demo, *shipped.arguments(demo, as_data(demo.examples[0].picture)))
    assert "event: complete" in text


# The same gallery in a hurry: what is half an hour and ten minutes elsewhere takes a second here.
HURRIED = """
import runpy, sys
from demos.core import uploads
uploads.EVERY, uploads.AGE = 0.1, 1.0
sys.argv = ["app.py"]
runpy.run_path("app.py", run_name="__main__")
"""


def stored(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_files_are_deleted_however_they_came(tmp_path: Path):
    """Uploads, `data:` addresses and drawings; no example, and nothing that a call waits for."""
    folder = tmp_path / "files"
    server = Server(
        tmp_path / "log.txt", [sys.executable, "-c", HURRIED], GRADIO_TEMP_DIR=str(folder)
    )
    try:
        # Each window of a large picture is counted by itself, which takes its time.
        demo = next(demo for demo in PICTURES if demo.name == "cell_counting")
        picture = demo.examples[0].picture
        changed = tmp_path / "mine.png"
        changed.write_bytes(picture.read_bytes() + b"mine")  # so that it is no example
        result(ask(server, demo, *shipped.arguments(demo, as_data(changed))))
        page = Page(server)
        for event, part in drawings(page):
            drawn = upload(server, changed.read_bytes())
            value = {"background": None, "layers": [drawn], "composite": drawn}
            page.values[part] = value
            page.run(event)
        page.click(demo)
        page.close()
        examples = {path.name for one in PICTURES for path in one.examples_folder.iterdir()}
        until(lambda: {path.name for path in stored(folder)} <= examples)
        assert stored(folder)
        given = upload(server, large(picture))
        call = f"{server.url}/gradio_api/call/{demo.endpoint}"
        body = {"data": shipped.arguments(demo, given)}
        *_, last = [post(call, body)["event_id"] for _ in range(4)]  # seconds each
        late = upload(server, b"nobody waits for it", "late.txt")
        until(lambda: not Path(late["path"]).exists())
        assert Path(given["path"]).exists()
        assert "event: complete" in get(f"{call}/{last}")
    finally:
        server.stop()
    assert not folder.exists()


def large(path: Path) -> bytes:
    """A picture that takes a network seconds: 25 times the one at `path`."""
    buffer = io.BytesIO()
    tiled = np.tile(np.asarray(Image.open(path).convert("RGB")), (5, 5, 1))
    Image.fromarray(tiled).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def drawings(page: Page) -> list[tuple[dict, int]]:
    """The events of a page that take a drawing, and which of their inputs it is."""
    parts = {c["id"] for c in page.config["components"] if c["type"] == "imageeditor"}
    found = [(event, part) for event in page.events for part in parts & {*event["inputs"]}]
    assert found
    return found


def test_forwarded_host_is_not_believed(server: Server):
    assert "evil.example" not in get(server.url, **{"X-Forwarded-Host": "evil.example"})


def test_large_upload_is_refused(server: Server):
    boundary = "x"
    head = (
        f"--{boundary}\r\nContent-Disposition: form-data; name=files; filename=a.png\r\n\r\n"
    ).encode()
    body = head + b"0" * (21 * 2**20) + f"\r\n--{boundary}--\r\n".encode()
    request = urllib.request.Request(
        f"{server.url}/gradio_api/upload",
        body,
        {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    assert caught.value.code == 413


def test_tensorflow_is_installed_and_never_loaded(server: Server):
    import importlib.metadata

    assert any(
        d.metadata["Name"].startswith("tensorflow") for d in importlib.metadata.distributions()
    )
    maps = Path(f"/proc/{server.process.pid}/maps")
    if not maps.exists():
        pytest.skip("needs /proc")
    libraries = maps.read_text()
    assert "torch" in libraries and "tensorflow" not in libraries


WATCHED = """
import runpy, sys
def watch(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if not host.startswith("127.") and host not in ("localhost", "::1"):
            print("OUTGOING", host, flush=True)
    if event == "socket.getaddrinfo" and arguments[0] not in ("127.0.0.1", "localhost", None):
        print("LOOKUP", arguments[0], flush=True)
sys.addaudithook(watch)
sys.argv = ["app.py"]
runpy.run_path("app.py", run_name="__main__")
"""


def test_starts_and_answers_without_an_outgoing_connection(tmp_path: Path):
    port = free_port()
    log = tmp_path / "log.txt"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", WATCHED],
            cwd=ROOT,
            env={**os.environ, "GRADIO_SERVER_PORT": str(port)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/readyz", process=process)
        assert TITLE in get(f"{address}/")
        for demo in GALLERY:
            program = panels.python_call(demo, PARAMETERS[demo.name])
            subprocess.run(
                [sys.executable, "-c", program.replace(panels.ORIGIN, address)], check=True
            )
    finally:
        stop(process)
    text = log.read_text()
    assert "OUTGOING" not in text and "LOOKUP" not in text, text


def test_a_port_in_use_is_one_sentence(server: Server):
    port = server.url.rsplit(":", 1)[1]
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, "GRADIO_SERVER_PORT": port},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"Port {port} is in use" in done.stderr and "make demo PORT=" in done.stderr


def test_it_stops_while_a_page_is_open(tmp_path: Path):
    """What keeps a connection open, as every page does, must not keep the process."""
    server = Server(tmp_path / "log.txt")
    address = f"{server.url}/gradio_api/heartbeat/an-open-page"
    with urllib.request.urlopen(address, timeout=30) as connection:
        assert connection.status == 200
        server.process.send_signal(signal.SIGINT)
        server.process.wait(60)
