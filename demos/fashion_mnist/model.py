"""The networks of Fashion-MNIST: the original's, in Keras and in torch, and a modern small one.

Shapes: B images of 28 × 28 grey pixels; the answer is one logit per class (the Keras network, as
the original has it, answers with probabilities).
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
    """The original's network to the letter, for whatever backend Keras was imported with."""
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
    """The original's architecture in torch: same layers, same 121,930 parameters."""

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


class PreActivationBlock(nn.Module):
    """Two 3×3 convolutions, each after batch norm and ReLU, beside a shortcut (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.shortcut = None
        if inputs != outputs or stride > 1:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, inputs, H, W) to (B, outputs, H/stride, W/stride)."""
        active = F.relu(self.norm1(x))
        beside = x if self.shortcut is None else self.shortcut(active)
        return beside + self.conv2(F.relu(self.norm2(self.conv1(active))))


class WideResNet(nn.Module):
    """A wide residual network (Zagoruyko & Komodakis 2016, arXiv 1605.07146), WRN-depth-width.

    Three groups of blocks at 28, 14 and 7 pixels with 16, 32 and 64 times `width` channels.
    """

    def __init__(self, depth: int, width: int):
        super().__init__()
        blocks, channels = (depth - 4) // 6, [16 * width, 32 * width, 64 * width]
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1, bias=False)
        self.groups = nn.ModuleList()
        for inputs, outputs in pairwise([16, *channels]):
            stride = 1 if outputs == channels[0] else 2
            rest = [PreActivationBlock(outputs, outputs, 1) for _ in range(blocks - 1)]
            self.groups.append(nn.Sequential(PreActivationBlock(inputs, outputs, stride), *rest))
        self.norm = nn.BatchNorm2d(channels[-1])
        self.head = nn.Linear(channels[-1], 10)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, 28, 28) in 0-1 to (B, 10) logits."""
        x = self._stem(x)
        for group in self.groups:
            x = group(x)  # 28 × 28, then 14 × 14, then 7 × 7
        return self.head(F.relu(self.norm(x)).mean((2, 3)))

    def first_maps(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, 28, 28) in 0-1 to the (B, 16, 28, 28) maps of the first convolution, as the first
        block takes them: after its norm and ReLU."""
        return F.relu(self.groups[0][0].norm1(self._stem(x)))

    def _stem(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv1((x - 0.286) / 0.353)  # mean and deviation of the training images


NETWORKS = {net.__name__: net for net in (SeedNetwork, WideResNet)}


def build(name: str, arguments: dict) -> nn.Module:
    """The torch network of a card's architecture record; KeyError for an unknown name."""
    return NETWORKS[name](**arguments)
