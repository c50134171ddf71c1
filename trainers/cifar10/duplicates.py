"""Finds test images with a near-duplicate in training: `python -m trainers.cifar10.duplicates`.

Every image is reduced to 16 × 16, its mean taken away and its length set to 1; two images are
near-duplicates if the product of the two (their correlation) is at least `LEAST`, the training
image mirrored or not. Barz and Denzler (2020, arXiv 1902.00423) found 3.3 % by hand, from features.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from trainers.cifar10 import data
from trainers.cifar10.evaluate import DUPLICATES
from trainers.cifar10.views import smaller

LEAST, SIDE, BLOCK = 0.95, 16, 2000


def normed(images: np.ndarray) -> torch.Tensor:
    """(n, 32, 32, 3) uint8 to (n, 768) of mean 0 and length 1."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2)
    small = torch.cat([smaller(part.float(), SIDE) for part in x.split(BLOCK)]).flatten(1)
    return torch.nn.functional.normalize(small - small.mean(1, keepdim=True))


def correlations(test: np.ndarray, train: np.ndarray) -> torch.Tensor:
    """(n,): each test image's highest correlation with a training image, mirrored or not."""
    wanted = normed(test)
    found = torch.full((len(test),), -1.0)
    for start in range(0, len(train), BLOCK):
        block = train[start : start + BLOCK]
        for side in (block, block[:, :, ::-1].copy()):
            found = torch.maximum(found, (wanted @ normed(side).T).amax(1))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="trainers.cifar10.duplicates", description=__doc__)
    parser.add_argument("--data", help="a folder of the data, as for `train`")
    a = parser.parse_args()
    test, train = (data.read(split, a.data).images for split in ("test", "train"))
    found = correlations(test, train)
    for least in (0.9, 0.925, LEAST, 0.975):
        print(f"correlation of at least {least}: {int((found >= least).sum())} test images")
    listed = torch.nonzero(found >= LEAST).flatten().tolist()
    head = f"# Test images whose correlation with a training image is at least {LEAST}, by index."
    DUPLICATES.write_text("\n".join([head, *map(str, listed)]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
