"""The trainer of Fashion-MNIST: held-out part, augmentation, resuming in Keras, the card."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from demos.core.checkpoint import open_checkpoint
from demos.fashion_mnist import DEMO
from trainers.fashion_mnist import data
from trainers.fashion_mnist.evaluate import SEED_REPORT, charts, scores


def test_held_out_is_the_last_of_each_class():
    labels = np.array([0, 1, 0, 1, 0, 1, 1])
    assert data.held_out(labels, 2).tolist() == [False, False, True, False, True, True, True]


def test_augmentation_shifts_and_flips_but_keeps_the_content():
    x = torch.zeros(64, 1, 28, 28)
    x[:, 0, 10, 6] = 1.0
    generator = torch.Generator().manual_seed(0)
    flip = torch.arange(64) % 2 == 1
    found, which = data.augment(x.clone(), generator, flip=flip, shift=2, erase=0.0)
    assert found.shape == x.shape and (found.sum((1, 2, 3)) == 1).all()
    at = {tuple(np.argwhere(image[0].numpy() == 1)[0]) for image in found}
    columns = {c for _, c in at}
    assert {r for r, _ in at} == {8, 9, 10, 11, 12}
    assert columns == {4, 5, 6, 7, 8} | {19, 20, 21, 22, 23}
    views = torch.stack(list(data.views(x, 2)))
    assert len(views) == 50 and (views[which, torch.arange(64)] == found).all()


def test_erasing_covers_some_of_some():
    x = torch.full((200, 1, 28, 28), 2.0)
    generator, flip = torch.Generator().manual_seed(0), torch.zeros(200, dtype=torch.bool)
    found, _ = data.augment(x.clone(), generator, flip=flip, shift=0, erase=0.5)
    touched = (found != 2).flatten(1).float().mean(1)
    assert 0.35 < (touched > 0).float().mean() < 0.65
    assert touched.max() < 0.35 and (found[found != 2] <= 1).all()


def test_scores_by_hand():
    probabilities = np.array([[0.7, 0.3] + [0.0] * 8, [0.9, 0.1] + [0.0] * 8])
    accuracy, loss = scores(probabilities, np.array([0, 1]))
    assert accuracy == 0.5 and loss == pytest.approx(-(np.log(0.7) + np.log(0.1)) / 2)


def test_charts_agree_with_a_count_by_hand():
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 10, 500), rng.integers(0, 10, 500)
    found = charts(np.eye(10)[predicted], labels)
    matrix = np.array(found["confusion"]["matrix"])
    assert matrix[3, 7] == ((labels == 3) & (predicted == 7)).sum()
    row = found["per_class"][4]
    assert row["recall"] == pytest.approx(matrix[4, 4] / matrix[4].sum())
    assert row["precision"] == pytest.approx(matrix[4, 4] / matrix[:, 4].sum())
    assert (row["seed_precision"], row["seed_recall"], row["seed_f1"]) == SEED_REPORT[4]


def test_card_and_predictions_agree(data_folder):
    """The first 1,000 test images: the committed weights give the committed confusions."""
    from demos.fashion_mnist.predict import Predictor

    images, labels = data.read("test")
    for variant in DEMO.variants:
        checkpoint = open_checkpoint(DEMO.name, variant.name)
        card, found = checkpoint.card, checkpoint.evaluation
        matrix = np.array(found["confusion"]["matrix"])
        assert matrix.sum() == 10_000
        assert np.trace(matrix) / 1e4 == pytest.approx(card.metric("accuracy", "test").value)
        probabilities = Predictor(checkpoint).probabilities(images[:1000])
        wrong = set(np.flatnonzero(probabilities.argmax(1) != labels[:1000]).tolist())
        listed = {e["index"] for e in found["errors"] if e["index"] < 1000}
        assert listed <= wrong


@pytest.fixture
def data_folder():
    import os

    if not os.environ.get("GALLERY_DATA"):
        pytest.skip("needs data: name its folder in $GALLERY_DATA")
