"""Views of small images that keep their class: mirrored, shifted, in part erased."""

from __future__ import annotations

from collections.abc import Iterator

import torch


def views(x: torch.Tensor, shift: int) -> Iterator[torch.Tensor]:
    """Every image of (B, C, H, W) mirrored or not and shifted by up to `shift` pixels in each
    direction, the views one after the other: all of them at a place have the same index."""
    rows, columns = x.shape[-2:]
    for side in (x, x.flip(-1)):
        padded = torch.nn.functional.pad(side, (shift,) * 4)
        for down in range(2 * shift + 1):
            for right in range(2 * shift + 1):
                yield padded[..., down : down + rows, right : right + columns]


def augment(
    x: torch.Tensor, generator: torch.Generator, *, flip: torch.Tensor, shift: int, erase: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Flips, random shifts and erased rectangles (Zhong et al. 2020) of (B, C, H, W) in 0-1.

    flip: (B,) which images are mirrored; shift: up to so many pixels in each direction; erase: the
    probability of a rectangle of noise. The generator is one of x's device. Returns the images and
    for each which of the `views` it is, before anything is erased.
    """
    (batch, _, rows, columns), device = x.shape, x.device

    def uniform(low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        return low + (high - low) * torch.rand(batch, generator=generator, device=device)

    def whole(below: torch.Tensor | int) -> torch.Tensor:
        return (uniform() * below).long()

    x = torch.where(flip[:, None, None, None], x.flip(-1), x)
    up, across = torch.arange(rows, device=device), torch.arange(columns, device=device)
    which = flip.long()
    if shift:
        side = 2 * shift + 1
        padded = torch.nn.functional.pad(x, (shift,) * 4)
        down, right = whole(side), whole(side)
        y, z = down[:, None] + up, right[:, None] + across
        each = torch.arange(batch, device=device)
        x = padded[each[:, None, None], :, y[:, :, None], z[:, None, :]].movedim(-1, 1)
        which = (which * side + down) * side + right
    if erase:
        area, aspect = uniform(0.02, 0.3) * rows * columns, uniform(-1.1, 1.1).exp()
        h, w = (area * aspect).sqrt().round(), (area / aspect).sqrt().round()
        fits = (uniform() < erase) & (h < rows) & (w < columns)
        top, left = whole(rows + 1 - h)[:, None], whole(columns + 1 - w)[:, None]
        inside = (up >= top) & (up < top + h[:, None]) & fits[:, None]
        beside = (across >= left) & (across < left + w[:, None])
        noise = torch.rand(x.shape, generator=generator, device=device)
        x = torch.where((inside[:, :, None] & beside[:, None])[:, None], noise, x)
    return x, which
