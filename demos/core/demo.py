"""The record that describes a demo. It is data: importing it loads no model and no page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parents[2] / "assets"


@dataclass(frozen=True)
class Variant:
    """One checkpoint of a demo. `title` goes on the switch, `summary` says what it is."""

    name: str
    title: str
    summary: str


@dataclass(frozen=True)
class Example:
    """An input that fills and runs in one click.

    `inputs` has one value per input component of the page (a path for a picture); `truth` is what
    is known about it and stays beside the answer; `variant` overrides the chosen one.
    """

    name: str
    title: str
    inputs: tuple[Any, ...]
    truth: Any = None
    variant: str | None = None
    picture: Path | None = None


@dataclass(frozen=True)
class Step:
    """One step of the tour: an example, a variant, and one or two sentences on what to notice."""

    example: str
    variant: str
    text: str


@dataclass(frozen=True)
class Headline:
    """The strip on the overview: seed, ours and best published on one axis, better to the right.

    The figure of ours is `metric` on `split` of the default variant's card and is never written
    here; `seed` and `published` are figures of others, with their source on the card.
    `percent` shows shares as per cent. `low` and `high` are the ends of the axis in the metric.
    """

    metric: str
    label: str
    low: float
    high: float
    seed: float | None = None
    seed_note: str = ""
    published: float | None = None
    published_note: str = ""
    percent: bool = False
    split: str = "test"
    unit: str = ""
    digits: int = 2


@dataclass(frozen=True)
class Demo:
    """Everything the gallery needs to know about a demo before it is opened.

    `name` is the package below `demos` and `trainers`, `slug` its address, `tab` the short title
    in the row of tabs, `task` the one sentence under the title. The default variant comes first.
    """

    name: str
    slug: str
    title: str
    tab: str
    task: str
    variants: tuple[Variant, ...]
    examples: tuple[Example, ...]
    tour: tuple[Step, ...]
    headline: Headline
    endpoint: str
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def default(self) -> str:
        return self.variants[0].name

    @property
    def takes(self) -> str:
        """What its input is: `picture` or `text`."""
        return "picture" if self.examples[0].picture else "text"

    @property
    def package(self) -> str:
        return f"demos.{self.name}"

    @property
    def examples_folder(self) -> Path:
        return ASSETS / "examples" / self.name

    def variant(self, name: str) -> Variant:
        """The variant called `name`; KeyError if there is none."""
        return {v.name: v for v in self.variants}[name]

    def example(self, name: str) -> Example:
        """The example called `name`; KeyError if there is none."""
        return {e.name: e for e in self.examples}[name]
