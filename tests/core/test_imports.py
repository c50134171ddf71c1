"""Who imports whom: the house rules, read off one process that imports all modules of ours.

Every import is noted with the module that asked for it, also where the module was there already.
"""

from __future__ import annotations

import json
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
        "many_texts",
        "server",
        "sessions",
        "shell",
        "theme",
        "uploads",
    )
}
PROGRAM = """
import builtins, importlib, importlib.util, json, sys
edges, plain, by_name = {}, builtins.__import__, importlib.import_module

def note(importer, name):
    # What a function imports when it is called, later on, is not noted.
    if not getattr(getattr(sys.modules.get(importer), "__spec__", None), "_initializing", False):
        return
    parts = name.split(".")
    names = (".".join(parts[: n + 1]) for n in range(len(parts)))
    edges.setdefault(importer, set()).update(names)

def imported(name, globals=None, locals=None, fromlist=(), level=0):
    module = plain(name, globals, locals, fromlist, level)
    known = globals or {}
    full = importlib.util.resolve_name("." * level + name, known.get("__package__"))
    note(known.get("__name__"), full)
    for part in fromlist or ():
        if f"{full}.{part}" in sys.modules:
            note(known.get("__name__"), f"{full}.{part}")
    return module

def called(name, package=None):
    caller = sys._getframe(1).f_globals
    module = by_name(name, package)
    note(caller["__name__"], importlib.util.resolve_name(name, package))
    return module

builtins.__import__, importlib.import_module = imported, called
for name in sys.argv[1:]:
    by_name(name)
print(json.dumps({importer: sorted(names) for importer, names in edges.items()}))
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
    """What each module of ours imports, directly or through others."""
    names = all_modules()
    command = [sys.executable, "-c", PROGRAM, *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    direct = {name: set(found) for name, found in json.loads(done.stdout.splitlines()[-1]).items()}
    return {name: reached(name, direct) for name in names}


def reached(name: str, direct: dict[str, set[str]]) -> set[str]:
    """All modules that lie behind one, with the packages that hold it; itself left out."""
    parts = name.split(".")
    found = {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
    waiting = list(found)
    while waiting:
        new = direct.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found - {name}


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
