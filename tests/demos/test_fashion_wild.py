"""Fashion-MNIST in the wild: pictures of any size, askew, uneven; what is like the data."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from demos.core.images import Picture, decode
from demos.fashion_mnist import DEMO
from demos.fashion_mnist.familiar import gradients
from demos.fashion_mnist.prepare import ANGLES, askew, prepare, scaled, turned

SIZES = (56, 256, 2400)


def picture(grey: np.ndarray) -> Picture:
    return Picture(np.repeat(grey.astype(np.uint8)[..., None], 3, 2))


def resized(name: str, side: int) -> Picture:
    image = Image.fromarray(decode(DEMO.example(name).picture).rgb)
    return Picture(np.asarray(image.resize((side, side), Image.Resampling.LANCZOS)))


def garment() -> np.ndarray:
    """A T-shirt of (112, 112) float32, light on black."""
    return scaled(255 - decode(DEMO.example("tshirt").picture).rgb[..., 0].astype(np.float32), 112)


@pytest.mark.parametrize("name", [example.name for example in DEMO.examples])
def test_a_picture_of_any_size_becomes_the_same_image(name: str):
    small, middle, large = (prepare(resized(name, side)).image.astype(float) for side in SIZES)
    assert np.abs(large - middle).mean() < 5
    # Half a pixel of 56 is a quarter of one of 28, at every edge.
    assert np.abs(small - middle).mean() < 30


@pytest.mark.parametrize("angle", [-9, -5, 4, 8])
def test_a_symmetric_garment_is_straightened(angle: float):
    assert askew(turned(garment(), -angle)) == pytest.approx(angle, abs=1.0)


def test_what_hangs_straight_stays():
    assert askew(garment()) == 0
    bar = np.zeros((40, 112), np.float32)
    bar[:, 4:100] = 200
    assert askew(bar) == 0


def test_a_shoe_is_straightened_by_its_box():
    grey = 255 - decode(DEMO.example("sneaker").picture).rgb[..., 0].astype(np.float32)
    assert askew(turned(scaled(grey, 112), -6)) == pytest.approx(6, abs=3)


def test_noise_is_not_turned_beyond_the_limits():
    noise = np.random.default_rng(0).uniform(0, 255, (112, 112)).astype(np.float32)
    assert abs(askew(noise)) < ANGLES.max()


def test_a_dim_edge_is_kept_on_a_plain_ground():
    grey = np.zeros((280, 280))
    grey[40:240, 90:190] = 14  # a shadowy lining of 5 % of the range around a light garment
    grey[60:220, 100:180] = 250
    rows = np.flatnonzero(prepare(picture(grey)).image.max(1) > 5)
    columns = np.flatnonzero(prepare(picture(grey)).image.max(0) > 5)
    assert (rows[0], rows[-1]) == (0, 27) and 13 <= len(columns) <= 15


@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (2, 2), (3, 500), (29, 28), (2400, 60)])
def test_odd_shapes_are_prepared(shape: tuple[int, int]):
    grey = np.zeros(shape)
    grey.flat[grey.size // 2] = 255
    assert prepare(picture(grey)).image.shape == (28, 28)


def test_a_hair_on_a_large_picture_is_found():
    grey = np.full((2400, 2400), 255)
    grey[300:2000, 1200] = 0
    found = prepare(picture(grey)).image
    assert found.max() == 255 and (found > 128).sum() >= 14


def test_gradients_by_hand():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, :, 14:] = 255  # brighter to the right: direction 0
    found = gradients(image).reshape(7, 7, 8)
    assert found[3, 3, 0] == pytest.approx(8**0.5)  # four rows of columns 13 and 14
    assert found[3, 3, 1:].sum() == 0 and found[3, 1].sum() == 0
    assert gradients(np.zeros((2, 28, 28), np.uint8)).shape == (2, 392)
