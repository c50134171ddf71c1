"""The real Hub code path, in processes of their own, against a local stand-in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from datasets import Dataset
from huggingface_hub import ModelCard

from demos import named_entities
from demos.core.checkpoint import Checkpoint, open_checkpoint
from tests.conftest import ROOT
from tests.trainers.fake_hub import TOKEN, FakeHub

LOAD = """
from trainers.core.data import Source, load
print(load(Source(name="numbers", hub="someone/numbers"), "train")["x"][:])
"""
SERVE = """
from demos.core.checkpoint import open_checkpoint
for name in ("conll", "wikiann"):
    checkpoint = open_checkpoint("named_entities", name)
    checkpoint.verify()
    checkpoint.uses("embeddings").verify()
    print(checkpoint.folder)
"""
REPO = "someone/nets"


@dataclass
class Outside:
    """A stand-in of the Hub, and a folder in which programs run that know of no other."""

    hub: FakeHub
    folder: Path

    def run(self, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {k: v for k, v in os.environ.items()
                if k != "GALLERY_DATA" and not k.startswith("HF_")}  # fmt: skip
        own = {"HF_ENDPOINT": self.hub.url, "HF_HOME": str(self.folder / "home"),
               "HF_HUB_DISABLE_XET": "1", "PYTHONPATH": str(ROOT)}  # fmt: skip
        return subprocess.run(
            [sys.executable, *argv], cwd=self.folder, env=kept | own | environment,
            capture_output=True, text=True,
        )  # fmt: skip

    def push(self, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = ("-m", "trainers.named_entities", "push", "--variant", "conll", "--repo", REPO)
        return self.run(*command, *argv, **environment)


@pytest.fixture
def models(tmp_path: Path) -> Iterator[Outside]:
    """An empty repository of models."""
    (tmp_path / "repository").mkdir()
    hub = FakeHub(REPO, tmp_path / "repository", "models")
    yield Outside(hub, tmp_path)
    hub.close()


def test_a_data_set_comes_from_the_hub(tmp_path: Path):
    (tmp_path / "set" / "data").mkdir(parents=True)
    Dataset.from_dict({"x": [1, 2, 3]}).to_parquet(
        tmp_path / "set" / "data" / "train-00000-of-00001.parquet"
    )
    hub = FakeHub("someone/numbers", tmp_path / "set")
    done = Outside(hub, tmp_path).run("-c", LOAD)
    hub.close()
    assert done.stdout.strip() == "[1, 2, 3]", done.stderr[-2000:]
    assert any(path.endswith("train-00000-of-00001.parquet") for path in hub.asked)


def test_a_checkpoint_goes_to_the_hub_and_is_served_from_there(models: Outside):
    done = models.push(HF_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"named_entities/conll is at {models.hub.url}/{REPO}" in done.stdout
    assert TOKEN not in done.stdout + done.stderr

    shipped = open_checkpoint("named_entities", "conll")
    there = Checkpoint(models.hub.folder / "named_entities" / "conll")
    assert there.card == shipped.card
    assert there.uses("embeddings").folder == models.hub.folder / "sst2" / "minilm"
    assert models.hub.large  # the weights took the way of large files

    readme = ModelCard.load(models.hub.folder / "README.md")
    readme_data = readme.data
    listed = {(r.metric_type, r.dataset_split): r.metric_value for r in readme_data.eval_results}
    f1 = shipped.card.metric("f1", "test")
    assert listed["f1", "test"] == pytest.approx(f1.value) and f"{f1.value:.4g}" in readme.text
    assert readme_data.pipeline_tag == "token-classification"
    assert shipped.card.limits in readme.text and shipped.card.licence in readme.text

    served = models.run("-c", SERVE, GALLERY_CHECKPOINTS=f"hf://{REPO}")
    assert served.returncode == 0, served.stderr[-2000:]
    conll, wikiann = (Path(line) for line in served.stdout.split())
    assert (models.folder / "home").resolve() in conll.resolve().parents
    assert wikiann == open_checkpoint(named_entities.DEMO.name, "wikiann").folder

    asked = len(models.hub.asked)
    models.hub.close()  # what was fetched once is served without the Hub
    again = models.run("-c", SERVE, GALLERY_CHECKPOINTS=f"hf://{REPO}")
    assert again.stdout == served.stdout, again.stderr[-2000:]
    assert len(models.hub.asked) == asked


def test_what_is_altered_on_the_hub_is_refused(models: Outside):
    assert models.push(HF_TOKEN=TOKEN).returncode == 0
    file = models.hub.folder / "named_entities" / "conll" / "familiarity.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\x7f")
    served = models.run("-c", SERVE, GALLERY_CHECKPOINTS=f"hf://{REPO}")
    assert served.returncode != 0 and "was altered" in served.stderr


def test_without_a_token_and_without_a_network_it_is_one_sentence(models: Outside):
    wrong = models.push(HF_TOKEN="hf_wrong")
    assert wrong.returncode == 1 and "hf_wrong" not in wrong.stdout + wrong.stderr
    assert wrong.stderr.strip().endswith("(status 401): the token is missing or wrong.")
    assert not [*models.hub.folder.rglob("*")]
    bad = models.run("-m", "trainers.named_entities", "push", "--repo", "no/such/name")
    assert "--repo no/such/name is no name of a repository" in bad.stderr
    gone = models.run("-c", SERVE, GALLERY_CHECKPOINTS="hf://someone/else")
    assert gone.returncode == 1 and "hf://someone/else could not be fetched" in gone.stderr
    assert "Traceback" not in wrong.stderr + bad.stderr + gone.stderr
