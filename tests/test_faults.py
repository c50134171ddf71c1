"""What goes wrong around a running gallery and a running trainer, and what is left afterwards.

All of it on the made-up demos: what is shipped is not copied, loaded or trained for this.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from demos.core.checkpoint import Checkpoint
from demos.core.demo import Demo
from tests import shipped
from tests.conftest import ROOT, Server, free_port, stop
from tests.load import ask, call, fetch, result, upload
from tests.made_up import MADE_UP, gate, noise, number

NOISE, NUMBER = noise.DEMO, number.DEMO
GRACE = 2  # seconds that the server gives open connections once it is to stop
SENTENCE = r"[^\n]{20,300}"


def powerless() -> list[str]:
    """What to put before a command so that file modes bind it, which they do not bind root."""
    if os.geteuid():
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root ignores file modes, and there is no setpriv")
    rights = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"]


class Faulty(Server):
    """A gallery of the made-up demos with files and a temporary folder of its own, which tests may
    damage; `whole` is where its files come from."""

    def __init__(self, folder: Path, whole: Path):
        self.whole, self.checkpoints = whole / "checkpoints", folder / "assets" / "checkpoints"
        self.uploads = folder / "uploads"
        self.uploads.mkdir()
        own = {"GALLERY_ASSETS": str(folder / "assets"), "GRADIO_TEMP_DIR": str(self.uploads)}
        command = [*powerless(), sys.executable, "-m", "tests.made_up"]
        super().__init__(folder / "log.txt", command, **own)

    def damage(self, how: str, demo: Demo, variant: str) -> None:
        folder = self.checkpoints / demo.name / variant
        if how == "removed":
            shutil.rmtree(folder)
        else:
            weights(folder).chmod(0)

    def restore(self, demo: Demo, variant: str) -> None:
        shutil.copytree(
            self.whole / demo.name / variant,
            self.checkpoints / demo.name / variant,
            dirs_exist_ok=True,
            copy_function=replace,
        )

    def limit_files(self, size: int) -> None:
        """No file may become larger: what writing to a full disk is like (EFBIG for ENOSPC)."""
        most = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, most))

    def call(self, demo: Demo, variant: str | None = None) -> str:
        return call(self, demo, variant=variant)

    def state(self, demo: Demo, variant: str) -> str:
        return json.loads(fetch(f"{self.url}/readyz"))["variants"][f"{demo.name}/{variant}"]


def weights(folder: Path) -> Path:
    return next(p for p in sorted(folder.iterdir()) if p.stem == "model")


def replace(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    shutil.copy(source, target)


@pytest.fixture(scope="module")
def faulty(made_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """Started with one default variant removed, another unreadable, a third altered."""
    folder = tmp_path_factory.mktemp("faulty")
    shutil.copytree(made_up, folder / "assets")
    checkpoints = folder / "assets" / "checkpoints"
    shutil.rmtree(checkpoints / NUMBER.name / NUMBER.default)
    weights(checkpoints / NOISE.name / NOISE.default).chmod(0)
    altered = weights(checkpoints / "reader" / "best")
    altered.write_bytes(altered.read_bytes().replace(b"3", b"4"))
    running = Faulty(folder, made_up)
    yield running
    running.stop()


def error_of(text: str) -> str:
    """The sentence of a refusal."""
    assert "event: error" in text, text[:300]
    found = json.loads(text.split("data: ")[-1])["error"]
    assert re.fullmatch(SENTENCE, found), found
    return found


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("number", "its folder is missing"),
        ("noise", "cannot be read"),
        ("reader", "model.json was altered"),
    ],
)
def test_a_checkpoint_that_is_no_good_at_the_start(faulty: Faulty, name: str, what: str):
    """The tab says so, the other variants answer, and once it is back it answers as well."""
    demo = next(d for d in MADE_UP if d.name == name)
    assert f"The checkpoint {name}/{demo.default} cannot be used" in error_of(faulty.call(demo))
    said = faulty.state(demo, demo.default)
    assert said.startswith("broken: ") and what in said
    other = demo.variants[1].name
    assert json.loads(result(faulty.call(demo, other)))["variant"] == other
    if what == "its folder is missing":  # the page is built from cards
        assert f"The checkpoint {name}/{demo.default} cannot be used" in fetch(faulty.url)
    faulty.restore(demo, demo.default)
    assert json.loads(result(faulty.call(demo)))["variant"] == demo.default
    assert faulty.state(demo, demo.default) == "loaded"


@pytest.mark.parametrize("how", ["removed", "unreadable"])
def test_a_checkpoint_lost_while_running(faulty: Faulty, how: str):
    """What is loaded goes on answering; what is not yet loaded is refused with a sentence."""
    demo, fresh = NUMBER, {"removed": "fourth", "unreadable": "fifth"}[how]
    faulty.restore(demo, demo.default)
    before = result(faulty.call(demo))
    assert faulty.state(demo, fresh) == "present"
    for variant in (demo.default, fresh):
        faulty.damage(how, demo, variant)
    try:
        assert result(faulty.call(demo)) == before
        assert f"{demo.name}/{fresh} cannot be used" in error_of(faulty.call(demo, fresh))
    finally:
        for variant in (demo.default, fresh):
            faulty.restore(demo, variant)
    assert json.loads(result(faulty.call(demo, fresh)))["variant"] == fresh


def refused_upload(server: Server, content: bytes) -> str:
    with pytest.raises(urllib.error.HTTPError) as caught:
        upload(server, content)
    assert caught.value.code == 500
    return caught.value.read().decode()


def restored(faulty: Faulty) -> None:
    for demo in MADE_UP:
        for variant in demo.variants:
            faulty.restore(demo, variant.name)


def survives(faulty: Faulty) -> None:
    """While files cannot be stored, whatever needs none is answered and nothing is a traceback."""
    content = NOISE.example("fine").picture.read_bytes()
    assert len(content) > FULL
    assert "no room for files" in refused_upload(faulty, content)
    assert fetch(f"{faulty.url}/healthz")
    for demo in MADE_UP:
        if {i.kind for i in demo.inputs} & {"picture", "document"}:
            error_of(faulty.call(demo))
        else:
            result(faulty.call(demo))
    assert "Traceback" not in faulty.log.read_text()


def recovers(faulty: Faulty) -> None:
    given = upload(faulty, NOISE.example("fine").picture.read_bytes())
    assert result(ask(faulty, NOISE, given, "small")) == result(faulty.call(NOISE, "small"))


def emptied(folder: Path) -> None:
    """Examples are kept there after their first use: a full disk is felt by the next one."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


