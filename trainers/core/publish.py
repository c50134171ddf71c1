"""Writing checkpoints: complete or not at all, hashed, and listed in SHA256SUMS."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demos.core.checkpoint import (
    CARD,
    EVALUATION,
    FORMAT,
    SHIPPED,
    SUMS,
    Architecture,
    Card,
    Checkpoint,
    Data,
    File,
    Metric,
    Reference,
    TestEvaluation,
    Training,
    sha256,
)
from demos.core.errors import CheckpointError

LIBRARIES = ("torch", "torchvision", "keras", "tensorflow-cpu", "transformers", "numpy")


@dataclass
class Trained:
    """What a trainer hands over: the card's parts that only it knows, and the files.

    `files` maps a file name to its bytes, or to a function that writes the file at a path (for
    libraries that only save to paths). `metrics` are those on the validation data.
    """

    architecture: Architecture
    data: Data
    epochs: int
    chosen_on: str
    metrics: list[Metric]
    files: dict[str, bytes | Callable[[Path], None]]
    evaluation: dict[str, Any]
    licence: str
    limits: str
    references: list[Reference] = field(default_factory=list)
    uses: dict[str, str] = field(default_factory=dict)
    tolerance: float = 1e-4
    notes: str = ""


def originals(figures: dict[tuple[str, str], float], note: str = "") -> list[Reference]:
    """The references for what the original notebook reports: {(metric, split): value}."""
    return [
        Reference(
            who="The original notebook", metric=metric, split=split, value=value, note=note,
            source="the original's README", comparable=True, role="original",
        )
        for (metric, split), value in figures.items()
    ]  # fmt: skip


def training_record(
    seed: int, epochs: int, seconds: float, threads: int, notes: str, device: str = "CPU"
) -> Training:
    """How this run was made: command, libraries, date."""
    installed = {}
    for library in LIBRARIES:
        try:
            installed[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return Training(
        command=command(),
        seed=seed,
        epochs=epochs,
        seconds=round(seconds, 1),
        cores=threads,
        libraries=installed,
        date=today(),
        notes=notes,
        device=device,
    )


def command() -> str:
    """The command that is running, as it is typed in the project's folder."""
    spec = sys.modules["__main__"].__spec__
    module = spec.name.removesuffix(".__main__") if spec else Path(sys.argv[0]).stem
    # `--resume` is how a run was continued, not what it is.
    return shlex.join(["python", "-m", module, *(a for a in sys.argv[1:] if a != "--resume")])


def today() -> str:
    return datetime.date.today().isoformat()


