"""The queue, on a demo whose answers wait until the test opens a gate."""

from __future__ import annotations

import concurrent.futures
import json
import urllib.error
from pathlib import Path

from demos.core.events import BUSY, QUEUE_SIZE
from tests.conftest import Server
from tests.load import fetch, result
from tests.made_up import gate, number

DEMO = number.DEMO


def start(server: Server, value: float) -> str:
    """Send a question; returned is the address of its answer."""
    url = f"{server.url}/gradio_api/call/{DEMO.endpoint}"
    body = json.dumps({"data": [value, DEMO.default]}).encode()
    return f"{url}/{json.loads(fetch(url, body))['event_id']}"


def filled(
    server: Server, values: list[float]
) -> tuple[dict[float, str], list[urllib.error.HTTPError]]:
    """Ask until three in a row are refused; returned are those that wait, and the refusals.

    How many find room is not ours to say: a page that is open may have asked something, too.
    """
    waiting, refused = {}, []
    for value in values:
        try:
            waiting[value] = start(server, value)
            refused = []
        except urllib.error.HTTPError as error:
            refused.append(error)
        if len(refused) == 3:
            break
    return waiting, refused


def test_beyond_the_queue_it_says_busy_and_loses_nothing(made_up_server: Server, made_up: Path):
    values = [n / 8 for n in range(3 * QUEUE_SIZE)]
    with gate.closed(made_up):
        asked = {values[0]: start(made_up_server, values[0])}
        gate.waited_at(made_up)
        waiting, refused = filled(made_up_server, values[1:])
        assert 1 <= len(waiting) <= QUEUE_SIZE
        assert [error.code for error in refused] == [503] * 3
        assert {json.load(error)["detail"] for error in refused} == {BUSY}
        asked |= waiting
        with concurrent.futures.ThreadPoolExecutor(QUEUE_SIZE + 1) as threads:
            answers = [threads.submit(fetch, event) for event in asked.values()]
            assert not any(answer.done() for answer in answers)
            gate.open_again(made_up)
            found = [json.loads(result(answer.result(120))) for answer in answers]
    assert [f["score"] for f in found] == [value**2 for value in asked]
    assert json.loads(result(fetch(start(made_up_server, 3.0))))["words"] == "9"
