"""Transfer learning: what the networks see, heads, explanations, what the page shows and claims."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression

from demos.core.checkpoint import open_checkpoint
from demos.core.familiarity import is_familiar
from demos.core.images import Picture
from demos.transfer_learning import DEMO, charts, head, page, photos
from demos.transfer_learning.augment import STRENGTHS, augment
from demos.transfer_learning.predict import evidence
from demos.transfer_learning.prepare import on_picture, square
from tests import shipped

PHOTOS = ("flamingo_photo", "llama_photo", "emu_photo", "crocodile_photo")


def noise(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (rows, columns, 3), dtype=np.uint8)


def test_the_middle_is_seen_undistorted_or_all_of_it_stretched():
    wide = np.zeros((100, 200, 3), np.uint8)
    wide[:, 50:150] = 200
    assert (square(wide, 64, False)[:, 2:-2] == 200).all()  # the edges are blended with outside
    whole = square(wide, 64, True)
    assert whole[32, 2, 0] == 0 and whole[32, 32, 0] == 200 and whole[32, 61, 0] == 0
    high = wide.transpose(1, 0, 2)
    assert (square(np.ascontiguousarray(high), 64, False)[2:-2] == 200).all()


@pytest.mark.parametrize("size", [(200, 100), (100, 200), (1, 1), (3, 700)])
@pytest.mark.parametrize("whole", [False, True])
def test_a_map_lies_over_its_picture_and_is_not_transposed(size, whole):
    width, height = size
    values = np.zeros((7, 7), np.float32)
    values[0, 6] = 1  # above, to the right
    found = on_picture(values, width, height, whole)
    assert found.shape == (height, width)
    if min(size) > 10:
        y, x = np.unravel_index(found.argmax(), found.shape)
        assert y < height / 3 and x > width / 2


def test_a_head_is_logistic_regression():
    """The same weights as scikit-learn's, which knows nothing of ours, weighted or not."""
    rng = np.random.default_rng(0)
    for n, wide, k in ((40, 200, 3), (120, 30, 4), (12, 500, 2)):
        labels = np.arange(n) % k
        x = (rng.normal(0, 1, (n, wide)) + 0.5 * labels[:, None]).astype(np.float32)
        for weights, given in ((None, None), ("balanced", head.balanced(labels, k))):
            theirs = LogisticRegression(C=0.5, class_weight=weights, max_iter=5000, tol=1e-8)
            theirs.fit(x, labels)
            ours = head.fit(x, head.one_hot(labels, k), 0.5, given)
            expected = theirs.predict_proba(x)
            assert np.abs(ours.probabilities(x) - expected).max() < 0.01, (n, wide, weights)


def test_roots_have_length_one_and_each_net_the_same_share():
    features = np.random.default_rng(0).random((5, 12)).astype(np.float32)
    features[0] = 0
    found = head.rooted(features, 2)
    assert np.isfinite(found).all() and not found[0].any()
    assert np.allclose((found[1:, :6] ** 2).sum(1), 0.5) and np.allclose((found[1:] ** 2).sum(1), 1)


def test_the_network_makes_the_roots_that_the_head_was_learned_on(predictors):
    """In torch as in numpy, and with or without the gradient through the length."""
    for name in ("best", "lite2"):
        net = predictors[name].net
        with torch.inference_mode():
            maps = net.maps(predictors[name].tensors(noise(90, 120)))
            plain = torch.cat([m.mean((2, 3)) for m in maps], 1).numpy()
            for fixed in (False, True):
                found = net.features(maps, fixed).numpy()
                assert np.abs(found - head.rooted(plain, len(maps))).max() < 1e-6


def test_trainer_and_page_see_the_same(predictors):
    """One preparation: the trainer's features of a picture are the predictor's."""
    from trainers.transfer_learning import features
    from trainers.transfer_learning.data import Photos

    pictures = [noise(60, 90), noise(300, 40, 1)]
    photos = Photos(["a", "b"], np.array([0, 1]), pictures, ("a", "b"))
    for predictor in predictors.values():
        found = features.of(predictor.net, photos, keep=False)
        assert np.abs(found - predictor.features(pictures)).max() < 1e-5


