"""Cross-validation of a recipe on the training photos: five times five folds, few photos a class,
and a paired comparison with the linear probe. `evaluate --folds 5` and `evaluate --few`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student
from sklearn.metrics import confusion_matrix, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from demos.core.checkpoint import Checkpoint, Metric
from demos.transfer_learning.head import softmax
from demos.transfer_learning.model import Classifier
from demos.transfer_learning.predict import Predictor
from trainers.core.classifier import scores
from trainers.core.evaluation import Report
from trainers.core.metrics import records
from trainers.core.run import Run
from trainers.transfer_learning import backbones, data, features, tune
from trainers.transfer_learning.data import Photos
from trainers.transfer_learning.recipes import RECIPES, Recipe
from trainers.transfer_learning.train import learn

REPEATS = 5
SHOTS, DRAWS = (1, 2, 5, 10, 20), 25
STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
SCRATCH_DRAWS, SCRATCH_EPOCHS = 3, 20  # a network from nothing takes half a minute
SCRATCH_STEPS = 150  # at least: from few photos, more epochs
FOLDS = "validation folds"  # the split's name on the card


def cross_validate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """The report of `--folds`: on the card under “validation folds”."""
    recipe, photos = RECIPES[checkpoint.card.variant], data.read("train", a.data)
    metrics, more, k = [], {}, len(photos.classes)
    if recipe.tune == "all":
        predicted = of_all_layers(recipe, photos, a.folds)
    else:
        model = Predictor(checkpoint)
        x = features.of(model.net, photos)
        predicted = of_heads(recipe, x, photos.labels, k, a.folds)
        more["curves"] = convergence(recipe, x, photos.labels, k)
        train = scores(model.from_features(x), photos.labels)
        metrics += records(train, "train", len(photos), "the photos that it learned from")
    right = predicted.argmax(2) == photos.labels  # (repeats, n)
    note = f"{a.folds} folds of train"
    metrics.append(mean_of("accuracy_mean", right.mean(1), len(photos), note))
    detail: dict[str, Any] = {"folds": cells(predicted.mean(0), photos), **more}
    if checkpoint.card.variant != "linear_probe" and recipe.tune == "head":
        detail["paired"] = against_probe(right, photos, a)
    times = f"{len(right)} times {a.folds} folds"
    return Report("train", FOLDS, times, len(photos), metrics, detail)


def from_few(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """The report of `--few`: accuracy from few photos a class, on those that were not drawn."""
    recipe, photos = RECIPES[checkpoint.card.variant], data.read("train", a.data)
    k = len(photos.classes)
    if recipe.tune == "all":
        curve = scratch_curve(recipe, photos)
    else:
        x = features.of(Predictor(checkpoint).net, photos)
        curve = head_curve(recipe, x, photos.labels, k)
    (five,) = (np.array(row["accuracy"]) for row in curve if row["photos"] == 5)
    left, note = len(photos) - 5 * k, "from five photos a class, over draws"
    metrics = [mean_of("accuracy_five_photos", five, left, note)]
    for row in curve:
        print(f"{row['photos']} photos a class: {np.mean(row['accuracy']):.4f}")
    draws = f"{len(five)} draws"
    return Report("train", FOLDS, draws, left, metrics, {"curve": curve})


def mean_of(name: str, values: np.ndarray, n: int, note: str) -> Metric:
    """A mean over repeats or draws, with its deviation."""
    sd = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return Metric(name=name, split=FOLDS, n=n, value=float(values.mean()), sd=sd, runs=len(values),
                  higher_is_better=True, note=note)  # fmt: skip


def splits(labels: np.ndarray, folds: int, repeats: int = REPEATS) -> Iterator[tuple]:
    """(repeat, train, rest) of every fold."""
    for repeat in range(repeats):
        split = StratifiedKFold(folds, shuffle=True, random_state=repeat)
        for seen, rest in split.split(labels, labels):
            yield repeat, seen, rest


def of_heads(recipe: Recipe, x: np.ndarray, labels: np.ndarray, k: int, folds: int) -> np.ndarray:
    """(repeats, n, k) probabilities of every photo by a head that never saw it."""
    found = np.zeros((REPEATS, len(x), k), np.float32)
    for repeat, seen, rest in splits(labels, folds):
        head = learn(x[seen], labels[seen], k, recipe)
        found[repeat, rest] = head.probabilities(x[rest])
    return found


def convergence(
    recipe: Recipe, x: np.ndarray, labels: np.ndarray, k: int
) -> list[dict[str, float]]:
    """The losses after so many steps of L-BFGS, each over all photos: on those that the head learns
    from, and on a fold that it does not."""
    _, seen, rest = next(splits(labels, 5, 1))
    rows = []
    for steps in STEPS:
        learned = learn(x[seen], labels[seen], k, recipe, steps)
        loss, held = (
            scores(learned.probabilities(x[part]), labels[part])["loss"] for part in (seen, rest)
        )
        rows.append({"epoch": steps, "loss": loss, "validation_loss": held})
    return rows


def of_all_layers(recipe: Recipe, photos: Photos, folds: int) -> np.ndarray:
    """(1, n, k): as `of_heads`, once, since a network takes longer than a head."""
    found = np.zeros((1, len(photos), len(photos.classes)), np.float32)
    for _, seen, rest in splits(photos.labels, folds, 1):
        found[0, rest] = from_nothing(recipe, photos, seen, rest, 0)
    return found


def from_nothing(
    recipe: Recipe, photos: Photos, seen: np.ndarray, rest: np.ndarray, seed: int
) -> np.ndarray:
    """Probabilities (m, k) of photos `rest` by a network trained on those of `seen`, for a number
    of epochs that is fixed beforehand."""
    import torch

    torch.manual_seed(seed)
    net = Classifier(recipe.backbones, photos.classes, recipe.rooted)
    for name in recipe.backbones:
        if name != "small":
            net.backbones[name] = backbones.pretrained(name)
    run, none = Run(Path("runs/transfer_learning/fold")), photos.part(np.array([], int))
    recipe = replace(recipe, batch=min(recipe.batch, len(seen)))
    steps = max(1, len(seen) // recipe.batch)
    epochs = max(SCRATCH_EPOCHS, SCRATCH_STEPS // steps)
    net = tune.fit(run, net, recipe, photos.part(seen), none, epochs, seed)
    x = features.of(net, photos.part(rest), keep=False)
    with torch.inference_mode():
        return softmax(net.head(torch.from_numpy(x)).numpy())


def draw(labels: np.ndarray, each: int, seed: int) -> np.ndarray:
    """A mask (n,): `each` photos of every class, drawn."""
    rng, mask = np.random.default_rng([each, seed]), np.zeros(len(labels), bool)
    for label in np.unique(labels):
        mask[rng.permutation(np.flatnonzero(labels == label))[:each]] = True
    return mask


def head_curve(recipe: Recipe, x: np.ndarray, labels: np.ndarray, k: int) -> list[dict[str, Any]]:
    """Accuracy on the photos that were not drawn, for each number of photos a class."""
    rows = []
    for each in SHOTS:
        accuracy = []
        for seed in range(DRAWS):
            seen = draw(labels, each, seed)
            head = learn(x[seen], labels[seen], k, recipe)
            accuracy.append(float((head.logits(x[~seen]).argmax(1) == labels[~seen]).mean()))
        rows.append({"photos": each, "accuracy": accuracy})
    return rows


def scratch_curve(recipe: Recipe, photos: Photos) -> list[dict[str, Any]]:
    """The same for a network that is trained anew for each draw."""
    rows = []
    for each in SHOTS:
        accuracy = []
        for seed in range(SCRATCH_DRAWS):
            seen = draw(photos.labels, each, seed)
            rest = np.flatnonzero(~seen)
            found = from_nothing(recipe, photos, np.flatnonzero(seen), rest, seed)
            accuracy.append(float((found.argmax(1) == photos.labels[rest]).mean()))
        rows.append({"photos": each, "accuracy": accuracy})
        print(rows[-1], flush=True)
    return rows


def cells(probabilities: np.ndarray, photos: Photos) -> dict[str, Any]:
    """The confusions (n, k) of photos that the head never saw, with the photos of each cell."""
    predicted = probabilities.argmax(1)
    names = photos.classes
    listed: dict[str, list[str]] = {}
    for name, true, said in zip(photos.names, photos.labels, predicted, strict=True):
        listed.setdefault(f"{names[true]}|{names[said]}", []).append(name)
    matrix = confusion_matrix(photos.labels, predicted, labels=range(len(names)))
    return {"labels": list(names), "matrix": matrix.tolist(), "photos": listed}


def against_probe(right: np.ndarray, photos: Photos, a: argparse.Namespace) -> dict[str, float]:
    """The difference to the linear probe on the same folds: a t-test that allows for folds sharing
    their training photos (Nadeau & Bengio 2003)."""
    from demos.core.checkpoint import open_checkpoint

    recipe = RECIPES["linear_probe"]
    net = Predictor(open_checkpoint("transfer_learning", "linear_probe")).net
    x = features.of(net, photos)
    probe = of_heads(recipe, x, photos.labels, len(photos.classes), a.folds).argmax(2)
    probe_right = probe == photos.labels
    apart = np.array([
        right[repeat, rest].mean() - probe_right[repeat, rest].mean()
        for repeat, _, rest in splits(photos.labels, a.folds)
    ])  # fmt: skip
    spread = np.sqrt((1 / len(apart) + 1 / (a.folds - 1)) * apart.var(ddof=1))
    t = float(apart.mean() / max(spread, 1e-12))
    return {
        "difference": float(apart.mean()), "t": t, "folds": len(apart),
        "p": float(2 * student.sf(abs(t), len(apart) - 1)),
        "probe": float(probe_right.mean()), "ours": float(right.mean()),
    }  # fmt: skip


def auroc(known: np.ndarray, strange: np.ndarray) -> float:
    """How well a score tells known (n,) from strange (m,)."""
    return float(roc_auc_score(np.r_[np.ones(len(known)), np.zeros(len(strange))],
                               np.r_[known, strange]))  # fmt: skip