def publish(
    folder: Path, demo: str, variant: str, title: str, summary: str, t: Trained, how: Training
) -> Checkpoint:
    """Write a whole checkpoint beside `folder` and rename it into place.

    Evaluations on the test split that the replaced checkpoint lists stay on the list: retraining
    does not make it forget how often the test data was looked at.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as work:
        new = Path(work) / folder.name
        new.mkdir()
        for name, content in t.files.items():
            if callable(content):
                content(new / name)
            else:
                (new / name).write_bytes(content)
        card = Card(
            format=FORMAT,
            demo=demo,
            variant=variant,
            title=title,
            summary=summary,
            architecture=t.architecture,
            data=t.data,
            training=how,
            chosen_on=t.chosen_on,
            metrics=t.metrics,
            test_evaluations=_earlier_tests(folder),
            references=t.references,
            tolerance=t.tolerance,
            files={},
            uses=t.uses,
            licence=t.licence,
            limits=t.limits,
        )
        write_records(new, card, t.evaluation)
        replace_folder(new, folder)
    return Checkpoint(folder)


def _earlier_tests(folder: Path) -> list[TestEvaluation]:
    try:
        earlier = Checkpoint(folder).card
    except CheckpointError:
        return []
    note = f"an earlier training, {earlier.training.date}"
    return [
        t
        if t.note.startswith("an earlier")
        else t.model_copy(update={"note": f"{note}; {t.note}" if t.note else note})
        for t in earlier.test_evaluations
    ]


def record(
    checkpoint: Checkpoint,
    metrics: list[Metric],
    detail: dict[str, Any],
    tested: str | None,
    files: dict[str, bytes] | None = None,
) -> Checkpoint:
    """Add an evaluation to a checkpoint's card and evaluation.json, replacing older values.

    `tested` is the name of the metric to list under test_evaluations, or None when the split was
    not the test split.
    """
    card = checkpoint.card
    new = {(m.name, m.split) for m in metrics}
    kept = [m for m in card.metrics if (m.name, m.split) not in new]
    tests = [*card.test_evaluations, *(_look(m) for m in metrics if m.name == tested)]
    card = card.model_copy(update={"metrics": [*kept, *metrics], "test_evaluations": tests})
    return rewrite(checkpoint, card, {**checkpoint.evaluation, **detail}, files)


def record_look(checkpoint: Checkpoint, metric: Metric) -> None:
    """Write a look at the test split into the card of a checkpoint that lies in assets/.

    Where the folder cannot be written, a line on standard error says so.
    """
    if not checkpoint.folder.resolve().is_relative_to(SHIPPED.resolve()):
        return
    card = checkpoint.card
    looks = [*card.test_evaluations, _look(metric)]
    try:
        rewrite(checkpoint, card.model_copy(update={"test_evaluations": looks}))
    except OSError as error:
        print(
            f"This look at the test split is not on the card of {checkpoint.name}, which could not "
            f"be written ({error.strerror}).",
            file=sys.stderr,
        )


def _look(metric: Metric) -> TestEvaluation:
    return TestEvaluation(date=today(), metric=metric.name, value=metric.value, note=metric.note)


def rewrite(
    checkpoint: Checkpoint, card: Card, evaluation: dict[str, Any] | None = None,
    files: dict[str, bytes] | None = None,
) -> Checkpoint:  # fmt: skip
    """The checkpoint with another card, and with another evaluation.json and further files if
    they are given; its weights stay."""
    folder = checkpoint.folder
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as work:
        new_folder = Path(work) / folder.name
        shutil.copytree(folder, new_folder)
        for name, content in (files or {}).items():
            (new_folder / name).write_bytes(content)
        write_records(new_folder, card, evaluation or checkpoint.evaluation)
        replace_folder(new_folder, folder)
    return Checkpoint(folder)


def write_records(folder: Path, card: Card, evaluation: dict[str, Any]) -> None:
    """evaluation.json, then card.json with the size and hash of every other file in `folder`."""
    content = json.dumps(evaluation, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    (folder / EVALUATION).write_text(content + "\n", encoding="utf-8")
    files = {}
    for path in sorted(folder.iterdir()):
        if path.name != CARD:
            found = path.read_bytes()
            files[path.name] = File(bytes=len(found), sha256=sha256(found))
    card = card.model_copy(update={"files": files})
    (folder / CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")


def replace_folder(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder` and renew the sums; on Ctrl-C the old one is put back."""
    old = new.parent / "old"
    # A card that is not listed is not compared: killed from here on, what is there stays usable.
    update_sums(folder.parents[1], without=folder)
    try:
        if folder.exists():
            os.replace(folder, old)
        os.replace(new, folder)
    except BaseException:
        if old.exists() and not folder.exists():
            os.replace(old, folder)
        raise
    finally:
        update_sums(folder.parents[1])


def update_sums(root: Path, without: Path | None = None) -> None:
    """Rewrite SHA256SUMS over all checkpoints below `root` (read by `sha256sum --check`)."""
    lines = [
        f"{sha256(path.read_bytes())}  {path.relative_to(root).as_posix()}\n"
        for path in sorted(root.glob("*/*/*"))
        if path.is_file() and not path.parent.name.startswith(".") and path.parent != without
    ]
    temporary = root / f".{SUMS}-{os.getpid()}"  # several trainings may end at once
    temporary.write_text("".join(lines), encoding="utf-8")
    os.replace(temporary, root / SUMS)