FULL = 400  # bytes; every example that is a file has more


def test_a_full_temporary_folder(faulty: Faulty):
    restored(faulty)
    emptied(faulty.uploads)
    faulty.limit_files(FULL)
    try:
        # The log is as full as the rest, which must not matter either.
        survives(faulty)
    finally:
        faulty.limit_files(resource.RLIM_INFINITY)
    recovers(faulty)


def test_a_read_only_temporary_folder(faulty: Faulty):
    restored(faulty)
    emptied(faulty.uploads)
    faulty.uploads.chmod(0o555)
    try:
        survives(faulty)
    finally:
        faulty.uploads.chmod(0o755)
    recovers(faulty)


def test_a_temporary_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "below")
    done = subprocess.run(
        [sys.executable, "-m", "tests.made_up"],
        cwd=ROOT,
        env={**os.environ, "GRADIO_SERVER_PORT": str(free_port()), "GRADIO_TEMP_DIR": folder},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"Uploads cannot be stored in {folder}" in done.stderr


def test_a_running_answer_is_finished_before_the_end(made_up: Path, tmp_path: Path):
    """On SIGTERM, with an answer running that takes longer than a connection gets to close."""
    shutil.copytree(made_up, tmp_path / "assets")
    server = Faulty(tmp_path, made_up)
    try:
        with gate.closed(tmp_path / "assets"):
            body = json.dumps({"data": shipped.sent(server.url, NUMBER)}).encode()
            url = f"/gradio_api/call/{NUMBER.endpoint}"
            event = json.loads(fetch(f"{server.url}{url}", body))["event_id"]
            connection = http.client.HTTPConnection(server.url.partition("//")[2], timeout=60)
            connection.request("GET", f"{url}/{event}")
            answer = connection.getresponse()
            gate.waited_at(tmp_path / "assets")
            server.process.send_signal(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                server.process.wait(GRACE + 1)
            with pytest.raises(OSError):
                fetch(f"{server.url}/healthz")
        assert json.loads(result(answer.read().decode()))["words"] == "9"
        assert server.process.wait(60) in (0, -signal.SIGTERM)
    finally:
        stop(server.process)
    assert "Traceback" not in server.log.read_text()


# A trainer whose process is killed at a moment that is named beforehand: in a forward pass, or
# between a state that is written and the one that it replaces. Forks of one process: importing
# torch takes longer than training.
KILLED = """
import importlib, json, os, signal, sys
from pathlib import Path
import torch, torch._dynamo  # the first step of an optimiser would import it in each fork
from tests.made_up import assets, noise
from trainers.core import run, torch_loop
folder, epochs, batches = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(1)
torch_loop.fit.__kwdefaults__["save_every"] = 0
module = importlib.import_module("trainers.noise.__main__")
cross_entropy, replace = module.cross_entropy, os.replace
def die_at(count, then):
    left = [count]
    def call(*values):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return then(*values)
    return call
def train(name, *more, kind=None, count=0):
    child = os.fork()
    if not child:
        if kind == "batch":
            module.cross_entropy = die_at(count, cross_entropy)
        if kind == "saving":
            run.os.replace = die_at(count, replace)
        out = folder / name / noise.DEMO.name / "small"
        options = ["--variant", "small", "--epochs", str(epochs), "--out", str(out), *more]
        assets.train(noise.DEMO, *options, runs=folder / name / "runs")
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert train("whole") == 0
for kind, count in json.loads(sys.argv[4]):
    name = f"{kind}-{count}"
    assert train(name, kind=kind, count=count) == -signal.SIGKILL, name
    assert not (folder / name / noise.DEMO.name).exists()
    # It would be killed again if it trained an epoch twice.
    saved = count - 1 if kind == "saving" else (count - 1) // batches
    left = (epochs - saved) * batches
    assert train(name, "--resume", kind="batch", count=left + 1) == 0, name
"""
EPOCHS, BATCHES = 4, 40
# Batches drawn once with a seed, and the second and the last of the states.
MOMENTS = [("batch", int(n)) for n in np.random.default_rng(0).integers(BATCHES, 4 * BATCHES, 3)]
MOMENTS += [("saving", 2), ("saving", EPOCHS)]


@pytest.fixture(scope="module")
def trainings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the checkpoints of an undisturbed training, `whole`, and of those that were
    killed and resumed, by the moment."""
    folder = tmp_path_factory.mktemp("killed")
    how = [str(folder), str(EPOCHS), str(BATCHES), json.dumps(MOMENTS)]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, *how], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.mark.parametrize("name", [f"{kind}-{count}" for kind, count in MOMENTS])
def test_a_killed_training_is_resumed_and_ends_bit_equal(trainings: Path, name: str):
    whole, resumed = (Checkpoint(trainings / n / "noise" / "small") for n in ("whole", name))
    resumed.verify()
    one, other = (load_file(c.path("model.safetensors")) for c in (whole, resumed))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[key], other[key]) for key in one)
    losses = [[row["loss"] for row in c.evaluation["curves"]] for c in (whole, resumed)]
    assert losses[0] == losses[1] and len(losses[0]) == EPOCHS


WRITER = """
import os, signal, sys
from pathlib import Path
from demos.core.checkpoint import Checkpoint
from trainers.core.publish import record
folder, replace = Path(sys.argv[1]), os.replace
def replace_and_die(source, target):
    replace(source, target)
    if Path(target) == folder:
        os.kill(os.getpid(), signal.SIGKILL)
record(Checkpoint(folder), [], {"noted": 1}, None)
os.replace = replace_and_die
record(Checkpoint(folder), [], {"noted": 2}, None)
"""


def test_a_writer_killed_at_the_worst_moment_leaves_no_broken_checkpoint(
    made_up: Path, tmp_path: Path
):
    """The new folder is in its place and SHA256SUMS still knows the old one."""
    folder = tmp_path / "noise" / "best"
    shutil.copytree(made_up / "checkpoints" / "noise" / "best", folder)
    done = subprocess.run([sys.executable, "-c", WRITER, str(folder)], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    found = Checkpoint(folder)
    found.verify()
    assert found.evaluation["noted"] == 2
