"""The changes to pictures: repeatable, of the strength that they name, harmless to their input."""

import numpy as np
import pytest

from trainers.core import wild_pictures as wild


@pytest.fixture
def picture() -> np.ndarray:
    rng = np.random.default_rng(0)
    rgb = np.zeros((60, 80, 3), np.uint8)
    rgb[..., 2] = rng.integers(20, 100, (60, 80))
    return rgb


@pytest.mark.parametrize("change", wild.CHANGES, ids=lambda c: c.name)
def test_a_change_is_repeatable_and_leaves_its_input(change, picture):
    before = picture.copy()
    found, again = change(picture, 3), change(picture, 3)
    assert np.array_equal(picture, before)
    assert np.array_equal(found, again)
    assert found.dtype == np.uint8 and found.ndim == 3 and found.shape[2] == 3
    assert found.shape != picture.shape or not np.array_equal(found, picture)


def test_changes_have_the_strength_of_their_names(picture):
    assert wild.exposed(picture, 2.0).max() == 2 * picture.max()
    assert wild.over_ground(picture, 20, 0, 0).min() == 20
    noise = wild.noisy(np.full((200, 200, 3), 128, np.uint8), 15, np.random.default_rng(0))
    assert noise.std() == pytest.approx(15, rel=0.03)
    assert wild.magnified(picture, 3).shape == (180, 240, 3)
    assert wild.framed(picture, 0.25, (1, 2, 3)).shape == (100, 120, 3)
    assert tuple(wild.framed(picture, 0.25, (1, 2, 3))[0, 0]) == (1, 2, 3)


def test_noise_stays_in_the_channels_that_have_light(picture):
    found = wild.noisy(picture, 15, np.random.default_rng(0))
    assert not found[..., :2].any() and found[..., 2].any()


def test_the_caption_is_white_and_small(picture):
    large = np.zeros((256, 256, 3), np.uint8)
    white = (wild.labelled(large) == 255).all(-1).mean()
    assert 0.003 < white < 0.06


def test_kinds_are_chosen_by_name():
    assert {c.kind for c in wild.of("noise", "jpeg")} == {"noise", "jpeg"}
    with pytest.raises(KeyError, match="weather"):
        wild.of("weather")
