"""The project as a whole: Spaces' front matter, requirements, the Makefile's sentences."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("needs the git checkout")
    out = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [ROOT / name for name in out.stdout.decode().split("\0") if name]


def requirements(name: str) -> dict[str, Requirement]:
    lines = (ROOT / name).read_text().splitlines()
    found = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {r.name: r for r in found}


def test_spaces_front_matter():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = yaml.safe_load(text.split("---")[1])
    assert found["sdk"] == "gradio" and found["license"] == "mit"
    assert (ROOT / found["app_file"]).is_file()
    # Spaces installs this version of Gradio before our requirements.
    assert requirements("requirements.txt")["gradio"].specifier.contains(found["sdk_version"])
    assert isinstance(found["python_version"], str) and found["startup_duration_timeout"]


def test_nothing_needs_lfs(tracked: list[Path]):
    """A clone is whole without Git LFS. `hf upload` takes larger weights to a Space by itself;
    whatever is not weights stays below the 10 MB that a plain push there takes."""
    assert not [p for p in tracked if p.name == ".gitattributes" and "lfs" in p.read_text()]
    sizes = {p: p.stat().st_size for p in tracked if p.is_file()}
    large = [p for p, n in sizes.items() if n >= 10 * 2**20]
    weights = (".safetensors", ".keras")
    assert not [p for p in large if "checkpoints" not in p.parts or p.suffix not in weights]
    assert not [p for p, n in sizes.items() if n >= 24e6]


def test_no_data_and_no_runs_are_committed(tracked: list[Path]):
    names = [p.relative_to(ROOT).as_posix() for p in tracked]
    assert not [n for n in names if n.startswith(("runs/", ".venv/")) or n.endswith(".parquet")]


def test_installed_versions_are_the_required_ones():
    serving, training = (requirements(f"requirements{x}.txt") for x in ("", "-train"))
    assert not [name for name in serving if name.startswith("tensorflow")]
    for requirement in {**serving, **training}.values():
        if requirement.marker is None or requirement.marker.evaluate():
            version = importlib.metadata.version(requirement.name)
            assert requirement.specifier.contains(version), requirement


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
@pytest.mark.parametrize(
    ("missing", "sentence"),
    [("venv", "apt install python3-venv"), ("version_info", "Python 3.10 or newer is needed")],
)
def test_make_says_what_is_missing(tmp_path: Path, missing: str, sentence: str):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    fake = tmp_path / "python"
    fake.write_text(f'#!/bin/sh\ncase "$2" in *{missing}*) exit 1;; esac\n')
    fake.chmod(0o755)
    done = subprocess.run(
        ["make", "demo", f"PYTHON={fake}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode != 0 and sentence in done.stdout
    assert not (tmp_path / ".venv").exists()


def test_the_package_says_nothing_of_where_it_was_made(tracked: list[Path]):
    """No absolute path of a machine in what is committed."""
    texts = [p for p in tracked if p.suffix in {".py", ".md", ".json", ".txt", ".js", ".css"}]
    words = ("/home/", "/root/", "/work/")
    found = [
        (p.name, word)
        for p in texts
        if p != Path(__file__)
        for word in words
        if word in p.read_text(encoding="utf-8")
    ]
    assert not found
