"""The networks of super-resolution: three layers on an enlarged picture, and one that works small.

`SRCNN` (Dong et al. 2014) corrects a picture that bicubic interpolation has already enlarged: all
of its work is done at the larger size. `Compact` keeps the small size to the end, where four
channels become 2 × 2 pixels (Shi et al. 2016). `Enlarger` surrounds both when they answer.
Shapes: B pictures, H × W pixels of the small picture.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

SCALE = 2
WEIGHTS = (65.481 / 219, 128.553 / 219, 24.966 / 219)  # of red, green and blue in Y of BT.601
CONTINUED = 4  # pixels by which a picture is continued beyond its border
STILL = 2  # pixels around one that must all be the same for it to stay as it is
LEAK = 0.1


class SRCNN(nn.Module):
    """9×9, 1×1 and 5×5 convolutions on a colour picture already enlarged: 64 and 32 features.

    It starts as a net that changes nothing: three features pass the colours through, so that
    training begins where bicubic interpolation ends. reach: pixels of the small picture to every
    side that an output pixel depends on.
    """

    reach = 3

    def __init__(self, first: int = 64, second: int = 32):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, first, 9, padding=4),
            nn.ReLU(),
            nn.Conv2d(first, second, 1),
            nn.ReLU(),
            nn.Conv2d(second, 3, 5, padding=2),
        )
        with torch.no_grad():
            for layer in self.layers[::2]:
                layer.bias.zero_()
                centre = layer.kernel_size[0] // 2
                for i in range(3):
                    layer.weight[i] = 0
                    layer.weight[i, i, centre, centre] = 1
            self.layers[4].weight[:, 3:] *= 0.1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 3, 2H, 2W) enlarged pictures in 0-1 to better ones of the same size."""
        return self.layers(x)


class Compact(nn.Module):
    """3×3 convolutions of `width` channels at the small size, and four channels that become 2 × 2
    pixels, added to the small picture's own (a plain form of SESR, Bhardwaj et al. 2021).

    Every inner convolution starts near the identity, as if it were a residual block whose sum is
    part of its weights. reach: as for SRCNN.
    """

    def __init__(self, width: int = 32, depth: int = 9):
        super().__init__()
        self.reach = depth + 2
        self.first = nn.Conv2d(1, width, 3, padding=1)
        self.body = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(depth))
        self.last = nn.Conv2d(width, SCALE**2, 3, padding=1)
        with torch.no_grad():
            for layer in self.body:
                layer.weight.mul_(0.5)
                layer.weight[:, :, 1, 1] += torch.eye(width)
            self.last.weight.mul_(0.1)
            self.last.bias.zero_()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 1, H, W) brightness in 0-1 to (B, 1, 2H, 2W)."""
        y = F.leaky_relu_(self.first(x), LEAK)
        for layer in self.body:
            y = F.leaky_relu_(layer(y), LEAK)
        return F.pixel_shuffle(self.last(y) + x, SCALE)


class Enlarger(nn.Module):
    """A network with what makes a whole picture of its answer.

    `Compact` sees brightness alone: what it adds to the brightness of the bicubic enlargement is
    added to all three colours, so that hue stays and grey stays grey. Where nothing changes within
    two pixels, nothing is added, so that white stays 255 and black stays 0.
    """

    def __init__(self, net: SRCNN | Compact):
        super().__init__()
        self.net = net
        self.register_buffer("weights", torch.tensor(WEIGHTS)[:, None, None], persistent=False)

    def forward(self, small: torch.Tensor, large: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) small pictures and their bicubic enlargements (B, 3, 2H, 2W), both float32
        in 0-255, to enlargements of the same size, uint8."""
        return self.values(small, large).round_().to(torch.uint8)

    def values(self, small: torch.Tensor, large: torch.Tensor) -> torch.Tensor:
        """The same before it is rounded, float32 in 0-255."""
        if isinstance(self.net, Compact):
            found = self._continued(self.luma(small)) - self.luma(large)
            found = large + found
        else:
            found = self._continued(large)
            if bool((small[:, :1] == small).all()):
                found = self.luma(found).expand_as(found)
        return torch.where(still(small), large, found).clamp_(0, 255)

    def luma(self, rgb: torch.Tensor) -> torch.Tensor:
        """Brightness (B, 1, ...) of (B, 3, ...)."""
        return (rgb * self.weights).sum(1, keepdim=True)

    def _continued(self, x: torch.Tensor) -> torch.Tensor:
        """The net's answer to a picture continued beyond its border, where the zeros that a
        convolution pads with would leave an edge."""
        y = F.pad(x / 255, (CONTINUED,) * 4, mode="replicate")
        y = self.net(y.contiguous(memory_format=torch.channels_last)) * 255
        cut = CONTINUED * (SCALE if isinstance(self.net, Compact) else 1)
        return y[..., cut:-cut, cut:-cut]


def still(small: torch.Tensor) -> torch.Tensor:
    """Where a picture (B, 3, H, W) does not change around a pixel: (B, 1, 2H, 2W) bool."""
    around = F.pad(small, (STILL,) * 4, mode="replicate")
    side = 2 * STILL + 1
    span = F.max_pool2d(around, side, 1) + F.max_pool2d(-around, side, 1)
    same = span.amax(1, keepdim=True) == 0
    return same.repeat_interleave(SCALE, 2).repeat_interleave(SCALE, 3)


NETWORKS = {net.__name__: net for net in (SRCNN, Compact)}


def build(name: str, arguments: dict) -> nn.Module:
    """The network of a card's architecture record; KeyError for an unknown name."""
    return NETWORKS[name](**arguments)