def test_evidence_adds_up(predictors):
    """The maps of a class add up to its logit beside the mean of all, without the biases: half of
    it where the head sees roots."""
    rgb = shipped.asked(DEMO, "flamingo_photo")[0].rgb
    rgb = square(rgb, 224, False)  # all of it is seen, at the maps' own scale
    for name, half in (("best", 0.5), ("linear_probe", 1.0)):
        net = predictors[name].net
        x = torch.from_numpy(predictors[name].features([rgb]))
        with torch.no_grad():
            logits = (net.head(x) - net.head.bias)[0]
        found = evidence(net, rgb)
        sums = np.array([values.mean() for values in found])
        expected = (half * (logits - logits.mean())).numpy()
        assert np.corrcoef(sums, expected)[0, 1] > 0.99, name
        assert np.sign(sums[expected.argmax()]) == 1


def test_the_evidence_lies_where_the_animal_is(predictors):
    """A flamingo beside a white half: what speaks for it lies in its own half."""
    bird = np.asarray(
        Image.fromarray(shipped.asked(DEMO, "flamingo_photo")[0].rgb).resize((160, 160))
    )
    blank = np.full_like(bird, 245)
    for left in (True, False):
        pair = np.concatenate([bird, blank] if left else [blank, bird], 1)
        values = predictors["lite2"].explain(Picture(pair))["flamingo"].values
        mine = values[:, :160] if left else values[:, 160:]
        rest = values[:, 160:] if left else values[:, :160]
        assert np.maximum(mine, 0).sum() > 2 * np.maximum(rest, 0).sum()


def test_what_nothing_speaks_for_is_said(predictors):
    """On a plain grey picture and on a photo, over all classes: the sentence and the map agree."""
    asked = shipped.ask(DEMO, "best", *DEMO.example("llama_photo").inputs)
    found = predictors["best"].explain(asked.inputs[0])
    assert set(found) == set(predictors["best"].labels)
    silent = [name for name, one in found.items() if not one.speaks]
    assert silent and "llama" not in silent
    for name, one in found.items():
        said = str(page.reasons(asked, name))
        assert ("Nothing here counts towards" in said) == (one.values.max() <= 0.15)


def test_augmentation_keeps_sizes_and_off_keeps_all():
    rgb = noise(50, 80)
    assert (augment(rgb, STRENGTHS["off"], np.random.default_rng(0)) == rgb).all()
    for name in ("light", "original", "strong"):
        for seed in range(5):
            found = augment(rgb, STRENGTHS[name], np.random.default_rng(seed))
            assert found.shape == rgb.shape and found.dtype == np.uint8
            assert (found != rgb).any()


def test_pictures_of_any_kind_are_answered(predictors, tmp_path: Path):
    """Grey, transparent, 16-bit, one pixel, a strip: an answer, and a note of what was done."""
    made = {
        "grey.png": Image.new("L", (40, 30), 90),
        "clear.png": Image.new("RGBA", (40, 30), (200, 60, 60, 0)),
        "deep.png": Image.fromarray(np.full((30, 40), 40_000, np.uint16)),
        "pixel.png": Image.new("RGB", (1, 1)),
        "strip.png": Image.new("RGB", (900, 3)),
    }
    for name, image in made.items():
        path = tmp_path / name
        image.save(path)
        found = shipped.ask(DEMO, "best", str(path))
        assert found.result.probabilities.sum() == pytest.approx(1, abs=1e-5)
        if name in ("clear.png", "deep.png"):
            assert found.result.notes


def test_what_is_unfamiliar_gets_no_probability(predictors):
    asked = shipped.ask(DEMO, "best", *DEMO.example("teapot").inputs)
    assert not is_familiar(asked.result.familiarity)
    shown = page.answer(asked)
    assert (
        shown.big == page.NONE
        and "%" not in str(page.share_bars(asked.result)).split("--share")[-1].split(">")[1]
    )
    sent = asked.result.to_json()
    assert sent["label"] is None and sent["probabilities"] is None and sent["nearest"]


