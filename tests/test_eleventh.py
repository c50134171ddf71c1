"""An eleventh demo, made up: what it gets for nothing. `tests/made_up` is how a demo is added.

`noise` is a record, a network, a predictor, a page and a trainer of under 120 lines together.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import gradio as gr
import jsonschema
import pytest

from demos.core import inputs
from demos.core.checkpoint import Checkpoint
from demos.core.demo import Demo
from tests.conftest import ROOT, Server, get
from tests.load import call, result
from tests.made_up import MADE_UP, assets, noise
from trainers.core import cli

HERE = Path(__file__).parent / "made_up"
PANELS = ("How it works", "Model card", "Training curves and errors", "Where it fails",
          "Rebuild it", "Call it")  # fmt: skip
made_up_demos = pytest.mark.parametrize("demo", MADE_UP, ids=lambda d: d.name)


def test_it_is_small():
    files = [*HERE.glob("demos/noise/*.py"), *HERE.glob("trainers/noise/*.py")]
    lines = [line for path in files for line in path.read_text("utf-8").splitlines() if line]
    assert len(files) == 7 and len(lines) < 120


@pytest.fixture(scope="module")
def config(made_up_server: Server) -> dict[str, Any]:
    return json.loads(get(f"{made_up_server.url}/config"))


def texts(config: dict[str, Any], kind: str, prop: str) -> list[str]:
    return [c["props"][prop] for c in config["components"] if c["type"] == kind]


@made_up_demos
def test_a_label_on_the_overview_and_a_tab(config, made_up_server: Server, demo: Demo):
    assert demo.tab in texts(config, "tabitem", "label")
    (wall,) = (h for h in texts(config, "html", "value") if 'class="wall"' in str(h))
    assert f'data-open="{demo.slug}"' in wall and demo.task in wall
    assert get(f"{made_up_server.url}/readyz")
    with pytest.raises(UnicodeDecodeError):  # it is a picture
        get(f"{made_up_server.url}/examples/{demo.name}/cover.webp")


def test_six_panels_each(config):
    labels = texts(config, "accordion", "label")
    assert labels == [*PANELS] * len(MADE_UP)


def test_each_input_has_a_front_end():
    """The page shows nothing of a component whose name Gradio's front end does not know."""
    with gr.Blocks():
        fields = {i.kind: inputs.field(i).main for demo in MADE_UP for i in demo.inputs}
    assert {kind: main.get_block_name() for kind, main in fields.items()} == {
        "picture": "image", "text": "textbox", "document": "file", "choice": "radio",
        "number": "slider", "conversation": "chatbot",
    }  # fmt: skip


@made_up_demos
def test_an_endpoint_with_types_and_words(made_up_server: Server, demo: Demo):
    endpoints = json.loads(get(f"{made_up_server.url}/gradio_api/info"))["named_endpoints"]
    assert set(endpoints) == {f"/{d.endpoint}" for d in MADE_UP}
    endpoint = endpoints[f"/{demo.endpoint}"]
    assert endpoint["description"] == demo.does
    names = [p["parameter_name"] for p in endpoint["parameters"]]
    assert names == [*(i.name for i in demo.inputs), "variant"]
    assert all(p["type"] and p["python_type"]["description"] for p in endpoint["parameters"])
    for index, _ in enumerate(demo.examples):
        for variant in demo.variants:
            answer = result(call(made_up_server, demo, index, variant.name))
            answer = {**json.loads(answer), "seconds": 0.1}
            jsonschema.validate(answer, endpoint["returns"][0]["type"])
            assert answer["variant"] == variant.name


@made_up_demos
def test_a_tool_for_mcp(made_up_server: Server, demo: Demo):
    tools = json.loads(get(f"{made_up_server.url}/gradio_api/mcp/schema"))
    (tool,) = (t for t in tools if t["name"] == demo.endpoint)
    assert set(tool["inputSchema"]["properties"]) == {*(i.name for i in demo.inputs), "variant"}
    assert demo.does in tool["description"]


def test_answers_are_right(made_up_server: Server):
    """Of each demo's first example."""
    found = {d.name: json.loads(result(call(made_up_server, d))) for d in MADE_UP}
    assert found["noise"]["grain"] == "fine"
    assert found["reader"]["words"] == "sings at dawn."
    assert found["index"]["words"] == "a longer line"
    assert found["chat"]["words"] == "You said “Hello” after 0 messages."
    assert found["number"]["words"] == "9"
    assert found["reader"]["familiar"] is True and found["number"]["familiar"] is None


def evaluated(capsys: pytest.CaptureFixture, *options: str) -> dict[str, Any]:
    cli.main(importlib.import_module("trainers.noise.__main__").TRAINER, ["evaluate", *options])
    return json.loads(capsys.readouterr().out)


def test_a_command_line_that_trains_and_measures(made_up_here: Path, tmp_path: Path, capsys):
    out = tmp_path / "noise" / "best"
    assets.train(noise.DEMO, "--epochs", "3", "--out", str(out), runs=tmp_path / "runs")
    Checkpoint(out).verify()
    capsys.readouterr()
    found = evaluated(capsys, "--checkpoint", str(out), "--split", "test", "--json")
    assert (found["demo"], found["variant"], found["split"]) == ("noise", "best", "test")
    assert found["n"] == 2000 and found["metrics"]["accuracy"] > 0.95
    shipped = evaluated(capsys, "--split", "validation", "--json")
    on_card = Checkpoint(made_up_here / "checkpoints/noise/best").card.metric(
        "accuracy", "validation"
    )
    assert shipped["metrics"]["accuracy"] == on_card.value


def test_a_dry_run_leaves_nothing(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assets.train(noise.DEMO, "--dry-run", runs=tmp_path / "runs")
    assert "parameters" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_the_command_on_the_card_is_the_one_that_was_run(tmp_path: Path):
    """As one types it, in a process of its own."""
    out = tmp_path / "noise" / "small"
    options = ["train", "--variant", "small", "--epochs", "1", "--seed", "3", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.made_up", "noise", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    how = Checkpoint(out).card.training
    assert how.command == f"python -m trainers.noise {' '.join(options)}" and how.seed == 3


def test_the_readme_points_here():
    text = (ROOT / "README.md").read_text("utf-8")
    assert "tests/made_up" in text and "tests/test_eleventh.py" in text
