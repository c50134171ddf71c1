"""The network: it knows nothing of files, pages or training."""

from torch import nn

GRAINS, SIDE = ("fine", "coarse"), 8


def build(hidden: int) -> nn.Sequential:
    """(B, 8, 8) pixels of any brightness and contrast to (B, 2) logits."""
    standardise = nn.LayerNorm(SIDE * SIDE, elementwise_affine=False)
    layers = nn.Linear(SIDE * SIDE, hidden), nn.ReLU(), nn.Linear(hidden, len(GRAINS))
    return nn.Sequential(nn.Flatten(), standardise, *layers)
