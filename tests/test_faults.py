"""What goes wrong around a running gallery and a running trainer, and what is left afterwards."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from demos import GALLERY
from demos.core import runtime
from demos.core.checkpoint import ROOT as CHECKPOINTS
from demos.core.checkpoint import Checkpoint
from demos.core.demo import Demo
from tests.conftest import ROOT, Server, free_port, stop
from tests.load import ask, call, fetch, result, upload

FIRST, SECOND = GALLERY[0], GALLERY[1]
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
    """A gallery with checkpoints and a temporary folder of its own, which tests may damage."""

    def __init__(self, folder: Path, checkpoints: Path):
        self.checkpoints, self.uploads = checkpoints, folder / "uploads"
        self.uploads.mkdir()
        own = {"GALLERY_CHECKPOINTS": str(checkpoints), "GRADIO_TEMP_DIR": str(self.uploads)}
        super().__init__(folder / "log.txt", [*powerless(), sys.executable, "app.py"], **own)

    def damage(self, how: str, demo: Demo, variant: str) -> None:
        folder = self.checkpoints / demo.name / variant
        if how == "removed":
            shutil.rmtree(folder)
        else:
            weights(folder).chmod(0)

    def restore(self, demo: Demo, variant: str) -> None:
        shutil.copytree(
            CHECKPOINTS / demo.name / variant,
            self.checkpoints / demo.name / variant,
            dirs_exist_ok=True,
            copy_function=replace,
        )

    def limit_files(self, size: int) -> None:
        """No file may become larger: what writing to a full disk is like (EFBIG for ENOSPC)."""
        most = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, most))


def weights(folder: Path) -> Path:
    return next(p for p in sorted(folder.iterdir()) if p.suffix in (".safetensors", ".keras"))


def replace(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    shutil.copy(source, target)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """Started with one default variant removed and another unreadable."""
    folder = tmp_path_factory.mktemp("faulty")
    shutil.copytree(CHECKPOINTS, folder / "checkpoints")
    shutil.rmtree(folder / "checkpoints" / FIRST.name / FIRST.default)
    weights(folder / "checkpoints" / SECOND.name / SECOND.default).chmod(0)
    running = Faulty(folder, folder / "checkpoints")
    yield running
    running.stop()


def error_of(text: str) -> str:
    """The sentence of a refusal."""
    assert "event: error" in text, text[:300]
    found = json.loads(text.split("data: ")[-1])["error"]
    assert re.fullmatch(SENTENCE, found), found
    return found


def test_a_checkpoint_removed_or_unreadable_before_the_start(faulty: Faulty):
    """The tab says so, the other variants answer, and once it is back it answers as well."""
    page = fetch(faulty.url)
    for demo, what in ((FIRST, "its folder is missing"), (SECOND, "cannot be read")):
        name = f"{demo.name}/{demo.default}"
        assert f"The checkpoint {name} cannot be used" in error_of(call(faulty, demo))
        said = json.loads(fetch(f"{faulty.url}/readyz"))["variants"]
        assert said[name].startswith("broken: ") and what in said[name]
        other = demo.variants[1].name
        assert json.loads(result(call(faulty, demo, 0, other)))["variant"] == other
    assert f"The checkpoint {FIRST.name}/{FIRST.default} cannot be used" in page
    for demo in (FIRST, SECOND):
        faulty.restore(demo, demo.default)
        assert json.loads(result(call(faulty, demo)))["variant"] == demo.default
        said = json.loads(fetch(f"{faulty.url}/readyz"))["variants"]
        assert said[f"{demo.name}/{demo.default}"] == "loaded"


@pytest.mark.parametrize("how", ["removed", "unreadable"])
def test_a_checkpoint_lost_while_running(faulty: Faulty, how: str):
    """What is loaded goes on answering; what is not yet loaded is refused with a sentence."""
    demo = FIRST
    # One that no test has asked for yet: it would be loaded.
    fresh = demo.variants[-1 if how == "removed" else -2].name
    for variant in (demo.default, fresh):
        faulty.restore(demo, variant)
    before = result(call(faulty, demo))
    assert json.loads(fetch(f"{faulty.url}/readyz"))["variants"][f"{demo.name}/{fresh}"] == (
        "present"
    )
    for variant in (demo.default, fresh):
        faulty.damage(how, demo, variant)
    try:
        assert result(call(faulty, demo)) == before
        assert f"{demo.name}/{fresh} cannot be used" in error_of(call(faulty, demo, 0, fresh))
    finally:
        for variant in (demo.default, fresh):
            faulty.restore(demo, variant)
    assert json.loads(result(call(faulty, demo, 0, fresh)))["variant"] == fresh


def refused_upload(server: Server, content: bytes) -> str:
    with pytest.raises(urllib.error.HTTPError) as caught:
        upload(server, content)
    assert caught.value.code == 500
    return caught.value.read().decode()


def survives(faulty: Faulty) -> None:
    """While files cannot be stored, whatever needs none is answered and nothing is a traceback."""
    content = FIRST.examples[0].picture.read_bytes()
    assert len(content) > 20_000
    assert "no room for files" in refused_upload(faulty, content)
    assert fetch(f"{faulty.url}/healthz")
    for demo in GALLERY:
        if demo.takes == "text":
            result(call(faulty, demo))
        else:
            error_of(call(faulty, demo))
    assert "Traceback" not in faulty.log.read_text()


def recovers(faulty: Faulty) -> None:
    given = upload(faulty, FIRST.examples[0].picture.read_bytes())
    mine = result(ask(faulty, FIRST, given, FIRST.variants[1].name))
    assert mine == result(call(faulty, FIRST, 0, FIRST.variants[1].name))


def emptied(folder: Path) -> None:
    """Examples are kept there after their first use: a full disk is felt by the next one."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_a_full_temporary_folder(faulty: Faulty):
    emptied(faulty.uploads)
    faulty.limit_files(400)
    try:
        # The log is as full as the rest, which must not matter either.
        survives(faulty)
    finally:
        faulty.limit_files(resource.RLIM_INFINITY)
    recovers(faulty)


