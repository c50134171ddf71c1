"""What the page of CIFAR-10 shows beside the answer: maps over the whole picture, what accuracy
costs, how far a confidence can be relied on, and what is in a cell of the confusion matrix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demos.cifar10 import DEMO, charts, confusions, parts
from demos.cifar10.change import permutation, shifted, shuffled, undone
from demos.cifar10.model import CLASSES
from demos.cifar10.prepare import placed
from demos.cifar10.result import Evidence
from demos.core import panels
from demos.core.checkpoint import open_checkpoint
from tests import shipped

CHECKPOINTS = [open_checkpoint(DEMO.name, v.name) for v in DEMO.variants]


@pytest.mark.parametrize(("shuffle", "shift"), [(0, 0), (0, 5), (100, 0), (30, 3)])
@pytest.mark.parametrize(("shape", "place"), [((100, 200), 0.0), ((100, 200), 1.0),
                                              ((200, 100), 0.25), ((32, 32), 0.5),
                                              ((900, 2700), 0.75)])  # fmt: skip
def test_maps_lie_where_the_picture_has_it(tmp_path: Path, shape, place, shuffle, shift):
    """The evidence is what is bright in a dark picture with one bright square: over the whole
    picture it lies on that square, wherever the crop and the sliders put it."""
    side = min(shape)
    top, left = (round(place * (n - side)) for n in shape)
    bright = slice(top + side // 4, top + side // 2), slice(left + side // 2, left + 3 * side // 4)
    picture = np.zeros((*shape, 3), np.uint8)
    picture[bright] = 255
    path = tmp_path / "bright.png"
    Image.fromarray(picture).save(path)
    asked = shipped.ask(DEMO, DEMO.default, str(path), place, shuffle, shift)
    found = Evidence("ship", "brightness", asked.result.seen[..., 0].astype(np.float32) / 255)
    rgb, values = parts.over_picture(asked, found)
    assert values.shape == rgb.shape[:2] and max(values.shape) <= 2 * parts.SHOWN
    assert np.isclose(rgb.shape[0] / rgb.shape[1], shape[0] / shape[1], rtol=0.02)
    there = rgb[..., 0] > 127
    assert values[there].mean() > 0.8 and np.abs(values[~there]).mean() < 0.05


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1)])
def test_maps_of_one_pixel_lie_on_it(tmp_path: Path, shape):
    path = tmp_path / "thin.png"
    Image.fromarray(np.full((*shape, 3), 90, np.uint8)).save(path)
    asked = shipped.ask(DEMO, DEMO.default, str(path), 1.0, 0, 0)
    _, values = parts.over_picture(asked, Evidence("cat", "all", np.ones((32, 32), np.float32)))
    assert values.shape == shape
    assert values[-1, -1] == 1 and values.sum() == 1  # the last pixel is the crop
    assert "Both over the whole picture" in parts.reasons(asked, "cat")


def test_what_the_sliders_did_is_undone():
    image = np.random.default_rng(0).random((32, 32)).astype(np.float32)
    for share, by in ((0.0, 0), (0.4, 0), (1.0, 8), (0.0, 8)):
        seen = shifted(shuffled(image[..., None].repeat(3, 2), share), by)[..., 0]
        back, stayed = undone(seen, share, by), np.zeros((32, 32), bool)
        stayed.ravel()[permutation(share).reshape(32, 32)[:, : 32 - by].ravel()] = True
        assert (back[stayed] == image[stayed]).all() and not back[~stayed].any()
        assert stayed.sum() == 32 * (32 - by)


def test_outside_the_crop_nothing_is_said():
    found = placed(np.ones((32, 32)), (10, 0, 40), (40, 90))
    assert found.shape == (40, 90) and found[:, 10:50].min() == 1
    assert not found[:, :10].any() and not found[:, 50:].any()


def test_one_chart_has_all_variants_over_all_costs():
    """Every point stands on a card or in its evaluation."""
    found = charts.costs()
    assert [c.card.variant for c in found] == [v.name for v in DEMO.variants]
    figure = charts.cost_figure(found)
    assert len(figure.data) == len(charts.COSTS) * len(found)
    by_axis: dict[str, dict[str, tuple[float, float]]] = {}
    for trace in figure.data:
        by_axis.setdefault(trace.xaxis, {})[trace.name] = (trace.x[0], trace.y[0])
    for checkpoint in CHECKPOINTS:
        card, evaluation = checkpoint.card, checkpoint.evaluation
        accuracy = card.metric("accuracy", "test").value
        expected = (len(evaluation["curves"]), evaluation["operations"])
        epochs, seconds, operations = (by_axis[axis][card.title] for axis in ("x", "x2", "x3"))
        assert (epochs[0], operations[0]) == expected
        assert 0 < seconds[0] <= card.training.seconds
        assert {epochs[1], seconds[1], operations[1]} == {accuracy}
    titles = [figure.layout[axis].title.text for axis in ("xaxis", "xaxis2", "xaxis3")]
    assert titles == [*charts.COSTS.values()]


def test_the_reliability_diagram_has_the_calibration_error_of_the_card():
    for checkpoint in CHECKPOINTS:
        drawn = panels.reliability(checkpoint).data[1]
        n = np.array([int(text.split()[0].replace(",", "")) for text in drawn.text])
        gap = np.abs(np.array(drawn.x) - np.array(drawn.y))
        error = checkpoint.card.metric("ece", "test").value
        assert n.sum() == 10_000 and np.average(gap, weights=n) == pytest.approx(error)


def test_the_difference_of_two_matrices_is_blue_where_the_first_has_more():
    ours, theirs = CHECKPOINTS[0], CHECKPOINTS[2]
    drawn = confusions.matrix(ours, theirs).data[0]
    (_, first), (_, second) = confusions.counts(ours), confusions.counts(theirs)
    assert (np.array(drawn.z) == first - second).all()
    assert drawn.zmin == -drawn.zmax and drawn.colorscale[-1][1] == confusions.MORE
    alone = confusions.matrix(ours, ours).data[0]
    assert (np.array(alone.text) == first).all()


def test_a_cell_holds_the_most_confident_errors():
    """The images of each cell are as many as the matrix counts, and begin with those that the
    evaluation lists as the most confident errors of all."""
    for checkpoint in CHECKPOINTS:
        found = checkpoint.evaluation
        labels, matrix = confusions.counts(checkpoint)
        listed = [i for cell in found["cells"].values() for i in cell]
        assert len({*listed}) == len(listed)
        for i, true in enumerate(labels):
            for j, said in enumerate(labels):
                if i != j:
                    cell = found["cells"].get(f"{true}|{said}", [])
                    assert len(cell) == min(24, matrix[i, j]), (true, said)
                    surest = [e["index"] for e in found["errors"]
                              if (e["true"], e["predicted"]) == (i, j)]  # fmt: skip
                    assert {*surest[:24]} <= {*cell} and {*cell[: len(surest)]} <= {*surest}


def test_a_cell_shows_our_drawings_and_no_test_image(predictors):
    """Each drawing lies in the cell of what the variant says of it, and in no other."""
    for checkpoint in CHECKPOINTS:
        predictor = predictors[checkpoint.card.variant]
        drawings = checkpoint.evaluation["drawings"]
        assert {d["true"] for d in drawings} == {*CLASSES}
        for drawing in drawings:
            said = predictor.predict(*shipped.asked(DEMO, drawing["name"])).top[0][0]
            picture = f"examples/{DEMO.name}/{drawing['name']}.png"
            for label in CLASSES:
                shown = confusions.in_cell(checkpoint, drawing["true"], label)
                assert (picture in shown) == (label == said), (drawing, label)
                assert shown.count("<img") == shown.count(f"examples/{DEMO.name}/")


def test_a_cell_names_both_networks_and_what_they_confuse():
    ours, theirs = CHECKPOINTS[0], CHECKPOINTS[2]
    shown = confusions.cells(ours, theirs)
    for checkpoint in (ours, theirs):
        labels, matrix = confusions.counts(checkpoint)
        n = matrix[labels.index("cat"), labels.index("dog")]
        assert f"{checkpoint.card.title}, cat taken for dog</b>: {n} of the test images" in shown
        numbers = ", ".join(map(str, checkpoint.evaluation["cells"]["cat|dog"]))
        assert numbers in shown
    assert "without a licence" in shown
