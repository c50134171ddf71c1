"""The trainer of transfer learning: backbones, data of one's own, early stopping, checkpoints."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from demos.core.errors import UserError
from demos.transfer_learning.model import BACKBONES, Classifier, Torchvision
from demos.transfer_learning.predict import evidence
from tests.conftest import ROOT
from trainers.core import cli, efficientnet_lite
from trainers.core.data import DataError
from trainers.core.run import Run
from trainers.transfer_learning import backbones, data, thumbnails, tune
from trainers.transfer_learning.__main__ import TRAINER
from trainers.transfer_learning.folds import auroc, draw, splits
from trainers.transfer_learning.recipes import FINE_TUNED
from trainers.transfer_learning.train import held_out, temperature


@pytest.mark.parametrize("name", [*Torchvision.WIDTHS, "small", "lite0"])
def test_each_backbone_learns_a_step_and_explains(name: str):
    """Without its weights: a loss that falls in one step, gradients in every parameter, and
    Grad-CAM, which in-place activations break where hooks are used."""
    net = started(name)
    (backbone,) = net.backbones.values()
    backbone.side = 64  # smaller than what it was made for, so that this takes no time
    rgb = np.random.default_rng(0).integers(0, 256, (48, 80, 3), dtype=np.uint8)
    x, y = tune.stacked(net, [rgb, rgb[::-1].copy()]), torch.tensor([0, 2])
    net.eval()
    losses = []
    for _ in range(2):
        net.zero_grad()
        features = net.features(net.maps(x))
        loss = nn.functional.cross_entropy(net.head(features), y)
        loss.backward()
        rate = 0.2 / float(features.detach().square().sum(1).mean() + 1)
        with torch.no_grad():
            for part in net.head.parameters():
                part -= rate * part.grad
        losses.append(float(loss.detach()))
    assert losses[1] < losses[0] and np.isfinite(losses).all()
    assert all(part.grad is not None for part in net.parameters() if part.requires_grad)
    found = evidence(net, rgb)
    assert len(found) == 3 and all(values.shape == (48, 80) for values in found)
    assert np.isfinite(found).all() and np.abs(found).max() > 0
    # Each map is of a logit beside the mean of all: together they are nothing.
    assert np.abs(sum(found)).max() < 1e-4 * np.abs(found).max()


def started(name: str) -> Classifier:
    """A network with random weights; VGG's 134 million are filled from a few, which is quick, and
    its three wide layers stay as they are."""
    torch.manual_seed(0)
    if name != "vgg16":
        return Classifier([name], ("a", "b", "c"), rooted=False)
    with torch.device("meta"):
        net = Classifier([name], ("a", "b", "c"), rooted=False)
    net = net.to_empty(device="cpu")
    numbers = torch.randn(2**16)
    for part in net.parameters():
        size = (2 / max(1, part[0].numel())) ** 0.5
        part.data.view(-1).copy_(
            size * numbers.repeat(part.numel() // len(numbers) + 1)[: part.numel()]
        )
    (backbone,) = net.backbones.values()
    backbone.mean, backbone.scale = torch.full((3, 1, 1), 120.0), torch.full((3, 1, 1), 60.0)
    backbone.net.classifier.requires_grad_(False)
    return net


def test_folding_leaves_the_network_as_it_is():
    """A convolution with its batch norm, and the same folded, say the same."""
    torch.manual_seed(0)
    convolution, norm = (
        nn.Conv2d(3, 8, 3, bias=False),
        nn.BatchNorm2d(8, eps=efficientnet_lite.EPSILON),
    )
    norm.running_mean.normal_()
    norm.running_var.uniform_(0.2, 3)
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    state = {f"_conv_stem.{k}": v for k, v in convolution.state_dict().items()}
    state |= {f"_bn0.{k}": v for k, v in norm.state_dict().items()}
    state |= {
        k.replace("_conv_stem", "_conv_head").replace("_bn0", "_bn1"): v for k, v in state.items()
    }
    found = efficientnet_lite.folded(state)
    x = torch.rand(2, 3, 9, 9)
    with torch.no_grad():
        ours = nn.functional.conv2d(x, found["stem.weight"], found["stem.bias"])
        assert (ours - norm.eval()(convolution(x))).abs().max() < 1e-5


def test_weights_from_a_file(tmp_path: Path):
    """A backbone's own weights come back through --weights; others are refused with a sentence."""
    net = BACKBONES["lite0"]()
    torch.save(net.state_dict(), tmp_path / "lite0.pth")
    again = backbones.pretrained("lite0", tmp_path / "lite0.pth")
    assert torch.allclose(again.stem.weight, net.stem.weight, atol=1e-3)
    with pytest.raises(UserError, match="no weights of lite1"):
        backbones.pretrained("lite1", tmp_path / "lite0.pth")
    with pytest.raises(UserError, match="is no file"):
        backbones.pretrained("lite0", tmp_path / "none.pth")