def test_a_read_only_temporary_folder(faulty: Faulty):
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
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, "GRADIO_SERVER_PORT": str(free_port()), "GRADIO_TEMP_DIR": folder},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"Uploads cannot be stored in {folder}" in done.stderr


def test_a_running_answer_is_finished_before_the_end(tmp_path: Path):
    """On SIGTERM, with an answer running that takes longer than a connection gets to close."""
    demo = FIRST
    small = np.asarray(Image.open(demo.examples[0].picture).convert("RGB"))
    path = tmp_path / "large.png"
    Image.fromarray(np.tile(small, (5, 5, 1))).save(path, compress_level=1)
    server = Server(tmp_path / "log.txt")
    try:
        given = upload(server, path.read_bytes())
        body = json.dumps({"data": [given, demo.default]}).encode()
        url = f"/gradio_api/call/{demo.endpoint}"
        event = json.loads(fetch(f"{server.url}{url}", body))["event_id"]
        connection = http.client.HTTPConnection(server.url.partition("//")[2], timeout=60)
        connection.request("GET", f"{url}/{event}")
        answer = connection.getresponse()
        server.process.send_signal(signal.SIGTERM)
        assert json.loads(result(answer.read().decode()))["width"] == 5 * small.shape[1]
        assert server.process.wait(60) in (0, -signal.SIGTERM)
    finally:
        stop(server.process)
    with pytest.raises(OSError):
        fetch(f"{server.url}/healthz")
    assert "Traceback" not in server.log.read_text()


# The real trainer, but one that saves after every epoch: those here are over in no time.
TRAINER = """
import importlib, sys
import trainers
from trainers.core import cli, torch_loop
torch_loop.fit.__kwdefaults__["save_every"] = 0
trainer = importlib.import_module("trainers.fashion_mnist.__main__")
cli.main(trainer.TRAINER, sys.argv[1:])
"""
EPOCHS = 8
DRESSES = "fashion_mnist"


