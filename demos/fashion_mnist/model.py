"""The networks of Fashion-MNIST: the seed's, in Keras and in torch, and a modern small one.

Shapes: B images of 28 × 28 grey pixels; the answer is one logit a class (the Keras network, as
the seed has it, answers with probabilities).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


def keras_seed_network() -> Any:
    """The seed's network to the letter, for whatever backend Keras was imported with."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


class SeedNetwork(nn.Module):
    """The seed's architecture in torch: same layers, same 121,930 parameters."""

    def __init__(self, dropout: float = 0.5):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.dense1 = nn.Linear(64 * 5 * 5, 64)
        self.dropout = nn.Dropout(dropout)
        self.dense2 = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, 28, 28) in 0-1 to (B, 10) logits."""
        # Pooling before the ReLU gives the same numbers for a quarter of the ReLU's work.
        x = F.relu(F.max_pool2d(self.conv1(x), 2))  # (B, 32, 13, 13)
        x = F.relu(F.max_pool2d(self.conv2(x), 2))  # (B, 64, 5, 5)
        x = F.relu(self.dense1(x.flatten(1)))
        return self.dense2(self.dropout(x))

    def first_maps(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, 28, 28) in 0-1 to the (B, 32, 26, 26) maps of the first convolution."""
        return F.relu(self.conv1(x))


class ConvNorm(nn.Sequential):
    """A 3×3 convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
        )


class ResidualBlock(nn.Module):
    """Two convolutions beside the identity (He et al. 2016)."""

    def __init__(self, width: int):
        super().__init__()
        self.convolutions = nn.Sequential(ConvNorm(width, width), ConvNorm(width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.convolutions(x)


class SmallResNet(nn.Module):
    """A residual network in the manner of ResNet-9 that never works at full resolution.

    Every 2×2 square of pixels becomes four channels first: a 28 × 28 map of 32 channels would cost
    more time than all the rest. Then a convolution and a residual block each at 14, 7 and 3 pixels;
    pooling comes before the convolution that widens, which halves the time of a training step.
    """

    def __init__(self, widths: list[int]):
        super().__init__()
        inputs = [4, *widths]
        self.grow = nn.ModuleList(ConvNorm(a, b) for a, b in pairwise(inputs))
        self.blocks = nn.ModuleList(ResidualBlock(width) for width in widths)
        self.head = nn.Linear(widths[-1], 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, 28, 28) in 0-1 to (B, 10) logits."""
        x = self.blocks[0](self.first_maps(x))  # (B, widths[0], 14, 14)
        for grow, block in zip(self.grow[1:], self.blocks[1:], strict=True):
            x = block(grow(F.max_pool2d(x, 2)))  # 7 × 7, then 3 × 3
        return self.head(x.amax((2, 3)))

    def first_maps(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, 28, 28) in 0-1 to the (B, widths[0], 14, 14) maps of the first convolution."""
        x = (x - 0.286) / 0.353  # mean and deviation of the training images
        return self.grow[0](F.pixel_unshuffle(x, 2))


NETWORKS = {net.__name__: net for net in (SeedNetwork, SmallResNet)}


def build(name: str, arguments: dict) -> nn.Module:
    """The torch network of a card's architecture record; KeyError for an unknown name."""
    return NETWORKS[name](**arguments)
