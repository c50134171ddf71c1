"""Measuring a checkpoint of cell counting through its predictor, as it is served."""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

import numpy as np

from demos.cell_counting.predict import Predictor
from demos.core.checkpoint import Checkpoint, Metric
from demos.core.errors import UserError
from demos.core.images import Picture
from trainers.cell_counting import data, nuclei
from trainers.cell_counting.wild import counted, generated
from trainers.core.evaluation import Report, nothing_left, replicates
from trainers.core.metrics import bootstrap_interval, counting, over_runs, records


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """MAE, relative MAE and bias on a split; with --replicates their mean ± sd over draws."""
    if a.from_predictions:
        return from_predictions(a, checkpoint)
    if nuclei.lie_in(a.data):
        return on_photographs(a, checkpoint)
    cells = data.read(a.data)
    ids = np.array(checkpoint.evaluation["train_ids"])
    part = _part(a.split, cells, ids)
    others = replicates(a, checkpoint)
    metrics: list[Metric] = []
    detail: dict[str, Any] = {}
    runs = [predictions(other, _held(a, cells, other)) for other in others]
    if len(part):
        run = predictions(checkpoint, part)
        detail[f"predictions_{a.split}"] = run
        metrics += _scores(checkpoint, run, a.split)
        # A checkpoint trained on more images than the replicates is none of them.
        if runs and len(ids) == len(others[0].evaluation["train_ids"]):
            runs.insert(0, run)
    elif not runs:
        raise nothing_left(checkpoint)
    if a.wild:
        detail["generated_fields"] = generated(checkpoint)
    if runs:
        metrics += _over_draws(runs, a.split)
        detail[f"draws_{a.split}"] = runs
    if runs and a.split == "validation":
        detail["interval"] = interval(runs)
    if a.seed_protocol:
        detail["seed_protocol"] = json.loads(a.seed_protocol.read_text(encoding="utf-8"))
    return Report(
        data="VGG synthetic cells", split=a.split, protocol=checkpoint.card.data.protocol,
        n=len(part) or len(runs[0]["true"]), metrics=metrics, detail=detail,
    )  # fmt: skip


def on_photographs(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """Photographs of nuclei, of any sizes: test, or those of train that were held out, or the rest.

    Where a variant refuses to answer, that counts as no cell found.
    """
    photographs = nuclei.read("test" if a.split == "test" else "train", a.data)
    held = set(checkpoint.evaluation.get("held_out", ()))
    if a.split == "validation" and not held:
        raise nothing_left(checkpoint)
    if a.split != "test":
        photographs = [p for p in photographs if (p.id in held) == (a.split == "validation")]
    predictor = Predictor(checkpoint)
    found = np.array([counted(predictor, p.rgb)[0] for p in photographs])
    true = np.array([p.count for p in photographs])
    interval = {"mae": bootstrap_interval(np.abs(found - true))}
    return Report(
        data="nuclei_dsb2018", split=a.split, protocol="photographs of nuclei", n=len(true),
        metrics=records(
            counting(found, true), f"{a.split}, photographs", len(true), intervals=interval
        ),
    )  # fmt: skip


def from_predictions(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """Mean ± sd over the draws from the per-image predictions in evaluation.json alone."""
    runs = checkpoint.evaluation.get(f"draws_{a.split}")
    if not runs:
        raise UserError(f"{checkpoint.name} has no predictions of several draws on {a.split}.")
    return Report(
        data="evaluation.json", split=a.split, protocol="five draws of N = 64",
        n=len(runs[0]["true"]), metrics=_over_draws(runs, a.split),
    )  # fmt: skip


def predictions(checkpoint: Checkpoint, cells: data.Cells) -> dict[str, Any]:
    """Per-image counts of one checkpoint, rounded to 0.01."""
    predictor = Predictor(checkpoint)
    found = [predictor.predict(Picture(rgb)).count for rgb in cells.rgb]
    return {
        "protocol": checkpoint.card.data.protocol,
        "ids": cells.ids.tolist(),
        "true": cells.counts.tolist(),
        "predicted": np.round(found, 2).tolist(),
    }


def interval(runs: list[dict[str, Any]], share: float = 0.9, least: float = 25.0) -> dict:
    """The width of a 90 % interval from residuals on images that the net had not seen.

    The residual of a count c is taken in units of √max(c, least); the scale is their conformal
    quantile (Lei et al. 2018, arXiv 1604.04173). With nets trained on fewer images than the one
    that ships, it is a little too wide rather than too narrow.
    """
    predicted, true = (np.concatenate([r[k] for r in runs]) for k in ("predicted", "true"))
    residuals = np.sort(np.abs(predicted - true) / np.sqrt(np.maximum(predicted, least)))
    rank = min(len(residuals), math.ceil((len(residuals) + 1) * share))
    return {"scale": round(float(residuals[rank - 1]), 4), "least": least, "n": len(residuals)}


def _scores(checkpoint: Checkpoint, run: dict[str, Any], split: str) -> list[Metric]:
    predicted, true = np.array(run["predicted"]), np.array(run["true"])
    interval = {"mae": bootstrap_interval(np.abs(predicted - true))}
    metrics = records(counting(predicted, true), split, len(true), intervals=interval)
    predictor = Predictor(checkpoint)
    if predictor.intervals:
        spans = [predictor.interval(count) for count in run["predicted"]]
        inside = [low <= t <= high for (low, high), t in zip(spans, run["true"], strict=True)]
        metrics.append(
            Metric(name="coverage_90", split=split, n=len(true), value=float(np.mean(inside)),
                   higher_is_better=True, note="share inside the 90 % interval")
        )  # fmt: skip
    return metrics


def _part(split: str, cells: data.Cells, train_ids: np.ndarray) -> data.Cells:
    if split == "test":
        return data.test(cells)
    pool = data.pool(cells)
    trained_on = np.isin(pool.ids, train_ids)
    return pool[np.flatnonzero(trained_on if split == "train" else ~trained_on)]


def _held(a: argparse.Namespace, cells: data.Cells, other: Checkpoint) -> data.Cells:
    return _part(a.split, cells, np.array(other.evaluation["train_ids"]))


def _over_draws(runs: list[dict[str, Any]], split: str) -> list[Metric]:
    scores = [counting(np.array(r["predicted"]), np.array(r["true"])) for r in runs]
    return over_runs(scores, split, len(runs[0]["true"]), "mean over draws of N = 64")
