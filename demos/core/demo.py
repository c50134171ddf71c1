"""The record that describes a demo. It is data: importing it loads no model and no page."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

# Examples and checkpoints; the tests serve made-up ones from a folder of their own.
ASSETS = Path(os.environ.get("GALLERY_ASSETS", Path(__file__).resolve().parents[2] / "assets"))

Kind: TypeAlias = Literal["picture", "text", "document", "choice", "number", "conversation"]


@dataclass(frozen=True)
class Input:
    """One thing that a demo takes; the page, the API, “Call it” and tests are derived from it.

    name: of the parameter in the API. label: over the field. about: what callers read about it, a
    sentence without “at most …”, which is added from `limit`: megapixels of a picture,
    characters of a text or document, messages of a conversation. default: its value if nothing
    is given, which makes it optional. choices: of a choice. low, high, step: of a number.
    A text that is `verbatim` is taken as it was sent, so that positions in it stay valid.
    A picture may be drawn (`drawable`) or come from a webcam, and its transparent parts are put on
    a grey `background`.
    """

    name: str
    kind: Kind
    label: str
    about: str
    limit: int = 0
    default: Any = None
    choices: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01
    webcam: bool = False
    drawable: bool = False
    background: int = 255
    lines: int = 1
    placeholder: str = ""
    optional: bool = False
    verbatim: bool = False


@dataclass(frozen=True)
class Variant:
    """One checkpoint of a demo. `title` goes on the switch, `summary` says what it is.

    headline: the variant's own, where it answers another question than the default variant does.
    """

    name: str
    title: str
    summary: str
    headline: Headline | None = None


@dataclass(frozen=True)
class Example:
    """Inputs that fill the page and run in one click.

    inputs: one value for each of the demo's (a path for a picture or document); truth: what is
    known about it, which stays beside the answer; picture: what the tile shows; variant: the one
    that it is meant for, where the variants answer different questions.
    """

    name: str
    title: str
    inputs: tuple[Any, ...]
    truth: Any = None
    picture: Path | None = None
    variant: str | None = None


@dataclass(frozen=True)
class Guess:
    """What a room is asked before a step runs: a question, three answers, and which is right."""

    question: str
    answers: tuple[str, str, str]
    right: int


@dataclass(frozen=True)
class Step:
    """One step of the tour: an example, a variant, and one or two sentences on what to notice.

    guess: in a presentation, what is asked before it runs.
    """

    example: str
    variant: str
    text: str
    guess: Guess | None = None


@dataclass(frozen=True)
class Headline:
    """The strip on the overview: original, ours and best published on one axis, better to the
    right.

    Ours is `metric` on `split` of the default variant's card, the others are that card's
    references. `percent` shows shares as per cent. `low` and `high` are the ends of the axis in
    the metric.
    """

    metric: str
    label: str
    low: float
    high: float
    percent: bool = False
    split: str = "test"
    unit: str = ""
    digits: int = 2


@dataclass(frozen=True)
class Demo:
    """Everything the gallery needs to know about a demo before it is opened.

    `name` is the package below `demos` and `trainers`, `slug` its address, `tab` the short title
    in the row of tabs, `task` the one sentence under the title, `does` what its endpoint does,
    for callers. The default variant comes first.
    """

    name: str
    slug: str
    title: str
    tab: str
    task: str
    does: str
    inputs: tuple[Input, ...]
    variants: tuple[Variant, ...]
    examples: tuple[Example, ...]
    tour: tuple[Step, ...]
    headline: Headline
    endpoint: str

    @property
    def default(self) -> str:
        return self.variants[0].name

    @property
    def package(self) -> str:
        return f"demos.{self.name}"

    @property
    def examples_folder(self) -> Path:
        return ASSETS / "examples" / self.name

    @property
    def bound(self) -> float:
        """Seconds within which a warm first answer should arrive."""
        kinds = {i.kind for i in self.inputs}
        return 1.5 if "conversation" in kinds else 0.15 if "picture" in kinds else 0.1

    def variant(self, name: str) -> Variant:
        """The variant called `name`; KeyError if there is none."""
        return {v.name: v for v in self.variants}[name]

    def headline_of(self, name: str) -> Headline:
        """The headline of the variant called `name`: its own, or else the demo's."""
        return self.variant(name).headline or self.headline

    def example(self, name: str) -> Example:
        """The example called `name`; KeyError if there is none."""
        return {e.name: e for e in self.examples}[name]
