"""CIFAR-10: preparation, the two sliders, networks with and without places, explanations."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from demos.cifar10 import DEMO, export
from demos.cifar10.change import SHARES, SHIFTS, permutation, shifted, shuffled
from demos.cifar10.explain import depths, without_each
from demos.cifar10.model import CLASSES, build
from demos.cifar10.predict import seen, tensor
from demos.cifar10.prepare import prepare
from demos.core import given, images
from demos.core.checkpoint import open_checkpoint
from demos.core.errors import UserError
from demos.core.images import Picture
from tests import shipped

FULLY_CONNECTED = ("fcn_best", "fcn_seed_best", "fcn_seed")
CONVOLUTIONAL = ("cnn_best", "cnn_seed")


def example(name: str) -> Path:
    return Path(DEMO.example(name).inputs[0])


def asked(path: Path, *settings: float) -> tuple:
    return given.read(DEMO, [str(path), *(settings or (0.5, 0, 0))])


def test_ten_examples_get_their_ten_classes(predictors):
    """With swapped colours or a wrong layout they would not."""
    found = {
        name: predictors[DEMO.default].predict(*shipped.asked(DEMO, name)).top[0][0]
        for name in CLASSES
    }
    assert found == {name: name for name in CLASSES}


def test_the_same_picture_in_three_sizes_gets_one_answer(predictors, tmp_path: Path):
    image = Image.open(example("ship")).convert("RGB")
    for name, predictor in predictors.items():
        answers = []
        for side in (32, 256, 2400):
            path = tmp_path / f"{side}.png"
            image.resize((side, side), Image.Resampling.LANCZOS).save(path)
            answers.append(predictor.predict(*asked(path)))
        assert len({a.top[0][0] for a in answers}) == 1, name
        assert np.ptp([a.probabilities for a in answers], 0).max() < 0.1, name
    assert not answers[0].prepared.notes


def test_orientation_is_applied_once(tmp_path: Path):
    """A picture that lies on its side, with the tag that says so, is seen upright."""
    image = Image.open(example("ship")).convert("RGB")
    plain, tagged = tmp_path / "plain.png", tmp_path / "tagged.png"
    image.save(plain)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise by 90 degrees to show it
    image.transpose(Image.Transpose.ROTATE_90).save(tagged, exif=exif)
    first, second = (prepare(images.decode(str(p), background=255)) for p in (plain, tagged))
    assert (first.image == second.image).all()


def test_the_crop_is_a_square_that_moves():
    rgb = np.zeros((100, 200, 3), np.uint8)
    rgb[:, 100:] = 255
    crops = {place: prepare(Picture(rgb), place) for place in (0.0, 0.5, 1.0)}
    assert [c.crop for c in crops.values()] == [(0, 0, 100), (50, 0, 100), (100, 0, 100)]
    assert crops[0.0].image.max() == 0 and crops[1.0].image.min() == 255
    assert prepare(Picture(rgb.swapaxes(0, 1)), 1.0).crop == (0, 100, 100)


@pytest.mark.parametrize(("shape", "words"), [((20, 20), "enlarged"), ((40, 400), "only a square")])
def test_odd_sizes_are_said(shape: tuple[int, int], words: str):
    found = prepare(Picture(np.full((*shape, 3), 90, np.uint8)))
    assert found.image.shape == (32, 32, 3) and any(words in note for note in found.notes)


def test_the_sliders_change_what_they_say():
    image = np.arange(32 * 32 * 3, dtype=np.uint16).reshape(32, 32, 3)
    assert (shuffled(image, 0) == image).all() and (shifted(image, 0) == image).all()
    moved = [int((permutation(share) != np.arange(1024)).sum()) for share in SHARES]
    assert moved == [round(1024 * share) for share in SHARES]
    for share in SHARES:
        assert sorted(permutation(share)) == [*range(1024)]
    # Whole pixels move, the same way every time and in every picture of a batch.
    assert (np.sort(shuffled(image).reshape(-1, 3), 0) == image.reshape(-1, 3)).all()
    assert (shuffled(np.stack([image, image + 1])) == np.stack([shuffled(image)] * 2)
            + np.array([0, 1])[:, None, None, None]).all()  # fmt: skip
    for by in SHIFTS[1:]:
        assert (shifted(image, by)[:, by:] == image[:, :-by]).all()
        assert (shifted(image, by)[:, :by] == image[:, by:0:-1]).all()
    prepared = prepare(Picture(np.full((32, 32, 3), 7, np.uint8)))
    assert seen(prepared, 0, 0) is prepared.image


@pytest.mark.parametrize("settings", [(2, 0, 0), (0.5, -1, 0), (0.5, 0, 9), (0.5, "all", 0),
                                      (0.5, float("nan"), 0)])  # fmt: skip
def test_a_number_out_of_range_is_a_sentence(settings: tuple):
    with pytest.raises(UserError, match=r"give (a number|one) from"):
        asked(example("ship"), *settings)
    for function, value in ((permutation, 1.5), (lambda v: shifted(np.zeros((32, 32, 3)), v), 9)):
        with pytest.raises(ValueError):
            function(value)


def test_probabilities_are_one_softmax_of_the_logits(predictors):
    for name, predictor in predictors.items():
        inputs = shipped.asked(DEMO, "dog")
        logits = predictor.outputs([inputs])[0]["logits"] / predictor.temperature
        shares = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        found = predictor.predict(*inputs)
        assert np.allclose(found.probabilities, shares, atol=1e-5), name
        image = tensor(found.seen[None])
        with torch.inference_mode():  # the way of the page is the whole network
            assert np.allclose(predictor.net(image)[0] / predictor.temperature, logits, atol=1e-3)


def test_no_fully_connected_network_knows_a_place(predictors):
    """Shuffle the pixels, and the columns of the first layer alike: the answers stay. So training
    on shuffled pixels can make no difference to it."""
    image = predictors[DEMO.default].predict(*shipped.asked(DEMO, "cat")).seen
    columns = permutation()[None, :] + 1024 * np.arange(3)[:, None]
    for name in FULLY_CONNECTED:
        net = predictors[name].net
        assert not [m for m in net.modules() if isinstance(m, nn.Conv2d)]
        card = open_checkpoint(DEMO.name, name).card.architecture
        other = build(card.name, card.arguments).eval()
        other.load_state_dict(net.state_dict())
        with torch.inference_mode():
            other.first.weight[:] = other.first.weight[:, columns.ravel()]
            plain, moved = net(tensor(image[None])), other(tensor(shuffled(image[None])))
        assert torch.allclose(plain, moved, atol=1e-4), name


def test_shuffling_and_shifting_cost_as_the_page_says(predictors):
    """On the test images: shuffled, none is much better than chance; shifted by four pixels, the
    convolutional networks keep more of their accuracy than the fully connected ones."""
    kept = {}
    for name in predictors:
        found = open_checkpoint(DEMO.name, name).evaluation
        assert found["over_shift"][0] == found["over_shuffle"][0]
        assert found["over_shuffle"][-1] < 0.35, name
        kept[name] = found["over_shift"][4] / found["over_shift"][0]
    assert min(kept[n] for n in CONVOLUTIONAL) > max(kept[n] for n in FULLY_CONNECTED)
    plain, own = (
        {n: open_checkpoint(DEMO.name, n).card.metric(m, "test").value for n in
         ("fcn_seed", "cnn_seed")} for m in ("accuracy", "accuracy_shuffled")
    )  # fmt: skip
    assert abs(own["fcn_seed"] - plain["fcn_seed"]) < 0.03
    assert own["cnn_seed"] < plain["cnn_seed"] - 0.1


@pytest.mark.parametrize("shape", [(100, 200), (1, 1), (32, 32)])
def test_explanations_have_the_shape_of_what_was_seen(predictors, shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    for name, predictor in predictors.items():
        found = predictor.predict(Picture(rgb), 0.5, 0, 0)
        evidence = predictor.explain(found.seen, "cat")
        assert evidence.values.shape == (32, 32), name
        assert np.isfinite(evidence.values).all() and np.abs(evidence.values).max() <= 1 + 1e-6
        assert {d.kind for d in predictor.depths(found.seen)} == (
            {"filter"} if name in CONVOLUTIONAL else {"unit"}
        )


def test_a_filter_switched_off_is_a_map_of_zeros(predictors):
    """The answers without each filter equal those of a network whose map was set to 0."""
    for name in CONVOLUTIONAL:
        predictor = predictors[name]
        image = predictor.predict(*shipped.asked(DEMO, "horse")).seen
        found = depths(predictor.net, tensor(image[None]), predictor.temperature)
        with torch.inference_mode():
            maps = predictor.net.maps(tensor(image[None]))
        assert [d.size for d in found] == [m.shape[1] for m in maps]
        for number, depth in enumerate(found):
            part = depth.parts[0]

            def off(module, given, out, index=part.index):
                out = out.clone()
                out[:, index] = 0
                return out

            hook = predictor.net.blocks[number].register_forward_hook(off)
            try:
                expected = predictor.probabilities(image[None])[0]
            finally:
                hook.remove()
            assert np.allclose(part.probabilities, expected, atol=1e-4), (name, number)


def test_without_each_leaves_one_out():
    found = without_each(torch.ones(1, 3, 2, 2))
    assert found.shape == (3, 3, 2, 2)
    assert (found.sum((2, 3)) == 4 * (1 - torch.eye(3))).all()


def test_the_tour_says_what_happens(predictors):
    """What each step claims of its example."""

    def first(variant: str, name: str) -> str:
        return predictors[variant].predict(*shipped.asked(DEMO, name)).top[0][0]

    claims = {
        "ship": first("cnn_best", "ship") == "ship",
        "odd_frog": all(first(v, "odd_frog") != "frog" for v in predictors),
        "shuffled_ship": {
            v for v in predictors
            if predictors[v].twin(prepare(shipped.asked(DEMO, "ship")[0]))
        } == {"fcn_seed", "cnn_seed"},
        "shifted_car": falls("fcn_seed_best"),
        "dog": seldom_on_one(predictors["cnn_best"]),
        "apple": not predictors["cnn_best"].predict(*shipped.asked(DEMO, "apple")).familiarity
        .familiar and passes_as_a_truck(predictors["cnn_best"]),
    }  # fmt: skip
    assert set(claims) == {step.example for step in DEMO.tour}
    assert all(claims.values()), claims


def passes_as_a_truck(predictor) -> bool:
    found = predictor.predict(*shipped.asked(DEMO, "mug"))
    return found.familiarity.familiar and found.top[0][0] == "truck"


def falls(variant: str) -> bool:
    curve = open_checkpoint(DEMO.name, variant).evaluation["over_shift"]
    return curve[4] < curve[0] - 0.02


def seldom_on_one(predictor) -> bool:
    """No single filter of the last block changes the name of most examples."""
    turned = []
    for name in CLASSES:
        found = predictor.predict(*shipped.asked(DEMO, name))
        part = predictor.depths(found.seen)[-1].parts[0]
        turned.append(int(part.probabilities.argmax() != found.probabilities.argmax()))
    return np.mean(turned) < 0.5


def test_what_is_taken_away_answers_alike(predictors, tmp_path: Path):
    """Unpacked into an empty folder and run as it stands."""
    for variant in ("cnn_best", "fcn_seed"):
        folder = tmp_path / variant
        folder.mkdir()
        with zipfile.ZipFile(export.archive(variant, tmp_path)) as held:
            held.extractall(folder)
        command = [sys.executable, "classify.py", str(example("truck"))]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-500:]
        found = re.findall(r"(\w+) ([\d.]+)", done.stdout)
        ours = predictors[variant].predict(*shipped.asked(DEMO, "truck")).top
        assert [name for name, _ in found] == [name for name, _ in ours]
        assert np.allclose([float(p) for _, p in found], [p for _, p in ours], atol=2e-3)
