"""The trainers' command line: dry runs, --init, evaluate, and what a person can get wrong."""

from __future__ import annotations

import argparse
import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demos import GALLERY
from demos.core.checkpoint import Checkpoint, Metric, open_checkpoint
from demos.core.demo import Demo
from demos.fashion_mnist import DEMO
from trainers.core import cli, publish
from trainers.core.evaluation import Report
from trainers.core.wild_run import WildTable

ROOT = Path(__file__).parents[2]
# One process trains all variants of a framework, since importing that takes longer than training.
DRY = """
import importlib, json, sys
from trainers.core.cli import main
trainer = importlib.import_module(f"trainers.{sys.argv[1]}.__main__").TRAINER
for asked in json.loads(sys.argv[2]):
    print("asked:", *asked, flush=True)
    main(trainer, ["train", "--dry-run", *asked])
"""


def is_keras(demo: Demo, variant: str) -> bool:
    return "model.keras" in open_checkpoint(demo.name, variant).card.files


def groups() -> list:
    """Every demo with its variants of one framework."""
    found = []
    for demo in GALLERY:
        for keras in (False, True):
            names = [v.name for v in demo.variants if is_keras(demo, v.name) == keras]
            if names:
                kind = "keras" if keras else "torch"
                found.append(pytest.param(demo, names, id=f"{demo.name}-{kind}"))
    return found


