"""The checkpoint contract: what does not fit is one sentence, and nothing half-written is left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demos.core.checkpoint import (
    CARD,
    EVALUATION,
    FILE_TYPES,
    ROOT,
    SUMS,
    Checkpoint,
    Metric,
    open_checkpoint,
    read_sums,
)
from demos.core.errors import CheckpointError
from tests.conftest import ROOT as PROJECT
from tests.core.conftest import publish_at, trained
from trainers.core import publish as publishing
from trainers.core.publish import record


def opens(folder: Path) -> Checkpoint:
    """Open and read everything, as loading a variant does."""
    found = Checkpoint(folder)
    for name in found.card.files:
        found.read(name)
    return found


def test_published_reads_back(checkpoint: Checkpoint):
    found = opens(checkpoint.folder)
    assert found.read("model.safetensors") == b"weights"
    assert found.evaluation["curves"] == [{"epoch": 1, "loss": 2.0}]
    assert set(found.card.files) == {"model.safetensors", EVALUATION}
    assert found.card.training.command.startswith("python -m ")


@pytest.mark.parametrize("name", [CARD, EVALUATION, "model.safetensors"])
def test_one_changed_byte_is_noticed(checkpoint: Checkpoint, name: str):
    path = checkpoint.folder / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        opens(checkpoint.folder)
    assert str(caught.value).startswith("The checkpoint demo/best cannot be used")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [CARD, EVALUATION, "model.safetensors"])
@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_half_written(checkpoint: Checkpoint, name: str, damage: str):
    path = checkpoint.folder / name
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(CheckpointError, match=name):
        Checkpoint(checkpoint.folder)


def test_missing_folder():
    with pytest.raises(CheckpointError, match="its folder is missing"):
        open_checkpoint("no_such_demo", "best")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 2}, "not of format 1"),
        ({"surprise": 1}, "schema at surprise"),
        ({"tolerance": "wide"}, "schema at tolerance"),
    ],
)
def test_foreign_cards(checkpoint: Checkpoint, change: dict, sentence: str):
    path = checkpoint.folder / CARD
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    (checkpoint.folder.parents[1] / SUMS).unlink()  # a run's folder has none
    with pytest.raises(CheckpointError, match=sentence):
        Checkpoint(checkpoint.folder)


def test_a_card_that_is_no_object(checkpoint: Checkpoint):
    (checkpoint.folder / CARD).write_text("[1]")
    with pytest.raises(CheckpointError, match="format"):
        Checkpoint(checkpoint.folder)


def test_interrupted_publishing_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch):
    old = publish_at(tmp_path, b"old")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(publishing, "replace_folder", interrupted)
    with pytest.raises(KeyboardInterrupt):
        publish_at(tmp_path, b"new")
    assert opens(old.folder).read("model.safetensors") == b"old"
    assert sorted(p.name for p in old.folder.parent.iterdir()) == ["best"]


@pytest.mark.parametrize("name", [CARD, EVALUATION, "model.safetensors"])
def test_every_byte_counts(checkpoint: Checkpoint, name: str):
    path = checkpoint.folder / name
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(CheckpointError):
            Checkpoint(checkpoint.folder).verify()
    path.write_bytes(whole)
    Checkpoint(checkpoint.folder).verify()


KILLED = """
import os, sys
from pathlib import Path
from tests.core.conftest import trained
from trainers.core import publish as publishing
t = trained(b"new")
if sys.argv[2] == "writing":
    t.files["second.safetensors"] = lambda path: os.kill(os.getpid(), 9)
else:
    publishing.write_records = lambda *_: os.kill(os.getpid(), 9)
