"""The trainers' rails: data from anywhere, resuming, measures."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from trainers.core import metrics, torch_loop
from trainers.core.data import DataError, Source, load
from trainers.core.run import Run

ROOT = Path(__file__).parents[2]
SOURCE = Source(name="numbers")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("trainers.core.data.CACHE", tmp_path / "cache")


def parquet(path: Path, values: list[int]) -> None:
    from datasets import Dataset

    path.parent.mkdir(parents=True, exist_ok=True)
    Dataset.from_dict({"x": values}).to_parquet(path)


@pytest.mark.parametrize(
    "name", ["train.parquet", "data/train-00000-of-00001.parquet", "all.parquet"]
)
def test_parquet_layouts(tmp_path: Path, name: str):
    parquet(tmp_path / "d" / name, [1, 2, 3])
    assert load(SOURCE, "train", tmp_path / "d")["x"] == [1, 2, 3]


@pytest.mark.parametrize(("name", "mark"), [("test.csv", ","), ("test.tsv", "\t")])
def test_text_tables(tmp_path: Path, name: str, mark: str):
    (tmp_path / name).write_text(f"x{mark}y\n1{mark}a\n2{mark}b\n")
    assert load(SOURCE, "test", tmp_path)["y"] == ["a", "b"]


@pytest.mark.parametrize("zipped", [False, True])
def test_class_folders(tmp_path: Path, zipped: bool):
    for label in ("cat", "dog"):
        (tmp_path / "train" / label).mkdir(parents=True)
        Image.new("L", (3, 3)).save(tmp_path / "train" / label / "a.png")
    folder = tmp_path
    if zipped:
        folder = tmp_path / "zipped"
        folder.mkdir()
        with zipfile.ZipFile(folder / "train.zip", "w") as archive:
            for path in sorted((tmp_path / "train").glob("*/*")):
                archive.write(path, path.relative_to(tmp_path / "train"))
    found = load(SOURCE, "train", folder)
    assert found.features["label"].names == ["cat", "dog"] and len(found) == 2


def test_environment_comes_before_the_hub(tmp_path: Path, monkeypatch):
    parquet(tmp_path / "numbers" / "train.parquet", [7])
    monkeypatch.setenv("GALLERY_DATA", str(tmp_path))
    assert load(SOURCE, "train")["x"] == [7]


def test_the_sentence_says_what_was_tried(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("GALLERY_DATA", str(tmp_path))
    with pytest.raises(DataError) as caught:
        load(SOURCE, "train")
    for part in ("--data was not given", "no folder numbers", "could not be reached"):
        assert part in str(caught.value)
    parquet(tmp_path / "d" / "train.parquet", [1])
    with pytest.raises(DataError, match=r"no split “test”.*found train\.parquet"):
        load(SOURCE, "test", tmp_path / "d")


def test_an_archive_from_a_home_page(tmp_path: Path):
    """The real download path, against a local server."""
    import functools
    import http.server
    import threading

    from datasets import Dataset

    served = tmp_path / "served"
    served.mkdir()
    with zipfile.ZipFile(served / "a.zip", "w") as archive:
        archive.writestr("numbers.txt", "4 5")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(served))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def read(folder: Path, split: str) -> Dataset:
        return Dataset.from_dict({"x": [*map(int, (folder / "numbers.txt").read_text().split())]})

    home = f"http://127.0.0.1:{server.server_port}/a.zip"
    found = load(Source(name="numbers", home=home, read_home=read), "train")
    server.shutdown()
    assert found["x"] == [4, 5]


PROGRAM = """
import os, sys, torch
from pathlib import Path
from trainers.core import torch_loop
from trainers.core.run import Run, seed_everything
folder, resume, stop = Path(sys.argv[1]), sys.argv[2] == "resume", int(sys.argv[3])
torch.set_num_threads(1)
seed_everything(0)
net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Dropout(0.3))
x = torch.randn(16, 1, 6, 6)
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=24)
def batches(epoch):
    order = torch_loop.epoch_generator(0, epoch).permutation(16)
    for start in range(0, 16, 4):
        if (epoch, start) == (stop, 8):
            os.kill(os.getpid(), 9)  # in the middle of an epoch
        yield (x[order[start:start + 4]],)
used = torch_loop.fit(
    Run(folder, resume=resume), net, epochs=6, batches=batches,
    loss=lambda net, batch: net(*batch).square().mean(), optimizer=optimizer, scheduler=schedule,
    average=torch_loop.average_of(net, 0.9), save_every=0, freeze_norm_at=4,
)
torch.save(used.state_dict(), folder / "out.pt")
"""


def test_a_killed_run_resumes_bit_equal(tmp_path: Path):
    def run(name: str, resume: str, stop: int) -> int:
        (tmp_path / name).mkdir(exist_ok=True)
        command = [sys.executable, "-c", PROGRAM, str(tmp_path / name), resume, str(stop)]
        return subprocess.run(command, cwd=ROOT, capture_output=True).returncode

    assert run("whole", "new", -1) == 0
    assert run("killed", "new", 3) == -9
    assert run("killed", "resume", -1) == 0
    whole, resumed = (
        torch.load(tmp_path / name / "out.pt", weights_only=True) for name in ("whole", "killed")
    )
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_a_fresh_run_ignores_old_state(tmp_path: Path):
    run = Run(tmp_path)
    run.log(1, loss=1.0)
    run.save({})
    assert Run(tmp_path, resume=False).load() is None
    again = Run(tmp_path, resume=True)
    assert again.load() == {} and again.epoch == 1


def test_average_follows_the_weights():
    net = torch.nn.Linear(1, 1, bias=False)
    average = torch_loop.average_of(net, 0.5)
    expected = float(net.weight)
    average.update_parameters(net)
    for value in (1.0, 3.0):
        torch.nn.init.constant_(net.weight, value)
        average.update_parameters(net)
        expected = 0.5 * expected + 0.5 * value
    assert float(average.module.weight) == pytest.approx(expected)


def test_counting_measures():
    found = metrics.counting(np.array([10.0, 0.0, 5.0]), np.array([8, 0, 10]))
    assert found["mae"] == pytest.approx((2 + 0 + 5) / 3)
    assert found["bias"] == pytest.approx(-1)
    assert found["mae_relative"] == pytest.approx((2 / 8 + 5 / 10) / 2)


def test_intervals_against_known_values():
    # Wilson's interval of 8 of 10 as tabulated: 0.4902 to 0.9433.
    assert metrics.wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    low, high = metrics.bootstrap_interval(np.random.default_rng(0).normal(5, 1, 400))
    assert low < 5.05 and high > 4.95 and high - low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    over = metrics.spread([1.0, 2.0, 3.0])
    assert (over.mean, over.sd, over.runs) == (2.0, 1.0, 3)
