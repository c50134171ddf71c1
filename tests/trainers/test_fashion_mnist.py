"""The trainer of Fashion-MNIST: held-out part, the teacher's answers, the card."""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import pytest
import torch

from demos.core.checkpoint import open_checkpoint
from demos.fashion_mnist import DEMO
from trainers.core.run import Run
from trainers.fashion_mnist import data, train
from trainers.fashion_mnist.train import RECIPES, teacher_answers


def test_held_out_is_the_last_of_each_class():
    labels = np.array([0, 1, 0, 1, 0, 1, 1])
    assert data.held_out(labels, 2).tolist() == [False, False, True, False, True, True, True]


def test_another_question_is_not_answered_from_what_is_kept(tmp_path, monkeypatch):
    """The teacher is asked again for another recipe and for other images, not for the same."""
    recipe = replace(RECIPES["seed_plus"], shift=0)
    images = data.generated(20)[0][:, None].astype(np.float32) / 255
    cpu = torch.device("cpu")
    first = teacher_answers(tmp_path, recipe, images, cpu)
    assert first.shape == (2, 20, 10) and first.dtype == torch.float16
    monkeypatch.setattr(train, "Predictor", None)  # cannot be asked
    assert torch.equal(teacher_answers(tmp_path, recipe, images, cpu), first)
    for other in ((replace(recipe, own=0.2), images), (recipe, 1 - images)):
        with pytest.raises(TypeError):
            teacher_answers(tmp_path, *other, cpu)


@pytest.mark.parametrize("held_out", [False, True])
def test_the_card_says_what_was_trained_on(tmp_path, held_out):
    a = argparse.Namespace(
        variant="best", dry_run=True, held_out=held_out, epochs=1, seed=0, init=None
    )
    trained = train.train(a, Run(tmp_path))
    sizes = trained.data.splits["train"], trained.data.splits["validation"]
    assert sizes == ((50, 10) if held_out else (60, 0))
    assert ("were left for choosing" in trained.data.protocol) == held_out
    assert {m.name for m in trained.metrics} == ({"accuracy", "loss"} if held_out else set())


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
