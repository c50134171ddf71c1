"""One contract over the whole registry: every demo and every variant keeps it."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from demos import GALLERY
from demos.core import panels, runtime
from demos.core.checkpoint import ROOT, Checkpoint, open_checkpoint
from demos.core.demo import ASSETS
from demos.core.errors import CheckpointError, UserError
from demos.core.images import decode
from tests.conftest import Server, given
from trainers.core import results

VARIANTS = [(demo, v.name) for demo in GALLERY for v in demo.variants]
EXAMPLES = [(demo, e) for demo in GALLERY for e in demo.examples]
PICTURES = [demo for demo in GALLERY if demo.takes == "picture"]
NAMES = [f"{d.name}-{v}" for d, v in VARIANTS]


@pytest.fixture(params=VARIANTS, ids=NAMES)
def checkpoint(request) -> Checkpoint:
    demo, variant = request.param
    return open_checkpoint(demo.name, variant)


def test_every_file_has_the_hash_on_the_card(checkpoint: Checkpoint):
    for name in checkpoint.card.files:
        checkpoint.read(name)
    assert {p.name for p in checkpoint.folder.iterdir()} == {*checkpoint.card.files, "card.json"}


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
    headline = next(d.headline for d in GALLERY if d.name == card.demo)
    main = card.metric(headline.metric, headline.split)
    assert main.n >= 2000 or main.interval or main.sd is not None


def test_parameters_are_as_on_the_card(checkpoint: Checkpoint):
    net = runtime.predictor(checkpoint.card.demo, checkpoint.card.variant).net
    net = getattr(net, "model", net)
    counted = (
        net.count_params()
        if hasattr(net, "count_params")
        else sum(p.numel() for p in net.parameters())
    )
    assert counted == checkpoint.card.architecture.parameters


@pytest.mark.parametrize(
    ("demo", "example"), EXAMPLES, ids=[f"{d.name}-{e.name}" for d, e in EXAMPLES]
)
def test_examples_are_answered_by_every_variant(demo, example):
    for variant in demo.variants:
        timed = runtime.predict(demo.name, variant.name, given(example))
        assert dataclasses.is_dataclass(timed.result) and timed.seconds > 0
        assert timed.variant == variant.name
        shown = json.loads(json.dumps(timed.result.to_json(), allow_nan=False))
        assert shown and all(value is not NotImplemented for value in shown.values())


@pytest.mark.parametrize(("demo", "variant"), VARIANTS, ids=NAMES)
def test_answers_do_not_depend_on_threads_or_on_what_came_before(demo, variant):
    tolerance = open_checkpoint(demo.name, variant).card.tolerance
    asked = given(demo.examples[0])

    def numbers() -> np.ndarray:
        found = runtime.predict(demo.name, variant, asked).result.to_json()
        flat = [v for v in found.values() if isinstance(v, (int, float))]
        flat += [x for v in found.values() if isinstance(v, dict) for x in v.values()]
        return np.array(flat, float)

    first = numbers()
    assert first.size
    runtime.predict(demo.name, variant, given(demo.examples[-1]))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    again = numbers()
    torch.set_num_threads(before)
    # Rounded to 4 digits for people; one unit of the last place is allowed on top.
    assert (np.abs(first - again) <= tolerance * np.maximum(1, np.abs(first)) + 1.1e-2).all()


@pytest.mark.parametrize("demo", PICTURES, ids=lambda d: d.name)
@pytest.mark.parametrize("size", [(1, 1), (8000, 20), (3, 700)])
def test_extreme_shapes_are_answered_or_refused_with_a_sentence(demo, size, tmp_path: Path):
    path = tmp_path / "a.png"
    Image.new("L", size, 9).save(path)
    for variant in demo.variants:
        try:
            result = runtime.predict(demo.name, variant.name, decode(path)).result
            json.dumps(result.to_json(), allow_nan=False)
        except UserError as error:
            assert re.fullmatch(r"[^\n]{20,300}", str(error))


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_tour_and_examples_refer_to_what_is_there(demo):
    assert 3 <= len(demo.tour) <= 6
    for step in demo.tour:
        demo.example(step.example)
        demo.variant(step.variant)
        assert 20 < len(step.text) < 260
    for example in demo.examples:
        if demo.takes == "picture":
            assert example.picture.is_file() and example.picture.parent == demo.examples_folder
    assert (demo.examples_folder / "cover.webp").is_file()
    assert all(len(text) > 200 for text in panels.about(demo))
    assert len({e.name for e in demo.examples}) == len(demo.examples)


@pytest.mark.parametrize(("demo", "variant"), VARIANTS, ids=NAMES)
def test_networks_do_not_depend_on_batch_or_threads(demo, variant):
    tolerance = open_checkpoint(demo.name, variant).card.tolerance
    predictor = runtime.predictor(demo.name, variant)
    seen: list[torch.Tensor] = []
    handle = predictor.net.register_forward_pre_hook(lambda _, x: seen.append(x[0].clone()))
    for example in demo.examples:
        predictor.predict(given(example))
    handle.remove()
    # Inputs of one shape with each other; one without company with itself.
    same = [x for x in seen if x.shape == seen[0].shape][:3]
    same = same if len(same) > 1 else same * 2
    before = torch.get_num_threads()
    with torch.inference_mode():
        torch.set_num_threads(1)
        alone = torch.cat([predictor.net(x) for x in same])
        torch.set_num_threads(before)
        together = predictor.net(torch.cat(same))
    assert ((alone - together).abs() <= tolerance * alone.abs().clamp_min(1)).all()


def test_one_changed_byte_in_any_file_is_refused(tmp_path: Path, monkeypatch, checkpoint):
    root = tmp_path / "checkpoints"
    folder = root / checkpoint.folder.parent.name / checkpoint.folder.name
    shutil.copytree(checkpoint.folder, folder)
    shutil.copy(ROOT / "SHA256SUMS", root)
    monkeypatch.setattr("demos.core.checkpoint.ROOT", root)
    runtime.forget()
    for path in sorted(folder.iterdir()):
        whole = path.read_bytes()
        place = len(whole) // 3
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(CheckpointError, match=path.name) as caught:
            runtime.predictor(folder.parent.name, folder.name)
        assert "\n" not in str(caught.value)
        path.write_bytes(whole)
    runtime.predictor(folder.parent.name, folder.name)
    runtime.forget()


def test_addresses_and_endpoints_are_unique():
    for key in ("slug", "endpoint", "name", "tab"):
        values = [getattr(demo, key) for demo in GALLERY]
        assert len(set(values)) == len(values)


def test_examples_are_no_test_images(data: Path):
    """Pictures in the repository are of our own making."""
    import pyarrow.parquet as pq

    known = set()
    for path in data.glob("*/*.parquet"):
        if "image" in pq.read_schema(path).names and path.parent.name in {"vgg_cells"}:
            for row in pq.read_table(path, columns=["image"]).to_pylist():
                known.add(row["image"]["bytes"])
    assert known and not known & {e.picture.read_bytes() for _, e in EXAMPLES if e.picture}


def test_the_readme_has_the_numbers_of_the_cards():
    text = results.README.read_text(encoding="utf-8")
    assert results.replace(text) == text, "run `make results`"


def test_an_altered_checkpoint_disables_only_its_tab(tmp_path: Path):
    root = tmp_path / "checkpoints"
    shutil.copytree(ROOT, root)
    broken, fine = GALLERY[0], GALLERY[1]
    weights = next((root / broken.name / broken.default).glob("*.safetensors"))
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    server = Server(tmp_path / "log.txt", GALLERY_CHECKPOINTS=str(root))
    try:
        with urllib.request.urlopen(f"{server.url}/readyz") as answer:
            variants = json.load(answer)["variants"]
        assert variants[f"{broken.name}/{broken.default}"].startswith("broken: The checkpoint")
        assert variants[f"{fine.name}/{fine.default}"] == "loaded"
        from gradio_client import Client, handle_file
        from gradio_client.exceptions import AppError

        client = Client(server.url, verbose=False)
        with pytest.raises(AppError, match=f"{broken.name}/{broken.default} cannot be used"):
            picture = handle_file(broken.examples[0].picture)
            client.predict(picture, broken.default, api_name=f"/{broken.endpoint}")
        other = client.predict(
            handle_file(fine.examples[0].picture), fine.default, api_name=f"/{fine.endpoint}"
        )
        assert other["variant"] == fine.default
    finally:
        server.stop()


def test_what_is_loaded_keeps_answering_when_its_file_changes(tmp_path: Path, monkeypatch):
    demo = GALLERY[0]
    shutil.copytree(ROOT, tmp_path / "c")
    monkeypatch.setattr("demos.core.checkpoint.ROOT", tmp_path / "c")
    runtime.forget()
    picture = decode(demo.examples[0].picture)
    before = runtime.predict(demo.name, demo.default, picture).result.to_json()
    next((tmp_path / "c" / demo.name / demo.default).glob("*.safetensors")).write_bytes(b"x")
    assert runtime.predict(demo.name, demo.default, picture).result.to_json() == before
    runtime.forget()
    with pytest.raises(CheckpointError):
        runtime.predict(demo.name, demo.default, picture)
    runtime.forget()


def test_assets_hold_nothing_large_or_foreign():
    kinds = {p.suffix for p in ASSETS.rglob("*") if p.is_file()}
    assert kinds <= {".json", ".safetensors", ".keras", ".webp", ".png", ""}
