"""Cell counting: networks, predictor, generator, against independent references."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage

from demos.cell_counting import DEMO, predict
from demos.cell_counting.generator import empty, field
from demos.cell_counting.model import CellCountBaseline, CellCountCNNRegressor, UNet
from demos.cell_counting.predict import intensity, peaks
from demos.cell_counting.result import CellCount
from demos.core.errors import UserError
from demos.core.images import Picture, decode
from tests import shipped
from trainers.cell_counting.examples import FIELDS


def test_networks_have_the_seed_shape():
    for net, most in ((CellCountBaseline(), 3), (CellCountCNNRegressor(), 5)):
        convolutions = [m for m in net.modules() if isinstance(m, torch.nn.Conv2d)]
        pools = [m for m in net.modules() if isinstance(m, torch.nn.MaxPool2d)]
        assert len(pools) == most and len(convolutions) >= most
        assert net(torch.zeros(2, 3, 64, 96)).shape == (2,)
    widths = [m.out_channels for m in CellCountBaseline().modules() if hasattr(m, "out_channels")]
    assert widths == [32, 64, 128]
    net = UNet(3, [8, 16, 32], fold=2).eval()
    assert net.multiple == 8 and net(torch.zeros(1, 3, 64, 40)).shape == (1, 32, 20)


def test_count_is_the_integral(predictors):
    result = predictors["unet"].predict(Picture(field(100, 0)[0]))
    assert result.count == pytest.approx(float(result.density.sum()), rel=1e-6)
    rows, columns = result.density.shape
    whole = result.inside(0, 0, columns * result.pixel, rows * result.pixel)
    assert whole == pytest.approx(result.count, rel=1e-4)
    left = result.inside(0, 0, 101, 256)
    assert left + result.inside(101, 0, 256, 256) == pytest.approx(result.count, rel=1e-4)
    assert result.inside(101, 256, 0, 0) == pytest.approx(left)  # corners in any order


def test_tiles_with_a_halo_equal_one_piece(predictors, monkeypatch):
    image, _ = field(200, 1, size=(300, 600))
    for name in (n for n, p in predictors.items() if p.gives_density):
        whole = predictors[name].predict(Picture(image))
        monkeypatch.setattr(predict, "WHOLE", 100_000)
        monkeypatch.setattr(predict, "TILE", 256)
        tiled = predictors[name].predict(Picture(image))
        monkeypatch.undo()
        within = shipped.tolerance(DEMO, name)
        assert shipped.close(whole.density, tiled.density, within)
        assert shipped.close(whole.count, tiled.count, within)


@pytest.mark.parametrize("size", [(1, 1), (20, 300), (131, 77), (255, 257)])
def test_any_size_has_a_density_of_its_own_area(predictors, size):
    for predictor in predictors.values():
        result = predictor.predict(Picture(np.zeros((*size, 3), np.uint8)))
        assert np.isfinite(result.count)
        if result.density is not None:
            assert result.density.shape == tuple(-(-side // predictor.net.fold) for side in size)


def test_limits_are_sentences(predictors):
    with pytest.raises(UserError, match="crop"):
        predictors["unet"].predict(Picture(np.zeros((2001, 2000, 3), np.uint8)))
    bright = 255 - field(100, 0)[0].max(-1, keepdims=True).repeat(3, 2)
    with pytest.raises(UserError, match="bright-field"):
        predictors["unet"].predict(Picture(bright))


def test_the_default_sees_neither_hue_nor_depth(predictors, tmp_path):
    """Green, red, grey and 16-bit versions of a blue image give the same count."""
    predictor, within = predictors[DEMO.default], shipped.tolerance(DEMO, DEMO.default)
    blue = field(150, 0)[0]
    count = predictor.predict(Picture(blue)).count
    grey = blue.max(-1)
    path = tmp_path / "deep.png"
    Image.fromarray(grey.astype(np.uint16) * 257).save(path)
    others = [Picture(np.roll(blue, by, -1)) for by in (-1, 1)]
    others += [Picture(grey[..., None].repeat(3, 2)), decode(path)]
    for other in others:
        assert shipped.close(count, predictor.predict(other).count, within)


def test_the_default_finds_nothing_in_empty_fields(predictors):
    kinds = ("noise", "gradient", "blur")
    # Not the fields on which the floor of the density was chosen: those are seeds 0 to 49.
    fields = [empty(seed, kinds[seed % 3]) for seed in range(1000, 1018)] + [empty(0, "black")]
    counts = [predictors[DEMO.default].predict(Picture(f)).count for f in fields]
    assert np.abs(counts).max() < 1


def test_intensity_by_hand():
    rgb = np.zeros((4, 5, 3), np.uint8)
    rgb[..., 2] = 51  # a fifth of the range everywhere is all background
    rgb[0, 0, 1] = 255
    found = intensity(rgb)
    mean, deviation = predict.MEAN.mean(), predict.STD.mean()
    assert found.shape == (1, 4, 5)
    assert found[0, 1, 1] == pytest.approx(-mean / deviation, abs=1e-5)
    assert found[0, 0, 0] == pytest.approx((0.8 - mean) / deviation, abs=1e-5)


def test_peaks_find_lone_cells():
    truth = np.array([(20, 30), (60, 44), (101, 90)])
    dots = np.zeros((128, 128))
    dots[truth[:, 1], truth[:, 0]] = 1
    density = ndimage.gaussian_filter(dots, 2.0).reshape(64, 2, 64, 2).sum((1, 3))
    found = peaks(density.astype(np.float32), 2, 2.0)
    assert len(found) == 3
    for x, y in truth:
        assert np.hypot(*(found - (x, y)).T).min() <= 2


def test_orientations_start_with_the_image_itself(predictors):
    picture = Picture(field(120, 2)[0])
    for name, predictor in predictors.items():
        views = predictor.orientations(picture)
        assert views.shape == (8,)
        count = predictor.predict(picture).count
        assert shipped.close(count, views[0], shipped.tolerance(DEMO, name))
    symmetric = Picture(np.full((64, 64, 3), 30, np.uint8))
    views = predictors["unet"].orientations(symmetric)
    assert shipped.close(np.full(8, views[0]), views, shipped.tolerance(DEMO, "unet"))


def test_generator_counts_exactly_and_reproduces():
    for cells in (0, 1, 171, 600):
        image, centres = field(cells, 5)
        assert image.shape == (256, 256, 3) and centres.shape == (cells, 2)
        assert (centres >= 0).all() and (centres < 256).all()
        assert (image == field(cells, 5)[0]).all()
    bright, _ = field(1, 3, noise=0)
    assert ndimage.label(bright[..., 2] > 90)[1] == 1


def test_examples_are_the_generator_s():
    for name, options in FIELDS.items():
        example = DEMO.example(name)
        assert example.truth == options["cells"]
        assert (decode(example.picture).rgb == field(**options)[0]).all()
    assert DEMO.example("empty").truth == 0


def test_the_tour_says_what_happens(predictors):
    """What each step claims of its example, by example and variant."""
    claims = {
        ("typical", "best"): lambda count, truth: abs(count - truth) <= 0.03 * truth,
        ("empty", "best"): lambda count, truth: round(count) == truth,
        ("empty", "baseline"): lambda count, truth: count > 10,  # “some twenty cells”
        ("touching", "best"): lambda count, truth: abs(count - truth) <= 0.05 * truth,
        ("crowded", "best"): lambda count, truth: abs(count - truth) > 10,
        ("blurred", "best"): lambda count, truth: round(count) > truth,
    }
    assert set(claims) == {(step.example, step.variant) for step in DEMO.tour}
    for (name, variant), holds in claims.items():
        example = DEMO.example(name)
        found = predictors[variant].predict(*shipped.asked(DEMO, example))
        assert holds(found.count, example.truth), (name, variant, found.count)
        if name == "crowded":
            assert not found.familiarity.familiar and found.interval is None


def test_a_cell_a_tenth_wider_counts_for_more(predictors):
    """What “Where it fails” says of other sizes."""
    by_radius = [
        predictors[DEMO.default].predict(Picture(field(150, 0, radius=r)[0])).count
        for r in (4.8, 5.28)
    ]
    assert by_radius[1] > 1.25 * by_radius[0]


def test_result_as_json():
    found = CellCount(1.239, (4, 3), positions=np.array([[1.26, 2.0]], np.float32)).to_json()
    assert found == {
        "count": 1.24, "interval_90": None, "diameter": None, "width": 4, "height": 3,
        "notes": [], "positions": [[1.3, 2.0]],
    }  # fmt: skip
