"""Measuring `field`: counts on both kinds of pictures, as they are and under the changes.

`python -m trainers.cell_counting.field_evaluate --checkpoint DIR --wild`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from demos.cell_counting import generator
from demos.cell_counting.field import Counter, interval_of, judge, load_counter
from demos.cell_counting.plain import count_plain
from demos.core.checkpoint import Checkpoint, Metric
from trainers.cell_counting import data, nuclei
from trainers.core import wild_pictures
from trainers.core.cli import Report
from trainers.core.metrics import counting, higher_is_better
from trainers.core.wild import Change

KINDS = ("synthetic", "photograph")
MUSTS = (
    "half as bright", "twice as bright", "20 grey levels of stray light",
    "stray light that rises by 60 grey levels", "gamma 0.7", "gamma 1.4", "50 %", "200 %", "300 %",
    "a margin of any colour", "noise of 15 grey levels",
    "JPEG of quality 50", "a scale bar and a caption",
)  # fmt: skip
HARMLESS = tuple(change for change in wild_pictures.CHANGES if change.name in MUSTS)


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture to measure on."""

    kind: str
    rgb: np.ndarray
    count: int


@dataclass(frozen=True, eq=False)
class Counts:
    """What was counted under one change, or none: all arrays run over the same pictures."""

    change: str
    kinds: np.ndarray
    true: np.ndarray
    predicted: np.ndarray
    diameters: np.ndarray
    features: np.ndarray

    def of(self, kind: str) -> Counts:
        chosen = self.kinds == kind
        return Counts(
            self.change, self.kinds[chosen], self.true[chosen], self.predicted[chosen],
            self.diameters[chosen], self.features[chosen],
        )  # fmt: skip


def plain_counts(given: list[Picture]) -> Counts:
    """What the way without learning counts."""
    found = [count_plain(p.rgb.max(-1)) for p in given]
    return Counts(
        "as it is", np.array([p.kind for p in given]), np.array([p.count for p in given]),
        np.array([float(f.count) for f in found]), np.array([f.diameter for f in found]),
        np.zeros((len(given), 0)),
    )  # fmt: skip


def pictures(
    cells: data.Cells | None, photographs: Sequence[nuclei.Photograph] = ()
) -> list[Picture]:
    """Both kinds in one list."""
    made = [Picture("photograph", p.rgb, p.count) for p in photographs]
    if cells is not None:
        counts = zip(cells.rgb, cells.counts, strict=True)
        made += [Picture("synthetic", rgb, int(n)) for rgb, n in counts]
    return made


def collect(
    counter: Counter, given: list[Picture], change: Change | None = None, offset: int = 0
) -> Counts:
    """Count all pictures under one change; `offset` draws other random numbers."""
    found = [
        counter.count(change(p.rgb, offset + i) if change else p.rgb) for i, p in enumerate(given)
    ]
    return Counts(
        name(change),
        np.array([p.kind for p in given]),
        np.array([p.count for p in given]),
        np.array([f.count for f in found]),
        np.array([f.diameter for f in found]),
        np.array([f.features for f in found]),
    )


def name(change: Change | None) -> str:
    return f"{change.kind}: {change.name}" if change else "as it is"


def scores(found: Counts) -> dict[str, float]:
    """`mae_relative_total` (Σ|error| / Σtruth), `within_10`, `mae`, `bias`."""
    error = np.abs(found.predicted - found.true)
    measured = counting(found.predicted, found.true)
    return {
        "mae_relative_total": float(error.sum() / found.true.sum()),
        "within_10": float((error <= 0.1 * found.true).mean()),
        "mae": measured["mae"],
        "bias": measured["bias"],
    }


def table(clean: Counts, changed: Iterable[Counts], record: dict | None) -> list[dict[str, Any]]:
    """One row per kind and change: how far the counts move, and how good they are then.

    `moved` is Σ|changed − untouched| / Σ untouched; `moved_each` the mean of the pictures' own
    shares, in which one cell of two weighs as much as fifty of a hundred.
    """
    rows = []
    for found in (clean, *changed):
        for kind in KINDS:
            now, before = found.of(kind), clean.of(kind)
            if not len(now.true):
                continue
            moved = np.abs(now.predicted - before.predicted)
            row = {
                "kind": kind,
                "change": found.change,
                "n": len(moved),
                "moved": moved.sum() / before.predicted.sum(),
                "moved_each": (moved / np.maximum(before.predicted, 1)).mean(),
                **scores(now),
            }
            if record:
                row |= covered(now, record)
            rows.append(
                {k: round(float(v), 4) if isinstance(v, float) else v for k, v in row.items()}
            )
    return rows


