"""Examples and checkpoints of the made-up demos: drawn, trained and published when tests start."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from unittest import mock

import numpy as np
from PIL import Image

from demos.core.checkpoint import Architecture, Data, Metric, Reference
from demos.core.demo import Demo
from tests.made_up import MADE_UP
from tests.made_up.plain import WEIGHTS
from trainers.core import cli
from trainers.core.publish import Trained, publish, training_record

# The number that each variant without a network stands on.
NUMBERS = {
    "reader": {"best": 3, "long": 5},
    "index": {"best": 1},
    "chat": {"best": 1},
    "number": {"square": 2, "cube": 3, "fourth": 4, "fifth": 5},
}


def write(folder: Path) -> Path:
    """All that the made-up demos need, below a folder that may be served as $GALLERY_ASSETS."""
    examples(folder / "examples")
    for demo in MADE_UP:
        for variant in demo.variants:
            out = folder / "checkpoints" / demo.name / variant.name
            if demo.name in NUMBERS:
                rule(demo, variant.name, out)
            else:
                options = ["--variant", variant.name, "--epochs", "5", "--out", str(out)]
                train(demo, *options, runs=folder / "runs")
    return folder


def examples(folder: Path) -> None:
    """A cover for each, pictures of noise, a document."""
    rng = np.random.default_rng(0)
    for demo in MADE_UP:
        (folder / demo.name).mkdir(parents=True)
        picture(rng, 8, 1).save(folder / demo.name / "cover.webp")
    picture(rng, 8, 1).save(folder / "noise" / "fine.png")
    picture(rng, 4, 2).save(folder / "noise" / "coarse.png")
    (folder / "index" / "lines.txt").write_text("a line\n" * 99 + "a longer line\none\n")


def picture(rng: np.random.Generator, side: int, fold: int) -> Image.Image:
    """64 × 64 pixels of noise whose `side` × `side` numbers are each repeated."""
    values = np.clip(rng.normal(128, 40, (side, side)), 0, 255).astype(np.uint8)
    grey = Image.fromarray(values.repeat(fold, 0).repeat(fold, 1))
    return grey.resize((256, 256), Image.Resampling.NEAREST)


def train(demo: Demo, *options: str, runs: Path) -> None:
    """The command line of a made-up trainer, in this process."""
    module = importlib.import_module(f"trainers.{demo.name}.__main__")
    with mock.patch.object(cli, "RUNS", runs):
        cli.main(module.TRAINER, ["train", "--threads", "1", *options])


def rule(demo: Demo, variant: str, out: Path) -> None:
    """The checkpoint of a demo without a network."""
    accuracy = Metric(name="accuracy", split="test", n=1, value=1, higher_is_better=True)
    by_hand = Trained(
        architecture=Architecture(name="Rule", arguments={}, parameters=0),
        data=Data(name="none", origin="made up", licence="none", splits={"test": 1}, protocol="–"),
        epochs=0,
        chosen_on="nothing",
        metrics=[accuracy],
        files={WEIGHTS: json.dumps({"number": NUMBERS[demo.name][variant]}).encode()},
        evaluation={"curves": []},
        licence="MIT, like the code",
        limits="It was made up.",
        references=[
            Reference(who="nobody", metric="accuracy", value=0.5, source="–", comparable=False,
                      role="original"),
        ],
    )  # fmt: skip
    of = demo.variant(variant)
    how = training_record(seed=0, epochs=0, seconds=0.0, threads=1, notes="")
    publish(out, demo.name, variant, of.title, of.summary, by_hand, how)
