"""The networks: backbones that saw ImageNet before, a small one that saw nothing, and a head.

A backbone turns a picture into maps of features, and the maps into one vector; a linear head makes
classes of it. The maps are handed out in between, so that Grad-CAM needs no hooks (which in-place
activations break). EfficientNet-Lite has its batch norms folded into the convolutions before them:
thirty photos a class are too few to estimate means and variances anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import ClassVar

import torch
from torch import nn
from torch.nn import functional as F

# EfficientNet-Lite (Liu 2020; Tan & Le 2019, arXiv 1905.11946): width, depth, side of its pictures.
LITE = {0: (1.0, 1.0, 224), 1: (1.0, 1.1, 240), 2: (1.1, 1.2, 260)}
# Repeats, kernel, stride, expansion, channels out, of the seven stages.
STAGES = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
)  # fmt: skip
STEM = 32


class Convolution(nn.Conv2d):
    """A convolution with TensorFlow's padding: the odd pixel goes to the right and below."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int = 1, groups: int = 1):
        super().__init__(inside, outside, kernel, stride, groups=groups)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        if kernel == 1:
            return super().forward(x)
        missing = [max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in x.shape[-2:]]
        if missing[0] == missing[1] and missing[0] % 2 == 0:
            half = missing[0] // 2
            return F.conv2d(x, self.weight, self.bias, stride, half, groups=self.groups)
        down, across = missing
        x = F.pad(x, (across // 2, across - across // 2, down // 2, down - down // 2))
        return super().forward(x)


class Block(nn.Module):
    """Widen, look at each channel's neighbourhood, narrow again; add what came in if it fits."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = inside * expansion
        self.expand = Convolution(inside, wide, 1) if expansion > 1 else None
        self.depthwise = Convolution(wide, wide, kernel, stride, groups=wide)
        self.project = Convolution(wide, outside, 1)
        self.adds = stride == 1 and inside == outside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = x if self.expand is None else F.relu6(self.expand(x))
        found = self.project(F.relu6(self.depthwise(found)))
        return found + x if self.adds else found


class Backbone(nn.Module):
    """Pictures (B, 3, side, side) in 0-255 to maps (B, channels, rows, columns) of at least 0, and
    maps to features (B, width). `side` is the one that the weights were made for; `whole` says
    whether it is shown all of a picture, stretched to a square, or the square in its middle."""

    side, whole = 224, False
    width: int

    def maps(self, x: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError

    def features(self, maps: torch.Tensor) -> torch.Tensor:
        return maps.mean((2, 3))


class EfficientNetLite(Backbone):
    """Maps of 1,280 channels, a 32nd of the picture wide and high."""

    width = 1280

    def __init__(self, version: int):
        super().__init__()
        wider, deeper, self.side = LITE[version]
        self.whole = version == 2  # beside Lite0, which sees the middle: together they see more
        self.stem = Convolution(3, STEM, 3, 2)
        blocks, inside = [], STEM
        for place, (repeats, kernel, stride, expansion, channels) in enumerate(STAGES):
            outside = rounded(channels * wider)
            if place not in (0, len(STAGES) - 1):
                repeats = math.ceil(repeats * deeper)
            for repeat in range(repeats):
                blocks.append(Block(inside, outside, kernel, 1 if repeat else stride, expansion))
                inside = outside
        self.blocks = nn.Sequential(*blocks)
        self.top = Convolution(inside, self.width, 1)

    def maps(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu6(self.stem((x - 127) / 128))
        return F.relu6(self.top(self.blocks(x)))


class SmallNet(Backbone):
    """Four plain convolutions, for who starts from nothing: maps of 128 channels, 4 × 4."""

    side, width = 64, 128

    def __init__(self):
        super().__init__()
        layers: list[nn.Module] = []
        inside = 3
        for outside in (24, 48, 96, self.width):
            layers += [
                nn.Conv2d(inside, outside, 3, padding=1, bias=False),
                nn.GroupNorm(8, outside),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
            inside = outside
        self.layers = nn.Sequential(*layers)

    def maps(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers((x - 127) / 64)


class Torchvision(Backbone):
    """One of torchvision's networks without its last layer. Raises ImportError without torchvision,
    which serving the shipped variants does not need."""

    WIDTHS: ClassVar = {
        "vgg16": 4096, "resnet18": 512, "densenet161": 2208, "googlenet": 1024,
        "mobilenet_v2": 1280, "resnext50_32x4d": 2048, "wide_resnet50_2": 2048,
    }  # fmt: skip

    def __init__(self, name: str):
        super().__init__()
        from torchvision import models

        options = {"init_weights": False} if name in ("vgg16", "googlenet") else {}
        if name == "googlenet":
            options["aux_logits"] = False
        self.width = self.WIDTHS[name]
        self.net = getattr(models, name)(weights=None, **options)
        if name == "vgg16":
            self.net.classifier[-1] = nn.Identity()
        else:
            setattr(self.net, "fc" if hasattr(self.net, "fc") else "classifier", nn.Identity())
        # GoogLeNet's weights come from TensorFlow, which has one mean and scale for all channels.
        mean, scale = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]
        mean, scale = ([0.5] * 3, [0.5] * 3) if name == "googlenet" else (mean, scale)
        self.register_buffer("mean", 255 * torch.tensor(mean)[:, None, None], persistent=False)
        self.register_buffer("scale", 255 * torch.tensor(scale)[:, None, None], persistent=False)

    def maps(self, x: torch.Tensor) -> torch.Tensor:
        x, net = (x - self.mean) / self.scale, self.net
        if hasattr(net, "features"):  # VGG, DenseNet and MobileNet
            return F.relu(net.features(x))
        for name, part in net.named_children():  # ResNets and GoogLeNet are a plain sequence
            if name == "avgpool":
                break
            x = part(x)
        return x

    def features(self, maps: torch.Tensor) -> torch.Tensor:
        if self.width != 4096:
            return super().features(maps)
        return self.net.classifier(self.net.avgpool(maps).flatten(1))


BACKBONES: dict[str, Callable[[], Backbone]] = {
    **{f"lite{v}": (lambda v=v: EfficientNetLite(v)) for v in LITE},
    "small": SmallNet,
    **{name: (lambda name=name: Torchvision(name)) for name in Torchvision.WIDTHS},
}


class Classifier(nn.Module):
    """One or more backbones, their features side by side, and a linear head.

    rooted: the head sees square roots of the features at length 1, as `head.rooted` makes them;
    else the features as they are.
    """

    def __init__(self, backbones: Sequence[str], classes: Sequence[str], rooted: bool):
        super().__init__()
        self.rooted = rooted
        self.backbones = nn.ModuleDict({name: BACKBONES[name]() for name in backbones})
        self.head = nn.Linear(sum(b.width for b in self.backbones.values()), len(classes))

    def maps(self, pictures: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """The maps of each backbone for its pictures (B, 3, side, side) in 0-255."""
        return [b.maps(x) for b, x in zip(self.backbones.values(), pictures, strict=True)]

    def features(self, maps: Sequence[torch.Tensor], fixed: bool = False) -> torch.Tensor:
        """What the head sees (B, width). With `fixed` no gradient flows through the length, so that
        features times gradients add up to half the logit in place of nothing."""
        parts = [b.features(m) for b, m in zip(self.backbones.values(), maps, strict=True)]
        if self.rooted:
            parts = [part.clamp_min(1e-12).sqrt() for part in parts]
            lengths = [part.norm(dim=1, keepdim=True) * math.sqrt(len(parts)) for part in parts]
            lengths = [length.detach() if fixed else length for length in lengths]
            parts = [part / length for part, length in zip(parts, lengths, strict=True)]
        return torch.cat(parts, 1)

    def forward(self, *pictures: torch.Tensor) -> torch.Tensor:
        """Logits (B, classes)."""
        return self.head(self.features(self.maps(pictures)))


def rounded(channels: float, step: int = 8) -> int:
    """The nearest multiple of eight channels, and never less than nine tenths of them."""
    found = max(step, int(channels + step / 2) // step * step)
    return found + step if found < 0.9 * channels else found
