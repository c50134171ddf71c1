"""The networks of Fashion-MNIST: the seed's, in Keras and in torch, and a modern small one.

Shapes: B images of 28 × 28 grey pixels; the answer is one logit a class (the Keras network, as
the seed has it, answers with probabilities).
"""

from __future__ import annotations

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
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)  # (B, 32, 13, 13)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)  # (B, 64, 5, 5)
        x = F.relu(self.dense1(x.flatten(1)))
        return self.dense2(self.dropout(x))


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with batch norm around a shortcut (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


class SmallResNet(nn.Module):
    """A residual network that halves the image early, since most of its cost is in large maps.

    One stem convolution at 28 × 28, then one residual block each at 14, 7 and 3 pixels.
    """

    def __init__(self, stem: int, widths: list[int]):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, stem, 3, padding=1, bias=False), nn.BatchNorm2d(stem), nn.ReLU()
        )
        self.blocks = nn.ModuleList(
            ResidualBlock(i, o) for i, o in zip([stem, *widths[:-1]], widths, strict=True)
        )
        self.head = nn.Linear(widths[-1], 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, 28, 28) in 0-1 to (B, 10) logits."""
        x = self.stem((x - 0.286) / 0.353)  # mean and deviation of the training images
        for block in self.blocks:
            x = block(F.max_pool2d(x, 2))
        return self.head(x.amax((2, 3)))


NETWORKS = {net.__name__: net for net in (SeedNetwork, SmallResNet)}


def build(name: str, arguments: dict) -> nn.Module:
    """The torch network of a card's architecture record; KeyError for an unknown name."""
    return NETWORKS[name](**arguments)
