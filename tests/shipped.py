"""The shipped demos as tests use them: each variant loaded once a process and never forgotten."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from demos import GALLERY
from demos.core import given, panels, runtime
from demos.core.checkpoint import open_checkpoint
from demos.core.demo import Demo, Example
from demos.core.frame import Asked
from demos.core.predictor import Inputs, Outputs

VARIANTS = [(demo, variant.name) for demo in GALLERY for variant in demo.variants]
NAMES = [f"{demo.name}-{variant}" for demo, variant in VARIANTS]


def asked(demo: Demo, example: Example | str) -> Inputs:
    """What a predictor is asked about an example: its inputs, read and decoded."""
    example = demo.example(example) if isinstance(example, str) else example
    return given.read(demo, example.inputs)


def predictors(demo: Demo) -> dict[str, Any]:
    """All variants of a demo by name."""
    return {v.name: runtime.predictor(demo.name, v.name) for v in demo.variants}


def ask(demo: Demo, variant: str, *values: Any) -> Asked[Any]:
    """One question as the page puts it, with its answer."""
    inputs = given.read(demo, values)
    timed = runtime.Predictors(demo).predict(variant, *inputs)
    return Asked(inputs, timed, given.truth(demo, values))


def sent(url: str, demo: Demo, example: int = 0, variant: str | None = None) -> list[Any]:
    """The arguments of an endpoint as they are sent to a gallery at `url`, the variant last."""
    found = [panels.payload(p) for p in panels.parameters(demo, example, variant)]
    return json.loads(json.dumps(found).replace(panels.ORIGIN, url))


def kinds(demo: Demo) -> set[str]:
    """The kinds of its inputs."""
    return {of.kind for of in demo.inputs}


def arguments(demo: Demo, first: Any, variant: Any = None) -> list[Any]:
    """The arguments of an endpoint with this first input and the defaults of the others."""
    return [first, *(of.default for of in demo.inputs[1:]), variant or demo.default]


def tolerance(demo: Demo, variant: str) -> float:
    """How far outputs may differ, as the card says."""
    return open_checkpoint(demo.name, variant).card.tolerance


def close(a: Any, b: Any, within: float) -> bool:
    """|a − b| ≤ within · max(1, |a|) for every number: the gallery's rule for equal outputs."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return a.shape == b.shape and bool((np.abs(a - b) <= within * np.maximum(1, np.abs(a))).all())


def same(a: list[Outputs], b: list[Outputs], within: float) -> bool:
    """Whether two lists of outputs have the same names and close numbers."""
    return len(a) == len(b) and all(
        x.keys() == y.keys() and all(close(x[name], y[name], within) for name in x)
        for x, y in zip(a, b, strict=True)
    )


@contextlib.contextmanager
def threads(count: int) -> Iterator[None]:
    """So many threads of torch while the block runs."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