@pytest.fixture(scope="module")
def clothes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data set in the form of Fashion-MNIST: a bar whose height is the class."""
    from datasets import Dataset, Features, Value
    from datasets import Image as Picture

    labels = np.arange(140) % 10
    pictures = np.random.default_rng(0).integers(0, 60, (140, 28, 28), np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        picture[24 - 2 * label : 26, 8:20] = 200
    rows = {"image": [Image.fromarray(p) for p in pictures], "label": labels}
    folder = tmp_path_factory.mktemp("clothes")
    features = Features({"image": Picture(), "label": Value("int64")})
    Dataset.from_dict(rows, features=features).to_parquet(folder / "train.parquet")
    return folder


class Training:
    """A trainer in a process and a folder of its own."""

    def __init__(self, folder: Path, data: Path, variant: str, *more: str):
        folder.mkdir(exist_ok=True)
        self.out = folder / "checkpoints" / DRESSES / variant
        command = ["train", "--variant", variant, "--data", data, "--out", self.out, "--threads"]
        command += ["1", "--epochs", EPOCHS, *more]
        self.process = subprocess.Popen(
            [sys.executable, "-c", TRAINER, *map(str, command)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=(folder / "errors.txt").open("w"),
            text=True,
        )
        self.errors = folder / "errors.txt"

    def epochs(self) -> Iterator[int]:
        for line in self.process.stdout:
            if found := re.match(r"epoch (\d+)/", line):
                yield int(found[1])

    def finish(self) -> int:
        """Wait for its end; returned is the number of the first epoch it ran."""
        first = next(self.epochs(), 0)
        self.process.communicate(timeout=120)
        assert self.process.returncode == 0, self.errors.read_text()[-2000:]
        return first

    def kill(self, draw: random.Random) -> None:
        """SIGKILL at a random moment within a random epoch."""
        last, before, took = draw.randint(2, EPOCHS - 2), 0.0, 0.0
        for epoch in self.epochs():
            before, took = time.monotonic(), time.monotonic() - before
            if epoch == last:
                break
        time.sleep(draw.random() * took)
        self.process.kill()
        self.process.communicate()


def killed_and_resumed(folder: Path, data: Path, variant: str) -> tuple[Path, Path, str]:
    """The checkpoints of an undisturbed training and of one that was killed, and what was drawn."""
    seed = random.SystemRandom().randrange(10**6)
    whole = Training(folder / "whole", data, variant)
    killed = Training(folder / "killed", data, variant)
    # There is an earlier checkpoint in its place, which stays whole until there is a new one.
    shutil.copytree(CHECKPOINTS / DRESSES / variant, killed.out)
    killed.kill(random.Random(seed))
    Checkpoint(killed.out).verify()
    whole.finish()
    resumed = Training(folder / "killed", data, variant, "--resume")
    first = resumed.finish()
    assert 1 < first <= EPOCHS, f"it did not go on where it was (drawn with {seed})"
    for out in (whole.out, resumed.out):
        found = Checkpoint(out)
        found.verify()
        assert found.card.training.epochs == EPOCHS
    return whole.out, resumed.out, f"drawn with {seed}"


def test_a_torch_training_killed_at_any_moment_ends_bit_equal(tmp_path: Path, clothes: Path):
    whole, resumed, drawn = killed_and_resumed(tmp_path, clothes, "seed_plus")
    one, other = (load_file(weights(folder)) for folder in (whole, resumed))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one), drawn


def test_a_keras_training_killed_at_any_moment_ends_alike(tmp_path: Path, clothes: Path):
    whole, resumed, drawn = killed_and_resumed(tmp_path, clothes, "seed")
    keras = runtime.import_keras()
    one, other = (
        keras.saving.load_model(weights(folder), compile=False).get_weights()
        for folder in (whole, resumed)
    )
    # Kernels of several threads add up in another order each time, and Adam magnifies that.
    assert max(np.abs(a - b).max() for a, b in zip(one, other, strict=True)) < 0.05, drawn
    last = [json.loads((f / "evaluation.json").read_text())["curves"][-1] for f in (whole, resumed)]
    assert abs(last[0]["loss"] - last[1]["loss"]) < 0.1, drawn


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


def test_a_writer_killed_at_the_worst_moment_leaves_no_broken_checkpoint(tmp_path: Path):
    """The new folder is in its place and SHA256SUMS still knows the old one."""
    folder = tmp_path / FIRST.name / FIRST.default
    shutil.copytree(CHECKPOINTS / FIRST.name / FIRST.default, folder)
    done = subprocess.run([sys.executable, "-c", WRITER, str(folder)], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    found = Checkpoint(folder)
    found.verify()
    assert found.evaluation["noted"] == 2