def covered(found: Counts, record: dict[str, Any]) -> dict[str, float]:
    """`coverage` of the 90 % interval where it is shown, and the share `familiar`."""
    inside, familiar = [], []
    for features, count, true in zip(found.features, found.predicted, found.true, strict=True):
        kind, how = judge(features, record)
        familiar.append(how.familiar)
        if how.familiar:
            low, high = interval_of(count, record["intervals"][kind])
            inside.append(low <= true <= high)
    return {
        "coverage": float(np.mean(inside)) if inside else float("nan"),
        "familiar": float(np.mean(familiar)),
    }


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """Both test sets, or the one that `--data` names; with `--wild` under the changes as well."""
    counter = load_counter(checkpoint)
    given = chosen(a.data, a.split, checkpoint)
    clean = collect(counter, given)
    metrics, detail = [], {f"predictions_{a.split}": predictions(clean)}
    for kind in KINDS:
        part = clean.of(kind)
        if len(part.true):
            metrics += _metrics(kind, a.split, part)
    plain = plain_counts([p for p in given if p.kind == "photograph"])
    if len(plain.true):
        metrics += _metrics("plain", a.split, plain)
    for m in metrics:
        print(f"{m.name:<32} {m.value:.4f}  (n = {m.n}, {m.note})", flush=True)
    if a.wild:
        changed = []
        for change in HARMLESS:
            changed.append(collect(counter, given, change))
            print(*table(clean, changed[-1:], counter.record)[-2:], sep="\n", flush=True)
        detail["wild"] = table(clean, changed, counter.record)
        detail["generated"] = generated(counter)
    return Report(
        data="VGG synthetic cells and nuclei_dsb2018", split=a.split,
        protocol=checkpoint.card.data.protocol, n=len(given), metrics=metrics, detail=detail,
    )  # fmt: skip


def chosen(folder: str | None, split: str, checkpoint: Checkpoint) -> list[Picture]:
    """The pictures of a split: of the set in `folder`, else of both."""
    source = "test" if split == "test" else "train"
    is_nuclei = folder is not None and (Path(folder) / f"{source}.parquet").is_file()
    photographs, cells = [], None
    if folder is None or is_nuclei:
        held = set(checkpoint.evaluation["held_out"])
        photographs = [
            p
            for p in nuclei.read(source, folder)
            if split == "test" or (p.id in held) == (split == "validation")
        ]
    if split != "validation" and not is_nuclei:
        cells = data.read(folder)
        cells = data.test(cells) if split == "test" else data.pool(cells)
    return pictures(cells, photographs)


def predictions(found: Counts) -> dict[str, Any]:
    """Per-picture counts for evaluation.json."""
    return {
        "kinds": found.kinds.tolist(),
        "true": found.true.tolist(),
        "predicted": found.predicted.round(2).tolist(),
        "diameters": found.diameters.round(2).tolist(),
    }


def generated(counter: Counter) -> dict[str, Any]:
    """Our own generator's fields, on which nothing was trained or chosen."""
    true = [n for n in range(25, 601, 25) for _ in range(2)]
    found = [counter.count(generator.field(n, 1000 + i)[0]).count for i, n in enumerate(true)]
    empty = [
        counter.count(generator.empty(seed, kind)).count
        for kind in ("noise", "gradient", "blur", "black")
        for seed in range(10)
    ]
    error = np.abs(np.array(found) - true)
    return {
        "true": true,
        "predicted": np.round(found, 1).tolist(),
        "mae_relative": round(float((error / true).mean()), 4),
        "mae_relative_total": round(float(error.sum() / np.sum(true)), 4),
        "empty_most": round(max(empty), 3),
    }


def _metrics(kind: str, split: str, found: Counts) -> list[Metric]:
    """The photographs' metrics carry no prefix: they are what the variant is for."""
    prefix, note = {
        "photograph": ("", "photographs of nuclei"),
        "synthetic": ("synthetic_", "synthetic cells"),
        "plain": ("plain_", "photographs of nuclei, counted without learning"),
    }[kind]
    return [
        Metric(name=prefix + name, split=split, n=len(found.true), value=value,
               higher_is_better=higher_is_better(name), note=note)
        for name, value in scores(found).items()
    ]  # fmt: skip


def main() -> None:
    """Evaluate by itself, and with --record write the result into the checkpoint."""
    from demos.core.runtime import use_threads
    from trainers.core.publish import record

    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data")
    parser.add_argument("--split", choices=("train", "validation", "test"), default="test")
    parser.add_argument("--wild", action="store_true")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    use_threads(a.threads)
    checkpoint = Checkpoint(a.checkpoint)
    found = evaluate(a, checkpoint)
    print({k: v for k, v in found.detail.get("generated", {}).items() if "_" in k})
    if a.record:
        tested = "mae_relative_total" if a.split == "test" else None
        record(checkpoint, found.metrics, found.detail, tested)


if __name__ == "__main__":
    main()
