"""What halved photos are like: `python -m trainers.super_resolution.familiarity`.

Writes it into each checkpoint, with how well it tells other pictures from them (see
`demos.super_resolution.familiar`). It depends on photos alone and on no network, so it is the same
for all variants. The traits were chosen on the photos that the scale is set on, saved as JPEGs of
quality 60 and 80, with noise of 4 and 8 levels or blurs of 0.6 and 1 pixel, and on pages of text
drawn with other seeds. What is reported here chose nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from sklearn.metrics import roc_auc_score

from demos.core.checkpoint import Metric, open_checkpoint
from demos.super_resolution import DEMO
from demos.super_resolution.familiar import KEY, LEAST, Known, traits
from demos.super_resolution.scale import halved
from trainers.core.publish import record
from trainers.core.wild import Change
from trainers.core.wild_pictures import blurred, compressed, noisy
from trainers.super_resolution import data

USUAL = 0.97  # the share of photos within a trait's reach
FOLDS = 5
PAGES = 100  # of text, drawn
LETTERS = "abcdefghijklmnopqrstuvwxyz     "  # a sixth of them spaces


def all_photos() -> list[data.Photo]:
    """What the scale is set on, whatever a variant was trained on. Raises DataError."""
    return [p for source in (data.BSDS, data.PETS) for p in data.read(source, "train")]


def fit(photos: Sequence[data.Photo]) -> dict[str, Any]:
    """What evaluation.json holds: the traits' medians and reach, and quantiles of the scores, each
    photo's with the medians and reach of four fifths of the photos, itself not among them. Nothing
    for fewer than five photos."""
    small = [halved(p.rgb) for p in photos]
    found = np.array([traits(rgb) for rgb in small if min(rgb.shape[:2]) >= LEAST])
    if len(found) < FOLDS:
        return {}
    scores = np.empty(len(found))
    for fold in range(FOLDS):
        held = np.arange(len(found)) % FOLDS == fold
        middle, reach = usual(found[~held])
        scores[held] = (-(found[held] - middle) / reach).min(1)
    middle, reach = usual(found)
    quantiles = np.quantile(scores, np.linspace(0, 1, 201))
    rounded = {"middle": middle, "reach": reach, "quantiles": quantiles}
    return {name: [round(float(v), 5) for v in values] for name, values in rounded.items()}


def usual(found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The medians (4,) of traits (n, 4), and how far beyond them 97 % of the photos go at most."""
    middle = np.median(found, 0)
    return middle, np.maximum(np.quantile(found, USUAL, axis=0) - middle, 1e-3)


CHANGES = {
    "jpeg_70": Change("jpeg", "JPEG of quality 70", "strong", lambda p, _: compressed(p, 70)),
    "jpeg_50": Change("jpeg", "JPEG of quality 50", "strong", lambda p, _: compressed(p, 50)),
    "noise_5": Change("noise", "noise of 5 levels", "moderate", lambda p, rng: noisy(p, 5, rng)),
    "noise_15": Change("noise", "noise of 15 levels", "strong", lambda p, rng: noisy(p, 15, rng)),
    "blur_0.7": Change("blur", "a blur of 0.7 pixels", "moderate", lambda p, _: blurred(p, 0.7)),
    "blur_1.5": Change("blur", "a blur of 1.5 pixels", "strong", lambda p, _: blurred(p, 1.5)),
}  # fmt: skip


def page(seed: int) -> np.ndarray:
    """A page of made-up words (440, 600, 3) uint8, as if photographed: slightly turned, in uneven
    light, with a little noise."""
    rng = np.random.default_rng(seed)
    columns, rows = 600, 440
    paper = tuple(int(v) for v in rng.integers(200, 256, 3))
    ink = tuple(int(v) for v in rng.integers(0, 90, 3))
    image, size, y = Image.new("RGB", (columns, rows), paper), float(rng.uniform(9, 26)), 10.0
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    while y < rows:
        letters = "".join(LETTERS[i] for i in rng.integers(0, len(LETTERS), 90))
        draw.text((14, y), letters, font=font, fill=ink)
        y += 1.4 * size
    turned = image.rotate(rng.uniform(-3, 3), Image.Resampling.BICUBIC, fillcolor=paper)
    light = np.linspace(1, rng.uniform(0.8, 1), rows)[:, None] * np.linspace(
        1, rng.uniform(0.75, 1), columns
    )
    grain = rng.normal(0, rng.uniform(0, 1), (rows, columns))
    values = np.asarray(turned) * light[..., None] + grain[..., None]
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def report(
    known: Known, photos: Sequence[data.Photo], split: str, pages: int = PAGES
) -> list[Metric]:
    """How well strange pictures are told from the halves of these photos: AUROC by their kind, and
    the shares that the page warns about."""
    small = [halved(p.rgb) for p in photos]
    strange = {
        name: (f"with {change.name}", [change(rgb, i) for i, rgb in enumerate(small)])
        for name, change in CHANGES.items()
    }
    drawn = [page(1000 + i) for i in range(pages)]
    halves = [halved(p) if i % 2 else p for i, p in enumerate(drawn)]
    strange["text"] = ("of drawn pages of text", halves)
    inside = scores(known, small)
    outside = {name: scores(known, pictures) for name, (_, pictures) in strange.items()}
    every = np.concatenate([*outside.values()])
    found = [
        Metric(name="unfamiliar", split=split, n=len(small), value=flagged(known, inside),
               higher_is_better=False, note="share of halved test photos that the page warns about")
    ]  # fmt: skip
    groups = {"": ("of all kinds below", every)}
    groups |= {f"_{name}": (strange[name][0], values) for name, values in outside.items()}
    for name, (what, values) in groups.items():
        truth = np.repeat([1, 0], [len(inside), len(values)])
        note = f"familiarity: halved photos against {len(values)} pictures {what}, which chose "
        found.append(
            Metric(name=f"auroc{name}", split=split, n=len(truth), higher_is_better=True,
                   value=float(roc_auc_score(truth, np.r_[inside, values])),
                   note=f"{note}nothing; {flagged(known, values):.0%} of these get a warning")
        )  # fmt: skip
    return found


def scores(known: Known, pictures: Sequence[np.ndarray]) -> np.ndarray:
    """The scores (n,) of small pictures, the largest trait's of each."""
    found = [known.scores(traits(p)).min() for p in pictures if min(p.shape[:2]) >= LEAST]
    return np.array(found)


def flagged(known: Known, found: np.ndarray) -> float:
    """The share of scores that is called unfamiliar."""
    return float(np.mean([not known.scale(float(score)).familiar for score in found]))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m trainers.super_resolution.familiarity", description=__doc__
    )
    names = [v.name for v in DEMO.variants]
    parser.add_argument("--variant", nargs="+", choices=names, default=names)
    a = parser.parse_args()
    found = fit(all_photos())
    tests = (data.SET5, data.SET14, data.PETS)
    metrics = report(Known.of(found), [p for s in tests for p in data.read(s, "test")], "test")
    for m in metrics:
        print(f"{m.name:<14} {m.value:.4f}  {m.note}")
    for variant in a.variant:
        record(open_checkpoint(DEMO.name, variant), metrics, {KEY: found}, None)


if __name__ == "__main__":
    main()
