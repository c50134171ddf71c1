"""`make load` and `make soak`: a class at once, and a quarter of an hour of mixed use.

`python -m tests.load crowd` sends 30 visitors with 10 requests each and then 200 at once to a real
server; `python -m tests.load soak --minutes N` watches its memory. Both print one JSON object and
end with 1 when a bound is broken. All answers are compared with ones fetched before.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import http.client
import json
import random
import secrets
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from demos import GALLERY
from demos.core.demo import Demo
from demos.core.events import QUEUE_SIZE
from demos.core.server import GIVE_BACK
from demos.core.shell import TITLE
from tests import shipped
from tests.conftest import ROOT, Server

SOAK = ROOT / "runs" / "soak.json"
UNFAIR = 1.5  # slowest visitor over the median one
SETTLED, FLAT = 300.0, 0.05  # seconds after which memory may change by this share
EVERY, PAUSE = 60.0, 0.3  # seconds between readings; between two requests of a soaking visitor
REST = GIVE_BACK + 2.0  # seconds without a request before memory is read
FILES = ("picture", "document")  # kinds of input that are sent as files
CASES = [(demo, i) for demo in GALLERY for i in range(len(demo.examples))]


def fetch(url: str, body: bytes | None = None, kind: str = "application/json") -> str:
    """What an address answers; with a body it is posted. HTTPError on any refusal."""
    request = urllib.request.Request(url, body, {"Content-Type": kind} if body else {})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read().decode()


def ask(server: Server, demo: Demo, *data: Any) -> str:
    """The answer of a demo's endpoint, as the events that were sent."""
    url = f"{server.url}/gradio_api/call/{demo.endpoint}"
    event = json.loads(fetch(url, json.dumps({"data": data}).encode()))["event_id"]
    return fetch(f"{url}/{event}")


def call(server: Server, demo: Demo, example: int = 0, variant: str | None = None) -> str:
    """One answer over HTTP, as a browser's script would ask for it."""
    return ask(server, demo, *shipped.sent(server.url, demo, example, variant))


def upload(server: Server, content: bytes, name: str = "a.png") -> dict[str, Any]:
    """Upload a file; returned is what a call names it by."""
    head = f"--x\r\nContent-Disposition: form-data; name=files; filename={name}\r\n\r\n"
    body = head.encode() + content + b"\r\n--x--\r\n"
    address = f"{server.url}/gradio_api/upload"
    path = json.loads(fetch(address, body, "multipart/form-data; boundary=x"))[0]
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def result(text: str) -> str:
    """What an answer says, without how long it took; ValueError if it is no answer."""
    if "event: complete" not in text:
        raise ValueError(text)
    found = json.loads(text.split("data: ")[-1])[0]
    found.pop("seconds")
    return json.dumps(found, sort_keys=True)


class Page:
    """An open page without a browser: one session, in which events follow one another."""

    def __init__(self, server: Server):
        self.url, self.session = f"{server.url}/gradio_api", secrets.token_hex(6)
        self.config = json.loads(fetch(f"{server.url}/config"))
        self.events = self.config["dependencies"]
        self.values = {c["id"]: c["props"].get("value") for c in self.config["components"]}
        # As long as this is open, the server keeps the session.
        host = server.url.partition("//")[2]
        self.heartbeat = http.client.HTTPConnection(host, timeout=120)
        self.heartbeat.request("GET", f"/gradio_api/heartbeat/{self.session}")
        self.answering = self.heartbeat.getresponse()

    def close(self) -> None:
        self.answering.close()
        self.heartbeat.close()

    def click(self, demo: Demo, example: int = 0) -> str:
        """Click an example and wait for all that follows: the text of its answer (HTML)."""
        fills = [e for e in self.events if e["api_name"].startswith("_fill_example")]
        filled = fills[GALLERY.index(demo)]
        self.run(filled, {"name": demo.examples[example].name})
        answered = self.after(filled)
        self.run(answered)
        self.run(self.after(answered))
        return self.values[answered["outputs"][0]]

    def after(self, event: dict[str, Any]) -> dict[str, Any]:
        return next(e for e in self.events if e["trigger_after"] == event["id"])

    def run(self, event: dict[str, Any], what: Any = None) -> None:
        """One event: what it puts out is kept in `values`."""
        data = [self.values.get(i) for i in event["inputs"]]
        asked = {"data": data, "fn_index": event["id"], "session_hash": self.session}
        body = json.dumps({**asked, "event_data": what, "trigger_id": None}).encode()
        if not event["queue"]:
            outputs = json.loads(fetch(f"{self.url}/run/predict", body))["data"]
        else:
            fetch(f"{self.url}/queue/join", body)
            text = fetch(f"{self.url}/queue/data?session_hash={self.session}")
            messages = [json.loads(line[6:]) for line in text.splitlines() if line[:6] == "data: "]
            last = next(m for m in messages if m["msg"] == "process_completed")
            if not last["success"]:
                raise ValueError(last["output"])
            outputs = last["output"]["data"]
        for part, value in zip(event["outputs"], outputs, strict=True):
            if isinstance(value, dict) and value.get("__type__") == "update":
                value = value.get("value", self.values.get(part))
            self.values[part] = value


