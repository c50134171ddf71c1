"""One contract over the whole registry: every demo and every variant keeps it.

All of it runs in one process, which loads each variant once. What happens to altered files is
tested on made-up demos in tests/core.
"""

from __future__ import annotations

import dataclasses
import io
import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from demos import GALLERY
from demos.core import panels, runtime
from demos.core.checkpoint import (
    CARD,
    FILE_TYPES,
    ROOT,
    SUMS,
    Checkpoint,
    open_checkpoint,
    read_sums,
    sha256,
)
from demos.core.demo import ASSETS, Demo
from demos.core.errors import UserError
from demos.core.familiarity import Familiarity
from demos.core.predictor import Predictor
from tests import shipped
from trainers.core import results

PICTURES = [demo for demo in GALLERY if any(i.kind == "picture" for i in demo.inputs)]
of_every_demo = pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
of_every_variant = pytest.mark.parametrize(("demo", "variant"), shipped.VARIANTS, ids=shipped.NAMES)
# In place of a number: what a card says where nothing was chosen, or nothing could be held out.
NO_CHOICE = re.compile(r"(nothing|no choice)\b|\bno number\b", re.IGNORECASE)


@pytest.fixture(params=shipped.VARIANTS, ids=shipped.NAMES)
def checkpoint(request) -> Checkpoint:
    demo, variant = request.param
    return open_checkpoint(demo.name, variant)


def test_every_file_has_the_hash_on_the_card(checkpoint: Checkpoint):
    checkpoint.verify()
    assert {p.name for p in checkpoint.folder.iterdir()} == {*checkpoint.card.files, CARD}


