"""Super-resolution: what is unlike a halved photo and why; four times; what the tour claims."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from demos.core.checkpoint import open_checkpoint
from demos.core.images import Picture, decode
from demos.super_resolution import DEMO, HALVE, QUARTER, scale
from demos.super_resolution.familiar import LEAST, known_of
from tests import shipped
from trainers.core.wild_pictures import blurred, compressed, noisy
from trainers.super_resolution import data as photos
from trainers.super_resolution import familiarity

VARIANTS = [v.name for v in DEMO.variants]
DEFAULT = DEMO.default


@pytest.fixture(scope="module")
def known():
    return known_of(open_checkpoint(DEMO.name, DEFAULT))


@pytest.fixture(scope="module")
def roof() -> np.ndarray:
    """A halved drawing that has all the traits of a photo."""
    return scale.halved(decode(DEMO.example("roof").inputs[0]).rgb)


@pytest.mark.parametrize(
    ("change", "trait"),
    [
        (lambda rgb: rgb, None),
        (lambda rgb: compressed(rgb, 50), "compressed"),
        # A JPEG that was cut has its blocks elsewhere.
        (lambda rgb: compressed(rgb, 50)[3:, 5:], "compressed"),
        (lambda rgb: noisy(rgb, 15, np.random.default_rng(0)), "noisy"),
        (lambda rgb: blurred(rgb, 1.5), "blurred"),
        (lambda rgb: scale.doubled(rgb), "blurred"),
        (lambda rgb: familiarity.page(5), "drawn"),
    ],
)
def test_what_was_done_to_a_picture_is_named(known, roof, change, trait):
    found, unlike = known(change(roof))
    assert found.familiar == (trait is None) and unlike == trait


def test_new_photos_are_familiar_and_changed_ones_are_not(known, data: Path):
    """Set14, which set no scale: a warning for few, and for most once they were compressed."""
    small = [scale.halved(p.rgb) for p in photos.read(photos.SET14, "test")]
    plain = [known(rgb)[0].familiar for rgb in small]
    after = [known(compressed(rgb, 50))[0].familiar for rgb in small]
    assert np.mean(plain) >= 0.8 and np.mean(after) <= 0.2


def test_all_variants_say_the_same(predictors, roof):
    part = Picture(roof[:64, :64])
    shares = {predictors[name].predict(part).familiarity.share for name in VARIANTS}
    assert len(shares) == 1


def test_what_is_too_small_is_not_judged(predictors, roof):
    found = predictors[DEFAULT].predict(Picture(roof[: LEAST - 1]))
    assert found.familiarity is None and found.unlike is None
    assert known_of(open_checkpoint(DEMO.name, DEFAULT))(roof[:LEAST, :LEAST])[0] is not None


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_one_colour_is_no_photo(known, shade):
    found, unlike = known(np.full((64, 64, 3), shade, np.uint8))
    assert not found.familiar and unlike


def test_a_halved_picture_is_judged_as_it_was_halved(predictors):
    """The JPEG's blocks are four pixels wide then, and mostly gone: it is like the photos that the
    networks were trained on, which were JPEGs once."""
    rgb = compressed(decode(DEMO.example("roof").inputs[0]).rgb, 75)
    model = predictors[DEFAULT]
    assert model.predict(Picture(rgb), HALVE).familiarity.familiar
    assert model.predict(Picture(rgb[:256, :256])).unlike == "compressed"


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_cards_say_how_well_it_tells(variant):
    card = open_checkpoint(DEMO.name, variant).card
    assert card.metric("unfamiliar", "test").value <= 0.1
    for name in familiarity.CHANGES:
        assert card.metric(f"auroc_{name}", "test").value > 0.85
    assert card.metric("auroc_text", "test").value > 0.9 < card.metric("auroc", "test").value


# --- four times ----------------------------------------------------------------------------------


def test_a_quartered_picture_is_enlarged_twice(predictors, roof):
    model = predictors[DEFAULT]
    found = model.predict(Picture(roof[:203, :123]), QUARTER)
    assert found.factor == 4 and found.small.shape == (50, 30, 3)
    assert found.rgb.shape == found.bicubic.shape == found.true.shape == (200, 120, 3)
    assert "up to 3 pixels" in found.notes[0]
    once = model.predict(Picture(found.small)).rgb
    assert (model.predict(Picture(once)).rgb == found.rgb).all()
    # Back-projection and the distance are to the small picture, not to the one in between.
    nearer = model.predict(Picture(roof[:203, :123]), QUARTER, 3)
    assert nearer.consistency < found.consistency < 5


def test_the_tour_says_what_happens(predictors):
    """The sentences of the steps, as far as numbers can tell."""

    def won(example: str, variant: str = DEFAULT) -> float:
        found = predictors[variant].predict(*shipped.asked(DEMO, example))
        return found.psnr - found.psnr_bicubic

    jpeg = predictors[DEFAULT].predict(*shipped.asked(DEMO, "jpeg"))
    claims = {
        "fur": won("fur") > 1,
        "fence": won("fence") > 0,
        "text": won("text") > 1,
        "jpeg": jpeg.unlike == "compressed",
        "face": all(won(name, "best_perceptual") < won(name) for name in ("fur", "roof")),
        "four": 0 < won("four") < won("fur"),
    }
    assert {*claims} == {step.example for step in DEMO.tour}
    assert all(claims.values()), claims
