"""Who imports whom: the house rules, held by importing each module in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

from demos import GALLERY

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "keras", "tensorflow", "torchvision", "transformers"}
# Within core only these build pages; all others can be used without Gradio.
GRADIO_IN_CORE = {"events", "frame", "inputs", "server", "shell", "theme"}
PROGRAM = """
import importlib, json, os, sys
# One process a module: a fork of a fresh interpreter.
out = {}
for name in sys.argv[1:]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        importlib.import_module(name)
        os.write(write, json.dumps(sorted(sys.modules)).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        out[name] = pipe.read()
    assert os.waitpid(child, 0)[1] == 0, name
print(json.dumps(out))
"""


@lru_cache
def imported_by(*names: str) -> dict[str, set[str]]:
    out = subprocess.run(
        [sys.executable, "-c", PROGRAM, *names], cwd=ROOT, capture_output=True, text=True
    )
    assert out.returncode == 0, out.stderr[-2000:]
    return {name: set(json.loads(text)) for name, text in json.loads(out.stdout).items()}


def top_level(modules: set[str]) -> set[str]:
    return {m.split(".")[0] for m in modules}


def ours(modules: set[str]) -> set[str]:
    return {m for m in modules if m.split(".")[0] in ("demos", "trainers")}


def test_app_and_pages_import_nothing_heavy():
    pages = [f"{demo.package}.page" for demo in GALLERY]
    for name, modules in imported_by("app", "demos", *pages).items():
        assert not top_level(modules) & HEAVY, name


def test_nothing_that_is_served_imports_trainers():
    served = [f"{d.package}.{part}" for d in GALLERY for part in ("page", "predict")]
    for name, modules in imported_by("app", *served).items():
        assert "trainers" not in top_level(modules), name


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_no_demo_imports_another(demo):
    parts = [p.stem for p in (ROOT / "demos" / demo.name).glob("*.py") if p.stem != "__init__"]
    others = {d.package for d in GALLERY if d is not demo}
    for name, modules in imported_by(*(f"{demo.package}.{p}" for p in parts)).items():
        # demos/__init__.py itself lists the demos; what lies below another one is foreign.
        foreign = {m for m in modules if any(m.startswith(o + ".") for o in others)}
        assert not foreign, name


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_model_and_predict_know_no_page(demo):
    found = imported_by(f"{demo.package}.model", f"{demo.package}.predict", f"{demo.package}.page")
    listed = {"demos", "demos.core", "demos.core.demo", *(d.package for d in GALLERY)}
    assert ours(found[f"{demo.package}.model"]) - listed == {f"{demo.package}.model"}
    assert "gradio" not in top_level(found[f"{demo.package}.predict"])
    assert f"{demo.package}.predict" not in found[f"{demo.package}.page"]


def test_only_the_shell_imports_gradio():
    parts = {p.stem for p in (ROOT / "demos" / "core").glob("*.py") if p.stem != "__init__"}
    found = imported_by(*(f"demos.core.{part}" for part in sorted(parts - GRADIO_IN_CORE)))
    assert not [name for name, modules in found.items() if "gradio" in modules]
    for name, modules in found.items():
        assert not top_level(modules) & HEAVY, name
