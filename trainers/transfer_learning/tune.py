"""Training all layers of a network: from random weights, or at a low rate from pretrained ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from demos.transfer_learning import head
from demos.transfer_learning.augment import STRENGTHS, augment
from demos.transfer_learning.model import Classifier
from demos.transfer_learning.predict import tensor
from trainers.core import torch_loop
from trainers.core.run import Run
from trainers.transfer_learning.data import Photos
from trainers.transfer_learning.recipes import Recipe


class Stopped(Exception):
    """The validation loss has not fallen for as long as the recipe waits."""


def fit(
    run: Run, net: Classifier, recipe: Recipe, photos: Photos, rest: Photos, epochs: int, seed: int
) -> Classifier:
    """Train on `photos`; what is returned is the network of the epoch that did best on `rest`, or
    of the last where nothing is held out.

    The state of that epoch lies beside the run's, so that --resume knows it too.
    """
    targets = head.one_hot(photos.labels, len(photos.classes))
    weights = head.balanced(photos.labels, len(photos.classes))
    steps = max(1, len(photos) // recipe.batch)
    optimizer = torch.optim.AdamW(torch_loop.decay_groups(net, recipe.decay), lr=recipe.rate)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=epochs * steps, pct_start=0.1
    )
    held = stacked(net, rest.pictures) if len(rest) else []
    best = Best(run.folder / "best.pt", run.resume, recipe.patience)

    def batches(epoch: int) -> Iterator[tuple[torch.Tensor, ...]]:
        rng = torch_loop.epoch_generator(seed, epoch)
        order = rng.permutation(len(photos))
        for chosen in np.array_split(order, steps):
            seen = [augment(photos.pictures[i], STRENGTHS[recipe.augment], rng) for i in chosen]
            x, y = stacked(net, seen), torch.from_numpy(targets[chosen]).float()
            w = torch.from_numpy(weights[chosen]).float()
            if recipe.mixup:  # Zhang et al. 2018, arXiv 1710.09412
                share = float(rng.beta(recipe.mixup, recipe.mixup))
                other = torch.from_numpy(rng.permutation(len(chosen)))
                x = [share * part + (1 - share) * part[other] for part in x]
                y, w = share * y + (1 - share) * y[other], share * w + (1 - share) * w[other]
            yield *x, y, w

    def loss(net: nn.Module, batch: Any) -> torch.Tensor:
        *pictures, y, w = batch
        features = F.dropout(net.features(net.maps(pictures)), recipe.dropout, net.training)
        found = F.cross_entropy(
            net.head(features).float(), y, reduction="none", label_smoothing=recipe.smoothing
        )
        return (found * w).mean()

    @torch.inference_mode()
    def validate(net: nn.Module) -> dict[str, float]:
        pictures, labels = held, torch.from_numpy(rest.labels)
        logits = net(*(part.to(next(net.parameters()).device) for part in pictures)).float().cpu()
        value = float(F.cross_entropy(logits, labels))
        best.see(value, net)
        return {
            "validation_loss": value,
            "validation_accuracy": float((logits.argmax(1) == labels).float().mean()),
        }

    try:
        torch_loop.fit(
            run, net, epochs=epochs, batches=batches, loss=loss, optimizer=optimizer,
            scheduler=scheduler, validate=validate if len(rest) else None,
        )  # fmt: skip
    except Stopped:
        print(f"Stopped: no better validation loss for {recipe.patience} epochs.", flush=True)
    if best.state is not None:
        net.load_state_dict(best.state)
    return net.cpu().eval()


class Best:
    """The state with the least validation loss so far, kept in a file."""

    def __init__(self, path: Path, resume: bool, patience: int):
        self.path, self.patience, self.since = path, patience, 0
        self.loss, self.state = float("inf"), None
        if resume and path.is_file():
            kept = torch.load(path, map_location="cpu", weights_only=True)
            self.loss, self.since, self.state = kept["loss"], kept["since"], kept["state"]

    def see(self, loss: float, net: nn.Module) -> None:
        """After every epoch. Raises Stopped when it is time."""
        self.since += 1
        if loss < self.loss:
            self.loss, self.since = loss, 0
            self.state = {k: v.detach().cpu().clone() for k, v in net.state_dict().items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        torch.save({"loss": self.loss, "since": self.since, "state": self.state}, self.path)
        if self.since >= self.patience:
            raise Stopped


def stacked(net: Classifier, pictures: list[np.ndarray]) -> list[torch.Tensor]:
    """What each backbone sees (n, 3, side, side) of pictures of any size."""
    backbones = net.backbones.values()
    return [torch.cat([tensor(rgb, backbone) for rgb in pictures]) for backbone in backbones]
