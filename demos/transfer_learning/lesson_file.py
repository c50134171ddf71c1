"""A lesson as a zip: pictures, labels, and a checkpoint that the trainer's `evaluate` takes."""

from __future__ import annotations

import datetime
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from safetensors.numpy import save

from demos.core.checkpoint import (
    CARD,
    EVALUATION,
    FORMAT,
    Architecture,
    Card,
    Data,
    File,
    Metric,
    Training,
    sha256,
)  # fmt: skip
from demos.core.errors import UserError
from demos.transfer_learning.familiar import FILE, Familiar
from demos.transfer_learning.learned import nearest_of
from demos.transfer_learning.lesson import CLASSES, MOST, NEGATIVE, Features, Lesson

MOST_BYTES, MOST_FILES = 100 * 2**20, 2000
LIST = "lesson.json"
HOW = '''"""The classifier of this lesson in ten lines. Run it in the gallery's folder:
python {folder}/classify.py PICTURE"""
import sys, pathlib, json, numpy as np, torch
from PIL import Image
from safetensors.numpy import load_file
from demos.core.checkpoint import Checkpoint
from demos.transfer_learning.predict import network

here = pathlib.Path(__file__).parent
net = network(Checkpoint(here / "classifier"))  # the backbones, with this lesson's head
names = json.loads((here / "lesson.json").read_text(encoding="utf-8"))["labels"]
head = load_file(here / "classifier" / "head.safetensors")
image = Image.open(sys.argv[1]).convert("RGB")
short, (w, h) = min(image.size), image.size
middle = ((w - short) / 2, (h - short) / 2, (w + short) / 2, (h + short) / 2)
parts = []
for backbone in net.backbones.values():
    box = (0, 0, w, h) if backbone.whole else middle  # all of it stretched, or the middle square
    small = image.resize((backbone.side, backbone.side), Image.Resampling.BICUBIC, box=box)
    x = torch.from_numpy(np.asarray(small, np.float32)).permute(2, 0, 1)[None]
    with torch.inference_mode():
        root = np.sqrt(backbone.features(backbone.maps(x)).numpy()[0])
    parts.append(root / np.linalg.norm(root))
logits = np.concatenate(parts) / len(parts) ** 0.5 @ head["weight"].T + head["bias"]
share = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
print(json.dumps(dict(zip(names, share.tolist()))))
'''
README = """This is a lesson saved from the gallery's “Teach it yourself”.

train/<class>/     the pictures; “none of these” holds the negatives
lesson.json        the classes in their order, and which film each picture is from
classifier/        a checkpoint: head.safetensors is what was learned, card.json what it stands on
classify.py        how a picture becomes probabilities, step by step

Open it again on the page with “Open”. In the gallery's folder the trainer measures it, and trains
anew on the same pictures:

    T="python -m trainers.transfer_learning"
    $T evaluate --checkpoint DIR/classifier --data DIR --split train
    $T train --data DIR
"""


def pack(lesson: Lesson, teacher: Card) -> bytes:
    """The zip of a lesson; `teacher` is the card of the variant whose backbones it uses. Raises
    UserError where nothing was learned yet."""
    if lesson.learned is None:
        raise UserError("There is nothing to save yet: give two classes a picture each first.")
    buffer, shots, count = io.BytesIO(), [], {}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for shot in lesson.shots:
            count[shot.label] = count.get(shot.label, 0) + 1
            file = f"train/{folder_name(shot.label)}/{count[shot.label]:03}.webp"
            archive.writestr(file, shot.content)
            shots.append(
                {"file": file, "name": shot.name, "label": shot.label, "burst": shot.burst}
            )
        record = {"format": 1, "classes": list(lesson.classes),
                  "labels": list(lesson.learned.labels), "shots": shots}  # fmt: skip
        archive.writestr(LIST, json.dumps(record, ensure_ascii=False, indent=1))
        for name, content in classifier(lesson, teacher).items():
            archive.writestr(f"classifier/{name}", content)
        archive.writestr("classify.py", HOW.replace("{folder}", "LESSON"))
        archive.writestr("README.txt", README)
    return buffer.getvalue()


