"""What every recipe of a training says; a demo's own recipe extends it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is trained.

    rate: the highest learning rate; decay: weight decay; average: decay of the weights' moving
    average (None without one); chosen_on: what the recipe was chosen on, and notes: how training
    went, both in words for the card.
    """

    epochs: int
    batch: int
    rate: float
    decay: float = 0.0
    average: float | None = None
    chosen_on: str = "nothing: the recipe was fixed beforehand"
    notes: str = ""
