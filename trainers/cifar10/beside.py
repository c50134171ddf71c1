"""What stands beside the scores of a variant on its page: where it is wrong, and what it costs.

CIFAR-10's images may not be shown: of those that are confused there are the numbers, and those
drawings of ours that are confused in the same way.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from demos.cifar10 import DEMO, MIDDLE, NONE
from demos.cifar10.model import CLASSES, SIDE
from demos.cifar10.predict import Predictor
from demos.core import given
from trainers.core import torch_loop

EACH = 24  # test images of each confusion


def beside(predictor: Predictor, probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """What goes into evaluation.json, of (n, 10) probabilities for the test images with labels
    (n,)."""
    return {
        "cells": cells(probabilities, labels),
        "drawings": drawings(predictor),
        "operations": torch_loop.operations(predictor.net, 3, SIDE, SIDE),
    }


def cells(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, list[int]]:
    """Test images of each confusion by number, the most confident first: {"cat|dog": [3, 5]}."""
    said, surest = probabilities.argmax(1), probabilities.max(1)
    found: dict[str, list[int]] = {}
    for i in np.argsort(-surest, kind="stable").tolist():
        key = f"{CLASSES[labels[i]]}|{CLASSES[said[i]]}"
        if said[i] != labels[i] and len(found.setdefault(key, [])) < EACH:
            found[key].append(i)
    return found


def drawings(predictor: Predictor) -> list[dict[str, Any]]:
    """What is said of each drawing of one of the ten classes, as it is."""
    found = []
    for example in DEMO.examples:
        if example.truth is None or example.inputs[1:] != (MIDDLE, NONE, 0):
            continue
        label, share = predictor.predict(*given.read(DEMO, example.inputs)).top[0]
        found.append({"name": example.name, "true": example.truth, "predicted": label,
                      "probability": round(share, 4)})  # fmt: skip
    return found
