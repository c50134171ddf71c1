"""What the networks that read texts share: MiniLM, its weights, answers to many texts at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from safetensors.torch import load
from torch import nn

from demos.core.checkpoint import Checkpoint
from demos.core.word_pieces import batches_of_one_length

EMBEDDINGS = "embeddings.safetensors"  # apart, so that other variants can use the same ones


@torch.inference_mode()
def answers(net: nn.Module, ids: Sequence[Sequence[int]]) -> np.ndarray:
    """(n,) float32 answers to n texts of any length from a network with one number per text."""
    device = next(net.parameters()).device
    found = np.zeros(len(ids), np.float32)
    for part in batches_of_one_length([len(i) for i in ids]):
        batch = torch.tensor([ids[i] for i in part], device=device)
        found[part] = net(batch).cpu().numpy()
    return found


def weights(checkpoint: Checkpoint, role: str = "embeddings") -> dict[str, torch.Tensor]:
    """All weights of a checkpoint as float32, with the embeddings that it shares.

    role: under which its card's `uses` names the checkpoint whose word embeddings it has, if any.
    """
    found: dict[str, torch.Tensor] = {}
    if role in checkpoint.card.uses:
        found |= load(checkpoint.uses(role).read(EMBEDDINGS))
    for name in checkpoint.card.files:
        if name.endswith(".safetensors") and not name.startswith("familiarity"):
            found |= load(checkpoint.read(name))
    return dequantised(found)


SCALE = ".scale"  # behind the name of a matrix in 8 bits, that of its rows' scales


def dequantised(found: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights as float32; matrices in 8 bits are multiplied by their rows' scales once."""
    values = {name: value for name, value in found.items() if not name.endswith(SCALE)}
    return {
        name: value.float() * found[name + SCALE].float()[:, None]
        if value.dtype == torch.int8
        else value.float()
        for name, value in values.items()
    }


def tokenizer_of(checkpoint: Checkpoint, role: str = "embeddings") -> str:
    """The tokenizer.json of a checkpoint: its own, or that of the embeddings that it shares."""
    owner = checkpoint.uses(role) if role in checkpoint.card.uses else checkpoint
    return owner.read("tokenizer.json").decode()
