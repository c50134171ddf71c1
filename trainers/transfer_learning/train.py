"""Training of a variant: a head on features that stay, or all layers."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save
from scipy.optimize import minimize_scalar
from sklearn.model_selection import StratifiedKFold

from demos.core.checkpoint import Architecture, Data, Metric
from demos.core.errors import UserError
from demos.core.familiarity import Scale
from demos.transfer_learning import head
from demos.transfer_learning import photos as shipped_photos
from demos.transfer_learning.familiar import FILE, Familiar, nearness
from demos.transfer_learning.model import BACKBONES, Classifier
from demos.transfer_learning.predict import HEAD
from trainers.core import metrics, torch_loop
from trainers.core.classifier import scores
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.transfer_learning import backbones, data, features, tune
from trainers.transfer_learning.data import Photos
from trainers.transfer_learning.recipes import (
    FINE_TUNED,
    IMAGENET,
    LICENCE,
    LIMITS,
    ORIGIN,
    RECIPES,
    REFERENCES,
    Recipe,
)  # fmt: skip
from trainers.transfer_learning.thumbnails import chosen_photos

FOLDS = 5
CACHED = (
    " Features are taken once and kept, at some 20 to 50 ms a photo and backbone; the time is "
    "without those that an earlier run had kept."
)


def recipe_of(a: argparse.Namespace) -> Recipe:
    """The variant's recipe, or that of another backbone, with what the command line changes."""
    recipe = RECIPES.get(a.variant, RECIPES["linear_probe"])
    if a.backbone:
        tuned = replace(FINE_TUNED, backbones=(a.backbone,))
        recipe = replace(tuned, tune=a.tune or "all", rooted=a.tune == "head")
    elif a.tune:
        recipe = replace(recipe, tune=a.tune, uses={})
    changes = {k: getattr(a, k) for k in ("augment", "dropout", "smoothing", "mixup", "decay")}
    return replace(recipe, **{k: v for k, v in changes.items() if v is not None})


def train(a: argparse.Namespace, run: Run) -> Trained:
    """One variant, on the nine animals or on a folder of one's own."""
    recipe = recipe_of(a)
    where = str(data.original()) if a.original else a.data
    found = data.generated() if a.dry_run else data.read("train", where)
    net = network(recipe, found.classes, a)
    how = tuned if recipe.tune == "all" else headed
    parts = how(a, run, recipe, net, found)
    name, origin, licence = described(a, found)
    return Trained(
        architecture=Architecture(
            name="Classifier", parameters=torch_loop.parameters(net),
            arguments={"backbones": list(recipe.backbones), "classes": list(found.classes),
                       "rooted": recipe.rooted},
        ),
        data=Data(name=name, origin=origin, licence=licence, splits=sizes(a, found, where),
                  protocol="Everything is chosen on folds of train. The photos of validation "
                  "report, and so do those of test where a folder has them."),
        chosen_on=recipe.chosen_on, limits=LIMITS,
        notes=recipe.notes + (CACHED if recipe.tune == "head" else ""),
        references=[] if where else REFERENCES, uses={} if a.dry_run else uses(a, recipe),
        licence=f"The head {licence}, as the photos it was learned from; {IMAGENET}.",
        **parts,
    )  # fmt: skip


def network(recipe: Recipe, classes: tuple[str, ...], a: argparse.Namespace) -> Classifier:
    """The network with its pretrained backbones and a head that knows nothing. A dry run takes
    random weights, as it may have none."""
    torch.manual_seed(a.seed)
    net = Classifier(recipe.backbones, classes, recipe.rooted)
    for name in recipe.backbones:
        if name == "small" or a.dry_run:
            continue
        net.backbones[name] = backbones.pretrained(name, a.weights)
    if a.init:
        for name in recipe.backbones:
            path = a.init / f"{name}.safetensors"
            if path.is_file():
                net.backbones[name].load_state_dict(
                    {k: v.float() for k, v in load_file(path).items()}
                )
    return net.to(memory_format=torch.channels_last)


def headed(
    a: argparse.Namespace, run: Run, recipe: Recipe, net: Classifier, photos: Photos
) -> dict:
    """A head on features that stay; temperature and familiarity from folds of the photos."""
    x = features.of(net, photos, keep=not a.dry_run)
    k = len(photos.classes)
    learned = learn(x, photos.labels, k, recipe)
    net.head.weight.data = torch.from_numpy(learned.weight)
    net.head.bias.data = torch.from_numpy(learned.bias)
    logits, near = out_of_fold(x, photos.labels, k, recipe)
    heat = temperature(logits, photos.labels)
    measured = scores(head.softmax(logits / heat), photos.labels)
    note = f"{FOLDS} folds of the training photos"
    files, detail = kept(a, recipe, net, photos, x, near, logits.argmax(1) != photos.labels)
    return {
        "epochs": 1,
        "metrics": validation(measured, len(photos), note),
        "files": files,
        "evaluation": {"temperature": heat, **detail},
    }


