"""Our own synthetic fluorescence cells, with exact counts: for examples and tests, never training.

Cells are soft ellipses of about ten pixels with a little texture, some deeper in the sample and
so softer than others, on a dark uneven background, blurred by the optics and with shot and read-out
noise, as Lehmussola et al. (2007) describe for SIMCEP.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

SIDE = 256


def field(
    cells: int,
    seed: int,
    *,
    size: tuple[int, int] = (SIDE, SIDE),
    radius: float = 4.8,
    blur: float = 1.0,
    clusters: float = 0.0,
    noise: float = 2.0,
) -> tuple[np.ndarray, np.ndarray]:
    """One image (H, W, 3) uint8 with exactly `cells` cells, and their centres (n, 2) as x, y.

    clusters: the share of cells put right beside another one; blur: the optics' Gaussian in
    pixels; noise: deviation of the read-out noise in grey levels.
    """
    rng = np.random.default_rng(seed)
    rows, columns = size
    centres = place(rng, cells, size, radius, clusters)
    light = np.zeros(size)
    for x, y in centres:
        _draw(light, rng, x, y, radius)
    light = gaussian_filter(np.minimum(light, 1.4), blur)
    up, across = np.mgrid[0:rows, 0:columns] / max(size)
    ground = 28 + 22 * np.exp(-((up - rng.random()) ** 2 + (across - rng.random()) ** 2) / 0.5)
    value = ground + 170 * light
    value = value + rng.normal(0, 1, size) * np.sqrt(np.maximum(value, 0)) * 0.3
    value = value + rng.normal(0, noise, size)
    image = np.zeros((*size, 3), np.uint8)
    image[..., 2] = np.clip(value, 0, 255)
    return image, centres


def place(
    rng: np.random.Generator, cells: int, size: tuple[int, int], radius: float, clusters: float
) -> np.ndarray:
    """Centres inside the image; distances shrink only when there is no room left."""
    rows, columns = size
    centres: list[tuple[float, float]] = []
    distance = 0.9 * radius
    tries = 0
    while len(centres) < cells:
        if centres and rng.random() < clusters:
            x, y = centres[rng.integers(len(centres))]
            angle = rng.uniform(0, 2 * np.pi)
            x, y = x + 1.5 * radius * np.cos(angle), y + 1.5 * radius * np.sin(angle)
        else:
            x, y = rng.uniform(0, columns), rng.uniform(0, rows)
        inside = 0 <= x < columns and 0 <= y < rows
        known = np.array(centres) if centres else np.full((1, 2), 1e9)
        if inside and np.hypot(*(known - (x, y)).T).min() >= distance:
            centres.append((x, y))
        tries += 1
        if tries % 2000 == 0:
            distance *= 0.9
    return np.array(centres, float).reshape(-1, 2)


def empty(seed: int, kind: str = "noise", size: tuple[int, int] = (SIDE, SIDE)) -> np.ndarray:
    """A field without cells: `noise`, `gradient`, `blur` (clouds out of focus) or `black`."""
    rng = np.random.default_rng(seed)
    rows, columns = size
    value = np.zeros(size)
    if kind == "noise":
        value = rng.normal(rng.uniform(10, 60), rng.uniform(2, 10), size)
    elif kind == "gradient":
        value = np.linspace(0, rng.uniform(30, 110), columns)[None] + rng.normal(0, 2, size)
        value = np.rot90(value, rng.integers(4)) if rows == columns else value
    elif kind == "blur":
        clouds = gaussian_filter(rng.normal(0, 1, size), 32, mode="wrap")
        value = 40 + 20 * clouds / clouds.std() + rng.normal(0, 3, size)
    image = np.zeros((*size, 3), np.uint8)
    image[..., 2] = np.clip(value, 0, 255)
    return image


def _draw(light: np.ndarray, rng: np.random.Generator, x: float, y: float, radius: float) -> None:
    """Add one cell: an ellipse with a soft edge and a little texture."""
    reach = int(2 * radius) + 2
    left, top = int(x) - reach, int(y) - reach
    u, v = np.meshgrid(
        np.arange(left, left + 2 * reach + 1) - x, np.arange(top, top + 2 * reach + 1) - y
    )
    angle, a = rng.uniform(0, np.pi), radius * rng.uniform(0.8, 1.2)
    b = a * rng.uniform(0.75, 1.0)
    p, q = u * np.cos(angle) + v * np.sin(angle), v * np.cos(angle) - u * np.sin(angle)
    distance = np.sqrt((p / a) ** 2 + (q / b) ** 2)
    cell = rng.uniform(0.7, 1.1) / (1 + np.exp((distance - 1) * rng.uniform(4, 8)))
    cell *= 1 + 0.15 * gaussian_filter(rng.normal(0, 1, cell.shape), 1.5)
    rows, columns = light.shape
    t, le = max(0, top), max(0, left)
    bottom, right = min(rows, top + cell.shape[0]), min(columns, left + cell.shape[1])
    if bottom > t and right > le:
        light[t:bottom, le:right] += cell[t - top : bottom - top, le - left : right - left]
