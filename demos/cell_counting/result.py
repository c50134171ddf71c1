"""What a count is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from demos.core.api import ApiAnswer
from demos.core.familiarity import Familiarity


@dataclass(frozen=True, eq=False)
class CellCount:
    """The count of one image, and where the cells are if the network says so.

    count: cells, a real number. size: (width, height) of the image in pixels.
    density: (rows, columns) float32 cells per map pixel with sum `count`, or None from a network
    that only gives a number; one map pixel is `fold` × `fold` image pixels.
    positions: (n, 2) float32 x, y in image pixels, the local maxima of the density.
    interval: 90 % interval of the count from cross-validated residuals, or None.
    """

    count: float
    size: tuple[int, int]
    density: np.ndarray | None = None
    fold: int = 1
    positions: np.ndarray | None = None
    interval: tuple[float, float] | None = None
    familiarity: Familiarity | None = None

    def inside(self, left: float, top: float, right: float, bottom: float) -> float:
        """The count inside a box given in image pixels; needs a density. Map pixels on the border
        count by the share of them that lies inside."""
        rows = _overlap(top, bottom, self.density.shape[0], self.fold)
        columns = _overlap(left, right, self.density.shape[1], self.fold)
        return float(rows @ self.density @ columns)

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API: positions as [x, y] in image pixels, rounded to 0.1."""
        found = self.positions
        return {
            "count": round(self.count, 2),
            "interval_90": [round(v, 1) for v in self.interval] if self.interval else None,
            "width": self.size[0],
            "height": self.size[1],
            "positions": None if found is None else np.round(found.astype(float), 1).tolist(),
        }


class CellCountAnswer(ApiAnswer):
    """What the endpoint answers."""

    count: float = Field(description="cells in the image")
    interval_90: tuple[float, float] | None = Field(
        description="90 % interval of the count from cross-validated residuals, if there is one"
    )
    width: int = Field(description="of the image in pixels")
    height: int = Field(description="of the image in pixels")
    positions: list[tuple[float, float]] | None = Field(
        description="x and y of each cell in pixels; null from a network that cannot say where"
    )


def _overlap(start: float, end: float, length: int, fold: int) -> np.ndarray:
    edges = np.arange(length + 1) * fold
    inside = np.minimum(edges[1:], max(start, end)) - np.maximum(edges[:-1], min(start, end))
    return (np.clip(inside, 0, fold) / fold).astype(np.float32)
