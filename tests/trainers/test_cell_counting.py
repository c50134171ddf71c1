"""The trainer of cell counting: density truth, protocols, the numbers on the cards."""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.stats import norm

from demos.cell_counting import DEMO
from demos.cell_counting.predict import BRIGHT
from demos.core.checkpoint import open_checkpoint
from trainers.cell_counting import data
from trainers.cell_counting.data import empty_field
from trainers.cell_counting.evaluate import evaluate, interval
from trainers.cell_counting.train import protocol


def test_density_sums_to_the_count_at_borders_and_corners():
    dots = np.zeros((64, 64), bool)
    dots[[0, 0, 63, 31, 1], [0, 30, 63, 31, 62]] = True
    for sigma in (1.0, 2.0, 4.0):
        for fold in (1, 2, 4):
            found = data.density(dots, sigma, fold)
            assert found.shape == (64 // fold, 64 // fold)
            assert found.sum() == pytest.approx(5, abs=1e-4)


def test_each_kernel_sums_to_one_inside():
    """One dot at a time, against a Gaussian written down directly and renormalised."""
    rng = np.random.default_rng(0)
    axis = np.arange(48)
    for x, y in [(0, 0), (47, 3), *rng.integers(0, 48, (5, 2))]:
        dots = np.zeros((48, 48), bool)
        dots[y, x] = True
        kernel = np.outer(norm.pdf(axis, y, 2.0), norm.pdf(axis, x, 2.0))
        assert np.abs(data.density(dots, 2.0, 1) - kernel / kernel.sum()).max() < 1e-4


def test_density_and_dots_on_all_images(data_cells):
    for dots, count in zip(data_cells.dots, data_cells.counts, strict=True):
        assert abs(data.density(dots, 2.0, 2).sum() - count) < 1e-3


def test_dots_equal_the_published_counts(data: Path):
    import pyarrow.parquet as pq

    for row in pq.read_table(data / "vgg_cells" / "all.parquet").to_pylist():
        dots = np.asarray(Image.open(io.BytesIO(row["dots"]["bytes"])).convert("L")) > 0
        assert dots.sum() == row["count"]


@pytest.fixture(scope="module")
def data_cells():
    import os

    if not os.environ.get("GALLERY_DATA"):
        pytest.skip("needs data: name its folder in $GALLERY_DATA")
    return data.read()


def test_splits_are_disjoint_and_fixed(data_cells):
    assert data.pool(data_cells).ids.tolist() == list(range(1, 101))
    assert data.test(data_cells).ids.tolist() == list(range(101, 201))
    for k in range(5):
        chosen, rest = data.draw(64, k)
        assert len(chosen) == 64 and sorted({*chosen, *rest}) == list(range(100))
    assert not np.array_equal(data.draw(64, 0)[0], data.draw(64, 1)[0])
    held = np.concatenate([rest for _, rest in data.folds()])
    assert sorted(held) == list(range(100))


def test_shipped_variants_trained_on_the_pool_alone():
    for variant in DEMO.variants:
        checkpoint = open_checkpoint(DEMO.name, variant.name)
        ids = checkpoint.evaluation["train_ids"]
        assert bool(ids) == bool(checkpoint.card.architecture.parameters)
        assert max(ids, default=0) <= data.POOL


def test_five_draws_recomputed_from_the_predictions():
    checkpoint = open_checkpoint(DEMO.name, "unet")
    a = argparse.Namespace(from_predictions=True, split="test")
    found = {m.name: m for m in evaluate(a, checkpoint).metrics}["mae_mean"]
    runs = checkpoint.evaluation["draws_test"]
    assert len(runs) == 5 and all(r["ids"] == list(range(101, 201)) for r in runs)
    by_hand = [np.mean([abs(p - t) for p, t in zip(r["predicted"], r["true"], strict=True)])
               for r in runs]  # fmt: skip
    assert found.value == pytest.approx(np.mean(by_hand), abs=1e-6)
    assert found.sd == pytest.approx(np.std(by_hand, ddof=1), abs=1e-6)
    on_card = checkpoint.card.metric("mae_mean", "test")
    assert found.value == pytest.approx(on_card.value, abs=1e-3)


def test_the_card_of_every_variant_is_reproduced(data_cells):
    """Ten test images each: the committed weights give the committed predictions."""
    from demos.cell_counting.predict import Predictor
    from demos.core.images import Picture

    test = data.test(data_cells)
    for variant in DEMO.variants:
        checkpoint = open_checkpoint(DEMO.name, variant.name)
        predictor = Predictor(checkpoint)
        shown = checkpoint.evaluation["predictions_test"]["predicted"][:10]
        found = [predictor.predict(Picture(rgb)).count for rgb in test.rgb[:10]]
        assert found == pytest.approx(shown, abs=0.02)


def test_seed_protocol_keeps_no_weights():
    found = open_checkpoint(DEMO.name, "baseline").evaluation["seed_protocol"]
    assert len(found["splits"]) == 5 and found["epochs"] == 20 and found["held_out"] == 20


def test_interval_by_hand():
    """Ten residuals of 1 to 10 at a count of 100: the conformal 90 % quantile is the largest."""
    run = {"predicted": [100.0 + r for r in range(1, 11)], "true": [100.0] * 10}
    found = interval([run])
    assert found["n"] == 10 and found["scale"] == pytest.approx(10 / np.sqrt(110), abs=1e-3)
    narrow = interval([{"predicted": [4.0] * 10, "true": [5.0] * 10}])
    assert narrow["scale"] == pytest.approx(1 / np.sqrt(narrow["least"]))


def test_empty_fields_of_training_are_dark_enough_to_be_fields():
    rng = np.random.default_rng(0)
    fields = [empty_field(rng, (256, 256)) for _ in range(20)]
    assert all(f.shape == (256, 256, 3) and f.dtype == np.uint8 for f in fields)
    assert len({f.tobytes() for f in fields}) == 20
    assert max(np.median(f) for f in fields) < BRIGHT


def test_the_home_page_s_archive_is_read(tmp_path: Path):
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(tmp_path / "cells.zip", "w") as archive:
        for i in (1, 2):
            image = Image.fromarray(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8))
            dots = np.zeros((16, 16, 3), np.uint8)
            dots[[2, 5][:i], [3, 9][:i], 0] = 255
            for name, content in (("cell", image), ("dots", Image.fromarray(dots))):
                buffer = io.BytesIO()
                content.save(buffer, "PNG")
                archive.writestr(f"{i:03}{name}.png", buffer.getvalue())
    rows = data._read_home(tmp_path, "all")
    assert rows["id"] == [1, 2] and rows["count"] == [1, 2]
    assert np.asarray(rows[1]["dots"]).astype(bool).sum() == 2


def test_the_card_says_what_was_trained_on():
    def said(**given) -> str:
        return protocol(argparse.Namespace(**{"n": None, "draw": 0, "fold": None} | given))

    assert "whole pool" in said() and "draw 3" in said(n=64, draw=3)
    assert "all but fold 2 of five" in said(fold=2)
