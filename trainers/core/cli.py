"""`python -m trainers.<demo> train | evaluate | push`: the same command line for every demo.

A trainer module describes itself with `Trainer` and ends with `main(TRAINER)`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.core.demo import Demo
from demos.core.errors import UserError
from demos.core.runtime import M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, set_malloc
from trainers.core.data import DataError
from trainers.core.evaluation import Report, of_demo
from trainers.core.publish import Trained, publish, record, record_look, training_record
from trainers.core.run import Run, seed_everything
from trainers.core.wild_run import WildTable

RUNS = Path("runs")


@dataclass(frozen=True)
class Trainer:
    """A demo's trainer.

    train(arguments, run) returns what is to be published, or None when the run makes a report
    but no checkpoint. evaluate(arguments, checkpoint) returns a Report for `arguments.split`, with
    the measures of explanations if `arguments.explanations`; wild(arguments, checkpoint) the table
    of `--wild`. `main_metric` is listed on the card each time the test split is looked at, or the
    metric of the variant's own headline.
    `options` adds the demo's own options to the parsers of train and evaluate; `run_name` names the
    folder in runs/; `hub_task` is what the Hub calls such a task.
    """

    demo: Demo
    train: Callable[[argparse.Namespace, Run], Trained | None]
    evaluate: Callable[[argparse.Namespace, Checkpoint], Report]
    main_metric: str
    splits: tuple[str, ...] = ("train", "validation", "test")
    wild: Callable[[argparse.Namespace, Checkpoint], WildTable] | None = None
    options: Callable[[argparse.ArgumentParser, argparse.ArgumentParser], None] | None = None
    run_name: Callable[[argparse.Namespace], str] = lambda a: f"{a.variant}-seed{a.seed}"
    hub_task: str = ""


def main(trainer: Trainer, argv: Sequence[str] | None = None) -> None:
    """Parse the command line and run; what a person can fix ends with one sentence."""
    arguments = parser(trainer).parse_args(argv)
    try:
        commands = {"train": _train, "evaluate": _evaluate, "push": _push}
        commands[arguments.command](trainer, arguments)
    except (DataError, UserError) as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit(f"\nInterrupted. {_after_interrupt(arguments)}")


def _after_interrupt(a: argparse.Namespace) -> str:
    if a.command == "evaluate":
        return "An unfinished evaluation is not recorded."
    if a.command == "push":
        return "The Hub takes a checkpoint whole or not at all."
    if a.dry_run:
        return "A dry run keeps nothing."
    return "The same command with --resume continues from the last saved epoch."


def parser(trainer: Trainer) -> argparse.ArgumentParser:
    """The command line of a trainer."""
    names = [v.name for v in trainer.demo.variants]
    top = argparse.ArgumentParser(
        prog=f"python -m trainers.{trainer.demo.name}",
        description=f"{trainer.demo.title}: train a variant or evaluate a checkpoint.",
    )
    commands = top.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train a variant and write its checkpoint")
    evaluate = commands.add_parser("evaluate", help="measure a checkpoint on a split")
    push = commands.add_parser("push", help="upload a checkpoint to the Hugging Face Hub")
    for sub in (train, evaluate, push):
        sub.add_argument("--variant", choices=names, default=trainer.demo.default)
    for sub in (evaluate, push):
        sub.add_argument(
            "--checkpoint", metavar="DIR", type=Path, help="its folder (else the shipped one)"
        )
    push.add_argument("--repo", metavar="OWNER/NAME", required=True, help="made if there is none")
    push.add_argument("--private", action="store_true", help="when it is made, for you alone")
    for sub in (train, evaluate):
        sub.add_argument("--data", metavar="DIR", help="folder with the data (else $GALLERY_DATA)")
        sub.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    train.add_argument("--out", metavar="DIR", type=Path, help="checkpoint folder to write")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--epochs", type=int, help="instead of the recipe's number of epochs")
    train.add_argument("--dry-run", action="store_true", help="a complete run on generated samples")
    train.add_argument("--resume", action="store_true", help="continue from the last saved epoch")
    train.add_argument("--init", metavar="CHECKPOINT", type=Path, help="start from these weights")
    evaluate.add_argument(
        "--split", choices=trainer.splits, default="validation",
        help="test is for reporting, never for choosing: a shipped card records each look",
    )  # fmt: skip
    evaluate.add_argument(
        "--wild", action="store_true", help="also the main metric under changes to the inputs"
    )
    evaluate.add_argument(
        "--explanations", action="store_true", help="also how good the explanations are (slow)"
    )
    evaluate.add_argument("--json", action="store_true", help="one JSON object on standard output")
    evaluate.add_argument(
        "--record", action="store_true", help="write the result into the checkpoint's card"
    )
    evaluate.add_argument(
        "--replicates", metavar="DIR", type=Path, nargs="+", default=[],
        help="further checkpoints of the same recipe (other seeds or draws) for mean and sd",
    )  # fmt: skip
    if trainer.options:
        trainer.options(train, evaluate)
    return top


def _train(trainer: Trainer, a: argparse.Namespace) -> None:
    import torch

    demo = trainer.demo
    if a.init:
        check_init(demo, a.variant, a.init)
    torch.set_num_threads(a.threads)
    torch.set_flush_denormal(True)
    # glibc hands tensors above 32 MB back to the system as soon as they are freed, and having
    # their pages cleared anew took a quarter of a step's time.
    set_malloc({M_TRIM_THRESHOLD: 2**31 - 1, M_MMAP_THRESHOLD: 2**31 - 1})
    torch.set_float32_matmul_precision("high")  # TF32 where an accelerator has it
    seed_everything(a.seed)
    name = ("dry-" if a.dry_run else "") + trainer.run_name(a)
    scratch = Path(tempfile.mkdtemp(prefix=f"{demo.name}-")) if a.dry_run else None
    if scratch:
        a.epochs = a.epochs or 1
    folder = (scratch or RUNS) / demo.name / name
    if not a.resume:  # --resume after this run must not take up an older one
        for old in (folder / "state.pt", folder / "history.json", *folder.glob("epoch*.keras")):
            old.unlink(missing_ok=True)
    out = a.out or (scratch / "checkpoints" if scratch else RUNS / "checkpoints") / demo.name / (
        a.variant if scratch else name
    )
    if scratch and a.out:
        out = scratch / "checkpoints" / demo.name / a.variant
    run = Run(folder, resume=a.resume)
    try:
        trained = trainer.train(a, run)
        if trained is None:
            return
        variant = demo.variant(a.variant)
        how = training_record(
            a.seed, trained.epochs, run.seconds, a.threads, trained.notes, run.device
        )
        checkpoint = publish(
            out, demo.name, a.variant, variant.title, variant.summary, trained, how
        )
        print(f"{checkpoint.folder}: {checkpoint.card.architecture.parameters:,} parameters")
        for m in checkpoint.card.metrics:
            print(f"  {m.name} on {m.split} (n = {m.n}): {m.value:.4f}")
    finally:
        if scratch:
            shutil.rmtree(scratch)


def check_init(demo: Demo, variant: str, folder: Path) -> None:
    """UserError unless `folder` is a whole checkpoint whose weights fit the variant's network."""
    found = of_demo(folder, demo.name, "--init")
    found.verify()
    if found.card.variant == variant:
        return
    ours = open_checkpoint(demo.name, variant).card.architecture
    if found.card.architecture != ours:
        raise UserError(
            f"--init {folder} holds a {found.card.architecture.name}, but {variant} is another "
            f"network, a {ours.name}: give a checkpoint of the same variant."
        )


