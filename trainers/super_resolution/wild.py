"""How much is won when the small picture was compressed, noisy or blurred: `evaluate --wild`."""

from __future__ import annotations

import argparse

import numpy as np

from demos.core.checkpoint import Checkpoint
from demos.core.images import Picture
from demos.super_resolution.predict import Predictor
from demos.super_resolution.scale import halved, psnr
from trainers.core import wild_run
from trainers.core.wild import Change
from trainers.core.wild_pictures import blurred, compressed, noisy
from trainers.super_resolution.evaluate import PETS, parts

CHANGES = (
    *(
        Change("jpeg", f"JPEG of quality {q}", strength, lambda rgb, rng, q=q: compressed(rgb, q))
        for q, strength in ((90, "moderate"), (70, "strong"), (50, "strong"))
    ),
    *(
        Change("noise", f"noise of {s} levels", strength, lambda rgb, rng, s=s: noisy(rgb, s, rng))
        for s, strength in ((5, "moderate"), (15, "strong"))
    ),
    *(
        Change("blur", f"a blur of {s} pixels", strength, lambda rgb, rng, s=s: blurred(rgb, s))
        for s, strength in ((0.7, "moderate"), (1.5, "strong"))
    ),
)  # fmt: skip


def wild(a: argparse.Namespace, checkpoint: Checkpoint) -> wild_run.WildTable:
    """The PSNR on the split's photos (for `test` on Set5 and Set14) when the small picture is
    changed before it is enlarged, beside bicubic interpolation's of the same picture."""
    photos = [p for end, (_, found) in parts(a, checkpoint).items() for p in found if end != PETS]
    predictor = Predictor(checkpoint)

    def answer(small: list[np.ndarray]) -> np.ndarray:
        found = [predictor.predict(Picture(rgb)) for rgb in small]
        return np.array(
            [
                [psnr(rgb, photo.rgb, photo.single) for rgb in (each.rgb, each.bicubic)]
                for each, photo in zip(found, photos, strict=True)
            ]
        )

    rows = wild_run.rows(
        [halved(p.rgb) for p in photos], CHANGES, answer,
        lambda found: float(found[:, 0].mean()),
        {"bicubic": lambda before, after: float(after[:, 1].mean())},
    )  # fmt: skip
    return wild_run.WildTable("psnr_y", a.split, rows)
