"""Fashion-MNIST: preparation, networks, served outputs against TensorFlow, explanations."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from demos.core.checkpoint import open_checkpoint
from demos.core.errors import UserError
from demos.core.images import Picture
from demos.fashion_mnist import DEMO, predict
from demos.fashion_mnist.model import CLASSES, SeedNetwork
from demos.fashion_mnist.prepare import SIDE, prepare
from tests import shipped


@pytest.fixture(scope="module")
def images(data: Path) -> tuple[np.ndarray, np.ndarray]:
    """The first 2,000 training images and their labels."""
    from trainers.fashion_mnist.data import read

    found, labels = read("train")
    return found[:2000], labels[:2000]


def picture(grey: np.ndarray) -> Picture:
    return Picture(grey[..., None].repeat(3, 2))


def test_the_torch_network_is_the_seed_s():
    net = SeedNetwork()
    shapes = [tuple(p.shape) for p in net.parameters()]
    assert shapes == [
        (32, 1, 3, 3), (32,), (64, 32, 3, 3), (64,), (64, 1600), (64,), (10, 64), (10,),
    ]  # fmt: skip
    seed = open_checkpoint(DEMO.name, "seed").card.architecture.parameters
    assert sum(p.numel() for p in net.parameters()) == seed
    assert net(torch.zeros(3, 1, 28, 28)).shape == (3, 10)
    assert net.dropout.p == 0.5


def test_already_prepared_images_stay_as_they_are(images):
    for image in images[0][:200]:
        found = prepare(picture(image))
        assert (found.image == image).all() and not found.inverted


def test_inverted_images_are_turned_back(predictors, images):
    """Accuracy falls by at most 0.5 points when dark and light are exchanged."""
    found = np.stack([prepare(picture(255 - image)).image for image in images[0]])
    plain = np.stack([prepare(picture(image)).image for image in images[0]])
    for predictor in predictors.values():
        given = predictor.probabilities(images[0]).argmax(1)
        for prepared in (plain, found):
            answers, changed = given.copy(), (prepared != images[0]).any((1, 2))
            if changed.any():
                answers[changed] = predictor.probabilities(prepared[changed]).argmax(1)
            assert (answers == images[1]).mean() >= (given == images[1]).mean() - 0.005


def test_preparation_trims_scales_and_centres():
    grey = np.full((300, 500), 255, np.uint8)
    grey[40:240, 310:410] = 60  # 200 high, 100 wide, anywhere
    found = prepare(picture(grey))
    assert found.inverted and found.image.shape == (SIDE, SIDE)
    columns = np.flatnonzero(found.image.max(0) > 100)
    rows = np.flatnonzero(found.image.max(1) > 100)
    assert (rows[0], rows[-1]) == (0, 27)
    assert (columns[0], columns[-1]) == (7, 20)
    moved = np.roll(grey, (50, -120), (0, 1))
    assert (prepare(picture(moved)).image == found.image).all()


def test_an_uneven_ground_does_not_matter():
    ramp = np.linspace(235, 255, 200)[None].repeat(200, 0)
    ramp[60:140, 60:140] = 80
    found = prepare(picture(ramp.astype(np.uint8)))
    assert found.inverted and (found.image[4:24, 4:24] > 150).all()


def test_a_closed_outline_is_filled_an_open_one_is_not():
    def drawn(points: list[tuple[int, int]]) -> np.ndarray:
        image = Image.new("L", (200, 200), 255)
        ImageDraw.Draw(image).line(points, fill=0, width=5, joint="curve")
        return np.asarray(image)

    square = [(40, 40), (160, 40), (160, 160), (40, 160)]
    closed = prepare(picture(drawn([*square, square[0]])))
    assert closed.outline and (closed.image > 200).mean() > 0.9
    assert any("outline" in note for note in closed.notes)
    wire = prepare(picture(drawn(square)))
    assert not wire.outline and (wire.image > 200).mean() < 0.4


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_plain_picture_is_a_sentence(shade: int):
    with pytest.raises(UserError, match="nothing in this picture"):
        prepare(picture(np.full((100, 100), shade, np.uint8)))


def test_keras_on_torch_equals_tensorflow(predictors, images, tmp_path: Path):
    """Two processes exchange arrays: 200 images, the shipped file, both backends."""
    np.save(tmp_path / "images.npy", images[0][:200])
    path = open_checkpoint(DEMO.name, "seed").path("model.keras")
    program = (
        "import sys, numpy as np, keras\n"
        "assert keras.backend.backend() == 'tensorflow'\n"
        "net = keras.saving.load_model(sys.argv[1], compile=False)\n"
        "x = np.load(sys.argv[2] + '/images.npy')[..., None].astype('float32') / 255\n"
        "np.save(sys.argv[2] + '/out.npy', net.predict(x, verbose=0))\n"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(path), str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
        capture_output=True,
    )
    expected = np.load(tmp_path / "out.npy")
    found = predictors["seed"].probabilities(images[0][:200])
    assert shipped.close(expected, found, shipped.tolerance(DEMO, "seed"))


def test_saliency_adds_up(predictors, monkeypatch):
    """Integrated gradients are complete: they sum to the change of the logit from black, the more
    exactly the more steps are taken; with the steps of the page they point at the same pixels."""
    image = predictors[DEMO.default].predict(*shipped.asked(DEMO, "trousers")).prepared.image
    x = torch.from_numpy(image.astype(np.float32) / 255)[None, None]
    for name, predictor in predictors.items():
        rough = predictor.explain(image)
        with monkeypatch.context() as patched:
            patched.setattr(predict, "STEPS", 512)
            fine = predictor.explain(image).saliency
        with torch.no_grad():
            logits, black = predictor.net(x)[0], predictor.net(torch.zeros_like(x))[0]
        k = CLASSES.index(rough.label)
        assert fine.sum() == pytest.approx(float(logits[k] - black[k]), rel=0.02), name
        assert np.corrcoef(rough.saliency.ravel(), fine.ravel())[0, 1] > 0.9, name
        assert rough.saliency.shape == (28, 28) and rough.features.ndim == 3


def test_the_tour_says_what_happens(predictors):
    """What each step claims of its example, by example and variant."""
    claims = {
        ("tshirt", "seed"): lambda found: (
            found.prepared.image.shape == (28, 28) and found.prepared.inverted
        ),
        ("pullover_negative", "best"): lambda found: (
            not found.prepared.inverted and found.prepared.image[0, 0] == 0
        ),
        ("boot_outline", "best"): lambda found: found.prepared.outline,
        ("tshirt", "best"): lambda found: shirts_are_hardest(),
        ("cup", "best"): lambda found: (
            found.top[0][0] == "Bag" and found.top[0][1] > 0.9 and not found.familiarity.familiar
        ),
    }
    assert set(claims) == {(step.example, step.variant) for step in DEMO.tour}
    for (name, variant), holds in claims.items():
        found = predictors[variant].predict(*shipped.asked(DEMO, name))
        assert holds(found), (name, variant, found.top)


def shirts_are_hardest() -> bool:
    confused = {"T-shirt/top", "Pullover", "Coat"}
    for variant in DEMO.variants:
        found = open_checkpoint(DEMO.name, variant.name).evaluation
        report = {row["class"]: row["f1"] for row in found["per_class"]}
        taken = dict(
            zip(CLASSES, found["confusion"]["matrix"][CLASSES.index("Shirt")], strict=True)
        )
        del taken["Shirt"]
        worst = sorted(taken, key=taken.get)[-3:]
        if min(report, key=report.get) != "Shirt" or set(worst) != confused:
            return False
    return True


def test_examples_get_their_class_from_the_default(predictors):
    """What the tour claims: plain silhouettes are recognised."""
    for name in ("tshirt", "trousers", "dress", "sneaker", "bag"):
        example = DEMO.example(name)
        found = predictors[DEMO.default].predict(*shipped.asked(DEMO, example))
        assert example.truth in [label for label, _ in found.top[:2]], name
