"""The training loop of the torch demos: one function that can be read in a minute.

With `--threads 1` a run that is interrupted and resumed ends bit-equal to an undisturbed one:
the state holds net, average, optimiser, schedule and random generators, and every epoch draws its
batches from a generator of its own (`epoch_generator`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from trainers.core.run import Run


def average_of(net: nn.Module, decay: float) -> AveragedModel:
    """An exponential moving average of a net's parameters and buffers (Polyak & Juditsky 1992)."""
    return AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)


def epoch_generator(seed: int, epoch: int) -> np.random.Generator:
    """The random generator of one epoch, the same whether or not the run was resumed."""
    return np.random.default_rng([seed, epoch])


def fit(
    run: Run,
    net: nn.Module,
    *,
    epochs: int,
    batches: Callable[[int], Iterable[Any]],
    loss: Callable[[nn.Module, Any], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    scheduler: torch.optim.lr_scheduler.LRScheduler | None = None,
    validate: Callable[[nn.Module], dict[str, float]] | None = None,
    average: AveragedModel | None = None,
    clip: float | None = None,
    freeze_norm_at: int | None = None,
    validate_every: int = 1,
    save_every: float = 60.0,
) -> nn.Module:
    """Train `net` and return what is to be used: the average if there is one, else the net.

    batches(epoch) yields the batches of epoch 0, 1, …; loss(net, batch) returns a scalar tensor;
    the scheduler is stepped after every batch; validate(net) is measured on the net to be used
    after every `validate_every` epochs. From epoch `freeze_norm_at` on, batch norms use their
    running statistics in training too, so that the net adapts to the ones it is used with. State
    is saved at the end of an epoch once `save_every` seconds have passed.
    """
    parts = {"net": net, "optimizer": optimizer, "scheduler": scheduler, "average": average}
    parts = {name: part for name, part in parts.items() if part is not None}
    state = run.load()
    if state is not None:
        for name, part in parts.items():
            part.load_state_dict(state[name])
        torch.set_rng_state(state["generator"])
    used = average.module if average is not None else net
    saved = time.perf_counter()
    for epoch in range(run.epoch, epochs):
        started, losses = time.perf_counter(), []
        net.train()
        if freeze_norm_at is not None and epoch >= freeze_norm_at:
            for module in net.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        for batch in batches(epoch):
            optimizer.zero_grad(set_to_none=True)
            value = loss(net, batch)
            value.backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(net.parameters(), clip)
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
            if average is not None:
                average.update_parameters(net)
            losses.append(value.detach())
        used.eval()
        due = (epoch + 1) % validate_every == 0 or epoch + 1 == epochs
        measured = validate(used) if validate and due else {}
        run.log(
            epochs,
            loss=float(torch.stack(losses).mean()),
            learning_rate=float(optimizer.param_groups[0]["lr"]),
            **measured,
            seconds=time.perf_counter() - started,
        )
        if time.perf_counter() - saved > save_every or epoch + 1 == epochs:
            state = {name: part.state_dict() for name, part in parts.items()}
            run.save({**state, "generator": torch.get_rng_state()})
            saved = time.perf_counter()
    return used.eval()
