"""Visitors' pictures, outsiders and the score of familiarity, on data made here."""

from __future__ import annotations

import numpy as np
import pytest

from demos.core.errors import UserError
from demos.fashion_mnist.familiar import Familiar
from demos.fashion_mnist.prepare import prepare
from trainers.fashion_mnist import outsiders
from trainers.fashion_mnist.calibrate import fitted_temperature, tempered
from trainers.fashion_mnist.familiarity import fit, measure
from trainers.fashion_mnist.visitors import VISITOR


def blob(rng: np.random.Generator, label: int) -> np.ndarray:
    """A (28, 28) garment of our own: a box whose shape is the class."""
    image = np.zeros((28, 28), np.uint8)
    half = 3 + label + int(rng.integers(0, 2))
    image[:, 14 - half : 14 + half] = rng.integers(120, 256)
    image[8:12, 14 - half : 14 + half] //= 2
    image[-1] //= int(rng.integers(1, 4))
    return image


def test_a_visitor_s_picture_is_large_and_the_same_every_time():
    image = blob(np.random.default_rng(0), 3)
    first, again, other = VISITOR(image, 0), VISITOR(image, 0), VISITOR(image, 1)
    assert (first.rgb == again.rgb).all()
    assert first.rgb.shape != other.rgb.shape or (first.rgb != other.rgb).any()
    assert min(first.rgb.shape[:2]) >= 300


def test_outsiders_are_two_hundred_and_each_can_be_prepared():
    assert len(outsiders.kinds()) * outsiders.VERSIONS == 200
    for kind in outsiders.kinds():
        try:
            assert prepare(outsiders.outsider(kind, 0)).image.shape == (28, 28)
        except UserError as error:  # pragma: no cover
            pytest.fail(f"{kind}: {error}")
    assert (outsiders.outsider("cup", 1).rgb == outsiders.outsider("cup", 1).rgb).all()


def test_the_halves_are_disjoint_and_whole():
    pairs = [
        (i, version) for i in range(len(outsiders.kinds())) for version in range(outsiders.VERSIONS)
    ]
    assert sum((i + version) % 2 == 0 for i, version in pairs) == len(pairs) // 2 == 100


def test_the_score_knows_what_it_was_fitted_to():
    rng = np.random.default_rng(0)
    labels = np.arange(600) % 3
    images = np.stack([blob(rng, label) for label in labels])
    content = fit(images[:450], labels[:450], images[450:])
    assert len(content) <= 300_000
    strange = rng.integers(0, 256, (50, 28, 28)).astype(np.uint8)
    found = measure(Familiar(content), images[450:], strange)
    assert found["auroc"] > 0.99 and found["strange_unfamiliar"] > 0.9
    assert found["held_out_unfamiliar"] <= 0.1


def test_a_temperature_undoes_overconfidence():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 10))
    true = tempered(np.exp(logits) / np.exp(logits).sum(1, keepdims=True), 1.0)
    labels = np.array([rng.choice(10, p=row) for row in true])
    assert fitted_temperature(tempered(true, 0.5), labels) == pytest.approx(2, rel=0.1)
    assert tempered(true, 0.5).argmax(1).tolist() == true.argmax(1).tolist()
