"""Who imports whom: the house rules, held by importing each module in a process of its own.

What may import Gradio or torch starts from a process that has, as that takes seconds: what else it
imports is seen there as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from demos import GALLERY

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "keras", "tensorflow", "torchvision", "transformers"}
# Within core only these build pages; all others can be used without Gradio.
SHELL = {
    f"demos.core.{part}"
    for part in (
        "calls",
        "events",
        "frame",
        "inputs",
        "server",
        "sessions",
        "shell",
        "theme",
        "uploads",
    )
}
PROGRAM = """
import importlib, json, os, sys
# One process a module: forks of this one, a few at a time.
if sys.argv[2]:
    importlib.import_module(sys.argv[2])
names, running, out = sys.argv[3:], {}, {}
while names or running:
    while names and len(running) < int(sys.argv[1]):
        name = names.pop(0)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            importlib.import_module(name)
            with os.fdopen(write, "w") as pipe:
                pipe.write("\\n".join(sys.modules))
                pipe.flush()
            os._exit(0)
        os.close(write)
        running[name] = child, read
    name, (child, read) = next(iter(running.items()))
    with os.fdopen(read) as pipe:
        out[name] = pipe.read().split()
    assert os.waitpid(child, 0)[1] == 0, name
    del running[name]
print(json.dumps(out))
"""


def all_modules() -> list[str]:
    """`app`, and every module of demos and trainers that is not a command."""
    found = ["app"]
    for package in ("demos", "trainers"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[-1] != "__main__":
                found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """What is imported once each module of ours was imported alone."""
    pages = {"app", *(f"{d.package}.page" for d in GALLERY), *SHELL}
    light = {"demos", *(f"{d.package}.result" for d in GALLERY)}
    groups: dict[str, list[str]] = {"": [], "gradio": [], "torch": []}
    for name in all_modules():
        fresh = name in light or name.startswith("demos.core")
        groups["gradio" if name in pages else "" if fresh else "torch"].append(name)
    return {n: m for before, names in groups.items() for n, m in imported_by(names, before).items()}


def imported_by(names: list[str], before: str) -> dict[str, set[str]]:
    """What is imported after each of the modules, in forks of one that imported `before`."""
    command = [sys.executable, "-c", PROGRAM, str(os.cpu_count() or 1), before, *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return {name: set(modules) for name, modules in json.loads(done.stdout).items()}


def top_level(modules: set[str]) -> set[str]:
    return {m.split(".")[0] for m in modules}


def below(imports: dict[str, set[str]], *packages: str) -> dict[str, set[str]]:
    """The modules that lie in one of the packages."""
    return {n: m for n, m in imports.items() if n.startswith(tuple(p + "." for p in packages))}


def test_app_and_pages_import_nothing_heavy(imports):
    light = [
        "app",
        "demos",
        *(f"{d.package}.{part}" for d in GALLERY for part in ("page", "result")),
    ]
    found = {name: top_level(imports[name]) & HEAVY for name in light}
    assert not any(found.values()), found


def test_nothing_that_is_served_imports_trainers(imports):
    served = {"app": imports["app"], "demos": imports["demos"], **below(imports, "demos")}
    assert not [name for name, modules in served.items() if "trainers" in top_level(modules)]


def test_nothing_of_ours_imports_tests(imports):
    assert not [name for name, modules in imports.items() if "tests" in top_level(modules)]


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_no_demo_imports_another(imports, demo):
    # demos/__init__.py itself lists the demos; what lies below another one is foreign.
    others = [d.name for d in GALLERY if d is not demo]
    foreign = tuple(f"{package}.{o}." for o in others for package in ("demos", "trainers"))
    for name, modules in below(imports, demo.package, f"trainers.{demo.name}").items():
        assert not {m for m in modules if m.startswith(foreign)}, name


def test_core_knows_no_demo(imports):
    """Nor does the trainers' core, but for the table of results that lists all."""
    foreign = tuple(f"{package}.{d.name}." for d in GALLERY for package in ("demos", "trainers"))
    for name, modules in below(imports, "demos.core", "trainers.core").items():
        assert not {m for m in modules if m.startswith(foreign)}, name


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_model_imports_nothing_of_ours(imports, demo):
    listed = imports["demos"] | {f"{demo.package}.model"}
    found = {m for m in imports[f"{demo.package}.model"] if m.startswith(("demos.", "trainers."))}
    assert found <= listed


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_page_and_predict_know_only_results(imports, demo):
    assert "gradio" not in top_level(imports[f"{demo.package}.predict"])
    page = imports[f"{demo.package}.page"]
    assert not page & {f"{demo.package}.predict", f"{demo.package}.model"}


def test_only_the_shell_imports_gradio(imports):
    for name, modules in below(imports, "demos.core", "trainers").items():
        assert name in SHELL or "gradio" not in top_level(modules), name
        # What networks on texts share is imported by predictors alone.
        if name.startswith("demos.") and name != "demos.core.text_model":
            assert not top_level(modules) & HEAVY, name


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_serving_needs_no_tensorflow(imports, demo):
    assert not top_level(imports[f"{demo.package}.predict"]) & {"tensorflow", "keras"}
