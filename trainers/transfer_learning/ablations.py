"""What each change of the recipe does: `python -m trainers.transfer_learning.ablations`.

A linear head on EfficientNet-Lite0, five times five folds of the training photos; copies of photos
are made for training alone. `--record` keeps the table in the shipped `best`, which shows it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator

import numpy as np

from demos.core.checkpoint import open_checkpoint
from demos.transfer_learning import DEMO, head
from demos.transfer_learning.model import Classifier
from trainers.core.publish import rewrite
from trainers.transfer_learning import backbones, data, features
from trainers.transfer_learning.folds import REPEATS, splits

COPIES = 2  # changed ones, beside each photo
Made = tuple[np.ndarray, np.ndarray]  # features (n, width) and targets (n, k) to learn from
Make = Callable[[np.ndarray, np.ndarray, np.random.Generator], Made]


def plain(x: np.ndarray, targets: np.ndarray, rng: np.random.Generator) -> Made:
    return x, targets


def smoothed(share: float) -> Make:
    """Label smoothing (Szegedy et al. 2016)."""
    return lambda x, t, rng: (x, (1 - share) * t + share / t.shape[1])


def dropped(share: float) -> Make:
    """Dropout: copies in which a share of the features is missing (Srivastava et al. 2014)."""

    def make(x: np.ndarray, targets: np.ndarray, rng: np.random.Generator) -> Made:
        copies = [x * (rng.random(x.shape) > share) / (1 - share) for _ in range(1 + COPIES)]
        return np.concatenate(copies).astype(np.float32), np.tile(targets, (1 + COPIES, 1))

    return make


def mixed(alpha: float) -> Make:
    """Mixup: copies that are mixtures of two photos' features (Zhang et al. 2018)."""

    def make(x: np.ndarray, targets: np.ndarray, rng: np.random.Generator) -> Made:
        seen, wanted = [x], [targets]
        for _ in range(COPIES):
            share = rng.beta(alpha, alpha, (len(x), 1))
            other = rng.permutation(len(x))
            seen.append(share * x + (1 - share) * x[other])
            wanted.append(share * targets + (1 - share) * targets[other])
        return np.concatenate(seen).astype(np.float32), np.concatenate(wanted)

    return make


def changes() -> Iterator[tuple[str, str, dict]]:
    """What is changed, to what, and how: a strength of augmentation, of the penalty, a `make`."""
    for name in ("light", "original", "strong"):
        yield "Augmentation (off)", name, {"views": name}
    yield "Roots of the features (yes)", "no", {"rooted": False, "strength": 0.01}
    for strength in (1.0, 10.0, 1000.0):
        yield "Weight decay, 1/C (0.01)", f"{1 / strength:g}", {"strength": strength}
    for share in (0.3, 0.6):
        yield "Dropout on the features (0)", f"{share:g}", {"make": dropped(share)}
    for share in (0.05, 0.2):
        yield "Label smoothing (0)", f"{share:g}", {"make": smoothed(share)}
    yield "Mixup, alpha (off)", "0.4", {"make": mixed(0.4)}
    yield "Class weights (balanced)", "none", {"balanced": False}


def right(
    net: Classifier, photos: data.Photos, *, views: str = "off", rooted: bool = True,
    strength: float = 100.0, make: Make = plain, balanced: bool = True,
) -> float:  # fmt: skip
    """How many photos are named rightly by heads that never saw them, the mean of five repeats."""
    net.rooted, k = rooted, len(photos.classes)
    x, targets = features.of(net, photos), head.one_hot(photos.labels, k)
    copies = (
        [] if views == "off" else [features.of(net, photos, True, views, s) for s in range(COPIES)]
    )
    found = 0
    for repeat, seen, rest in splits(photos.labels, 5):
        rng = np.random.default_rng([repeat, int(rest[0])])
        given, wanted = make(x[seen], targets[seen], rng)
        given = np.concatenate([given, *(c[seen] for c in copies)])
        wanted = np.concatenate([wanted, *(targets[seen] for _ in copies)])
        times = len(given) // len(seen)
        weights = np.tile(head.balanced(photos.labels[seen], k), times) if balanced else None
        learned = head.fit(given, wanted, strength / times, weights)
        found += int((learned.logits(x[rest]).argmax(1) == photos.labels[rest]).sum())
    return found / REPEATS


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="trainers.transfer_learning.ablations", description=__doc__
    )
    parser.add_argument("--data", help="a folder of the data, as for `train`")
    parser.add_argument(
        "--record", action="store_true", help="keep the table in the shipped `best`"
    )
    a = parser.parse_args()
    photos = data.read("train", a.data)
    net = Classifier(["lite0"], photos.classes, True)
    net.backbones["lite0"] = backbones.pretrained("lite0")
    base = right(net, photos)
    rows = [
        {"what": "Nothing", "value": "as it is", "right": base, "n": len(photos), "difference": 0.0}
    ]
    for what, value, how in changes():
        found = right(net, photos, **how)
        rows.append({"what": what, "value": value, "right": found, "n": len(photos),
                     "difference": found - base})  # fmt: skip
        print(json.dumps(rows[-1]), flush=True)
    for names in (("lite1",), ("lite2",), ("lite0", "lite2")):
        other = Classifier(names, photos.classes, True)
        for name in names:
            other.backbones[name] = backbones.pretrained(name)
        found = right(other, photos)
        rows.append({"what": "Backbone (lite0)", "value": " and ".join(names), "right": found,
                     "n": len(photos), "difference": found - base})  # fmt: skip
        print(json.dumps(rows[-1]), flush=True)
    if a.record:
        best = open_checkpoint(DEMO.name, DEMO.default)
        rewrite(best, best.card, {**best.evaluation, "ablations": rows})


if __name__ == "__main__":
    main()
