"""What training shows of an image: mirrored, shifted, in part covered, mixed with another."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from demos.cifar10.change import permutation


def shifts(x: torch.Tensor, most: int, by: torch.Tensor) -> torch.Tensor:
    """(B, C, H, W), each shifted by `by` (2, B) pixels of 0 to 2 × `most`, where `most` is in
    place; edges are mirrored."""
    if not most:
        return x
    (n, _, rows, columns), device = x.shape, x.device
    padded = F.pad(x, (most,) * 4, mode="reflect").permute(0, 2, 3, 1)
    each = torch.arange(n, device=device)[:, None, None]
    y = (by[0][:, None] + torch.arange(rows, device=device))[:, :, None]
    z = (by[1][:, None] + torch.arange(columns, device=device))[:, None, :]
    return padded[each, y, z].permute(0, 3, 1, 2)  # channels last in memory


def flips(x: torch.Tensor, which: torch.Tensor) -> torch.Tensor:
    """(B, C, H, W), those in the mask (B,) mirrored."""
    return torch.where(which[:, None, None, None], x.flip(-1), x)


def cutout(x: torch.Tensor, side: int, generator: torch.Generator) -> torch.Tensor:
    """(B, C, H, W) with a square of `side` pixels made grey (DeVries & Taylor 2017)."""
    if not side:
        return x
    (n, _, rows, columns), device = x.shape, x.device
    top = torch.randint(rows - side + 1, (n, 1), generator=generator, device=device)
    left = torch.randint(columns - side + 1, (n, 1), generator=generator, device=device)
    y, z = torch.arange(rows, device=device), torch.arange(columns, device=device)
    inside = ((y >= top) & (y < top + side))[:, :, None] & ((z >= left) & (z < left + side))[
        :, None
    ]
    return x.masked_fill(inside[:, None], 0.473)  # the mean of all training pixels


def smaller(x: torch.Tensor, side: int) -> torch.Tensor:
    """(B, C, H, W) reduced to side × side, antialiased."""
    if x.shape[-1] == side:
        return x
    return F.interpolate(x, (side, side), mode="bilinear", antialias=True, align_corners=False)


def shuffled(x: torch.Tensor) -> torch.Tensor:
    """(B, C, 32, 32) with all pixels shuffled as the page shuffles them."""
    order = torch.from_numpy(permutation()).to(x.device)
    return x.flatten(2)[..., order].reshape(x.shape)


def mixed(
    x: torch.Tensor, targets: torch.Tensor, strength: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pairs of images (B, …) and their targets (B, 10) mixed in one proportion (Zhang et al. 2018,
    arXiv 1710.09412); it is drawn from a beta distribution with both parameters `strength`."""
    if not strength:
        return x, targets
    seed = int(torch.randint(2**31, (1,), generator=generator, device=x.device))
    rng = torch.Generator().manual_seed(seed)
    share = float(torch._sample_dirichlet(torch.tensor([strength, strength]), rng)[0])
    share = max(share, 1 - share)
    other = torch.randperm(len(x), generator=generator, device=x.device)
    return share * x + (1 - share) * x[other], share * targets + (1 - share) * targets[other]
