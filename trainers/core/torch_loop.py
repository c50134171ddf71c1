"""The training loop of the torch demos: one function that can be read in a minute.

With `--threads 1` a run that is interrupted and resumed ends bit-equal to an undisturbed one:
the state holds net, average, optimiser, schedule and random generators, and every epoch draws its
batches from a generator of its own (`epoch_generator`). Where there is an accelerator, the same
loop runs on it in bf16.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from trainers.core.run import Run


def average_of(net: nn.Module, decay: float) -> AveragedModel:
    """An exponential moving average of a net's parameters and buffers (Polyak & Juditsky 1992)."""
    return AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)


def decay_groups(net: nn.Module, decay: float) -> list[dict[str, Any]]:
    """What is trained, as an optimiser's groups: weight decay is for weights, not for norms and
    biases."""
    trained = [p for p in net.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]


def faster_in_bf16(side: int = 768, repeats: int = 5) -> bool:
    """Whether this processor multiplies matrices faster in bf16 than in fp32.

    Instructions for it are not enough: some processors that have them take twice as long.
    """
    if not (torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()):
        return False

    def seconds(kind: torch.dtype) -> float:
        a = torch.ones(side, side, dtype=kind)
        times = []
        for _ in range(repeats + 1):  # the first one prepares
            began = time.perf_counter()
            a @ a
            times.append(time.perf_counter() - began)
        return min(times[1:])

    return seconds(torch.bfloat16) < seconds(torch.float32)


def parameters(net: nn.Module) -> int:
    """The number of parameters, frozen ones included."""
    return sum(p.numel() for p in net.parameters())


def validated(logits: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
    """Loss and accuracy of (n, k) logits on validation data with labels (n,), for the history."""
    return {
        "validation_loss": float(nn.functional.cross_entropy(logits, labels)),
        "validation_accuracy": float((logits.argmax(1) == labels).float().mean()),
    }


def operations(net: nn.Module, *shape: int) -> int:
    """Multiply-adds of one forward pass of an input of this shape (without the batch): those of
    its matrix products and convolutions, beside which the rest counts for little."""
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counted:
        net(torch.zeros(1, *shape))
    return counted.get_total_flops() // 2  # a multiplication and an addition each


def weights(net: nn.Module, half: bool = False) -> bytes:
    """Parameters and buffers as a safetensors file, numbers in 16 bits if `half`."""
    state = {
        name: (value.half() if half and value.is_floating_point() else value).contiguous()
        for name, value in net.state_dict().items()
    }
    return save(state)


def start_from(net: nn.Module, checkpoint: Path | None, name: str = "model.safetensors") -> None:
    """Load the weights of a checkpoint folder (`--init`), if there is one."""
    if checkpoint:
        net.load_state_dict(load_file(checkpoint / name))


def epoch_generator(seed: int, epoch: int) -> np.random.Generator:
    """The random generator of one epoch, the same whether or not the run was resumed."""
    return np.random.default_rng([seed, epoch])


def accelerator() -> torch.device:
    """The device that nets are trained on: a CUDA device where there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def device_name() -> str:
    """What `accelerator` is called, for the card: "NVIDIA H100 80GB HBM3", or "CPU"."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"


def epoch_torch_generator(seed: int, epoch: int, device: torch.device) -> torch.Generator:
    """As `epoch_generator`, for what is drawn on the device."""
    return torch.Generator(device).manual_seed(1_000_003 * seed + epoch)


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
    bf16: bool = True,
    processor_bf16: bool = False,
) -> nn.Module:
    """Train `net` and return what is to be used: the average if there is one, else the net.

    The net is trained on `accelerator()` and returned on the processor. batches(epoch) yields the
    batches of epoch 0, 1, …, tuples of tensors on any device; loss(net, batch) returns a scalar;
    the scheduler is stepped after every batch; validate(net) is measured on the net to be used
    after every `validate_every` epochs. From epoch `freeze_norm_at` on, batch norms use their
    running statistics in training too, so that the net adapts to the ones it is used with. State
    is saved at the end of an epoch once `save_every` seconds have passed. `bf16` lets an
    accelerator multiply in bf16, `processor_bf16` also a processor that is faster in it; a resumed
    run keeps to what it began with.
    """
    parts = {"net": net, "optimizer": optimizer, "scheduler": scheduler, "average": average}
    parts = {name: part for name, part in parts.items() if part is not None}
    device, run.device = accelerator(), device_name()
    torch.backends.cudnn.benchmark = True  # images of one run have one size
    net.to(device)  # in place: the optimizer keeps its hold on the parameters
    if average is not None:
        average.to(device)
    state = run.load()
    half = bf16 if device.type == "cuda" else processor_bf16 and faster_in_bf16()
    if state is not None:
        half = state.get("half", half)
        for name, part in parts.items():
            part.load_state_dict(state[name])
        torch.set_rng_state(state["generator"])
        if device.type == "cuda":
            torch.cuda.set_rng_state(state["cuda_generator"])
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
            batch = tuple(part.to(device, non_blocking=True) for part in batch)
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
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
            state["generator"], state["half"] = torch.get_rng_state(), half
            if device.type == "cuda":
                state["cuda_generator"] = torch.cuda.get_rng_state()
            run.save(state)
            saved = time.perf_counter()
    return used.cpu().eval()
