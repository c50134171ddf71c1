"""Visitors' files are gone within the hour, whoever wrote them, and never while they are needed."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from demos.core import uploads

HASH = "0" * 64


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "files"))
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


def store(folder: Path, name: str, parent: str = HASH) -> Path:
    path = folder / parent / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"a visitor's")
    os.utime(path, (0, 0))  # copies have the date of their original
    return path


def test_old_files_go_and_new_ones_stay(folder: Path):
    path = store(folder, "a.png")
    assert uploads.delete_older(1800) == []
    assert uploads.delete_older(0) == [path]
    assert list(folder.iterdir()) == []


def test_what_is_in_use_stays(folder: Path):
    used, copy = store(folder, "used.png"), store(folder, "example.png", "1" * 64)
    other = store(folder, "other.png")
    kept = {"keep": [str(used)], "keep_folders": ["1" * 64]}
    assert uploads.delete_older(0, **kept) == [other]
    assert used.exists() and copy.exists()


def test_only_what_gradio_wrote_goes(folder: Path, tmp_path: Path):
    """Somebody may have named a folder in which other things lie."""
    outside = tmp_path / "outside.txt"
    outside.touch()
    (folder / ("2" * 64)).symlink_to(tmp_path)
    store(folder, "letter.txt", "letters")
    (folder / "notes.txt").touch()
    (folder / "tmp1234").touch()  # an upload that was broken off
    assert uploads.delete_older(0) == [folder / "tmp1234"]
    uploads.clear()
    assert outside.exists() and (folder / "notes.txt").exists()


def test_an_empty_folder_goes_with_the_last_file(folder: Path):
    store(folder, "a.png")
    uploads.clear()
    assert not folder.exists()


def test_the_files_of_waiting_and_running_calls_are_named():
    def event(*data):
        return SimpleNamespace(data=SimpleNamespace(data=list(data)))

    waiting, drawing = {"path": "/x/a.png"}, {"layers": [{"path": "/x/b.png"}], "background": None}
    queue = SimpleNamespace(
        event_queue_per_concurrency_id={"model": SimpleNamespace(queue=[event(waiting, 3)])},
        active_jobs=[None, [event("text", drawing), SimpleNamespace(data=None)]],
    )
    assert uploads.named(queue) == {"/x/a.png", "/x/b.png"}