def classifier(lesson: Lesson, teacher: Card) -> dict[str, bytes]:
    """The files of a checkpoint of what was learned."""
    found = lesson.learned
    nearest = nearest_of(found.counts)
    head = {"weight": found.head.weight, "bias": found.head.bias}
    files = {
        "head.safetensors": save(head),
        FILE: Familiar.of(found.features, found.scale, nearest, half=False),
        EVALUATION: b'{"temperature": 1.0}\n',
    }
    arguments = {**teacher.architecture.arguments, "classes": [*map(folder_name, found.labels)]}
    theirs = teacher.architecture.parameters
    width, k = found.head.weight.shape[1] + 1, len(found.labels)
    own = theirs - width * len(teacher.architecture.arguments["classes"]) + width * k
    metrics = []
    if found.accuracy is not None:
        metrics.append(Metric(
            name="accuracy", split="validation films", n=len(lesson.shots), value=found.accuracy,
            higher_is_better=True, interval=found.swing,
            note=f"{found.films} films left out in turn",
        ))  # fmt: skip
    today = datetime.date.today().isoformat()
    card = Card(
        format=FORMAT, demo=teacher.demo, variant="lesson", title="A lesson",
        summary="Taught on the page by a visitor.",
        architecture=Architecture(name="Classifier", arguments=arguments, parameters=own),
        data=Data(name="a visitor's pictures", origin="taken or uploaded on the page",
                  licence="the visitor's", splits={"train": len(lesson.shots)},
                  protocol="Tested by leaving out whole films."),
        training=Training(command="taught on the page", seed=0, epochs=1, seconds=found.seconds,
                          cores=1, libraries={}, date=today),
        chosen_on="nothing was chosen", metrics=metrics, test_evaluations=[], references=[],
        tolerance=teacher.tolerance, uses={**teacher.uses}, licence=teacher.licence,
        files={n: File(bytes=len(c), sha256=sha256(c)) for n, c in files.items()},
        limits="It knows these classes alone, from these pictures.",
    )  # fmt: skip
    card.uses.pop("photos", None)
    return {**files, CARD: card.model_dump_json(indent=2).encode()}


def folder_name(label: str) -> str:
    """A class's name as a folder's: what file systems refuse is left out."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", label).strip(" .") or "class"


def unpack(path: str | Path) -> tuple[Lesson, list[tuple[str, str, str, bytes]]]:
    """An empty lesson with the classes of a zip, and its pictures: name, label, burst, content.

    Takes a saved lesson, or any zip of one folder for each class. Raises UserError.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise UserError(
            "This file is not a zip that can be read: choose one saved here, or a zip with "
            "one folder of pictures for each class."
        ) from error


def _read(archive: zipfile.ZipFile) -> tuple[Lesson, list[tuple[str, str, str, bytes]]]:
    members = [m for m in archive.infolist() if not m.is_dir()]
    if len(members) > MOST_FILES or sum(m.file_size for m in members) > MOST_BYTES:
        raise UserError(
            f"This zip is too large: {MOST_FILES:,} files and {MOST_BYTES // 2**20} MB unpacked "
            "are the most."
        )
    listed = {row["file"]: row for row in _listed(archive)}
    classes: list[str] = []
    found = []
    for member in members:
        parts = PurePosixPath(member.filename).parts
        hidden = any(p.startswith((".", "__")) for p in parts)
        if len(parts) < 2 or hidden or (parts[0] == "classifier"):
            continue
        row = listed.get(member.filename, {})
        label = str(row.get("label", parts[-2]))[:40]
        if label != NEGATIVE and label not in classes:
            classes.append(label)
        name = str(row.get("name", parts[-1]))
        found.append((name, label, str(row.get("burst", "")), archive.read(member)))
    if not found or len(classes) > CLASSES:
        raise UserError(
            f"This zip has {len(classes)} folders of pictures: give one folder for each class, "
            f"{CLASSES} at most."
        )
    return Lesson(tuple(classes)), found[: MOST + 1]


def _listed(archive: zipfile.ZipFile) -> list[dict]:
    """The list of a saved lesson; nothing of another zip."""
    if LIST not in archive.namelist():
        return []
    try:
        rows = json.loads(archive.read(LIST))["shots"]
        return [row for row in rows if isinstance(row, dict) and isinstance(row["file"], str)]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError("The list in this zip is damaged: save the lesson again.") from error


def restored(
    lesson: Lesson, files: list[tuple[str, str, str, bytes]], features: Features
) -> Iterator[tuple[Lesson, str | None]]:
    """The lesson after each picture, and the picture's name where it could not be read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        for name, label, burst, content in files:
            path.write_bytes(content)
            try:
                lesson = lesson.with_file(path, name, label, features, burst)
                yield lesson, None
            except UserError:
                yield lesson, name