def _asked_for(trainer: Trainer, a: argparse.Namespace) -> Checkpoint:
    """The checkpoint of `--checkpoint`, or the shipped one of `--variant`."""
    if a.checkpoint:
        return of_demo(a.checkpoint, trainer.demo.name, "--checkpoint")
    return open_checkpoint(trainer.demo.name, a.variant)


def _push(trainer: Trainer, a: argparse.Namespace) -> None:
    from trainers.core.hub import push

    checkpoint = _asked_for(trainer, a)
    address = push(trainer.demo, checkpoint, a.repo, trainer.hub_task, a.private)
    print(f"{checkpoint.name} is at {address}")


def _evaluate(trainer: Trainer, a: argparse.Namespace) -> None:
    from demos.core.runtime import use_threads

    use_threads(a.threads)
    checkpoint = _asked_for(trainer, a)
    a.variant = checkpoint.card.variant
    if a.wild and trainer.wild is None:
        raise UserError(f"{trainer.demo.title} has no changes for --wild: leave the option out.")
    started = time.perf_counter()
    # Libraries print progress; with --json standard output carries the one object alone.
    stdout, sys.stdout = sys.stdout, sys.stderr
    try:
        report = trainer.evaluate(a, checkpoint)
        wild = trainer.wild(a, checkpoint) if a.wild and trainer.wild else None
    finally:
        sys.stdout = stdout
    seconds = time.perf_counter() - started
    if wild:
        report.metrics += wild.metrics
        report.detail["wild"] = wild.record()
    # A visitor's own lesson is none of the demo's variants.
    own = next((v.headline for v in trainer.demo.variants if v.name == a.variant), None)
    main_metric = own.metric if own else trainer.main_metric
    main = next((m for m in report.metrics if m.name == main_metric), None)
    if a.record:
        tested = main_metric if report.split == "test" else None
        record(checkpoint, report.metrics, report.detail, tested, report.files)
    elif main and main.split == "test":
        record_look(checkpoint, main)
    _print(report, wild, checkpoint, seconds, as_json=a.json)


def _print(
    report: Report, wild: WildTable | None, checkpoint: Checkpoint, seconds: float, *, as_json: bool
) -> None:
    card = checkpoint.card
    if as_json:
        found = {
            "demo": card.demo,
            "variant": card.variant,
            "checkpoint": str(checkpoint.folder),
            "data": report.data,
            "split": report.split,
            "protocol": report.protocol,
            "n": report.n,
            "metrics": {m.name: m.value for m in report.metrics},
            "seconds": round(seconds, 3),
        }
        print(json.dumps(found | ({"wild": wild.record()} if wild else {})))
        return
    print(f"{card.demo}/{card.variant} on {report.split} ({report.protocol}, n = {report.n})")
    for m in report.metrics:
        spread = f" ± {m.sd:.4f} over {m.runs} runs" if m.sd is not None else ""
        interval = f"  95 % {m.interval[0]:.4f} to {m.interval[1]:.4f}" if m.interval else ""
        print(f"  {m.name:<24} {m.value:.4f}{spread}{interval}")
    if wild:
        print(wild.text())
