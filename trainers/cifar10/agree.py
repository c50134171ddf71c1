"""What is read off the test answers beside the scores: `python -m trainers.cifar10.agree`.

Each variant gets its test images by confusion, its answers to our drawings and its operations
(`beside`), which `evaluate --split test` records as well; the default variant also the test images
where all variants agree, and not with the label, the surest first. Nothing is chosen by them.
"""

from __future__ import annotations

import argparse

import numpy as np

from demos.cifar10 import DEMO
from demos.cifar10.model import CLASSES
from demos.cifar10.predict import Predictor
from demos.core.checkpoint import open_checkpoint
from trainers.cifar10 import data
from trainers.cifar10.beside import beside
from trainers.core.publish import rewrite

MOST = 30


def suspects(probabilities: list[np.ndarray], labels: np.ndarray) -> list[dict]:
    """Rows for the images that all of the probabilities (n, 10) name alike and labels (n,) not;
    the first network's probability orders them."""
    said = np.stack([p.argmax(1) for p in probabilities])
    alike = (said == said[0]).all(0) & (said[0] != labels)
    surest = probabilities[0].max(1)
    order = np.flatnonzero(alike)[np.argsort(-surest[alike])][:MOST]
    return [
        {"index": int(i), "label": CLASSES[labels[i]], "all_say": CLASSES[said[0, i]],
         "probability": round(float(surest[i]), 4)}
        for i in order
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="trainers.cifar10.agree", description=__doc__)
    parser.add_argument("--data", help="a folder of the data, as for `train`")
    test = data.read("test", parser.parse_args().data)
    checkpoints = [open_checkpoint(DEMO.name, v.name) for v in DEMO.variants]
    predictors = [Predictor(checkpoint) for checkpoint in checkpoints]
    answers = [predictor.probabilities(test.images) for predictor in predictors]
    found = suspects(answers, test.labels)
    for checkpoint, predictor, shares in zip(checkpoints, predictors, answers, strict=True):
        added = beside(predictor, shares, test.labels)
        if checkpoint.card.variant == DEMO.default:
            added["suspects"] = found
        rewrite(checkpoint, checkpoint.card, checkpoint.evaluation | added)
    print(f"{len(found)} test images listed")


if __name__ == "__main__":
    main()
