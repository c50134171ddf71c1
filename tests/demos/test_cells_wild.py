"""Cell pictures as visitors bring them: margins, labels, sizes, tiles, the plain way."""

import numpy as np
import pytest

from demos.cell_counting import DEMO, field, prepare
from demos.cell_counting.field import Counter
from demos.cell_counting.plain import count_plain
from demos.cell_counting.predict import BY_SYNTHETIC
from demos.cell_counting.size import estimate_diameter
from demos.core import images, runtime
from demos.core.checkpoint import open_checkpoint
from demos.core.errors import UserError
from trainers.cell_counting.field import start
from trainers.core import wild_pictures as wild


def discs(diameter: float, side: int = 256, gap: float = 1.8, light: float = 90) -> np.ndarray:
    """A grid of soft discs, (side, side, 3) uint8 in blue on a ground of 12 with little noise."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side]
    value = 12 + rng.normal(0, 1.5, (side, side))
    at = np.arange(gap * diameter / 2, side - diameter / 2, gap * diameter)
    for u in at:
        for v in at:
            value += light / (1 + np.exp(np.hypot(x - u, y - v) * 2 - diameter))
    rgb = np.zeros((side, side, 3), np.uint8)
    rgb[..., 2] = np.clip(value, 0, 255)
    return rgb


def number_of_discs(diameter: float, side: int = 256, gap: float = 1.8) -> int:
    return len(np.arange(gap * diameter / 2, side - diameter / 2, gap * diameter)) ** 2


@pytest.fixture(scope="module")
def counter() -> Counter:
    """The network before it is trained on photographs: geometry does not need more."""
    return Counter(start(open_checkpoint("cell_counting", "best")))


@pytest.mark.parametrize("diameter", [8, 14, 25, 60])
def test_the_plain_way_counts_separate_discs(diameter):
    found = count_plain(discs(diameter)[..., 2])
    assert found.count == number_of_discs(diameter)
    assert found.diameter == pytest.approx(diameter, rel=0.15)


@pytest.mark.parametrize("diameter", [8, 14, 25, 60])
@pytest.mark.parametrize(
    "change", wild.of("exposure", "background", "contrast", "margin", "noise", "jpeg", "label"),
    ids=lambda c: c.name,
)  # fmt: skip
def test_the_diameter_is_estimated_under_changes(diameter, change):
    assert estimate_diameter(change(discs(diameter), 0)) == pytest.approx(diameter, rel=0.2)


@pytest.mark.parametrize("factor", [0.5, 0.75, 1.5, 2.0, 3.0])
def test_the_diameter_grows_with_the_picture(factor):
    rgb = discs(16)
    grown = estimate_diameter(wild.magnified(rgb, factor))
    assert grown == pytest.approx(factor * estimate_diameter(rgb), rel=0.06)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 30, 60)])
def test_a_margin_is_cut_exactly(colour):
    rgb = discs(14)
    framed = wild.framed(rgb, 1 / 3, colour)
    wide = (framed.shape[0] - 256) // 2
    box = images.content(rgb)  # without a margin only flat ground at the border goes
    assert max(box[:2]) < 12 and min(box[2:]) > 244
    assert images.content(framed) == tuple(n + wide for n in box)


def test_a_scale_bar_and_its_caption_are_painted_over():
    rgb = discs(14)
    seen = prepare.view(wild.labelled(rgb))
    assert 0.005 < seen.labels < 0.15
    assert seen.value.max() < 1.2 * prepare.view(rgb).value.max()
    assert prepare.view(rgb).labels == 0


def test_the_ground_is_taken_away():
    value = prepare.view(discs(14)).value
    lit = prepare.view(wild.over_ground(discs(14), 30, 60, 1.0)).value
    assert np.abs(lit - value).mean() < 0.02


def test_dark_cells_on_a_bright_ground_are_turned_round():
    seen = prepare.view(255 - np.repeat(discs(14)[..., 2:], 3, 2))
    assert seen.inverted
    assert not prepare.view(discs(14)).inverted


def test_brightness_changes_nothing_for_the_network():
    given = prepare.network_input(prepare.view(discs(12)).value)
    half = prepare.network_input(prepare.view(wild.exposed(discs(12), 0.5)).value)
    assert np.abs(given - half).mean() < 0.06


def test_tiles_give_what_the_whole_gives(counter, monkeypatch):
    rgb = discs(12, side=512)
    monkeypatch.setattr(field, "TILE", 2048)
    whole = counter.count(rgb)
    monkeypatch.setattr(field, "TILE", 192)
    steps = list(counter.steps(rgb))
    assert len(steps) == 9 and steps[:-1] == sorted(steps[:-1])
    assert np.abs(steps[-1].density - whole.density).max() < 1e-4
    assert steps[-1].count == pytest.approx(whole.count, abs=0.05)


def test_places_are_those_of_the_visitors_picture(counter):
    rgb = discs(30)
    framed = wild.framed(rgb, 0.25, (255, 255, 255))
    found, inside = counter.count(framed), counter.count(rgb)
    assert found.count == pytest.approx(inside.count, rel=1e-3)
    assert np.allclose(found.positions, inside.positions + 64, atol=0.5)
    on_picture = found.on_picture()
    assert on_picture.shape == framed.shape[:2]
    assert on_picture.sum() == pytest.approx(found.count, rel=1e-4)
    assert not on_picture[:60].any()


def test_a_diameter_of_the_visitors_own_is_used(counter):
    assert counter.count(discs(14), diameter=20).diameter == 20
    for wrong in (0.5, 1000, float("nan")):
        with pytest.raises(UserError, match="diameter"):
            counter.count(discs(14), diameter=wrong)


def test_tiny_cells_in_a_large_picture_are_refused(counter):
    with pytest.raises(UserError, match="megapixels"):
        counter.count(np.zeros((2000, 2000, 3), np.uint8), diameter=4)


@pytest.fixture(scope="module")
def shipped():
    return runtime.predictor("cell_counting", "field")


def example(name: str) -> tuple[np.ndarray, int]:
    found = next(e for e in DEMO.examples if e.name == name)
    return images.decode(found.inputs[0]).rgb, found.truth


def test_what_is_like_the_synthetic_cells_is_left_to_their_network(shipped):
    rgb, _ = example("typical")
    found, best = (runtime.predictor("cell_counting", v).predict(images.Picture(rgb))
                   for v in ("field", "best"))  # fmt: skip
    assert (found.count, found.interval) == (best.count, best.interval)
    assert BY_SYNTHETIC in found.notes and found.familiarity == best.familiarity
    assert found.diameter == pytest.approx(prepare.DIAMETER, rel=0.25)
    own = shipped.predict(images.Picture(rgb), diameter=12.0)
    assert BY_SYNTHETIC not in own.notes and own.count != best.count


@pytest.mark.parametrize(
    "change", wild.of("size", "margin", "jpeg", "noise", "background", "label"),
    ids=lambda c: c.name,
)  # fmt: skip
def test_a_changed_picture_is_counted_nearly_as_well(shipped, change):
    """One of our own generator's, which no network was trained on: within a sixth, where `best`
    is off by half and more."""
    rgb, truth = example("typical")
    assert abs(shipped.predict(images.Picture(rgb)).count - truth) <= 0.03 * truth
    assert abs(shipped.predict(images.Picture(change(rgb, 0))).count - truth) <= truth / 6


def test_photographs_are_counted_by_their_peaks(shipped):
    rgb = discs(30, light=150)
    found = shipped.counter.count(rgb)
    assert found.kind == "photograph" and found.count == pytest.approx(len(found.positions))
    assert round(found.count) == number_of_discs(30)


def test_a_second_look_that_is_too_large_is_not_taken(shipped, monkeypatch):
    """A large picture of clumps keeps the answer of the first look."""
    rgb = np.tile(discs(60), (2, 2, 1))
    monkeypatch.setattr(field, "BLURRED", 2.0)  # every look is doubted
    closer = list(shipped.counter.steps(rgb))
    monkeypatch.setattr(field, "PIXELS", 40_000)
    assert shipped.counter.count(rgb).count > 0
    assert closer[-1].size == (512, 512)


@pytest.mark.parametrize(
    ("diameter", "seen"), [(3, 12), (9.5, 12), (9.6, 9.6), (14, 14), (18, 18), (90, 18)]
)
def test_cells_are_seen_at_a_size_that_is_known(diameter, seen):
    assert diameter * prepare.scale_of(diameter) == pytest.approx(seen)


def test_two_stains_are_more_colourful_than_one():
    blue = discs(14)
    both = blue + np.roll(blue, 12, 1)[..., [2, 1, 0]]
    assert field.colours(blue) < 0.1 < field.colours(both)
