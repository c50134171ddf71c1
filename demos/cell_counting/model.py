"""The networks of cell counting, from one number per image to one number per pixel.

`CellCountBaseline` and `CellCountCNNRegressor` look at an image and say a number. `UNet` paints a
density map whose sum is the count (Lempitsky & Zisserman 2010), so it says where as well.
Shapes: B images, C channels, H × W pixels.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F


def conv_block(inputs: int, outputs: int, layers: int = 1) -> nn.Sequential:
    """`layers` times 3×3 convolution, batch norm, ReLU."""
    parts: list[nn.Module] = []
    for i in range(layers):
        parts += [
            nn.Conv2d(inputs if i == 0 else outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        ]
    return nn.Sequential(*parts)


class CountRegressor(nn.Module):
    """Convolutional blocks with max pooling, global pooling, fully connected layers, one scalar.

    The scalar is multiplied by `scale`, a typical count, so that the weights work near 1.
    """

    def __init__(self, widths: list[int], layers: int, hidden: int, scale: float):
        super().__init__()
        blocks = []
        for inputs, outputs in zip([3, *widths[:-1]], widths, strict=True):
            blocks += [conv_block(inputs, outputs, layers), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*blocks)
        self.head = nn.Sequential(
            nn.Linear(widths[-1], hidden), nn.ReLU(), nn.Linear(hidden, 1)
        )  # fmt: skip
        self.scale = scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) normalised images to (B,) counts."""
        x = self.features(x).mean((2, 3))  # (B, C)
        return self.head(x).squeeze(1) * self.scale


class CellCountBaseline(CountRegressor):
    """The original's baseline: three convolutional blocks 32-64-128 and a small head."""

    def __init__(self, scale: float = 100.0):
        super().__init__([32, 64, 128], layers=1, hidden=64, scale=scale)


class CellCountCNNRegressor(CountRegressor):
    """The original's feature-rich regressor: five blocks of two convolutions, a receptive field of
    156 pixels in place of the baseline's 22."""

    def __init__(self, scale: float = 100.0):
        super().__init__([16, 32, 64, 96, 128], layers=2, hidden=128, scale=scale)


class Block(nn.Module):
    """Two 3×3 convolutions with batch norm and ReLU."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.body(x))


class UNet(nn.Module):
    """Encoder and decoder with skip connections (Ronneberger et al. 2015) for density maps.

    The image is folded `fold` × `fold` pixels into channels first: nothing is lost, and a map at
    half (or a quarter) of the resolution, in which every cell still sums to 1, costs a quarter
    (a sixteenth) of the work per channel. Height and width must be multiples of `multiple`.

    Densities up to `floor` (in cells per map pixel) count as nothing once the net is trained: a
    ten-thousandth of a cell on each of 16,384 map pixels would make two cells of an empty field.
    """

    def __init__(
        self,
        channels: int,
        widths: list[int],
        fold: int = 2,
        scale: float = 100.0,
        floor: float | None = None,
    ):
        super().__init__()
        self.fold, self.scale, self.floor = fold, scale, floor
        self.multiple = fold * 2 ** (len(widths) - 1)
        inputs = [channels * fold**2, *widths[:-1]]
        self.encoder = nn.ModuleList(Block(i, o) for i, o in zip(inputs, widths, strict=True))
        self.decoder = nn.ModuleList(
            Block(deep + shallow, shallow) for shallow, deep in reversed(list(pairwise(widths)))
        )
        self.head = nn.Conv2d(widths[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W) images to (B, H/fold, W/fold) densities in cells per map pixel."""
        x = F.pixel_unshuffle(x, self.fold)
        skips = []
        for level, block in enumerate(self.encoder):
            x = block(F.max_pool2d(x, 2) if level else x)
            skips.append(x)
        x = skips.pop()
        for block in self.decoder:
            x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = block(torch.cat([x, skips.pop()], dim=1))
        # The net works in units of 1/scale cells, so that its targets are not tiny.
        density = self.head(x).squeeze(1) / self.scale
        if self.floor is None or self.training:
            return density
        return F.threshold(density, self.floor, 0.0)


NETWORKS = {
    net.__name__: net for net in (CellCountBaseline, CellCountCNNRegressor, UNet)
}  # fmt: skip


def build(name: str, arguments: dict) -> nn.Module:
    """The network of a card's architecture record; KeyError for an unknown name."""
    return NETWORKS[name](**arguments)