how = publishing.training_record(0, 1, 1.0, 1, "")
publishing.publish(Path(sys.argv[1]) / "demo" / "best", "demo", "best", "B", "b", t, how)
"""


@pytest.mark.parametrize("moment", ["writing", "closing"])
def test_a_killed_training_leaves_the_old_checkpoint(tmp_path: Path, moment: str):
    old = publish_at(tmp_path, b"old")
    sums = read_sums(tmp_path)
    command = [sys.executable, "-c", KILLED, str(tmp_path), moment]
    assert subprocess.run(command, cwd=PROJECT).returncode == -9
    assert opens(old.folder).read("model.safetensors") == b"old"
    assert read_sums(tmp_path) == sums
    # What the killed process left behind is not taken for a checkpoint by the next one.
    assert opens(publish_at(tmp_path, b"newer").folder).read("model.safetensors") == b"newer"
    assert set(read_sums(tmp_path)) == set(sums)


def test_interrupted_between_the_two_renames(tmp_path: Path, monkeypatch):
    old, rename = publish_at(tmp_path, b"old"), os.replace

    def once(source: Path, target: Path) -> None:
        if Path(target) == old.folder and Path(source).name != "old":
            raise KeyboardInterrupt
        rename(source, target)

    monkeypatch.setattr(publishing.os, "replace", once)
    with pytest.raises(KeyboardInterrupt):
        publish_at(tmp_path, b"new")
    monkeypatch.undo()
    assert opens(old.folder).read("model.safetensors") == b"old"


def test_what_was_read_does_not_change_with_its_file(checkpoint: Checkpoint):
    before = checkpoint.evaluation, checkpoint.card
    for path in checkpoint.folder.iterdir():
        path.write_bytes(b"changed")
    assert (checkpoint.evaluation, checkpoint.card) == before
    with pytest.raises(CheckpointError):
        checkpoint.read("model.safetensors")


def test_no_file_outside_is_read(checkpoint: Checkpoint):
    (checkpoint.folder.parent / "secret").write_text("x")
    with pytest.raises(CheckpointError):
        checkpoint.path("../secret")


def test_record_adds_and_replaces(checkpoint: Checkpoint):
    for value in (0.7, 0.8):
        m = Metric(name="accuracy", split="test", n=9, value=value, higher_is_better=True)
        checkpoint = record(checkpoint, [m], {"extra": value}, tested="accuracy")
    card = opens(checkpoint.folder).card
    assert card.metric("accuracy", "test").value == 0.8
    assert card.metric("accuracy", "validation").value == 0.5
    assert [t.value for t in card.test_evaluations] == [0.7, 0.8]  # every one is listed
    assert checkpoint.evaluation["extra"] == 0.8 and checkpoint.evaluation["curves"]


def test_file_that_the_card_does_not_name(checkpoint: Checkpoint):
    (checkpoint.folder / "other.json").write_text("{}")
    with pytest.raises(CheckpointError):
        checkpoint.read("other.json")


def test_uses_opens_the_named_checkpoint(checkpoint: Checkpoint):
    root = checkpoint.folder.parents[1]
    shutil.copytree(checkpoint.folder, root / "demo" / "head")
    path = root / "demo" / "head" / CARD
    path.write_text(path.read_text().replace('"uses": {}', '"uses": {"encoder": "demo/best"}'))
    assert Checkpoint(root / "demo" / "head").uses("encoder").folder == checkpoint.folder


def test_shipped_sums_and_file_types():
    sums = read_sums(ROOT)
    files = {p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*") if p.is_file()} - {SUMS}
    assert set(sums) == files
    assert all(Path(name).suffix in FILE_TYPES for name in files)
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=ROOT, check=True)


def test_trained_files_may_be_written_by_a_library(tmp_path: Path):
    t = trained()
    t.files = {"model.keras": lambda path: path.write_bytes(b"written")}
    how = publishing.training_record(0, 1, 1.0, 1, "")
    found = publishing.publish(tmp_path / "demo" / "k", "demo", "k", "K", "k", t, how)
    assert found.path("model.keras").read_bytes() == b"written"


def test_retraining_does_not_forget_the_test_evaluations(tmp_path: Path):
    old = publish_at(tmp_path, b"old")
    m = Metric(name="accuracy", split="test", n=9, value=0.7, higher_is_better=True)
    record(old, [m], {}, tested="accuracy")
    new = publish_at(tmp_path, b"new")
    assert new.card.metric("accuracy", "test") is None
    assert [t.value for t in new.card.test_evaluations] == [0.7]
    assert new.card.test_evaluations[0].note.startswith("an earlier training")
    noted = m.model_copy(update={"note": "with a remark"})
    record(new, [noted], {}, tested="accuracy")
    newest = publish_at(tmp_path, b"newest").card.test_evaluations
    assert newest[0] == new.card.test_evaluations[0]
    assert newest[1].note.endswith("; with a remark")
