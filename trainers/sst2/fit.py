"""Training on texts that a network reads as ids, in batches of one length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from demos.core.text_model import answers as logits
from trainers.core import torch_loop
from trainers.core.run import Run
from trainers.core.text_model import buckets

Ids = list[list[int]]
Loss = Callable[[torch.nn.Module, torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Recipe:
    """How a torch net is trained: AdamW, a linear warm-up, a linear decay; `average` is the decay
    of the weights' moving average."""

    epochs: int
    batch: int
    rate: float
    decay: float = 0.01
    average: float | None = None
    bf16: bool = True


def fit(
    run: Run, net: torch.nn.Module, ids: Ids, targets: np.ndarray, loss: Loss, recipe: Recipe,
    *, seed: int, epochs: int | None = None, rest: tuple[Ids, np.ndarray] | None = None,
) -> torch.nn.Module:  # fmt: skip
    """Train over batches of one length: nothing is padded, so no step is lost on padding.

    loss(net, ids (B, T), targets (B,)) returns a scalar; `rest` are ids and labels to validate on.
    """
    epochs = epochs or recipe.epochs
    lengths = np.array([len(i) for i in ids])
    steps = len(buckets(lengths, recipe.batch, None))
    groups = torch_loop.decay_groups(net, recipe.decay)
    optimizer = torch.optim.AdamW(groups, lr=recipe.rate, fused=True)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=epochs * steps, pct_start=0.06,
        anneal_strategy="linear", cycle_momentum=False,
    )  # fmt: skip
    truth = torch.from_numpy(np.asarray(targets, np.float32))

    def batches(epoch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        rng = torch_loop.epoch_generator(seed, epoch)
        for chosen in buckets(lengths, recipe.batch, rng):
            yield torch.tensor([ids[i] for i in chosen]), truth[chosen]

    def validate(net: torch.nn.Module) -> dict[str, float]:
        if rest is None:
            return {}
        found, labels = torch.from_numpy(logits(net, rest[0])), torch.from_numpy(rest[1])
        return {
            "validation_loss": float(F.binary_cross_entropy_with_logits(found, labels)),
            "validation_accuracy": float(((found > 0) == (labels > 0.5)).float().mean()),
        }

    return torch_loop.fit(
        run, net, epochs=epochs, batches=batches, loss=lambda net, batch: loss(net, *batch),
        optimizer=optimizer, scheduler=scheduler, validate=validate, clip=1.0,
        average=torch_loop.average_of(net, recipe.average) if recipe.average else None,
        bf16=recipe.bf16,
    )  # fmt: skip


def cross_entropy(net: torch.nn.Module, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Binary cross-entropy of the logits with labels or probabilities."""
    return F.binary_cross_entropy_with_logits(net(ids).float(), labels)


def squared_error(net: torch.nn.Module, ids: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """Squared error of the logits (Tang et al. 2019)."""
    return F.mse_loss(net(ids).float(), answers)
