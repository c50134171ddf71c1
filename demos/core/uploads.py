"""The folder of visitors' files: checked before the start, emptied while serving and at the end.

Gradio deletes old files that it has noted down; a drawing, and a picture sent as a `data:` address,
are saved once more behind its back. So the folder itself is checked here, whoever wrote to it.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from gradio.processing_utils import hash_file
from gradio.queueing import Queue
from gradio.utils import get_upload_folder

# Checked every ten minutes, nothing older than half an hour stays: so a file is gone within the
# hour that the page promises, even if it was waited for once.
EVERY, AGE = 600.0, 1800.0
# What Gradio writes: <SHA-256>/<name>, and names of `tempfile` while something arrives. All else
# that may lie in a folder which somebody chose is not ours to delete.
CACHED = re.compile(r"[0-9a-f]{64}")
ARRIVING = "tmp"


def folder() -> Path:
    """Where Gradio stores what visitors send."""
    return Path(get_upload_folder())


def check() -> None:
    """End the process with a sentence if uploads could not be stored."""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder()) as probe:
            probe.write(b"0" * 4096)
    except OSError as error:
        sys.exit(
            f"Uploads cannot be stored in {folder()} ({error.strerror}). Make room there, or name "
            "another folder in GRADIO_TEMP_DIR."
        )


def keep_clean(
    used: Callable[[], set[str]], examples: Iterable[Path], every: float, age: float
) -> threading.Thread:
    """Delete old files now and every so many seconds, in the background.

    used: the paths that waiting and running calls name; examples: whose copies are nobody's.
    """

    def work() -> None:
        copies = {hash_file(path) for path in examples if path.is_file()}
        while True:
            delete_older(age, keep=used(), keep_folders=copies)
            time.sleep(every)

    thread = threading.Thread(target=work, name="keep-clean", daemon=True)
    thread.start()
    return thread


def delete_older(
    seconds: float, keep: Iterable[str] = (), keep_folders: Iterable[str] = ()
) -> list[Path]:
    """Delete the stored files that were last written so many seconds ago or earlier; returns them.

    `keep` are paths of files and `keep_folders` names of folders that stay. The age is that of the
    entry in the folder (ctime), since copies have the date of their original.
    """
    files, folders = set(keep), set(keep_folders)
    latest = time.time() - seconds
    deleted = []
    for path in _stored():
        if str(path) in files or path.parent.name in folders:
            continue
        with contextlib.suppress(OSError):
            if path.lstat().st_ctime <= latest:
                path.unlink()
                deleted.append(path)
    for path in {path.parent for path in deleted} - {folder()}:
        with contextlib.suppress(OSError):  # another file came
            path.rmdir()
    return deleted


def clear() -> None:
    """Delete all stored files, and the folder if nothing else lies in it."""
    delete_older(0)
    for path in (folder() / "vibe_edit_history", folder()):  # Gradio makes the first, always empty
        with contextlib.suppress(OSError):
            path.rmdir()


def named(queue: Queue) -> set[str]:
    """The paths that are named by the calls which wait in a queue or are being answered."""
    queues = list(queue.event_queue_per_concurrency_id.values())
    waiting = [event for one in queues for event in list(one.queue)]
    running = [event for job in list(queue.active_jobs) for event in job or ()]
    return {path for event in waiting + running if event.data for path in _paths(event.data.data)}


def _paths(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("path"), str):
            yield os.path.abspath(value["path"])
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _paths(part)


def _stored() -> Iterator[Path]:
    """The files in the folder that Gradio wrote; links are not followed."""
    for path in _entries(folder()):
        kind = _kind(path)
        if stat.S_ISDIR(kind) and CACHED.fullmatch(path.name):
            yield from (p for p in _entries(path) if stat.S_ISREG(_kind(p)))
        elif stat.S_ISREG(kind) and path.name.startswith(ARRIVING):
            yield path


def _entries(path: Path) -> list[Path]:
    try:
        return list(path.iterdir())
    except OSError:
        return []


def _kind(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0
