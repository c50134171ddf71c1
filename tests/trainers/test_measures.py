"""What every trainer measures with: scores, calibration, charts, views, the table of the wild."""

from __future__ import annotations

import argparse
import io

import numpy as np
import pytest
import torch
from PIL import Image

from trainers.core import answers, augment, classifier, metrics, torch_loop, wild_run
from trainers.core.explanations import deletion
from trainers.core.wild import Change


def test_augmentation_shifts_and_flips_but_keeps_the_content():
    x = torch.zeros(64, 1, 28, 28)
    x[:, 0, 10, 6] = 1.0
    generator = torch.Generator().manual_seed(0)
    flip = torch.arange(64) % 2 == 1
    found, which = augment.augment(x.clone(), generator, flip=flip, shift=2, erase=0.0)
    assert found.shape == x.shape and (found.sum((1, 2, 3)) == 1).all()
    at = {tuple(np.argwhere(image[0].numpy() == 1)[0]) for image in found}
    columns = {c for _, c in at}
    assert {r for r, _ in at} == {8, 9, 10, 11, 12}
    assert columns == {4, 5, 6, 7, 8} | {19, 20, 21, 22, 23}
    views = torch.stack(list(augment.views(x, 2)))
    assert len(views) == 50 and (views[which, torch.arange(64)] == found).all()
    colours = torch.cat([x, 2 * x, 3 * x], 1)
    again = torch.Generator().manual_seed(0)
    shown, _ = augment.augment(colours, again, flip=flip, shift=2, erase=0.0)
    assert torch.equal(shown, torch.cat([found, 2 * found, 3 * found], 1))


def test_erasing_covers_some_of_some():
    x = torch.full((200, 1, 28, 28), 2.0)
    generator, flip = torch.Generator().manual_seed(0), torch.zeros(200, dtype=torch.bool)
    found, _ = augment.augment(x.clone(), generator, flip=flip, shift=0, erase=0.5)
    touched = (found != 2).flatten(1).float().mean(1)
    assert 0.35 < (touched > 0).float().mean() < 0.65
    assert touched.max() < 0.35 and (found[found != 2] <= 1).all()


def test_scores_by_hand():
    probabilities = np.array([[0.7, 0.3], [0.9, 0.1], [0.2, 0.8]])
    found = classifier.scores(probabilities, np.array([0, 1, 1]))
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["loss"] == pytest.approx(-np.log([0.7, 0.1, 0.8]).mean())
    assert found["macro_f1"] == pytest.approx(2 / 3)
    assert found["ece"] == pytest.approx((0.3 + 0.9 + 0.2) / 3)


def test_calibration_error_by_hand():
    """Ten answers at 0.8 of which eight are right, and ten at 0.6 of which all are."""
    probabilities = np.array([[0.8, 0.2]] * 10 + [[0.6, 0.4]] * 10)
    labels = np.array([0] * 8 + [1] * 2 + [0] * 10)
    bins = classifier.reliability(probabilities, labels)
    assert [b["n"] for b in bins] == [10, 10]
    assert all(b["low"] < b["confidence"] <= b["high"] + 1e-12 for b in bins)
    assert classifier.calibration_error(bins) == pytest.approx((0.0 + 0.4) / 2)


def test_charts_agree_with_a_count_by_hand():
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 10, 500), rng.integers(0, 10, 500)
    original = [(i / 10, i / 20, i / 30) for i in range(10)]
    found = classifier.charts(np.eye(10)[predicted], labels, [*"abcdefghij"], original)
    matrix = np.array(found["confusion"]["matrix"])
    assert matrix[3, 7] == ((labels == 3) & (predicted == 7)).sum()
    row = found["per_class"][4]
    assert row["recall"] == pytest.approx(matrix[4, 4] / matrix[4].sum())
    assert row["precision"] == pytest.approx(matrix[4, 4] / matrix[:, 4].sum())
    assert (row["seed_precision"], row["seed_recall"], row["seed_f1"]) == original[4]
    assert all(labels[e["index"]] == e["true"] != e["predicted"] for e in found["errors"])


def test_the_sprite_shows_the_asked_class_first():
    labels = np.array([0, 0, 0, 1, 1, 2])
    probabilities = np.array(
        [[0.1, 0.9, 0.0], [0.2, 0.8, 0.0], [0.3, 0.7, 0.0], [0.0, 0.6, 0.4], [0.0, 0.1, 0.9],
         [0.0, 0.0, 1.0]]
    )  # fmt: skip
    images = np.arange(6, dtype=np.uint8)[:, None, None] * np.full((6, 8, 8), 40, np.uint8)
    rows, content = classifier.sprite(images, labels, probabilities, ["a", "b", "c"], "c")
    assert rows == [
        {"true": "b", "predicted": "c", "n": 1}, {"true": "a", "predicted": "b", "n": 3},
    ]  # fmt: skip
    sheet = np.asarray(Image.open(io.BytesIO(content)).convert("L")).astype(int)
    assert sheet.shape == (16, 160)
    assert abs(sheet[4, 4] - 160) < 12 and abs(sheet[12, 12] - 40) < 12


