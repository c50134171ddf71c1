"""Why a network answers as it does: what speaks for a class, and what happens without a part."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from demos.cifar10.model import SIDE, run
from demos.cifar10.result import Depth, Part

SHOWN = 8  # of the parts at one depth
STEPS = 24  # of the integral in integrated gradients
CAM_DEPTH = 1  # the second block: fine enough to point, deep enough to know


def evidence(net: nn.Module, x: torch.Tensor, label: int) -> tuple[np.ndarray, str]:
    """Values (32, 32) that speak for a class (positive) or against it, at most 1 in size.

    Grad-CAM with its sign for networks with maps (Selvaraju et al. 2017, arXiv 1610.02391), and
    integrated gradients from a grey picture for the others (Sundararajan et al. 2017, arXiv
    1703.01365). x: (1, 3, 32, 32) in 0-1.
    """
    from captum.attr import IntegratedGradients, LayerAttribution, LayerGradCam

    if hasattr(net, "maps"):
        cam = LayerGradCam(net, net.blocks[CAM_DEPTH])
        found = cam.attribute(x, target=label, relu_attributions=False).detach()
        found = LayerAttribution.interpolate(found, (SIDE, SIDE), "bilinear")[0, 0]
        method = "Grad-CAM"
    else:
        grey = torch.full_like(x, 0.5)
        found = IntegratedGradients(net).attribute(x, grey, target=label, n_steps=STEPS)
        found = found.detach()[0].sum(0)
        method = "integrated gradients"
    values = found.numpy().astype(np.float32)
    return values / max(float(np.abs(values).max()), 1e-9), method


@torch.inference_mode()
def depths(net: nn.Module, x: torch.Tensor, temperature: float) -> list[Depth]:
    """What the answer to x (1, 3, 32, 32) becomes without each filter of each block, or without
    each unit of the first layer: those that change it most, depth by depth."""
    if not hasattr(net, "maps"):
        units = net.before(x)
        logits = net.answer(net.after(without_each(units)))
        weights = net.first.weight.reshape(-1, 3, SIDE, SIDE).permute(0, 2, 3, 1)

        def weight_picture(i: int) -> np.ndarray:
            found = weights[i] / weights[i].abs().max().clamp_min(1e-9)
            return np.round(127.5 * (1 + found.numpy())).astype(np.uint8)

        whole = net.answer(net.after(units))
        parts = ranked(whole, logits, temperature, weight_picture)
        caption = "Each is a weight for every pixel and colour: grey counts for nothing."
        return [Depth("unit", len(logits), caption, parts)]
    maps, found = net.maps(x), []
    for depth, here in enumerate(maps):
        rest = run(net.blocks[depth + 1 :], without_each(here))
        logits = net.answer(net.after(rest[-1] if rest else without_each(here)))

        def map_picture(i: int, here: torch.Tensor = here) -> np.ndarray:
            values = here[0, i].clamp_min(0)
            return np.round(255 * (values / values.max().clamp_min(1e-9)).numpy()).astype(np.uint8)

        rows = here.shape[-1]
        caption = f"Each map has {rows} × {rows} numbers; bright is strong."
        parts = ranked(net.answer(net.after(maps[-1])), logits, temperature, map_picture)
        found.append(Depth("filter", here.shape[1], caption, parts))
    return found


def without_each(x: torch.Tensor) -> torch.Tensor:
    """(1, C, …) to (C, C, …): copies, each with another channel set to 0."""
    copies = x.repeat(x.shape[1], *[1] * (x.ndim - 1))
    copies[torch.arange(x.shape[1]), torch.arange(x.shape[1])] = 0
    return copies


def ranked(whole: torch.Tensor, logits: torch.Tensor, temperature: float, picture) -> list[Part]:
    """The parts whose absence changes the probability of the named class most."""
    shares = (logits / temperature).softmax(1)
    named = int(whole.argmax())
    change = (shares[:, named] - (whole / temperature).softmax(1)[0, named]).abs()
    order = change.argsort(descending=True)[:SHOWN].tolist()
    return [Part(i, picture(i), shares[i].numpy()) for i in order]