@pytest.mark.parametrize(("demo", "names"), groups())
def test_dry_run_of_every_variant(demo: Demo, names: list[str]):
    """Every variant, and one more time from shipped weights. Nothing of it stays."""
    before = {*(ROOT / "assets").rglob("*"), *(ROOT / "runs" / demo.name).glob("*")}
    asked = [["--variant", name] for name in names]
    shipped = open_checkpoint(demo.name, names[0]).folder
    asked.append(["--variant", names[0], "--init", str(shipped)])
    done = subprocess.run(
        [sys.executable, "-c", DRY, demo.name, json.dumps(asked)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    runs = done.stdout.split("asked:")[1:]
    assert len(runs) == len(asked) and all("parameters" in run for run in runs)
    assert {*(ROOT / "assets").rglob("*"), *(ROOT / "runs" / demo.name).glob("*")} == before


def trainer_of(demo: Demo) -> cli.Trainer:
    return importlib.import_module(f"trainers.{demo.name}.__main__").TRAINER


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """A copy of a small shipped checkpoint, which may be damaged and written."""
    folder = tmp_path / "copy" / DEMO.name / "seed_plus"
    shutil.copytree(open_checkpoint(DEMO.name, "seed_plus").folder, folder)
    return folder


def refused(demo: Demo, *argv: str | Path) -> str:
    """The sentence that a command line ends with."""
    with pytest.raises(SystemExit) as ended:
        cli.main(trainer_of(demo), [*map(str, argv)])
    assert isinstance(ended.value.code, str)
    return ended.value.code


def test_init_is_refused_with_a_sentence(shipped: Path):
    init = ("--variant", "seed_plus", "--dry-run", "--init")
    for other in GALLERY:
        if other.name != DEMO.name:
            said = refused(other, "train", "--dry-run", "--init", shipped)
            assert f"is a checkpoint of {DEMO.name}, not {other.name}" in said
    assert "its folder is missing" in refused(DEMO, "train", *init, shipped.parent / "none")
    weights = shipped / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\xff")
    assert "was altered" in refused(DEMO, "train", *init, shipped)


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_init_with_another_network_is_refused(demo: Demo):
    cards = {v.name: open_checkpoint(demo.name, v.name).card for v in demo.variants}
    ours = cards[demo.default].architecture
    other = next((n for n, card in cards.items() if card.architecture != ours), None)
    if other is None:
        pytest.skip("all variants have the same network")
    folder = open_checkpoint(demo.name, other).folder
    asked = ("--variant", demo.default, "--dry-run", "--init", folder)
    assert "another network" in refused(demo, "train", *asked)


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_missing_data_is_one_sentence(demo: Demo, tmp_path: Path, capfd):
    said = refused(demo, "evaluate", "--json", "--split", "test", "--data", tmp_path / "none")
    assert re.search("is not a (folder|file)", said) and capfd.readouterr().out == ""


def test_a_checkpoint_of_another_demo_is_refused(shipped: Path):
    for other in GALLERY:
        if other.name != DEMO.name:
            said = refused(other, "evaluate", "--checkpoint", shipped)
            assert (
                said == f"--checkpoint {shipped} is a checkpoint of {DEMO.name}, not {other.name}."
            )


def test_a_quick_look_is_neither_recorded_nor_at_test():
    from demos import question_answering

    for more in (("--record",), ("--split", "test")):
        said = refused(question_answering.DEMO, "evaluate", "--first", "5", *more)
        assert "leave it out with --record and with --split test" in said


def test_without_validation_data_evaluate_says_what_to_ask_for(shipped: Path):
    said = refused(DEMO, "evaluate", "--checkpoint", shipped)
    assert "was trained on everything" in said and "--split test" in said


def test_the_original_s_own_validation_is_none_of_ours(data: Path):
    """SST-2's original was validated on a random fifth of the phrases."""
    from demos import sst2

    said = refused(sst2.DEMO, "evaluate", "--variant", "bilstm_seed")
    assert "random fifth" in said and "--split test" in said


SPLITS = ("validation", "test")
QUICK = {"question_answering": 150}  # the whole split takes minutes


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_json_is_alone_on_standard_output(demo: Demo, data: Path, tmp_path: Path, capfd):
    """With the smallest of the networks in torch, a copy: the shipped card keeps its looks. On the
    smaller of the splits that it was measured on."""
    names = [v.name for v in demo.variants if not is_keras(demo, v.name)]
    cards = {n: open_checkpoint(demo.name, n).card for n in names}
    variant = min(names, key=lambda n: cards[n].architecture.parameters)
    folder = tmp_path / demo.name / variant
    shipped = open_checkpoint(demo.name, variant)
    shutil.copytree(shipped.folder, folder)
    for role, used in shipped.card.uses.items():
        shutil.copytree(shipped.uses(role).folder, tmp_path / used, dirs_exist_ok=True)
    main = trainer_of(demo).main_metric
    measured = [m for m in shipped.card.metrics if m.name == main]
    on_card = min((m for m in measured if m.split in SPLITS), key=lambda m: m.n)
    split = on_card.split
    asked = ["evaluate", "--checkpoint", str(folder), "--json", "--split", split]
    few = QUICK.get(demo.name)
    cli.main(trainer_of(demo), [*asked, "--first", str(few)] if few else asked)
    found = json.loads(capfd.readouterr().out)
    assert list(found) == [
        "demo", "variant", "checkpoint", "data", "split", "protocol", "n", "metrics", "seconds",
    ]  # fmt: skip
    assert (found["demo"], found["variant"], found["split"]) == (demo.name, variant, split)
    if few:
        # Three standard errors of a share among so many.
        near = 3 * (on_card.value * (1 - on_card.value) / few) ** 0.5
        assert found["n"] == few
        assert found["metrics"][main] == pytest.approx(on_card.value, abs=near)
        return
    # The main measure may be of some of the examples only, such as questions with an answer.
    assert found["n"] in {m.n for m in shipped.card.metrics if m.split == split}
    assert found["metrics"][main] == pytest.approx(on_card.value, abs=1e-3)
    assert Checkpoint(folder).card == cards[variant]  # this one lies nowhere near assets/


def made_up(split_of: list[str] | None = None) -> cli.Trainer:
    """A trainer of Fashion-MNIST that finds an accuracy of a half on any split."""

    def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
        if split_of is not None:
            split_of.append(a.split)
        half = Metric(name="accuracy", split=a.split, n=2, value=0.5, higher_is_better=True)
        return Report("made up", a.split, "none", 2, [half], {"extra": 1})

    def wild(a: argparse.Namespace, checkpoint: Checkpoint) -> WildTable:
        row = {"kind": "light", "name": "darker", "strength": "strong", "n": 2, "clean": 0.5,
               "changed": 0.25, "difference": -0.25}  # fmt: skip
        found = Metric(name="auroc", split=a.split, n=4, value=0.9, higher_is_better=True)
        return WildTable("accuracy", a.split, [row], [found])

    return cli.Trainer(DEMO, lambda a, run: None, evaluate, "accuracy", wild=wild)


def looks(folder: Path) -> list[float]:
    return [t.value for t in Checkpoint(folder).card.test_evaluations]


def test_a_look_at_test_is_written_into_a_shipped_card(shipped: Path, monkeypatch):
    before, splits = looks(shipped), []
    asked = ["evaluate", "--checkpoint", str(shipped)]
    cli.main(made_up(splits), [*asked, "--split", "test"])
    assert looks(shipped) == before  # it does not lie in assets/
    monkeypatch.setattr(publish, "SHIPPED", shipped.parents[1])
    cli.main(made_up(splits), asked)
    assert looks(shipped) == before and splits == ["test", "validation"]
    cli.main(made_up(), [*asked, "--split", "test"])
    assert looks(shipped) == [*before, 0.5]
    assert Checkpoint(shipped).card.metric("accuracy", "test").value != 0.5
    cli.main(made_up(), [*asked, "--split", "test", "--record"])
    assert looks(shipped) == [*before, 0.5, 0.5]
    assert Checkpoint(shipped).card.metric("accuracy", "test").value == 0.5


def test_a_card_that_cannot_be_written_does_not_stop_evaluate(shipped: Path, monkeypatch, capsys):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(publish, "SHIPPED", shipped.parents[1])
    monkeypatch.setattr(publish, "rewrite", refuse)
    cli.main(made_up(), ["evaluate", "--checkpoint", str(shipped), "--split", "test", "--json"])
    said = capsys.readouterr()
    assert json.loads(said.out)["metrics"] == {"accuracy": 0.5}
    assert "is not on the card" in said.err


def test_wild_is_printed_and_kept(shipped: Path, capsys):
    asked = ["evaluate", "--checkpoint", str(shipped), "--wild"]
    cli.main(made_up(), asked)
    assert "light: darker (strong, n = 2)  0.5000 → 0.2500 (-0.2500)" in capsys.readouterr().out
    cli.main(made_up(), [*asked, "--json", "--record"])
    found = json.loads(capsys.readouterr().out)
    kept = Checkpoint(shipped)
    assert found["wild"] == kept.evaluation["wild"] and found["metrics"]["auroc"] == 0.9
    assert found["wild"]["rows"][0]["changed"] == 0.25
    assert kept.card.metric("auroc", "validation").value == 0.9


def test_wild_without_changes_is_a_sentence(shipped: Path):
    trainer = cli.Trainer(DEMO, lambda a, run: None, lambda a, c: None, "accuracy")
    with pytest.raises(SystemExit, match="has no changes for --wild"):
        cli.main(trainer, ["evaluate", "--checkpoint", str(shipped), "--wild"])


def interrupted(*_):
    raise KeyboardInterrupt


def test_ctrl_c_says_what_is_true(shipped: Path, tmp_path: Path, monkeypatch):
    """And a fresh run clears what an older one left, else --resume would take that up."""
    monkeypatch.setattr(cli, "RUNS", tmp_path)
    folder = tmp_path / DEMO.name / f"{DEMO.default}-seed0"
    folder.mkdir(parents=True)
    for name in ("state.pt", "epoch3.keras", "history.json"):
        (folder / name).write_text("old")
    trainer = cli.Trainer(DEMO, interrupted, interrupted, "accuracy")
    with pytest.raises(SystemExit, match="--resume continues"):
        cli.main(trainer, ["train"])
    assert not list(folder.iterdir())
    with pytest.raises(SystemExit, match=r"Interrupted\. A dry run keeps nothing\.$"):
        cli.main(trainer, ["train", "--dry-run"])
    with pytest.raises(SystemExit) as ended:
        cli.main(trainer, ["evaluate", "--checkpoint", str(shipped)])
    assert "not recorded" in ended.value.code and "--resume" not in ended.value.code
