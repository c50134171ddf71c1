"""Data from `--data`, `$GALLERY_DATA/<name>`, or the Hugging Face Hub / the data's home page.

One loader reads folders of parquet as `datasets` writes them, Hub names, folder-per-class images
(also zipped) and CSV/TSV. `datasets` does the reading; this module only decides where and what.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets import Dataset

CACHE = Path("runs/cache")


@dataclass(frozen=True)
class Source:
    """Where a data set lives. `name` is its folder below $GALLERY_DATA.

    `hub` is its name on the Hub (with `config` if it has several, and `hub_split` if the split has
    another name there). `home` is the address of an archive on its home page and `read_home` turns
    the unpacked folder and a split into a Dataset.
    """

    name: str
    hub: str | None = None
    config: str | None = None
    hub_split: str | None = None
    home: str | None = None
    read_home: Callable[[Path, str], Dataset] | None = None


class DataError(Exception):
    """The data could not be found or read; the text says what was tried and what to do."""


def load(source: Source, split: str, folder: str | Path | None = None) -> Dataset:
    """One split of a data set as a `datasets.Dataset`; raises DataError.

    folder: the value of `--data`. A folder with one file and no splits (`all.parquet`) is
    returned whole, whatever the split: then the trainer's protocol divides it.
    """
    if folder is not None:
        return _read_folder(Path(folder), split)
    tried = ["--data was not given"]
    root = os.environ.get("GALLERY_DATA")
    if not root:
        tried.append("$GALLERY_DATA is not set")
    elif (Path(root) / source.name).is_dir():
        return _read_folder(Path(root) / source.name, split)
    else:
        tried.append(f"$GALLERY_DATA has no folder {source.name}")
    try:
        return _read_home(source, split)
    except Exception as error:  # offline, moved, refused: each library has its own classes
        tried.append(f"{source.hub or source.home} could not be reached ({type(error).__name__})")
    raise DataError(
        f"The data set {source.name} was not found: {'; '.join(tried)}. Download it once and "
        f"give its folder with --data, or put it below the folder that $GALLERY_DATA names."
    )


def _read_home(source: Source, split: str) -> Dataset:
    from datasets import load_dataset

    if source.hub:
        split = source.hub_split or split
        return load_dataset(source.hub, source.config, split=split, cache_dir=str(CACHE))
    if source.home is None or source.read_home is None:
        raise DataError(f"{source.name} has no public home")
    return source.read_home(_unpacked(_downloaded(source.home)), split)


def _downloaded(address: str) -> Path:
    """The file at an address, fetched once and kept in the cache."""
    from torch.hub import download_url_to_file

    path = CACHE / "downloads" / address.rsplit("/", 1)[-1]
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        download_url_to_file(address, str(path))  # complete or not there
    return path


def _unpacked(archive: Path) -> Path:
    from datasets import DownloadConfig, DownloadManager

    manager = DownloadManager(download_config=DownloadConfig(cache_dir=CACHE / "unpacked"))
    return Path(manager.extract(str(archive)))


def _read_folder(folder: Path, split: str) -> Dataset:
    """A split in a folder: parquet, CSV/TSV, class folders, or class folders in a zip."""
    from datasets import load_dataset

    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder: give the folder that holds the data.")
    cache = {"cache_dir": str(CACHE), "split": "train"}
    for kind, endings in (("parquet", (".parquet",)), ("csv", (".csv", ".tsv"))):
        files = _files(folder, split, endings)
        if files:
            options = {"sep": "\t"} if files[0].suffix == ".tsv" else {}
            return load_dataset(kind, data_files={"train": [*map(str, files)]}, **cache, **options)
    images = folder / split
    if (folder / f"{split}.zip").is_file():
        images = _unpacked(folder / f"{split}.zip")
    if images.is_dir():
        return load_dataset("imagefolder", data_dir=str(images), **cache)
    found = ", ".join(sorted(p.name for p in folder.iterdir())[:8]) or "nothing"
    raise DataError(
        f"{folder} has no split “{split}”: expected {split}.parquet, {split}.csv, {split}.tsv, "
        f"a folder {split}/<class>/ or {split}.zip, and found {found}."
    )


def _files(folder: Path, split: str, endings: tuple[str, ...]) -> list[Path]:
    # `train.parquet`, `train-00000-of-00002.parquet` (also in `data/`), or one `all` file.
    for place in (folder, folder / "data"):
        for stem in (split, f"{split}-*", f"{split}_*", "all"):
            found = sorted(p for end in endings for p in place.glob(stem + end))
            if found:
                return found
    return []
