"""What the server keeps of its visitors."""

from __future__ import annotations

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from demos.core import server, sessions


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch):
    """A page with a kept result, its client, and room for three visitors."""
    monkeypatch.setattr(sessions, "SESSIONS", 3)
    with gr.Blocks() as page:
        text, shown, kept = gr.Textbox(), gr.HTML(), gr.State()
        gr.Button().click(lambda t: (f"<b>{t}</b>", [t]), text, [shown, kept], queue=False)
        gr.Button().click(lambda k: f"kept {k}", kept, shown, queue=False)
        gr.Button().click(lambda t: t.upper(), text, shown, queue=False)
    app = gr.mount_gradio_app(FastAPI(), page, path="/")
    sessions.keep(page)
    with TestClient(app) as client:
        page.client = client
        yield page


def ask(page: gr.Blocks, function: int, session: str, value: object) -> str:
    body = {"data": [value], "fn_index": function, "session_hash": session}
    answer = page.client.post("/gradio_api/run/predict", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"][0]


def test_results_stay_however_many_calls_come_between(page: gr.Blocks):
    for visitor in "ab":
        assert ask(page, 0, visitor, visitor) == f"<b>{visitor}</b>"
    for i in range(10):
        assert ask(page, 2, f"call-{i}", "x") == "X"
    for visitor in "ab":
        assert ask(page, 1, visitor, None) == f"kept ['{visitor}']"
    assert len(page.state_holder.session_data) == 3


def test_the_oldest_result_goes_first(page: gr.Blocks):
    for visitor in "abc":
        ask(page, 0, visitor, visitor)
    ask(page, 1, "a", None)  # so b is the oldest
    ask(page, 0, "d", "d")
    kept = {visitor: ask(page, 1, visitor, None) for visitor in "acd"}
    assert kept == {visitor: f"kept ['{visitor}']" for visitor in "acd"}
    assert "b" not in page.state_holder.session_data


def test_the_results_of_a_closed_page_go_unless_it_asks_again(page, monkeypatch):
    monkeypatch.setattr(sessions, "CLOSED", 0)
    for visitor in "ab":
        ask(page, 0, visitor, visitor)
        page.state_holder.session_data[visitor].is_closed = True
    assert ask(page, 1, "a", None) == "kept ['a']"
    page.state_holder.delete_all_expired_state()
    assert page.state_holder.session_data["a"].state_data
    assert not page.state_holder.session_data["b"].state_data
    assert ask(page, 1, "b", None) == "kept None"


def test_no_copy_of_what_is_shown_is_kept(page: gr.Blocks):
    ask(page, 0, "a", "a")
    assert "<b>" not in str(list(page.state_holder["a"].components))


def test_no_link_to_a_state_is_written(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    client = TestClient(server.application([]))
    answer = client.get("/gradio_api/deep_link", params={"session_hash": "a"})
    assert answer.status_code == 403
    assert not list(tmp_path.rglob("state.json"))
