"""Distances between pictures as a network for photographs sees them (Johnson et al. 2016).

EfficientNet-Lite0 is what the perceptual variants are trained with; they are judged by Lite2, which
they never saw. Both know ImageNet and stay as they are.
"""

from __future__ import annotations

import importlib

import numpy as np
import torch
from torch import nn

TRAINED_WITH, JUDGED_BY = "lite0", "lite2"
AFTER = (0, 2, 4)  # blocks whose maps are compared, beside the first convolution's


class Distance(nn.Module):
    """Between pictures (B, 3, H, W) in 0-1: the mean squared distance of feature vectors of length
    1 over all places, the mean over four depths (as LPIPS, Zhang et al. 2018, without weights)."""

    def __init__(self, name: str):
        super().__init__()
        # Weights and network are transfer learning's; nothing else of it is needed here.
        backbones = importlib.import_module("trainers.transfer_learning.backbones")
        net = backbones.pretrained(name)
        self.stem, self.blocks = net.stem, net.blocks[: max(AFTER) + 1]
        self.requires_grad_(False)

    def forward(self, found: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
        """The distances (B,)."""
        with torch.no_grad():
            aims = self.features(true)
        pairs = zip(self.features(found), aims, strict=True)
        return torch.stack([(a - b).square().sum(1).mean((1, 2)) for a, b in pairs]).mean(0)

    def features(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Feature vectors of length 1 at four depths."""
        x = nn.functional.relu6(self.stem((255 * x - 127) / 128))
        found = [x]
        for place, block in enumerate(self.blocks):
            x = block(x)
            if place in AFTER:
                found.append(x)
        return [nn.functional.normalize(f, dim=1) for f in found]


@torch.inference_mode()
def distance(judge: Distance, found: np.ndarray, true: np.ndarray) -> float:
    """Between two pictures (rows, columns, 3) uint8."""
    a, b = (torch.tensor(p).permute(2, 0, 1)[None] / 255 for p in (found, true))
    return float(judge(a, b)[0])
