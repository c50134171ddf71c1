"""Training `field`: its crops are true, it starts as `best`, its calibration covers."""

import numpy as np
import pytest
import torch

from demos.cell_counting.field import interval_of, judge
from demos.core.checkpoint import open_checkpoint
from trainers.cell_counting import (
    data,
    field,
    field_calibrate,
    field_data,
    field_evaluate,
    nuclei,
    outsiders,
)


@pytest.fixture(scope="module")
def fields() -> list[field_data.Field]:
    cells = data.generated(4, 128)
    photographs = [
        nuclei.Photograph(str(i), cells.rgb[i], nuclei.points_of(cells.dots[i]), 9.0)
        for i in range(4)
    ]
    return field_data.fields(cells, photographs)


def test_points_turn_with_their_picture():
    rgb = np.zeros((40, 60, 3), np.uint8)
    rgb[5, 50] = 255
    points = nuclei.points_of(rgb[..., 0] > 0)
    for seed in range(16):
        turned, moved = field_data._flipped(np.random.default_rng(seed), rgb, points)
        x, y = moved[0].astype(int)
        assert turned[y, x, 0] == 255


def test_a_crop_holds_the_density_of_its_cells():
    points = np.array([[3.0, 4.0], [60.5, 60.5], [60.5, 60.5], [99.0, 80.0]], np.float32)
    given = np.zeros((2, 90, 100), np.float32)
    x, truth, weight = field_data._crop(np.random.default_rng(0), given, points)
    side = field_data.SIDE
    assert x.shape == (2, side, side) and truth.shape == weight.shape == (side, side)
    assert truth.sum() == pytest.approx(4, abs=1e-3)
    assert weight.sum() == 90 * 100
    assert (truth * (1 - weight)).sum() == 0


def test_batches_are_the_same_every_time(fields):
    synthetic, photographs, mix = fields[:4], fields[4:], field_data.LAST
    first, again = (
        next(field_data.batches(np.random.default_rng(3), synthetic, photographs, mix, 1, 4))
        for _ in range(2)
    )
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert first[0].isfinite().all() and first[1].min() >= 0


def test_it_starts_as_the_shipped_network():
    best = open_checkpoint("cell_counting", "best")
    net = field.start(best).eval()
    x = torch.randn(1, 2, 32, 32)
    with torch.inference_mode():
        assert torch.equal(net(x), net(x * torch.tensor([1.0, 0.0])[:, None, None]))
        assert not torch.equal(net(x), net(x * torch.tensor([0.0, 1.0])[:, None, None]))


def test_the_loss_is_nothing_for_the_truth_and_blind_where_nothing_is_known():
    truth, weight = torch.rand(2, 8, 8) / 100, torch.ones(2, 8, 8)
    weight[:, 4:] = 0
    known = truth * weight
    assert field.loss(lambda x: known + (1 - weight), (None, known, weight)) == 0
    assert field.loss(lambda x: known + weight, (None, known, weight)) > 1


def test_intervals_and_familiarity_hold_on_what_they_were_made_of():
    rng = np.random.default_rng(0)
    n = 400
    true = rng.integers(5, 200, n)
    found = field_evaluate.Counts(
        "as it is", np.repeat(field_evaluate.KINDS, n // 2), true,
        true + rng.normal(0, 1, n) * np.sqrt(true), np.full(n, 12.0), rng.normal(0, 1, (n, 8)),
    )  # fmt: skip
    found.features[n // 2 :] += 4  # photographs
    rule = field_calibrate.rule_of([found])
    record = {
        **field_calibrate.calibrated(field_calibrate.kinds_of([found]), [found]),
        "rule": rule,
    }
    kinds = [judge(features, record)[0] for features in found.features]
    assert kinds == found.kinds.tolist()
    assert record["kinds"]["synthetic"]["factor"] == pytest.approx(1, abs=0.02)
    covered = field_evaluate.covered(found, record)
    assert covered["coverage"] >= 0.88
    assert covered["familiar"] == pytest.approx(0.95, abs=0.01)
    low, high = interval_of(100, record["intervals"]["synthetic"])
    assert low < 100 < high


def test_the_measures_are_those_of_their_names():
    found = field_evaluate.Counts(
        "as it is", np.array(["photograph"] * 2), np.array([10, 100]), np.array([12.0, 95.0]),
        np.ones(2), np.zeros((2, 8)),
    )  # fmt: skip
    measured = field_evaluate.scores(found)
    assert measured["mae_relative_total"] == pytest.approx(7 / 110)
    assert measured["within_10"] == 0.5
    assert measured["bias"] == -1.5


def test_outsiders_are_drawn_anew_for_every_seed():
    kinds = len(outsiders.KINDS)
    one, two = outsiders.outsiders(kinds, 0), outsiders.outsiders(kinds, 1)
    assert [k for k, _ in one] == list(outsiders.KINDS)
    for (_, a), (_, b) in zip(one, two, strict=True):
        assert a.dtype == np.uint8 and a.shape[2] == 3
        assert a.shape != b.shape or not np.array_equal(a, b)
