"""The queue, on a demo whose answers wait until the test opens a gate."""

from __future__ import annotations

import concurrent.futures
import json
import urllib.error
from pathlib import Path

import pytest

from demos.core.events import BUSY, QUEUE_SIZE
from tests.conftest import Server, until
from tests.load import fetch, result
from tests.made_up import gate, number

DEMO = number.DEMO


def start(server: Server, value: float) -> str:
    """Send a question; returned is the address of its answer."""
    url = f"{server.url}/gradio_api/call/{DEMO.endpoint}"
    body = json.dumps({"data": [value, DEMO.default]}).encode()
    return f"{url}/{json.loads(fetch(url, body))['event_id']}"


def test_beyond_the_queue_it_says_busy_and_loses_nothing(made_up_server: Server, made_up: Path):
    values = [n / 8 for n in range(QUEUE_SIZE + 1)]
    # What a page asked last may still wait there.
    status = f"{made_up_server.url}/gradio_api/queue/status"
    until(lambda: json.loads(fetch(status))["queue_size"] == 0)
    with gate.closed(made_up):
        running = start(made_up_server, values[0])
        gate.waited_at(made_up)
        waiting = [start(made_up_server, value) for value in values[1:]]
        for _ in range(3):
            with pytest.raises(urllib.error.HTTPError) as caught:
                start(made_up_server, 1.0)
            assert caught.value.code == 503
            assert json.load(caught.value)["detail"] == BUSY
        with concurrent.futures.ThreadPoolExecutor(QUEUE_SIZE + 1) as threads:
            answers = [threads.submit(fetch, event) for event in (running, *waiting)]
            assert not any(answer.done() for answer in answers)
            gate.open_again(made_up)
            found = [json.loads(result(answer.result(120))) for answer in answers]
    assert [f["score"] for f in found] == [value**2 for value in values]
    assert json.loads(result(fetch(start(made_up_server, 3.0))))["words"] == "9"
