"""The trainer of CIFAR-10: held-out part, views, whitening, teacher, duplicates, familiarity."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from demos.cifar10 import DEMO
from demos.cifar10.change import shuffled
from demos.cifar10.familiar import KEY, scores
from demos.cifar10.model import build
from demos.cifar10.predict import Predictor
from demos.core.checkpoint import open_checkpoint
from demos.core.familiarity import Scale
from trainers.cifar10 import agree, beside, data, evaluate, train, views
from trainers.cifar10.duplicates import LEAST, correlations
from trainers.cifar10.familiarity import fitted_temperature, measure
from trainers.cifar10.recipes import RECIPES
from trainers.core import torch_loop
from trainers.core.run import Run


def test_held_out_is_the_last_of_each_class():
    labels = np.array([0, 1, 0, 1, 0, 1, 1])
    assert data.held_out(labels, 2).tolist() == [False, False, True, False, True, True, True]


@pytest.mark.parametrize("variant", [v.name for v in DEMO.variants])
@pytest.mark.parametrize("held_out", [False, True])
def test_the_card_says_what_was_trained_on(tmp_path, variant, held_out):
    a = argparse.Namespace(variant=variant, dry_run=True, held_out=held_out, epochs=1, seed=0,
                           init=None, no_twin=False)  # fmt: skip
    trained = train.train(a, Run(tmp_path))
    sizes = trained.data.splits["train"], trained.data.splits["validation"]
    assert sizes == ((50, 10) if held_out else (60, 0))
    assert {m.name for m in trained.metrics} == ({"accuracy", "loss"} if held_out else set())
    assert ("shuffled.safetensors" in trained.files) == bool(RECIPES[variant].twin)


def test_views_shift_flip_and_cover():
    x = torch.rand(4, 3, 32, 32)
    by = torch.tensor([[2, 0, 4, 2], [2, 2, 2, 0]])
    found = views.shifts(x, 2, by)
    assert torch.equal(found[0], x[0])
    assert torch.equal(found[1][:, 2:], x[1][:, :-2]) and torch.equal(found[2][:, :-2], x[2][:, 2:])
    assert torch.equal(found[3][..., 2:], x[3][..., :-2])
    flipped = views.flips(x, torch.tensor([True, False, False, False]))
    assert torch.equal(flipped[0], x[0].flip(-1)) and torch.equal(flipped[1:], x[1:])
    covered = views.cutout(x, 10, torch.Generator().manual_seed(0)) != x
    assert covered.any(1).sum((1, 2)).tolist() == [100] * 4
    assert views.smaller(x, 24).shape == (4, 3, 24, 24) and views.smaller(x, 32) is x


def test_the_trainer_shuffles_as_the_page_does():
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    assert (views.shuffled(x).permute(0, 2, 3, 1).numpy() == shuffled(images)).all()


def test_mixed_targets_stay_shares():
    generator = torch.Generator().manual_seed(3)
    targets = torch.eye(10)
    x, found = views.mixed(torch.eye(10)[:, :, None, None].repeat(1, 1, 2, 2), targets, 0.5,
                           generator)  # fmt: skip
    assert torch.allclose(found.sum(1), torch.ones(10)) and not torch.equal(found, targets)
    assert torch.allclose(x[..., 0, 0], found)  # in the same proportion as the images


def test_the_first_layer_whitens():
    """Of filtered patches, each component has a deviation of about 1, and no two hang together."""
    smooth = torch.nn.functional.avg_pool2d(torch.rand(200, 3, 34, 34), 3, 1)
    filters = train.whitening(smooth, floor=0)
    assert torch.equal(filters[:12], -filters[12:])
    standard = train.Standardise()(smooth)
    found = torch.nn.functional.conv2d(standard, filters[:12]).movedim(1, 0).flatten(1)
    assert torch.allclose(found @ found.T / found.shape[1], torch.eye(12), atol=0.02)


def test_the_learning_rate_ends_at_zero():
    for schedule in ("cosine", "triangle"):
        rates = [train.share_of_rate(schedule, d) for d in np.linspace(0, 1, 101)]
        assert max(rates) == pytest.approx(1, abs=0.02) and rates[-1] == pytest.approx(0)


def test_another_question_is_not_answered_from_what_is_kept(tmp_path, monkeypatch):
    """The teacher is asked again for other views and other images, not for the same."""
    recipe = replace(RECIPES["fcn_best"], views=2)
    images, _ = train.tensors(data.generated(20), torch.device("cpu"))
    first = train.teacher_answers(tmp_path, recipe, images, 0)
    assert first.shape == (2, 20, 10) and not torch.equal(first[0], first[1])
    monkeypatch.setattr(Predictor, "__init__", None)  # cannot be asked
    assert torch.equal(train.teacher_answers(tmp_path, recipe, images, 0), first)
    for other in ((replace(recipe, shift=0), images, 0), (recipe, 255 - images, 0),
                  (recipe, images, 1)):  # fmt: skip
        with pytest.raises(TypeError):
            train.teacher_answers(tmp_path, *other)


def test_near_duplicates_are_found():
    """Brighter, mirrored, with noise: found. Another picture: not."""
    rng = np.random.default_rng(0)
    blocks = rng.integers(30, 200, (6, 8, 8, 3)).repeat(4, 1).repeat(4, 2).astype(np.uint8)
    test = blocks[:4]
    train_images = np.stack([
        np.minimum(blocks[0] + 30, 255), blocks[1][:, ::-1],
        np.clip(blocks[2] + rng.normal(0, 8, blocks[2].shape), 0, 255), blocks[5],
    ]).astype(np.uint8)  # fmt: skip
    assert (correlations(test, train_images) >= LEAST).tolist() == [True, True, True, False]


def test_the_listed_duplicates_are_test_images():
    mask = evaluate.near_duplicates(10_000)
    assert 100 < mask.sum() < 1000
    assert not evaluate.near_duplicates(1).sum() or mask[0]


def test_familiarity_tells_low_logits_from_high_ones():
    """One class high: familiar. All low: not, though the softmax may be as sure."""
    rng = np.random.default_rng(0)
    known = scores(6 * np.eye(10)[np.arange(400) % 10] + rng.normal(size=(400, 10)), 1.0)
    strange = scores(6 * np.eye(10)[np.arange(400) % 10] - 6 + rng.normal(size=(400, 10)), 1.0)
    found = measure(Scale.of(known), known, strange)
    assert found["auroc"] > 0.99 and found["strange_unfamiliar"] > 0.95
    assert found["known_unfamiliar"] == pytest.approx(0.05, abs=0.01)
    assert scores(np.array([[1e4, 0.0]]), 1.0) == pytest.approx(1e4)


def test_the_temperature_is_found():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 10))
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = np.array([rng.choice(10, p=p) for p in shares])
    assert fitted_temperature(3 * logits, labels) == pytest.approx(3, rel=0.1)


def test_suspects_are_where_all_agree_against_the_label():
    a = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.99, 0.01]])
    b = np.array([[0.6, 0.4], [0.9, 0.1], [0.7, 0.3], [0.8, 0.2]])
    found = agree.suspects([a, b], np.array([1, 0, 0, 1]))
    assert [row["index"] for row in found] == [3, 0]


def multiply_adds(variant: str) -> int:
    """Of a forward pass, from the sizes of the layers by hand."""
    known = RECIPES[variant].arguments
    if variant.startswith("fcn_seed"):
        sizes = [3072, *known["hidden"], 10]
        return sum(a * b for a, b in pairwise(sizes))
    if variant == "fcn_best":
        width, wide = known["width"], known["width"] * known["expansion"]
        return 3072 * width + known["blocks"] * 2 * width * wide + width * 10
    channels = known["channels"]
    if variant == "cnn_seed":  # a convolution of 3 × 3 in each size, then 4 × 4 maps
        of = zip([32, 16, 8], pairwise([3, *channels]), strict=True)
        maps = sum(side * side * 9 * a * b for side, (a, b) in of)
        return maps + channels[-1] * 16 * known["hidden"] + known["hidden"] * 10
    total = 31 * 31 * 4 * 3 * 24  # the whitening layer
    for side, (a, b) in zip([31, 15, 7], pairwise([24, *channels]), strict=True):
        total += side * side * 9 * a * b + (side // 2) ** 2 * 9 * b * b
    return total + channels[-1] * 10


def test_operations_are_counted():
    """As by hand, and as recorded."""
    for variant, recipe in RECIPES.items():
        net = build(recipe.network, recipe.arguments)
        assert torch_loop.operations(net, 3, 32, 32) == multiply_adds(variant), variant
        recorded = open_checkpoint(DEMO.name, variant).evaluation["operations"]
        assert recorded == multiply_adds(variant), variant


def test_cells_list_the_most_confident_images_of_each_confusion():
    labels = np.array([3] * 30 + [5, 3])
    shares = np.full((32, 10), 0.01)
    shares[:30, 5] = np.linspace(0.3, 0.9, 30)  # cats called dogs, the surer the later
    shares[30, 3] = shares[31, 3] = 0.9  # a dog called a cat, and a cat
    found = beside.cells(shares, labels)
    assert found == {"cat|dog": [*range(29, 5, -1)], "dog|cat": [30]}


@pytest.fixture
def data_folder():
    if not os.environ.get("GALLERY_DATA"):
        pytest.skip("needs data: name its folder in $GALLERY_DATA")


def test_card_and_predictions_agree(data_folder):
    """The first 500 test images: the committed weights give the committed errors."""
    test = data.read("test")
    for variant in DEMO.variants:
        checkpoint = open_checkpoint(DEMO.name, variant.name)
        assert (KEY in checkpoint.evaluation) == variant.name.startswith("cnn")
        matrix = np.array(checkpoint.evaluation["confusion"]["matrix"])
        accuracy = checkpoint.card.metric("accuracy", "test").value
        assert matrix.sum() == 10_000 and np.trace(matrix) / 1e4 == pytest.approx(accuracy)
        found = Predictor(checkpoint).logits(test.images[:500]).argmax(1)
        wrong = set(np.flatnonzero(found != test.labels[:500]).tolist())
        assert {e["index"] for e in checkpoint.evaluation["errors"] if e["index"] < 500} <= wrong
        assert (found == test.labels[:500]).mean() == pytest.approx(accuracy, abs=0.06)
