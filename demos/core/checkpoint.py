"""Checkpoints: find, verify, load. The contract is `Card` below and the hashes in it.

A checkpoint is the folder `<root>/<demo>/<variant>/` with `card.json`, `evaluation.json` and the
files a predictor needs. Nothing in it is executed on loading. `<root>/SHA256SUMS` covers all
files of all checkpoints, so that an altered card is noticed just as altered weights are.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from demos.core import hub
from demos.core.demo import ASSETS
from demos.core.errors import CheckpointError

SHIPPED = ASSETS / "checkpoints"
# Another folder of the same layout may be served: retrained checkpoints, say. A repository of the
# Hub, hf://OWNER/NAME, may have some of the variants; the others are the shipped ones.
SERVED = os.environ.get("GALLERY_CHECKPOINTS", "")
FROM_HUB = SERVED.startswith(hub.SCHEME)
ROOT = hub.fetched(SERVED) if FROM_HUB else Path(SERVED or SHIPPED)
SUMS = "SHA256SUMS"
CARD = "card.json"
EVALUATION = "evaluation.json"
FORMAT = 1
# File types that cannot carry code: a test refuses any other below assets/checkpoints.
FILE_TYPES = (".json", ".safetensors", ".keras", ".npz", ".txt", ".webp", ".faiss", ".gguf")


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Architecture(_Record):
    """`name` in the demo's model module, the keyword arguments that rebuild it, its size."""

    name: str
    arguments: dict[str, Any]
    parameters: int = Field(ge=0)


class Data(_Record):
    """What the variant was trained on. `splits` maps a split to its number of examples."""

    name: str
    origin: str
    licence: str
    splits: dict[str, int]
    protocol: str


class Training(_Record):
    """How to make it again. `seconds` is the time spent training, summed over resumed runs;
    `device` is what it was spent on, `cores` how many processor threads were used."""

    command: str
    seed: int
    epochs: int
    seconds: float
    cores: int
    libraries: dict[str, str]
    date: str
    notes: str = ""
    device: str = "CPU"

    @property
    def where(self) -> str:
        """ "on 2 cores", or "on one NVIDIA H100 80GB HBM3"."""
        if self.device != "CPU":
            return f"on one {self.device}"
        return f"on {self.cores} core{'s' * (self.cores > 1)}"


class Metric(_Record):
    """One number and what it was measured on. `sd` is over runs, `interval` is 95 %."""

    name: str
    split: str
    n: int
    value: float
    higher_is_better: bool
    sd: float | None = None
    runs: int | None = None
    interval: tuple[float, float] | None = None
    note: str = ""


class TestEvaluation(_Record):
    """One evaluation of this variant on its test split; every one ever made is listed."""

    date: str
    metric: str
    value: float
    note: str = ""


class Reference(_Record):
    """Somebody else's figure and whether it may be compared with ours, or why not.

    role: `original` is the notebook that a demo is based on, `published` the best published one.
    The first of each is shown on the overview's strip, with `short` in few words; the panels show
    the original's others beside ours, by metric and split.
    """

    who: str
    metric: str
    value: float
    source: str
    comparable: bool
    note: str = ""
    role: Literal["", "original", "published"] = ""
    short: str = ""
    split: str = "test"


class File(_Record):
    bytes: int
    sha256: str


class Card(_Record):
    """`card.json`. `tolerance` is how far served outputs may differ from fp32 training outputs."""

    format: Literal[1]
    demo: str
    variant: str
    title: str
    summary: str
    architecture: Architecture
    data: Data
    training: Training
    chosen_on: str
    metrics: list[Metric]
    test_evaluations: list[TestEvaluation]
    references: list[Reference]
    tolerance: float
    files: dict[str, File]
    uses: dict[str, str]
    licence: str
    limits: str

    def metric(self, name: str, split: str) -> Metric | None:
        """The first metric of that name on that split, or None."""
        return next((m for m in self.metrics if (m.name, m.split) == (name, split)), None)

    def reference(
        self, role: str, metric: str | None = None, split: str | None = None
    ) -> Reference | None:
        """The first reference with that role (and of that metric on that split), or None."""
        wanted = (role, metric, split)
        return next(
            (
                r
                for r in self.references
                if all(
                    w in (None, found)
                    for w, found in zip(wanted, (r.role, r.metric, r.split), strict=True)
                )
            ),
            None,
        )


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Checkpoint:
    """One verified folder.

    Opening reads the card and compares sizes; `read` and `path` compare the hash of the one file
    they are asked for, so a predictor only ever sees bytes that the card vouches for.
    Raises CheckpointError with one sentence whenever something does not fit.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self.card = self._read_card()
        for name, expected in self.card.files.items():
            found = self.folder / name
            if not found.is_file():
                raise self._error(f"{name} is missing")
            if found.stat().st_size != expected.bytes:
                raise self._error(
                    f"{name} has {found.stat().st_size:,} bytes instead of {expected.bytes:,}"
                )

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"

    @cached_property
    def evaluation(self) -> dict[str, Any]:
        """What the charts draw."""
        return json.loads(self.read(EVALUATION))

    def read(self, name: str) -> bytes:
        """The bytes of one file, after its hash was compared with the card's."""
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            raise self._error(f"{name} cannot be read") from error
        if name not in self.card.files or sha256(content) != self.card.files[name].sha256:
            raise self._error(f"{name} was altered: its hash is not the one on the card")
        return content

    def verify(self) -> None:
        """Compare the hash of every file with the card's."""
        for name in self.card.files:
            self.read(name)

    def path(self, name: str) -> Path:
        """The path of one verified file, for libraries that do not load from bytes."""
        self.read(name)
        return self.folder / name

    def uses(self, role: str) -> Checkpoint:
        """The checkpoint that this one names in `uses` under `role`, as demo/variant.

        One that was trained elsewhere has it beside it, or uses the shipped one.
        """
        beside = self.folder.parents[1] / self.card.uses[role]
        return Checkpoint(beside if beside.is_dir() else ROOT / self.card.uses[role])

    def _read_card(self) -> Card:
        if not self.folder.is_dir():
            raise self._error("its folder is missing")
        try:
            content = (self.folder / CARD).read_bytes()
            raw = json.loads(content)
        except OSError as error:
            raise self._error(f"{CARD} is missing") from error
        except ValueError as error:
            raise self._error(f"{CARD} is not complete JSON") from error
        if not isinstance(raw, dict) or raw.get("format") != FORMAT:
            raise self._error(f"{CARD} is not of format {FORMAT}, the only one known here")
        expected = read_sums(self.folder.parents[1]).get(f"{self.name}/{CARD}")
        if expected is not None and sha256(content) != expected:
            raise self._error(f"{CARD} was altered: its hash is not the one in {SUMS}")
        try:
            return Card.model_validate(raw)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise self._error(f"{CARD} does not fit the schema at {where}") from error

    def _error(self, what: str) -> CheckpointError:
        return CheckpointError(
            f"The checkpoint {self.name} cannot be used: {what}. Fetch the folder again, or "
            f"rebuild it with the command under “Rebuild it”."
        )


def open_checkpoint(demo: str, variant: str, root: Path | None = None) -> Checkpoint:
    """The checkpoint of a variant below `root` (by default those that are served)."""
    folder = (root or ROOT) / demo / variant
    if root is None and FROM_HUB and not folder.is_dir():
        folder = SHIPPED / demo / variant
    return Checkpoint(folder)


def read_sums(root: Path) -> dict[str, str]:
    """SHA256SUMS of a checkpoint root as {relative path: hash}; empty where there is none."""
    try:
        lines = (root / SUMS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines) if name}
