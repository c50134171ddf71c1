"""Measuring a checkpoint of super-resolution through its predictor, as it is served."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from demos.core.checkpoint import Checkpoint, Metric
from demos.core.images import Picture
from demos.super_resolution import HALVE
from demos.super_resolution.predict import Predictor
from demos.super_resolution.scale import psnr, ssim
from trainers.core.evaluation import Report, nothing_left
from trainers.core.metrics import bootstrap_interval
from trainers.super_resolution import data
from trainers.super_resolution.perceptual import JUDGED_BY, Distance, distances

PROTOCOL = "halved by antialiased bicubic interpolation, 8 bits; Y of BT.601, 2 pixels cropped"
# What a metric's name ends with, and the data it is measured on.
PETS = "_pets"
TESTS = {"": data.SET5, "_set14": data.SET14, PETS: data.PETS}
LOWER = ("feature_distance",)


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """PSNR, SSIM and distance of features, each beside bicubic interpolation's: on Set5, Set14 and
    pets for `test`, on the 40 held-out photos for `validation`, or on one's own folder (--data)."""
    predictor = Predictor(checkpoint)
    # Twice as fast in this order of the numbers on a processor.
    judge = Distance(JUDGED_BY).to(memory_format=torch.channels_last)
    metrics: list[Metric] = []
    rows: list[dict[str, Any]] = []
    for suffix, (name, photos) in parts(a, checkpoint).items():
        found = [row(predictor, judge, photo) for photo in photos]
        rows += [{"data": name, **each} for each in found]
        metrics += records(found, a.split, suffix, name)
    return Report(
        data=", ".join(dict.fromkeys(row["data"] for row in rows)), split=a.split,
        protocol=PROTOCOL, n=metrics[0].n, metrics=metrics, detail={f"pictures_{a.split}": rows},
    )  # fmt: skip


def parts(a: argparse.Namespace, checkpoint: Checkpoint) -> dict[str, tuple[str, list[data.Photo]]]:
    """By the ending of the metrics' names: the data's name and its pictures."""
    if a.data:
        return {"": (str(a.data), data.read(data.SET5, a.split, a.data))}
    if a.split == "test":
        return {end: (source.name, data.read(source, "test")) for end, source in TESTS.items()}
    if a.split == "validation" and not checkpoint.card.data.splits.get("validation"):
        raise nothing_left(checkpoint)
    _, held = data.divided(data.read(data.BSDS, "train"))
    return {"": (f"{data.HELD_OUT} photos of {data.BSDS.name}", held)}


def row(predictor: Predictor, judge: Distance, photo: data.Photo) -> dict[str, Any]:
    """One picture's measures; those of bicubic interpolation end in `_bicubic`."""
    found = predictor.predict(Picture(photo.rgb), HALVE)
    measures: dict[str, Any] = {"name": photo.name}
    pictures = (found.rgb, found.bicubic)
    far = distances(judge, pictures, photo.rgb)
    for end, rgb, distance in zip(("", "_bicubic"), pictures, far, strict=True):
        measures[f"psnr_y{end}"] = psnr(rgb, photo.rgb, photo.single)
        measures[f"ssim_y{end}"] = ssim(rgb, photo.rgb, photo.single)
        measures[f"feature_distance{end}"] = distance
    return {k: round(v, 5) if isinstance(v, float) else v for k, v in measures.items()}


def records(rows: Sequence[dict[str, Any]], split: str, suffix: str, name: str) -> list[Metric]:
    """The means of the measures, with a 95 % interval over pictures for our own PSNR."""
    found = []
    for key in (k for k in rows[0] if k != "name"):
        values = np.array([row[key] for row in rows])
        interval = bootstrap_interval(values) if key == "psnr_y" else None
        note = f"{name}, bicubic" if key.endswith("_bicubic") else name
        if key.startswith(LOWER):
            note += "; features of EfficientNet-Lite2, which trained nothing here"
        found.append(
            Metric(name=f"{key}{suffix}", split=split, n=len(rows), value=float(values.mean()),
                   higher_is_better=not key.startswith(LOWER), interval=interval, note=note)
        )  # fmt: skip
    return found