def test_at_most_ninety_photos_ship_and_they_are_credited(predictors):
    found = photos.of(open_checkpoint(DEMO.name, "best"))
    shown = [e for e in DEMO.examples if e.name in PHOTOS]
    assert len(found) >= 60 and len(found) + len(shown) <= 90
    assert {p.label for p in found} == set(predictors["best"].labels)
    near = predictors["best"].nearest(
        predictors["best"].predict(*shipped.asked(DEMO, "flamingo_photo"))
    )
    assert near[0].label == "flamingo" and near[0].cosine >= near[-1].cosine
    credit = charts.credit(predictors["best"].checkpoint)
    assert "Caltech-101" in credit and "CC BY 4.0" in credit
    assert credit in str(page.neighbours(near, credit))


def test_nearest_photos_are_those_of_their_features(predictors):
    """A shipped thumbnail's own features are those at its index: its photo is its own nearest."""
    predictor = predictors["linear_probe"]
    for photo in predictor.photos[::20]:
        import io

        rgb = np.asarray(Image.open(io.BytesIO(photo.thumbnail)).convert("RGB"))
        found = predictor.nearest(predictor.predict(Picture(rgb)), 5)
        assert photo.name in [n.name for n in found]


def test_the_tour_says_what_happens(predictors):
    """What each step claims of its example, by example and variant."""

    def found(name: str, variant: str):
        return predictors[variant].predict(*shipped.asked(DEMO, name))

    claims = {
        ("flamingo_photo", "best"): lambda r: r.top[0][0] == "flamingo" and r.top[0][1] > 0.95,
        ("flamingo", "best"): lambda r: r.top[0][0] == "flamingo" and r.top[0][1] > 0.9,
        ("llama_photo", "best"): lambda r: r.top[0][0] == "llama",
        ("teapot", "best"): lambda r: not is_familiar(r.familiarity) and r.top[0][1] < 0.9,
        ("emu_photo", "linear_probe"): lambda r: r.top[0][0] == "emu" and five_photos_do(),
        ("flamingo_photo", "from_scratch"): lambda r: scratch_is_far_below(),
    }
    assert set(claims) == {(step.example, step.variant) for step in DEMO.tour}
    for (name, variant), holds in claims.items():
        assert holds(found(name, variant)), (name, variant, found(name, variant).top)


def curve(variant: str) -> dict[int, float]:
    rows = open_checkpoint(DEMO.name, variant).evaluation["curve"]
    return {row["photos"]: float(np.mean(row["accuracy"])) for row in rows}


def five_photos_do() -> bool:
    return curve("best")[5] > curve("best")[20] - 0.05


def scratch_is_far_below() -> bool:
    cards = (open_checkpoint(DEMO.name, name).card for name in ("best", "from_scratch"))
    pretrained, nothing = (card.metric("accuracy", "test").value for card in cards)
    return nothing < 0.5 and nothing < pretrained - 0.4


WILD = {"mirror", "colour", "crop", "exposure", "margin", "noise", "jpeg", "blur", "rotation"}


def test_the_wild_table_has_every_kind():
    """Three variants were measured under each kind of change; what is moderate costs little."""
    for variant in ("best", "linear_probe", "from_scratch"):
        rows = open_checkpoint(DEMO.name, variant).evaluation["wild"]["rows"]
        assert {row["kind"] for row in rows} == WILD and all(row["n"] >= 50 for row in rows)
        if variant == "best":
            small = [row["difference"] for row in rows if row["strength"] == "moderate"]
            assert np.mean(small) > -0.03 and min(small) > -0.12


def test_changes_that_anybody_makes_leave_the_answer(predictors):
    """The example photos mirrored, darker, smaller, compressed, in black and white."""
    from trainers.core.wild_pictures import compressed, exposed, magnified
    from trainers.transfer_learning.wild import grey

    rng = np.random.default_rng(0)
    for name in PHOTOS:
        rgb = shipped.asked(DEMO, name)[0].rgb
        made = (rgb[:, ::-1].copy(), exposed(rgb, 0.6), magnified(rgb, 0.5), compressed(rgb, 40),
                grey(rgb, rng))  # fmt: skip
        for changed in made:
            assert (
                predictors["best"].predict(Picture(changed)).top[0][0] == DEMO.example(name).truth
            )
