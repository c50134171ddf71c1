"""The networks of CIFAR-10: fully connected ones, which take a picture as a list of numbers, and
convolutional ones, which take it as a picture.

Shapes: B images of 3 × 32 × 32, red, green, blue in 0-1; the answer is one logit per class.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
SIDE = 32
PIXELS = 3 * SIDE * SIDE
# Mean and deviation of each colour over the training images.
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


class Standardise(nn.Module):
    """Each colour to mean 0 and deviation 1 over the training images."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None], persistent=False)
        self.register_buffer("scale", 1 / torch.tensor(DEVIATION)[:, None, None], persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) to the same shape."""
        return (x - self.mean) * self.scale


class FullyConnected(nn.Module):
    """The original's first networks: hidden layers with ReLU, 3,072 numbers in, 10 out."""

    def __init__(self, hidden: list[int], dropout: float = 0.0):
        super().__init__()
        self.standardise = Standardise()
        sizes = [PIXELS, *hidden]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(sizes[-1], len(CLASSES))

    @property
    def first(self) -> nn.Linear:
        """The layer that sees the pixels."""
        return self.layers[0]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, 32, 32) in 0-1 to (B, 10) logits."""
        return self.answer(self.after(self.before(x)))

    def before(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, 32, 32) to the (B, width) units of the first layer."""
        return self.dropout(F.relu(self.first(self.standardise(x).flatten(1))))

    def after(self, x: torch.Tensor) -> torch.Tensor:
        """Those units to the (B, d) features that the answer is read from."""
        for layer in self.layers[1:]:
            x = self.dropout(F.relu(layer(x)))
        return x

    def answer(self, x: torch.Tensor) -> torch.Tensor:
        """(B, d) features to (B, 10) logits."""
        return self.head(x)


class InvertedBottleneck(nn.Module):
    """Layer norm, a wide layer, GELU and back, beside a shortcut (Bachmann et al. 2023,
    arXiv 2306.13575)."""

    def __init__(self, width: int, expansion: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, expansion * width)
        self.narrow = nn.Linear(expansion * width, width)
        nn.init.zeros_(self.narrow.weight)  # each block begins as the identity

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, width) to (B, width)."""
        return x + self.narrow(F.gelu(self.widen(self.norm(x))))


class ResidualFullyConnected(nn.Module):
    """Residual, fully connected: no layer knows which pixels are neighbours."""

    def __init__(self, width: int, blocks: int, expansion: int):
        super().__init__()
        self.standardise = Standardise()
        self.first = nn.Linear(PIXELS, width)
        self.blocks = nn.Sequential(*(InvertedBottleneck(width, expansion) for _ in range(blocks)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, len(CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, 32, 32) in 0-1 to (B, 10) logits."""
        return self.answer(self.after(self.before(x)))

    def before(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, 32, 32) to the (B, width) units of the first layer."""
        return self.first(self.standardise(x).flatten(1))

    def after(self, x: torch.Tensor) -> torch.Tensor:
        """Those units to the (B, width) features that the answer is read from."""
        return self.norm(self.blocks(x))

    def answer(self, x: torch.Tensor) -> torch.Tensor:
        """(B, width) features to (B, 10) logits."""
        return self.head(x)


class OriginalConvolutional(nn.Module):
    """The original's convolutional network: three times convolution, batch norm, ReLU and max
    pooling; then a fully connected layer with dropout, and the answer."""

    def __init__(self, channels: list[int], hidden: int, dropout: float):
        super().__init__()
        self.standardise = Standardise()
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(a, b, 3, padding=1, bias=False),
                nn.MaxPool2d(2),  # before the norm, whose scale is positive nearly always: cheaper
                nn.BatchNorm2d(b),
                nn.ReLU(),
            )
            for a, b in pairwise([3, *channels])
        )
        self.hidden = nn.Linear(channels[-1] * (SIDE // 8) ** 2, hidden)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, len(CLASSES))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, 32, 32) in 0-1 to (B, 10) logits."""
        return self.answer(self.after(self.maps(x)[-1]))

    def maps(self, x: torch.Tensor) -> list[torch.Tensor]:
        """(B, 3, 32, 32) to the maps behind each block: (B, channels, 16, 16), 8 × 8 and 4 × 4."""
        return run(self.blocks, self.standardise(x))

    def after(self, x: torch.Tensor) -> torch.Tensor:
        """The last maps to the (B, hidden) features that the answer is read from."""
        return self.dropout(F.relu(self.hidden(self.dropout(x.flatten(1)))))

    def answer(self, x: torch.Tensor) -> torch.Tensor:
        """(B, hidden) features to (B, 10) logits."""
        return self.head(x)


class AirBlock(nn.Module):
    """Two convolutions with batch norm and GELU, the first followed by pooling."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm1 = _norm(outputs)
        self.norm2 = _norm(outputs)
        for conv in (self.conv1, self.conv2):
            # The first outputs begin as copies of the inputs (Jordan 2024).
            nn.init.dirac_(conv.weight[: conv.in_channels])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, inputs, H, W) to (B, outputs, H // 2, W // 2)."""
        x = F.gelu(self.norm1(F.max_pool2d(self.conv1(x), 2)))
        return F.gelu(self.norm2(self.conv2(x)))


class AirNetwork(nn.Module):
    """A narrower airbench network (Jordan 2024, arXiv 2404.00498): a frozen first layer that
    whitens patches of 2 × 2 pixels, three blocks, and the maximum over what is left."""

    def __init__(self, channels: list[int]):
        super().__init__()
        self.standardise = Standardise()
        self.whiten = nn.Conv2d(3, 24, 2)
        self.whiten.weight.requires_grad = False  # computed from the training images
        self.blocks = nn.ModuleList(AirBlock(a, b) for a, b in pairwise([24, *channels]))
        self.head = nn.Linear(channels[-1], len(CLASSES), bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) in 0-1, 32 × 32 or smaller in training, to (B, 10) logits."""
        return self.answer(self.after(self.maps(x)[-1]))

    def maps(self, x: torch.Tensor) -> list[torch.Tensor]:
        """(B, 3, 32, 32) to the maps behind each block: (B, channels, 15, 15), 7 × 7 and 3 × 3."""
        return run(self.blocks, F.gelu(self.whiten(self.standardise(x))))

    def after(self, x: torch.Tensor) -> torch.Tensor:
        """The last maps to their maxima: (B, channels) features that the answer is read from."""
        return x.amax((2, 3))

    def answer(self, x: torch.Tensor) -> torch.Tensor:
        """(B, channels) features to (B, 10) logits."""
        return self.head(x) / 9  # small at first, so that it learns steadily


def run(blocks: nn.ModuleList, x: torch.Tensor) -> list[torch.Tensor]:
    """What comes out of each block, one after the other."""
    found = []
    for block in blocks:
        x = block(x)
        found.append(x)
    return found


def _norm(channels: int) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(channels, momentum=0.3)
    norm.weight.requires_grad = False  # the bias alone is learned
    return norm


NETWORKS = {
    net.__name__: net
    for net in (FullyConnected, ResidualFullyConnected, OriginalConvolutional, AirNetwork)
}


def build(name: str, arguments: dict) -> nn.Module:
    """The network of a card's architecture record; KeyError for an unknown name."""
    return NETWORKS[name](**arguments)
