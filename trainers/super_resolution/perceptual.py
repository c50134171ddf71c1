"""Distances between pictures as a network for photographs sees them (Johnson et al. 2016).

EfficientNet-Lite0 is what the perceptual variants are trained with; they are judged by Lite2, which
they never saw. Both know ImageNet and stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from trainers.core.efficientnet_lite import State, weights

TRAINED_WITH, JUDGED_BY = "lite0", "lite2"
AFTER = (0, 2, 4)  # blocks whose maps are compared, beside the first convolution's
STRIDES = {"lite0": (1, 2, 1, 2, 1), "lite2": (1, 2, 1, 1, 2)}  # of the blocks up to there


class Convolution(nn.Conv2d):
    """A convolution of a state with TensorFlow's padding: the odd pixel goes to the right and
    below. Nothing of it is trained."""

    def __init__(self, state: State, name: str, stride: int = 1, depthwise: bool = False):
        weight = state[f"{name}.weight"]
        outside, inside, kernel = weight.shape[:3]
        groups = outside if depthwise else 1
        super().__init__(inside * groups, outside, kernel, stride, groups=groups)
        self.load_state_dict({"weight": weight, "bias": state[f"{name}.bias"]})
        self.requires_grad_(False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        missing = [max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in x.shape[-2:]]
        down, across = missing
        if any(missing):
            x = F.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2))
        return super().forward(x)


class Block(nn.Module):
    """Widen, look at each channel's neighbourhood, narrow again; add what came in if it fits."""

    def __init__(self, state: State, name: str, stride: int):
        super().__init__()
        wider = f"{name}.expand.weight" in state
        self.expand = Convolution(state, f"{name}.expand") if wider else nn.Identity()
        self.depthwise = Convolution(state, f"{name}.depthwise", stride, depthwise=True)
        self.project = Convolution(state, f"{name}.project")
        self.stride = stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        wide = F.relu6(self.expand(x)) if isinstance(self.expand, Convolution) else x
        found = self.project(F.relu6(self.depthwise(wide)))
        return found + x if self.stride == 1 and found.shape == x.shape else found


class Distance(nn.Module):
    """Between pictures (B, 3, H, W) in 0-1: the mean squared distance of feature vectors of length
    1 over all places, the mean over four depths (as LPIPS, Zhang et al. 2018, without weights)."""

    def __init__(self, name: str):
        super().__init__()
        state = weights(name)
        self.stem = Convolution(state, "stem", 2)
        self.blocks = nn.ModuleList(
            Block(state, f"blocks.{place}", stride) for place, stride in enumerate(STRIDES[name])
        )

    def forward(self, found: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
        """The distances (B,); `true` may be one picture for all."""
        with torch.no_grad():
            aims = self.features(true)
        pairs = zip(self.features(found), aims, strict=True)
        return torch.stack([(a - b).square().sum(1).mean((1, 2)) for a, b in pairs]).mean(0)

    def features(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Feature vectors of length 1 at four depths."""
        x = F.relu6(self.stem((255 * x - 127) / 128))
        found = [x]
        for place, block in enumerate(self.blocks):
            x = block(x)
            if place in AFTER:
                found.append(x)
        return [F.normalize(f, dim=1) for f in found]


@torch.inference_mode()
def distances(judge: Distance, found: Sequence[np.ndarray], true: np.ndarray) -> list[float]:
    """Of pictures (rows, columns, 3) uint8 to the true one."""
    a, b = (
        torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2) / 255
        for pictures in (found, [true])
    )
    return judge(a, b).tolist()
