"""Where pretrained weights come from: packages for EfficientNet-Lite, torchvision for the rest."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from demos.core.errors import UserError
from demos.transfer_learning.model import BACKBONES, Backbone
from trainers.core import efficientnet_lite
from trainers.core.efficientnet_lite import State


def pretrained(name: str, weights: Path | None = None) -> Backbone:
    """A backbone as ImageNet made it, in 16-bit steps, as its weights are kept.

    weights: a file with them (.pth or .safetensors). Raises UserError where they are nowhere.
    """
    if name == "small":
        raise UserError("The small network starts from nothing: there are no weights for it.")
    net = BACKBONES[name]()
    state = _state(name, weights)
    if name.startswith("lite"):
        state = efficientnet_lite.folded(state) if "_conv_stem.weight" in state else state
    elif not any(key.startswith("net.") for key in state):
        state = {f"net.{k}": v for k, v in state.items() if _belongs(name, k)}
    try:
        net.load_state_dict(efficientnet_lite.as_kept(state))
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
    return efficientnet_lite.weights(name) if name.startswith("lite") else _torchvision(name)


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