def test_deletion_falls_faster_where_it_matters():
    """A class that is one bright corner: blacking that out first ends it at once."""
    images = np.full((4, 6, 6), 50, np.uint8)

    def probabilities(views: np.ndarray) -> np.ndarray:
        seen = views[:, :2, :2].mean((1, 2)) / 50
        return np.stack([seen, 1 - seen], 1)

    corner = np.zeros((6, 6))
    corner[:2, :2] = 1
    good = deletion(probabilities, lambda _: (0, corner), images, "validation", "known")
    bad = deletion(probabilities, lambda _: (0, -corner), images, "validation", "known")
    assert good.value < 0.1 < 0.9 < bad.value and good.n == 4


def test_means_over_runs_need_two():
    runs = [{"mae": 1.0, "bias": 0.0}, {"mae": 3.0, "bias": 1.0}]
    found = metrics.over_runs(runs, "test", 9, "of draws")
    assert [(m.name, m.value, m.runs, m.higher_is_better) for m in found] == [
        ("mae_mean", 2.0, 2, False), ("bias_mean", 0.5, 2, False),
    ]  # fmt: skip
    assert found[0].sd == pytest.approx(np.sqrt(2))
    assert metrics.over_runs(runs[:1], "test", 9, "") == []


def test_validation_metrics_come_from_the_history():
    row = {"loss": 9.0, "validation_loss": 0.5, "validation_accuracy": 0.8}
    found = {m.name: (m.value, m.n, m.higher_is_better) for m in metrics.of_history(row, 7)}
    assert found == {"loss": (0.5, 7, False), "accuracy": (0.8, 7, True)}
    assert metrics.of_history(row, 0) == []


def test_weights_decay_and_norms_do_not():
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
    net[0].bias.requires_grad_(False)
    groups = torch_loop.decay_groups(net, 0.1)
    assert [(len(g["params"]), g["weight_decay"]) for g in groups] == [(1, 0.1), (2, 0.0)]
    assert torch_loop.parameters(net) == 12


def test_saved_weights_are_taken_up(tmp_path):
    net, other = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    (tmp_path / "model.safetensors").write_bytes(torch_loop.weights(net))
    torch_loop.start_from(other, None)
    assert not torch.equal(other.weight, net.weight)
    torch_loop.start_from(other, tmp_path)
    assert torch.equal(other.weight, net.weight)
    assert len(torch_loop.weights(net, half=True)) < len(torch_loop.weights(net))


def test_the_table_of_the_wild_by_hand():
    """Counts of one pixel; a change that adds a tenth, and one that does nothing."""
    changes = [
        Change("light", "a tenth brighter", "moderate", lambda x, rng: x * 1.1),
        Change("light", "as it is", "strong", lambda x, rng: x),
    ]
    truth = np.array([10.0, 20.0])
    found = wild_run.rows(
        [np.array(10.0), np.array(20.0)], changes, lambda given: np.array(given),
        score=lambda counts: float(np.abs(counts - truth).mean()),
        further={"shift": lambda before, after: float((after / before - 1).mean())},
    )  # fmt: skip
    assert [(r["name"], r["strength"], r["n"]) for r in found] == [
        ("a tenth brighter", "moderate", 2), ("as it is", "strong", 2),
    ]  # fmt: skip
    assert found[0]["changed"] == pytest.approx(1.5) and found[0]["clean"] == 0
    assert [r["shift"] for r in found] == pytest.approx([0.1, 0.0])
    table = wild_run.WildTable("mae", "validation", found)
    assert "light: a tenth brighter (moderate, n = 2)  0.0000 → 1.5000" in table.text()
    assert "shift 0.1000" in table.text() and table.record()["rows"] == found


def test_answers_are_kept_whole_and_for_one_key(tmp_path):
    asked = []

    def ask(value: float) -> torch.Tensor:
        asked.append(value)
        return torch.full((2,), value)

    def broken() -> torch.Tensor:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answers.kept(tmp_path, {"recipe": 1}, broken)
    assert not [*tmp_path.iterdir()]
    for _ in range(2):
        assert answers.kept(tmp_path, {"recipe": 1}, lambda: ask(1.0)).tolist() == [1, 1]
    assert answers.kept(tmp_path, {"recipe": 2}, lambda: ask(2.0)).tolist() == [2, 2]
    assert asked == [1.0, 2.0] and len([*tmp_path.iterdir()]) == 1
    assert answers.digest(np.zeros(2)) != answers.digest(np.zeros((2, 1)))


def test_a_half_written_answer_is_none(tmp_path, monkeypatch):
    """Killed while writing: what lies there is not taken for an answer."""

    def cut(content, path):
        path.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(answers, "save_file", cut)
    with pytest.raises(OSError, match="no space"):
        answers.kept(tmp_path, {}, lambda: torch.ones(1))
    assert not [*tmp_path.iterdir()]


def test_replicates_stand_beside_the_checkpoint(monkeypatch):
    """Two runs of one recipe, right on 3 and on 4 of 4."""
    labels = np.array([0, 1, 0, 1])
    found = {"ours": np.eye(2)[[0, 1, 0, 0]], "other": np.eye(2)[labels]}
    monkeypatch.setattr(classifier, "replicates", lambda a, _: ["other"])
    a = argparse.Namespace(split="validation", replicates=["folder"])
    report = classifier.report(
        a, "ours", found.__getitem__, labels, ["no", "yes"], data="made up", protocol="none"
    )
    by_name = {m.name: m for m in report.metrics}
    assert by_name["accuracy"].value == 0.75 and by_name["accuracy"].interval[0] < 0.75
    assert by_name["accuracy_mean"].value == 0.875 and by_name["accuracy_mean"].runs == 2
    assert report.detail == {} and report.n == 4  # only the test split is drawn