def folder_of(root: Path, counts: dict[str, int], size: int = 24) -> Path:
    """Class folders with so many pictures each, each class of a colour of its own."""
    for place, (name, count) in enumerate(counts.items()):
        (root / name).mkdir(parents=True)
        for i in range(count):
            colour = (40 + 60 * place, 200 - 50 * place, (37 * i) % 256)
            Image.new("RGB", (size, size + 6), colour).save(root / name / f"{i}.jpg")
    return root


def zip_of(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(file, file.relative_to(folder.parent))
    return path


def test_a_zip_of_the_originals_layout(tmp_path: Path):
    """train/<class>/*.jpg and val/<class>/*.jpg below one folder, as the nine politicians lie."""
    root = tmp_path / "politicians"
    folder_of(root / "train", {"ayelet": 3, "benny": 4, "yair": 2})
    folder_of(root / "val", {"ayelet": 1, "benny": 1, "yair": 2})
    path = zip_of(root, tmp_path / "original.zip")
    train, rest = (data.read(split, str(path)) for split in ("train", "validation"))
    assert train.classes == rest.classes == ("ayelet", "benny", "yair")
    assert np.bincount(train.labels).tolist() == [3, 4, 2] and len(rest) == 4
    assert data.size("test", str(path)) == 0


def test_a_folder_of_folders_with_other_files_in_it(tmp_path: Path, capsys):
    """What is no picture is named and left out; every fifth photo is left for validation."""
    root = folder_of(tmp_path / "mine", {"cats": 10, "dogs": 7})
    (root / "cats" / "notes.txt").write_text("words")
    (root / "readme.md").write_text("words")
    train, rest = (data.read(split, str(root)) for split in ("train", "validation"))
    assert "cats/notes.txt" in capsys.readouterr().err
    assert np.bincount(rest.labels).tolist() == [2, 1] and len(train) + len(rest) == 17
    assert not {*train.names} & {*rest.names}
    again = data.in_order(train, ("dogs", "cats"))
    assert (again.labels == 1 - train.labels).all()
    with pytest.raises(DataError, match="does not know"):
        data.in_order(train, ("dogs", "birds"))


def test_too_few_and_too_many_classes(tmp_path: Path):
    with pytest.raises(DataError, match="1 folders with files"):
        data.read("train", str(folder_of(tmp_path / "one", {"cats": 2})))
    many = tmp_path / "many"
    for i in range(1001):
        (many / f"{i:04}").mkdir(parents=True)
        (many / f"{i:04}" / "a.png").write_bytes(b"x")
    with pytest.raises(DataError, match="1001 folders"):
        data.read("train", str(many))
    with pytest.raises(DataError, match="is no folder"):
        data.read("train", str(tmp_path / "none.zip"))


def test_a_folder_of_ones_own_becomes_a_variant(tmp_path: Path):
    """Trained with --data, evaluated with --checkpoint, and listed by the page with the others."""
    root = folder_of(tmp_path / "fruit", {"apple": 6, "pear": 6})
    out = tmp_path / "checkpoints" / "transfer_learning" / "my_fruit"
    cli.main(TRAINER, ["train", "--variant", "linear_probe", "--data", str(root), "--out", str(out),
                       "--threads", "1"])  # fmt: skip
    card = json.loads((out / "card.json").read_text())
    assert card["architecture"]["arguments"]["classes"] == ["apple", "pear"]
    assert card["data"]["name"] == "fruit (2 classes)" and card["references"] == []
    said = subprocess.run(
        [sys.executable, "-c", "from demos.transfer_learning import DEMO\n"
         "print([(v.name, v.title) for v in DEMO.variants][-1])"],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "GALLERY_CHECKPOINTS": str(tmp_path / "checkpoints")},
    )  # fmt: skip
    assert "my fruit" in said.stdout
    cli.main(TRAINER, ["evaluate", "--checkpoint", str(out), "--data", str(root), "--threads", "1"])


