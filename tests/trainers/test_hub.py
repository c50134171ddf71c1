"""The real Hub code path, in a process of its own, against a local stand-in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from datasets import Dataset

from tests.conftest import ROOT
from tests.trainers.fake_hub import FakeHub

PROGRAM = """
from trainers.core.data import Source, load
print(load(Source(name="numbers", hub="someone/numbers"), "train")["x"][:])
"""


def test_a_data_set_comes_from_the_hub(tmp_path: Path):
    (tmp_path / "set" / "data").mkdir(parents=True)
    Dataset.from_dict({"x": [1, 2, 3]}).to_parquet(
        tmp_path / "set" / "data" / "train-00000-of-00001.parquet"
    )
    hub = FakeHub("someone/numbers", tmp_path / "set")
    environment = {k: v for k, v in os.environ.items() if k != "GALLERY_DATA"}
    environment |= {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    hub.close()
    assert done.stdout.strip() == "[1, 2, 3]", done.stderr[-2000:]
    assert any(path.endswith("train-00000-of-00001.parquet") for path in hub.asked)
