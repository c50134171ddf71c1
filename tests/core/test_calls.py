"""Calls of no event, with too few values, or with something else in place of text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import gradio as gr
import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from demos.core import calls
from demos.core.events import PRIVATE, GuardedBlocks, public


def shout(text: str, variant: str = "best") -> str:
    return f"{text.upper()} {variant}"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with GuardedBlocks(analytics_enabled=False) as page:
        text, kept, out = gr.Textbox(), gr.State(), gr.HTML()
        gr.Button().click(public(lambda _, text: text.upper()), [kept, text], out, api_name="box")
        gr.Button().click(public(str), [text], out, queue=False, **PRIVATE)
        gr.api(public(shout), api_name="shout")
    page.queue()
    kwargs = {"dependencies": [Depends(page.check_call)]}
    app = gr.mount_gradio_app(FastAPI(), page, path="/", app_kwargs=kwargs, show_error=True)
    with TestClient(app) as client:
        yield client


UNKNOWN = {
    "index": ("run/predict", {"data": ["a"], "fn_index": 99}),
    "name": ("run/nothing", {"data": ["a"]}),
    "no name": ("run/predict", {"data": ["a"]}),
    "older route": ("api/predict", {"data": ["a"], "fn_index": -1}),
    "index in the queue": ("queue/join", {"data": ["a"], "fn_index": 99, "session_hash": "s"}),
    "no index in the queue": ("queue/join", {"data": ["a"], "session_hash": "s"}),
    "call": ("call/nothing", {"data": ["a"]}),
    "call by names": ("call/v2/nothing", {"text": "a"}),
}
FEW = {
    "run": ("run/predict", {"data": [], "fn_index": 0}),
    "run by name": ("run/shout", {"data": ["a"]}),
    "not queued": ("run/predict", {"data": [], "fn_index": 1, "session_hash": "s"}),
    "queue": ("queue/join", {"data": [None], "fn_index": 0, "session_hash": "s"}),
    "call": ("call/box", {"data": []}),
    "call of a function": ("call/shout", {"data": ["a"]}),
    "call with a slash": ("call/shout/", {"data": ["a"]}),
    "call by names": ("call/v2/shout", {"variant": "a"}),
    "call by another name": ("call/v2/shout", {"text": "a", "colour": "red"}),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_a_call_of_nothing_is_not_found(client: TestClient, kind: str):
    route, body = UNKNOWN[kind]
    answer = client.post(f"/gradio_api/{route}", json=body)
    assert (answer.status_code, answer.json()) == (404, {"detail": calls.UNKNOWN})


@pytest.mark.parametrize("kind", FEW)
def test_a_call_with_too_few_values_is_a_bad_request(client: TestClient, kind: str):
    route, body = FEW[kind]
    answer = client.post(f"/gradio_api/{route}", json=body)
    assert (answer.status_code, answer.json()) == (400, {"detail": calls.TOO_FEW})


def asked(client: TestClient, route: str, body: dict) -> str:
    event = client.post(f"/gradio_api/call/{route}", json=body).json()["event_id"]
    return client.get(f"/gradio_api/call/{route.removeprefix('v2/')}/{event}").text


def test_whole_calls_are_answered(client: TestClient):
    """Without what the server keeps, and without what has a default when it is named."""
    for route, body in (
        ("box", {"data": ["a"]}),
        ("box", {"data": [None, "a"]}),
        ("shout", {"data": ["a", "best"]}),
        ("v2/shout", {"text": "a"}),
    ):
        assert re.search(r'event: complete\ndata: \["A( best)?"\]', asked(client, route, body))


@pytest.mark.parametrize("value", [7, 1.5, True, ["a"], {"a": 1}], ids=str)
def test_what_is_no_text_is_not_taken_for_text(client: TestClient, value):
    for route, data in (("box", [value]), ("shout", [value, "best"]), ("shout", ["a", value])):
        text = asked(client, route, {"data": data})
        assert "event: error" in text
        assert json.loads(text.split("data: ")[-1])["error"] == calls.NO_TEXT


def test_bodies_that_are_no_call_stay_a_matter_of_fastapi(client: TestClient):
    for body in (b"[1]", b"no JSON", b'{"data": 3, "fn_index": "x"}'):
        answer = client.post("/gradio_api/run/predict", content=body)
        assert 400 <= answer.status_code < 500