def expected(server: Server) -> dict[tuple[str, int], str]:
    """The answer to every example. They differ, or nobody could tell whose answer is whose."""
    found = {(demo.name, i): result(call(server, demo, i)) for demo, i in CASES}
    if len(set(found.values())) < len(found):
        raise ValueError("two examples have the same answer")
    return found


def look_at_page(server: Server) -> None:
    if TITLE not in fetch(server.url):
        raise ValueError("not the gallery's page")


def visitors(server: Server, people: int, requests: int) -> dict[str, Any]:
    """Many visitors over all tabs and the page: errors, swapped answers, how fair the waiting is.

    Each opens the page and then asks one example after the other, beginning with another one.
    """
    known = expected(server)
    lost: list[str] = []

    def visit(person: int) -> list[float]:
        seconds = []
        for n in range(requests):
            started = time.perf_counter()
            demo, example = CASES[(person * 7 + n) % len(CASES)]
            try:
                if n == 0:
                    look_at_page(server)
                elif result(call(server, demo, example)) != known[demo.name, example]:
                    lost.append(f"{demo.name} {example}: another question's answer")
            except (OSError, ValueError) as error:
                lost.append(f"{demo.name} {example}: {error}")
            seconds.append(time.perf_counter() - started)
        return seconds

    with concurrent.futures.ThreadPoolExecutor(people) as crowd:
        seconds = list(crowd.map(visit, range(people)))
    each = [sum(s) for s in seconds]
    p50, p95 = np.quantile(np.concatenate(seconds), [0.5, 0.95])
    return {
        "visitors": people,
        "requests_each": requests,
        "wrong_or_lost": len(lost),
        "first_lost": lost[:3],
        "slowest_over_median": max(each) / statistics.median(each),
        "p50_s": float(p50),
        "p95_s": float(p95),
    }


def rush(server: Server, people: int) -> dict[str, Any]:
    """Many arriving in the same moment: who is answered, who reads that the gallery is busy."""
    known = expected(server)
    gate = threading.Barrier(people)
    busy: Counter[str] = Counter()
    lost: list[str] = []

    def arrive(person: int) -> None:
        demo, example = CASES[person % len(CASES)]
        gate.wait()
        try:
            if result(call(server, demo, example)) != known[demo.name, example]:
                lost.append("another question's answer")
        except urllib.error.HTTPError as error:
            if error.code == 503:
                busy[json.load(error)["detail"]] += 1
            else:
                lost.append(str(error))
        except (OSError, ValueError) as error:
            lost.append(str(error))

    with concurrent.futures.ThreadPoolExecutor(people) as crowd:
        list(crowd.map(arrive, range(people)))
    time.sleep(1)
    started = time.perf_counter()
    demo, example = CASES[0]
    normal = result(call(server, demo, example)) == known[demo.name, example]
    refused = busy.total()
    return {
        "arriving": people,
        "answered": people - refused - len(lost),
        "busy": refused,
        "busy_sentence": next(iter(busy), None),
        "wrong_or_lost": len(lost),
        "first_lost": lost[:3],
        "normal_a_second_later": normal,
        "answer_a_second_later_s": time.perf_counter() - started,
    }


@contextlib.contextmanager
def full_queue(server: Server) -> Iterator[str]:
    """A queue without a place left while the block runs; what who is refused reads is returned."""
    demo = next(demo for demo in GALLERY if demo.name == "sst2")
    url = f"{server.url}/gradio_api"
    # No place becomes free while this is being answered: a batch, as long as one may be.
    busy = Page(server)
    batch = next(event for event in busy.events if event["api_name"] == "judge_many")
    lines = "\n".join(["a film " * 140] * 500)
    asked = {"data": ["minilm", lines, None], "fn_index": batch["id"], "session_hash": busy.session}
    fetch(f"{url}/queue/join", json.dumps(asked).encode())
    body = json.dumps({"data": shipped.sent(server.url, demo)}).encode()
    waiting: list[str] = []
    # Whoever stops listening is no longer answered.
    with urllib.request.urlopen(f"{url}/queue/data?session_hash={busy.session}") as answers:
        next(line for line in answers if b"process_generating" in line)
        try:
            while True:
                try:
                    event = json.loads(fetch(f"{url}/call/{demo.endpoint}", body))["event_id"]
                    waiting.append(event)
                except urllib.error.HTTPError as error:
                    sentence = json.load(error)["detail"]
                    break
            yield sentence
        finally:
            for event in waiting:
                left = {"session_hash": event, "fn_index": 0, "event_id": event}
                fetch(f"{url}/cancel", json.dumps(left).encode())
    busy.close()


def crowd(server: Server) -> tuple[dict[str, Any], list[str]]:
    """Both, and which bounds are broken."""
    found = {"class": visitors(server, 30, 10), "rush": rush(server, 200)}
    school, at_once = found["class"], found["rush"]
    checks = {
        "an answer of the class was wrong or lost": school["wrong_or_lost"],
        "the slowest visitor waited too long": school["slowest_over_median"] > UNFAIR,
        "an answer of the rush was wrong or lost": at_once["wrong_or_lost"],
        "fewer were answered than have a place": at_once["answered"] < QUEUE_SIZE,
        "nobody read that the gallery is busy": not at_once["busy_sentence"],
        "a second later it did not answer normally": not at_once["normal_a_second_later"],
    }
    return found, [sentence for sentence, broken in checks.items() if broken]