def tuned(a: argparse.Namespace, run: Run, recipe: Recipe, net: Classifier, photos: Photos) -> dict:
    """All layers; a fifth of the photos chooses the epoch, the temperature and the threshold."""
    rest = held_out(photos.labels)
    net = tune.fit(
        run, net, recipe, photos.part(~rest), photos.part(rest), a.epochs or recipe.epochs, a.seed
    )
    x = features.of(net, photos, keep=False)
    with torch.inference_mode():
        logits = net.head(torch.from_numpy(x[rest])).numpy()
    labels = photos.labels[rest]
    heat = temperature(logits, labels)
    near = nearness(x[rest], x[~rest])
    missed = np.zeros(len(photos), bool)
    missed[rest] = logits.argmax(1) != labels
    files, detail = kept(a, recipe, net, photos, x, near, missed)
    measured = scores(head.softmax(logits / heat), labels)
    return {
        "epochs": run.epoch,
        "metrics": validation(measured, len(labels), "the fifth of train that chose the epoch"),
        "files": files,
        "evaluation": {"temperature": heat, "curves": run.history, **detail},
    }


def validation(measured: dict[str, float], n: int, note: str) -> list[Metric]:
    """The card's entries for what folds or a held-out part measured."""
    interval = metrics.wilson_interval(round(measured["accuracy"] * n), n)
    return metrics.records(measured, "validation folds", n, note, {"accuracy": interval})


def learn(
    x: np.ndarray, labels: np.ndarray, classes: int, recipe: Recipe, steps: int = 300
) -> head.Head:
    """The head of a recipe on features (n, width), after so many steps at most."""
    weights = head.balanced(labels, classes)
    return head.fit(x, head.one_hot(labels, classes), recipe.strength, weights, steps)


def out_of_fold(
    x: np.ndarray, labels: np.ndarray, classes: int, recipe: Recipe, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """For every photo what a head says that never saw it: logits (n, k), and its nearness (n,) to
    the photos that the head did see."""
    logits, near = np.zeros((len(x), classes), np.float32), np.zeros(len(x), np.float32)
    folds = min(FOLDS, int(np.bincount(labels).min()))
    if folds < 2:
        raise UserError("A class has a single photo: give at least two of each.")
    split = StratifiedKFold(folds, shuffle=True, random_state=seed).split(x, labels)
    for seen, rest in split:
        logits[rest] = learn(x[seen], labels[seen], classes, recipe).logits(x[rest])
        near[rest] = nearness(x[rest], x[seen])
    return logits, near


def temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """That with the least cross-entropy (Guo et al. 2017, arXiv 1706.04599)."""

    def loss(log: float) -> float:
        share = head.softmax(logits / np.exp(log))[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(share, 1e-12)).mean())

    return round(float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x)), 4)


def held_out(labels: np.ndarray) -> np.ndarray:
    """A mask (n,): the last fifth of each class, at least one photo of it."""
    mask = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        mask[places[-max(1, len(places) // 5) :]] = True
    return mask


def kept(
    a: argparse.Namespace, recipe: Recipe, net: Classifier, photos: Photos, x: np.ndarray,
    near: np.ndarray, missed: np.ndarray,
) -> tuple[dict[str, bytes], dict]:  # fmt: skip
    """The files of a checkpoint, and what its evaluation.json says of them."""
    files = {HEAD: save({k: v.contiguous() for k, v in net.head.state_dict().items()}),
             FILE: Familiar.of(x, Scale.of(near))}  # fmt: skip
    shared = {} if a.dry_run else uses(a, recipe)
    for name, backbone in net.backbones.items():
        if name not in shared:
            files[f"{name}.safetensors"] = torch_loop.weights(backbone, half=True)
    if a.dry_run or shipped_photos.ROLE in shared:
        return files, {}
    files[shipped_photos.FILE], rows = shipped_photos.pack(chosen_photos(photos, x, missed))
    return files, {shipped_photos.ROLE: rows}


def uses(a: argparse.Namespace, recipe: Recipe) -> dict[str, str]:
    """The shipped variants whose files this one shares; the photos only if it learned from them."""
    shared = recipe.uses
    if a.data or a.original:
        own = {f"lite{v}": f"transfer_learning/{h}" for v, h in ((0, "linear_probe"), (2, "lite2"))}
        shared = own if recipe.tune == "head" and not a.weights else {}
    return {k: v for k, v in shared.items() if k in (*recipe.backbones, shipped_photos.ROLE)}


def described(a: argparse.Namespace, photos: Photos) -> tuple[str, str, str]:
    """Name, origin and licence of the data, for the card."""
    if a.original:
        return "Nine politicians", data.POLITICIANS, "not stated: for oneself only"
    if a.data:
        name = Path(a.data).stem
        if name != data.NINE.name:
            return f"{name} ({len(photos.classes)} classes)", "a folder of photos", "as the photos'"
    return "Caltech-101, nine animals", ORIGIN, LICENCE


def sizes(a: argparse.Namespace, photos: Photos, where: str | None) -> dict[str, int]:
    """How many photos each split has."""
    if a.dry_run:
        return {"train": len(photos), "validation": 0, "test": 0}
    return {"train": len(photos), "validation": data.size("validation", where),
            "test": data.size("test", where)}  # fmt: skip


KNOWN = tuple(name for name in BACKBONES if name != "small")
