"""Photos in folders: Caltech-101's nine animals, the original's nine politicians, or your own.

A folder of folders (or a zip of one) with two to a thousand classes will do; what cannot be read
as a picture is named and left out. `train` and `validation` (also `val`) are taken as they are if
there are folders of that name, else every fifth photo of a class is left for validation.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from demos.core import images
from demos.core.errors import UserError
from trainers.core import data
from trainers.core.data import DataError, Source

NINE = Source("caltech_animals9")
OTHER = Source("caltech_other")
POLITICIANS = (
    "https://github.com/omriallouche/ydata_deep_learning_2021/raw/"
    "7a98dc577367c0995d9297c70bcdea8614516841/data/israeli_politicians.zip"
)
NAMES = {"validation": ("validation", "val", "valid"), "train": ("train",), "test": ("test",)}
LEAST, MOST = 2, 1000  # classes
EVERY = 5  # photo of a class is left for validation where nothing else says which


@dataclass(frozen=True, eq=False)
class Photos:
    """Photos as they are found: `pictures` (height, width, 3) uint8, `labels` (n,) into
    `classes`."""

    names: list[str]
    labels: np.ndarray
    pictures: list[np.ndarray]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    def part(self, chosen: np.ndarray) -> Photos:
        """Those with these indices, or where a mask is true."""
        chosen = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        return replace(
            self, names=[self.names[i] for i in chosen], labels=self.labels[chosen],
            pictures=[self.pictures[i] for i in chosen],
        )  # fmt: skip


def read(split: str, where: str | None = None, classes: tuple[str, ...] | None = None) -> Photos:
    """A split of the nine animals, or of a folder or zip of one's own. Raises DataError.

    classes: the order of the labels, as a trained checkpoint has it.
    """
    path = Path(where) if where else None
    if path is not None and (path.suffix == ".zip" or not _is_table(path)):
        found = from_folder(unpacked(path), split)
    else:
        found = from_table(NINE, split, where)
    return found if classes is None else in_order(found, classes)


def size(split: str, where: str | None = None) -> int:
    """How many photos a split has; 0 where there is none."""
    try:
        return len(read(split, where))
    except DataError:
        return 0


def others(split: str) -> Photos | None:
    """Photos of none of the nine; None where they are not at hand."""
    try:
        return from_table(OTHER, split)
    except DataError:
        return None


def original() -> Path:
    """The folder of the original's nine politicians, fetched from their home once."""
    home = Source("israeli_politicians", home=POLITICIANS, read_home=lambda folder, _: folder)
    return data.load(home, "train")


def from_table(source: Source, split: str, where: str | None = None) -> Photos:
    """A split that lies in a table as `datasets` writes them."""
    rows = data.load(source, split, where)
    raw = rows.features["label"]
    values = rows["label"]
    classes = tuple(raw.names) if hasattr(raw, "names") else tuple(sorted(map(str, set(values))))
    labels = values if hasattr(raw, "names") else [classes.index(str(v)) for v in values]
    names = (
        rows["name"] if "name" in rows.column_names else [f"{split}_{i}" for i in range(len(rows))]
    )
    pictures = [np.asarray(image.convert("RGB")) for image in rows["image"]]
    return Photos(list(names), np.asarray(labels, np.int64), pictures, classes)


def from_folder(folder: Path, split: str) -> Photos:
    """A split of a folder of class folders, with folders for its splits or without."""
    places = [p for p in [folder / name for name in NAMES[split]] if p.is_dir()]
    apart = any((folder / name).is_dir() for name in NAMES["train"])
    if apart and not places and split != "validation":
        raise DataError(f"{folder} has no split “{split}”.")
    root = places[0] if places else (folder / "train" if apart else folder)
    classes = tuple(sorted(p.name for p in root.iterdir() if p.is_dir() and any(_files(p))))
    if not LEAST <= len(classes) <= MOST:
        raise DataError(
            f"{root} has {len(classes)} folders with files: give one folder for each class, "
            f"{LEAST} to {MOST:,} of them, with its pictures inside."
        )
    found: dict[str, tuple[int, np.ndarray]] = {}
    left_out = []
    for label, name in enumerate(classes):
        for path in _files(root / name):
            try:
                found[f"{name}/{path.relative_to(root / name)}"] = label, images.decode(path).rgb
            except UserError:
                left_out.append(f"{name}/{path.name}")
    if left_out:
        shown = ", ".join(left_out[:5]) + ", …" * (len(left_out) > 5)
        print(f"Left out, as no picture: {shown} ({len(left_out)} in all)", file=sys.stderr)
    labels = np.array([label for label, _ in found.values()], np.int64)
    whole = Photos([*found], labels, [rgb for _, rgb in found.values()], classes)
    if not len(whole):
        raise DataError(f"{root} has no pictures: give PNG, JPEG, WebP, GIF, BMP or TIFF.")
    return whole if places else whole.part(_held_out(whole) == (split != "train"))


def _held_out(photos: Photos) -> np.ndarray:
    """A mask (n,): every fifth photo of a class, in an order that only its name decides."""
    order = np.argsort([zlib.crc32(name.encode()) for name in photos.names], kind="stable")
    mask = np.zeros(len(photos), bool)
    for label in range(len(photos.classes)):
        mask[[i for i in order if photos.labels[i] == label][EVERY - 1 :: EVERY]] = True
    return mask


def in_order(photos: Photos, classes: tuple[str, ...]) -> Photos:
    """The photos with their labels in another order of the classes. Raises DataError for a class
    that is not among them."""
    unknown = [name for name in photos.classes if name not in classes]
    if unknown:
        raise DataError(
            f"The data has the class “{unknown[0]}”, which the checkpoint does not know: "
            f"it knows {', '.join(classes)}."
        )
    places = np.array([classes.index(name) for name in photos.classes])
    return replace(photos, labels=places[photos.labels], classes=classes)


def unpacked(path: Path) -> Path:
    """The folder that holds the classes or the splits: unpacked if it is a zip."""
    if not path.exists():
        raise DataError(f"{path} is no folder: give the folder that holds the data, or a zip.")
    folder = data._unpacked(path) if path.suffix == ".zip" else path
    inside = [p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "__"))]
    if len(inside) != 1 or inside[0].name in NAMES["train"]:
        return folder
    return inside[0] if any(p.is_dir() for p in inside[0].iterdir()) else folder


def _is_table(folder: Path) -> bool:
    return not folder.is_dir() or any(
        path.suffix in (".parquet", ".csv", ".tsv")
        for place in (folder, folder / "data")
        for path in place.glob("*.*")
    )


def _files(folder: Path) -> Iterator[Path]:
    return (p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith("."))


def generated(n: int = 36, classes: int = 3) -> Photos:
    """A handful of photos for --dry-run: a coloured bar that lies differently in each class."""
    rng = np.random.default_rng(0)
    labels = np.arange(n) % classes
    pictures = []
    for label in labels:
        picture = rng.integers(0, 60, (48, 64, 3), dtype=np.uint8)
        picture[8 + 10 * label : 18 + 10 * label, 6:58, label % 3] = 230
        pictures.append(picture)
    return Photos([f"{i:03}" for i in range(n)], labels, pictures, tuple("abcdefgh"[:classes]))