def memory(server: Server, kind: str = "VmRSS") -> float:
    """Resident memory of a server, in GiB: now, or the most it ever had (VmHWM)."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    kilobytes = next(line for line in status.splitlines() if line.startswith(kind))
    return int(kilobytes.split()[1]) / 2**20


def use(server: Server, known: dict[tuple[str, int], str], draw: random.Random) -> str | None:
    """One visitor does one thing, drawn at random. None, or what went wrong."""
    demo, example = draw.choice(CASES)
    kind = draw.choice(["page", "example", "variant", "click", "own", "bad"])
    try:
        if kind == "page":
            look_at_page(server)
        elif kind == "example":
            if result(call(server, demo, example)) != known[demo.name, example]:
                return "another question's answer"
        elif kind == "variant":
            result(call(server, demo, example, draw.choice(demo.variants).name))
        elif kind == "click":
            page = Page(server)
            page.click(demo, example)
            page.close()
        else:
            return bring(server, demo, example, known, bad=kind == "bad", draw=draw)
    except (OSError, ValueError) as error:
        return f"{kind}, {demo.name} {example}: {error!r}"
    return None


def bring(
    server: Server,
    demo: Demo,
    example: int,
    known: dict[tuple[str, int], str],
    *,
    bad: bool,
    draw: random.Random,
) -> str | None:
    """A visitor brings a text or file in place of an example's, or nothing that can be read."""
    arguments = shipped.sent(server.url, demo, example)
    at, of = next((i, of) for i, of in enumerate(demo.inputs) if of.kind in (*FILES, "text"))
    given = demo.examples[example].inputs[at]
    if of.kind in FILES:
        # Bytes behind a picture's end change the file and not the picture.
        more = draw.randbytes(8) if of.kind == "picture" else b"\n"
        content = b"\x00\xff" if bad else Path(given).read_bytes() + more
        arguments[at] = upload(server, content, Path(given).name)
    else:
        arguments[at] = "" if bad else f"{given} {draw.random()}"
    text = ask(server, demo, *arguments)
    if bad or of.kind not in FILES:
        return None if ("event: error" in text) == bad else text
    return None if result(text) == known[demo.name, example] else "another answer"


def soak(server: Server, minutes: float, people: int = 3) -> tuple[dict[str, Any], list[str]]:
    """Mixed use for some minutes, a reading of the memory every minute.

    It is read at rest, when free memory has gone back to the system: what an answer needs while it
    is worked on comes and goes.
    """
    known = expected(server)
    started, done, lost = time.monotonic(), Counter(), []
    end = started + 60 * minutes
    busy = [threading.Lock() for _ in range(people)]

    def visit(person: int) -> None:
        draw = random.Random(person)
        while time.monotonic() < end:
            with busy[person]:
                wrong = use(server, known, draw)
            if wrong:
                lost.append(wrong)
            done[person] += 1
            time.sleep(PAUSE)

    curve = []
    with concurrent.futures.ThreadPoolExecutor(people) as crowd:
        running = [crowd.submit(visit, person) for person in range(people)]
        while (elapsed := time.monotonic() - started) < 60 * minutes:
            with contextlib.ExitStack() as rest:
                for lock in busy:
                    rest.enter_context(lock)
                time.sleep(REST)
                curve.append((round(elapsed), round(memory(server), 4)))
            time.sleep(min(EVERY, max(0.0, end - time.monotonic())))
        for visitor in running:
            visitor.result()
    later = [gib for seconds, gib in curve if seconds >= SETTLED]
    change = max(later) / min(later) - 1
    found = {
        "minutes": minutes,
        "requests": done.total(),
        "wrong_or_lost": len(lost),
        "first_lost": lost[:3],
        "change_after_five_minutes": change,
        "most_gib": memory(server, "VmHWM"),
        "seconds_and_gib": curve,
    }
    checks = {"an answer was wrong or lost": lost, "memory is not flat": change > FLAT}
    return found, [sentence for sentence, broken in checks.items() if broken]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("what", choices=["crowd", "soak"])
    parser.add_argument("--minutes", type=float, default=15)
    a = parser.parse_args()
    if a.what == "soak" and 60 * a.minutes < SETTLED + 2 * EVERY:
        parser.error("memory has five minutes to settle: --minutes 6 is the least")
    server = Server(Path(tempfile.mkdtemp()) / "log.txt")
    try:
        found, broken = crowd(server) if a.what == "crowd" else soak(server, a.minutes)
    finally:
        server.stop()
    text = json.dumps({**found, "broken": broken}, ensure_ascii=False, indent=1)
    print(text)
    if a.what == "soak":
        SOAK.parent.mkdir(exist_ok=True)
        SOAK.write_text(text + "\n", encoding="utf-8")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
