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
    density: (rows, columns) float32 cells per map pixel with sum `count`, or None from a method
    that paints no map; one map pixel is `pixel` × `pixel` image pixels, and the map's corner lies
    at `origin` (x, y) in the image.
    positions: (n, 2) float32 x, y in image pixels, or None from a network that only gives a number.
    interval: 90 % interval of the count from held-out residuals, or None.
    diameter: of the cells in image pixels as the method took it, or None if it needs none.
    notes: what was done to the picture, in words.
    """

    count: float
    size: tuple[int, int]
    density: np.ndarray | None = None
    pixel: float = 1.0
    origin: tuple[float, float] = (0.0, 0.0)
    positions: np.ndarray | None = None
    interval: tuple[float, float] | None = None
    diameter: float | None = None
    notes: tuple[str, ...] = ()
    familiarity: Familiarity | None = None

    def inside(self, left: float, top: float, right: float, bottom: float) -> float:
        """The count inside a box given in image pixels; needs a density. Map pixels on the border
        count by the share of them that lies inside."""
        (x, y), (rows, columns) = self.origin, self.density.shape
        rows = _overlap(top - y, bottom - y, rows, self.pixel)
        columns = _overlap(left - x, right - x, columns, self.pixel)
        return float(rows @ self.density @ columns)

    def to_json(self) -> dict[str, Any]:
        """Plain types for the API: positions as [x, y] in image pixels, rounded to 0.1."""
        found = self.positions
        return {
            "count": round(self.count, 2),
            "interval_90": [round(v, 1) for v in self.interval] if self.interval else None,
            "diameter": None if self.diameter is None else round(self.diameter, 1),
            "width": self.size[0],
            "height": self.size[1],
            "notes": list(self.notes),
            "positions": None if found is None else np.round(found.astype(float), 1).tolist(),
        }


class CellCountAnswer(ApiAnswer):
    """What the endpoint answers."""

    count: float = Field(description="cells in the image")
    interval_90: tuple[float, float] | None = Field(
        description="90 % interval of the count from held-out residuals, if there is one; null for "
        "an unfamiliar picture"
    )
    diameter: float | None = Field(
        description="of the cells in pixels, as given or estimated; null if the variant does not "
        "use it"
    )
    width: int = Field(description="of the image in pixels")
    height: int = Field(description="of the image in pixels")
    notes: list[str] = Field(description="what was done to the picture, in words")
    positions: list[tuple[float, float]] | None = Field(
        description="x and y of each cell in pixels; null from a network that cannot say where"
    )


def _overlap(start: float, end: float, length: int, pixel: float) -> np.ndarray:
    edges = np.arange(length + 1) * pixel
    inside = np.minimum(edges[1:], max(start, end)) - np.maximum(edges[:-1], min(start, end))
    return (np.clip(inside, 0, pixel) / pixel).astype(np.float32)
