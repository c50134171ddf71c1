"""Muon: momentum whose matrices are made orthogonal before each step (Jordan et al. 2024).

Each convolution's kernel is taken as a matrix, outputs × (inputs · height · width). A step then
moves all directions of it alike, also those whose gradients are small, and the little net learns
in a few minutes what takes Adam several times as long. Biases are left to Adam.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

# Five steps of Newton and Schulz with these coefficients bring singular values near 1.
COEFFICIENTS, STEPS = (3.4445, -4.7750, 2.0315), 5


class Muon(torch.optim.Optimizer):
    """One optimiser over two groups: kernels by Muon at `rate`, all else by Adam at `adam`.

    momentum: of the kernels' gradients. betas and epsilon are Adam's.
    """

    def __init__(
        self, net: nn.Module, rate: float, adam: float = 2e-3, momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.99), epsilon: float = 1e-8,
    ):  # fmt: skip
        trained = [p for p in net.parameters() if p.requires_grad]
        groups = [
            {"params": [p for p in trained if p.ndim > 1], "lr": rate, "kernels": True},
            {"params": [p for p in trained if p.ndim <= 1], "lr": adam, "kernels": False},
        ]
        super().__init__(groups, {"momentum": momentum, "betas": betas, "epsilon": epsilon})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:
        """One step on all parameters that have a gradient."""
        for group in self.param_groups:
            for p in (p for p in group["params"] if p.grad is not None):
                change = self._kernel(p, group) if group["kernels"] else self._adam(p, group)
                p.add_(change, alpha=-group["lr"])

    def _kernel(self, p: torch.Tensor, group: dict) -> torch.Tensor:
        state = self.state[p]
        kept = state.setdefault("momentum", torch.zeros_like(p))
        kept.lerp_(p.grad, 1 - group["momentum"])
        matrix = p.grad.lerp(kept, group["momentum"]).flatten(1)
        rows, columns = matrix.shape
        return orthogonal(matrix).view_as(p) * max(1.0, rows / columns) ** 0.5

    def _adam(self, p: torch.Tensor, group: dict) -> torch.Tensor:
        state, (first, second) = self.state[p], group["betas"]
        if not state:
            state |= {"step": 0, "mean": torch.zeros_like(p), "square": torch.zeros_like(p)}
        state["step"] += 1
        state["mean"].lerp_(p.grad, 1 - first)
        state["square"].lerp_(p.grad.square(), 1 - second)
        square = state["square"] / (1 - second ** state["step"])
        return state["mean"] / (1 - first ** state["step"]) / (square.sqrt() + group["epsilon"])


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """The nearest matrix with orthonormal rows or columns, roughly: singular values 0.7 to 1.2."""
    a, b, c = COEFFICIENTS
    wide = matrix.shape[0] <= matrix.shape[1]
    x = matrix if wide else matrix.T
    x = x / (x.norm() + 1e-7)
    for _ in range(STEPS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x if wide else x.T