def test_the_sums_cover_every_file():
    files = {p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*") if p.is_file()} - {SUMS}
    sums = read_sums(ROOT)
    assert set(sums) == files
    # Those of all other files are on the cards, and are compared above.
    for name in files:
        if name.endswith(CARD):
            assert sums[name] == sha256((ROOT / name).read_bytes()), name


def test_the_card_is_complete(checkpoint: Checkpoint):
    card = checkpoint.card
    assert (card.demo, card.variant) == (checkpoint.folder.parent.name, checkpoint.folder.name)
    assert card.training.command.startswith(f"python -m trainers.{card.demo} train")
    assert f"--variant {card.variant}" in card.training.command
    for text in (card.licence, card.limits, card.chosen_on, card.data.origin, card.data.protocol):
        assert len(text) > 10
    tested = [m for m in card.metrics if m.split == "test"]
    assert tested and card.test_evaluations and card.references
    # Every number over fewer than 2,000 examples comes with its interval or its spread.
    headline = next(d for d in GALLERY if d.name == card.demo).headline_of(card.variant)
    main = card.metric(headline.metric, headline.split)
    assert main.n >= 2000 or main.interval or main.sd is not None


def test_what_was_chosen_has_its_number(checkpoint: Checkpoint):
    """A metric on validation data stands on the card, or the card says that nothing was chosen."""
    card = checkpoint.card
    measured = any(m.split.startswith("validation") for m in card.metrics)
    assert measured or NO_CHOICE.search(card.chosen_on), card.chosen_on


def test_nothing_is_made_from_itself(checkpoint: Checkpoint):
    """A shipped checkpoint starts from no checkpoint but another shipped one."""
    card = checkpoint.card
    for name in re.findall(r"assets/checkpoints/(\w+/\w+)", card.training.command):
        assert name == checkpoint.name or (ROOT / name / CARD).is_file()
    starts = re.findall(r"--(?:init|teacher)[ =](\S+)", card.training.command)
    for start in starts:
        assert Path(start).parts[-2:] != (card.demo, card.variant), "it is its own start"


@of_every_variant
def test_a_predictor_keeps_the_protocol(demo: Demo, variant: str):
    model = runtime.predictor(demo.name, variant)
    assert isinstance(model, Predictor)
    checkpoint = open_checkpoint(demo.name, variant)
    assert model.parameters == checkpoint.card.architecture.parameters
    assert model.parameters == counted(model, checkpoint)


def counted(model: Any, checkpoint: Checkpoint) -> int:
    """The parameters of all networks that a predictor holds, counted one by one.

    Those of a Keras network in its file: another framework may split a bias in two.
    """
    if "model.keras" in checkpoint.card.files:
        return in_keras_file(checkpoint.path("model.keras"))
    held = [*vars(model).values()]
    inner = [value for value in held if isinstance(value, Predictor)]
    nets = [value for value in held if isinstance(value, torch.nn.Module)]
    own = sum(p.numel() for net in nets for p in net.parameters())
    return own + sum(counted(each, checkpoint) for each in inner)


def in_keras_file(path: Path) -> int:
    """The numbers in a .keras file, the state of random generators left out."""
    found: list[int] = []

    def add(name: str, entry: Any) -> None:
        if isinstance(entry, h5py.Dataset) and "seed_generator" not in name:
            found.append(entry.size)

    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as weights:
        h5py.File(io.BytesIO(weights.read())).visititems(add)
    return sum(found)


@of_every_variant
def test_examples_are_answered(demo: Demo, variant: str):
    for example in demo.examples:
        found = shipped.ask(demo, variant, *example.inputs)
        assert dataclasses.is_dataclass(found.result) and found.timed.seconds > 0
        assert found.variant == variant and found.truth == example.truth
        shown = json.loads(json.dumps(found.result.to_json(), allow_nan=False))
        assert isinstance(shown, dict) and shown
        familiarity = found.result.familiarity
        assert familiarity is None or isinstance(familiarity, Familiarity)
        assert familiarity is None or 0 <= familiarity.share <= 1


@of_every_variant
def test_outputs_depend_on_nothing_but_the_input(demo: Demo, variant: str):
    """Alone, together, in another order, after other questions, with one thread and with two:
    the raw numbers are equal within the tolerance on the card."""
    model, within = runtime.predictor(demo.name, variant), shipped.tolerance(demo, variant)
    asked = [shipped.asked(demo, example) for example in demo.examples[:3]]
    with shipped.threads(2):
        alone = [model.outputs([inputs])[0] for inputs in asked]
        # Every input twice, so that each has company of its own length and shape.
        together = model.outputs([*asked, *reversed(asked)])
    with shipped.threads(1):
        one = [model.outputs([inputs])[0] for inputs in asked]
    assert all(len(found) and numbers(found) for found in alone)
    assert shipped.same(alone, together[: len(asked)], within)
    assert shipped.same(alone, together[: len(asked) - 1 : -1], within)
    assert shipped.same(alone, one, within)


def numbers(outputs: Any) -> bool:
    """Whether all outputs are finite arrays."""
    return all(np.isfinite(np.asarray(array)).all() for array in outputs.values())


@of_every_variant
def test_a_prediction_does_not_depend_on_what_came_before(demo: Demo, variant: str):
    first, last = (shipped.asked(demo, demo.examples[i]) for i in (0, -1))
    model = runtime.predictor(demo.name, variant)
    before = model.predict(*first).to_json()
    model.predict(*last)
    assert model.predict(*first).to_json() == before


@pytest.mark.parametrize("demo", PICTURES, ids=lambda d: d.name)
@pytest.mark.parametrize("size", [(1, 1), (8000, 20), (3, 700)])
def test_extreme_shapes_are_answered_or_refused_with_a_sentence(demo, size, tmp_path: Path):
    path = tmp_path / "a.png"
    Image.new("L", size, 9).save(path)
    kinds = [i.kind for i in demo.inputs]
    values = [
        str(path) if kind == "picture" else value
        for kind, value in zip(kinds, demo.examples[0].inputs, strict=True)
    ]
    for variant in demo.variants:
        try:
            result = shipped.ask(demo, variant.name, *values).result
            json.dumps(result.to_json(), allow_nan=False)
        except UserError as error:
            assert re.fullmatch(r"[^\n]{20,300}", str(error))


@of_every_demo
def test_tour_and_examples_refer_to_what_is_there(demo: Demo):
    assert 3 <= len(demo.tour) <= 6
    for step in demo.tour:
        demo.example(step.example)
        demo.variant(step.variant)
        assert 20 < len(step.text) < 260
    for example in demo.examples:
        assert example.variant is None or demo.variant(example.variant)
        assert len(example.inputs) == len(demo.inputs)
        files = [v for i, v in zip(demo.inputs, example.inputs, strict=True) if is_file(i.kind)]
        for file in (*files, *filter(None, [example.picture])):
            assert Path(file).is_file() and Path(file).parent == demo.examples_folder
    assert (demo.examples_folder / "cover.webp").is_file()
    assert all(len(text) > 200 for text in panels.about(demo))
    assert len({e.name for e in demo.examples}) == len(demo.examples)


def is_file(kind: str) -> bool:
    return kind in ("picture", "document")


def test_addresses_and_endpoints_are_unique():
    for key in ("slug", "endpoint", "name", "tab"):
        values = [getattr(demo, key) for demo in GALLERY]
        assert len(set(values)) == len(values)


def test_the_overview_has_its_numbers():
    """The headline's metric stands on the default's card, and it lies on the strip's axis, as does
    the original's figure where the original has one."""
    for demo in GALLERY:
        h, card = demo.headline, open_checkpoint(demo.name, demo.default).card
        ours, original = card.metric(h.metric, h.split), card.reference("original")
        assert ours is not None and (original is None or original.metric == h.metric)
        for found in filter(None, (ours, original)):
            assert min(h.low, h.high) <= found.value <= max(h.low, h.high)


def test_examples_are_of_our_own_making(data: Path):
    """No picture or text among the examples stands in a data set of the demo's kind."""
    shown = {
        Path(value).read_bytes() if is_file(of.kind) else plain(value)
        for demo in GALLERY
        for example in demo.examples
        for of, value in zip(demo.inputs, example.inputs, strict=True)
    }
    known = {
        *rows(data, ("vgg_cells", "fashion_mnist"), "image"),
        *rows(data, ("sst2",), "sentence"),
        *rows(data, ("squad", "squadshifts"), "context"),
        *rows(data, ("lyrics_corpus",), "lyrics"),
    }
    # A word or two, or an input that is left empty, are nobody's.
    same = {s for s in known & shown if isinstance(s, bytes) or len(s.split()) > 2}
    assert known and not same


def plain(value: Any) -> str:
    """A text without its capitals."""
    return str(value).lower().strip()


def rows(data: Path, folders: Sequence[str], column: str) -> list[Any]:
    """One column of all parquet files of some data sets."""
    import pyarrow.parquet as pq

    found: list[Any] = []
    for path in (p for folder in folders for p in (data / folder).rglob("*.parquet")):
        if column in pq.read_schema(path).names:
            values = pq.read_table(path, columns=[column]).column(column).to_pylist()
            found += [v["bytes"] if isinstance(v, dict) else plain(v) for v in values]
    return found


def test_the_readme_has_the_numbers_of_the_cards():
    text = results.README.read_text(encoding="utf-8")
    assert results.replace(text) == text, "run `make results`"


def test_assets_hold_nothing_foreign():
    """Nothing that is executed on loading, and nothing but pictures beside it."""
    kinds = {p.suffix for p in ASSETS.rglob("*") if p.is_file()}
    assert kinds <= {*FILE_TYPES, ".png", ""}
    assert [p.name for p in ASSETS.rglob("*") if p.is_file() and not p.suffix] == [SUMS]