def test_the_epoch_that_did_best_is_kept(tmp_path: Path):
    """Not the last one: with a rate that ruins the network later on, and over a resumed run."""
    photos = data.generated(24)
    mask = held_out(photos.labels)
    torch.manual_seed(0)
    net = Classifier(["small"], photos.classes, False)
    best = tune.Best(tmp_path / "best.pt", False, patience=2)
    before = {k: v.clone() for k, v in net.state_dict().items()}
    best.see(0.5, net)
    with torch.no_grad():
        net.head.weight.zero_()
    best.see(0.9, net)
    assert torch.equal(best.state["head.weight"], before["head.weight"])
    again = tune.Best(tmp_path / "best.pt", True, patience=2)
    assert again.loss == 0.5 and again.since == 1
    with pytest.raises(tune.Stopped):
        again.see(0.8, net)
    recipe = FINE_TUNED.__class__(**{**FINE_TUNED.__dict__, "backbones": ("small",), "batch": 8,
                                     "rate": 3e-3, "augment": "off", "mixup": 0.2, "dropout": 0.1,
                                     "smoothing": 0.1})  # fmt: skip
    run = Run(tmp_path / "run")
    trained = tune.fit(run, net, recipe, photos.part(~mask), photos.part(mask), 4, 0)
    least = min(row["validation_loss"] for row in run.history)
    with torch.inference_mode():
        logits = trained(*tune.stacked(trained, photos.part(mask).pictures))
    loss = nn.functional.cross_entropy(logits, torch.from_numpy(photos.part(mask).labels))
    assert float(loss) == pytest.approx(least, abs=1e-5)
    # Where nothing is held out, the last epoch counts.
    none = photos.part(np.zeros(len(photos), bool))
    last = Run(tmp_path / "last")
    tune.fit(last, net, recipe, photos, none, 2, 0)
    assert last.epoch == 2 and "validation_loss" not in last.history[-1]


def test_folds_and_draws_divide_fairly():
    labels = np.repeat(np.arange(4), [12, 9, 20, 11])
    for _, seen, rest in splits(labels, 3, 2):
        assert not {*seen} & {*rest} and len(seen) + len(rest) == len(labels)
        assert set(labels[rest]) == set(range(4))
    mask = draw(labels, 5, 0)
    assert np.bincount(labels[mask]).tolist() == [5, 5, 5, 5]
    assert (draw(labels, 5, 0) == mask).all() and (draw(labels, 5, 1) != mask).any()
    assert auroc(np.array([2.0, 3, 4]), np.array([1.0, 2.5])) == pytest.approx(5 / 6)


def test_temperature_finds_the_one_that_was_used():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 5)).astype(np.float32)
    share = np.exp(logits / 2.5) / np.exp(logits / 2.5).sum(1, keepdims=True)
    labels = np.array([rng.choice(5, p=row / row.sum()) for row in share])
    assert temperature(logits, labels) == pytest.approx(2.5, rel=0.1)


def test_at_most_81_thumbnails_spread_over_the_classes():
    photos = data.generated(60)
    x = np.random.default_rng(0).random((60, 4)).astype(np.float32)
    missed = np.zeros(60, bool)
    missed[[0, 7]] = True
    found = thumbnails.chosen_photos(photos, x, missed)
    assert len(found) == 60 and {0, 7} <= {p.index for p in found}
    few = thumbnails.spread(x, 5, [3])
    assert few[0] == 3 and len(set(few)) == 5


def test_options_change_the_recipe():
    from trainers.transfer_learning.train import recipe_of

    def asked(*more: str) -> argparse.Namespace:
        return cli.parser(TRAINER).parse_args(["train", *more])

    assert recipe_of(asked()).backbones == ("lite0", "lite2")
    tuned = recipe_of(
        asked("--variant", "linear_probe", "--backbone", "resnet18", "--mixup", "0.2")
    )
    assert (tuned.backbones, tuned.tune, tuned.mixup) == (("resnet18",), "all", 0.2)
    frozen = recipe_of(asked("--backbone", "vgg16", "--tune", "head"))
    assert frozen.tune == "head" and frozen.rooted
