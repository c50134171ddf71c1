"""From a visitor's picture to the one picture that the network knows.

Microscope pictures come in any brightness, size and colour, with margins, labels and scale bars.
All of that is undone here, in this order: the margin is cut, one intensity is made of the
channels, labels are painted over, the background is subtracted; then the picture is brought to one
diameter of cells and one contrast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from demos.cell_counting.plain import otsu
from demos.core import images

DIAMETER = 12.0  # of the synthetic cells, in pixels
SMALL, LARGE = 9.6, 18.0  # the network's cells: touching ones need the pixels between them
LEVEL = 0.353  # the mean intensity that the cells of the synthetic pool have above their ground
RIDGE = 1e-9 * np.eye(6)  # a picture of a few pixels does not determine a quadratic
INVERTED = 0.7  # a brighter part than this of a picture is the ground, not its cells


@dataclass(frozen=True, eq=False)
class View:
    """One intensity per pixel, cells bright on a background of 0.

    value: (h, w) float32, 0-1 and below where the ground is dark; box: (left, top, right, bottom)
    of the part of the picture that it covers, without a margin; inverted: cells were dark;
    labels: share of the pixels that were painted over.
    """

    value: np.ndarray
    box: tuple[int, int, int, int]
    inverted: bool
    labels: float


def view(rgb: np.ndarray) -> View:
    """The (H, W, 3) uint8 picture as intensity: margin, labels and ground taken away."""
    left, top, right, bottom = box = images.content(rgb)
    rgb = rgb[top:bottom, left:right]
    value = rgb.max(-1).astype(np.float32) / 255
    small = _thumbnail(value, 256)
    inverted = bool((small > otsu(small)).mean() > INVERTED)
    if inverted:
        value = 1 - rgb.mean(-1, dtype=np.float32) / 255
    value, labels = without_labels(value)
    return View(value - ground(value), box, inverted, labels)


def without_labels(value: np.ndarray) -> tuple[np.ndarray, float]:
    """Paint over a scale bar and what is written in its colour; (H, W) and the share painted.

    A bar is a rectangle of one value, the picture's brightest, and far wider than high: no cell
    is. Letters in its colour have its value in them and end abruptly.
    """
    low, high = float(np.median(value)), float(value.max())
    if high - low < 0.1:
        return value, 0.0
    found, n = ndimage.label(value > low + 0.6 * (high - low), np.ones((3, 3)))
    if not n:
        return value, 0.0
    boxes = ndimage.find_objects(found)
    bars = [k + 1 for k, place in enumerate(boxes) if _is_bar(value[place], high)]
    if not bars:
        return value, 0.0
    tops = ndimage.maximum(value, found, range(1, n + 1))
    soft = ndimage.minimum_filter(value, 5)
    sharp = ndimage.mean(value - soft > 0.6 * (high - low), found, range(1, n + 1))
    ink = (np.asarray(tops) > high - 0.1 * (high - low)) & (np.asarray(sharp) > 0.5)
    ink[np.array(bars) - 1] = True
    mask = ndimage.binary_dilation(np.concatenate([[False], ink])[found], iterations=2)
    weight = ndimage.gaussian_filter((~mask).astype(np.float32), 5.0)
    around = ndimage.gaussian_filter(np.where(mask, 0, value), 5.0) / np.maximum(weight, 1e-3)
    return np.where(mask, around, value).astype(np.float32), float(mask.mean())


def _is_bar(part: np.ndarray, high: float) -> bool:
    rows, columns = part.shape
    return columns >= 12 and columns >= 3 * rows and float((part > high - 0.03).mean()) > 0.97


def ground(value: np.ndarray) -> np.ndarray:
    """A smooth surface under the cells, (H, W): a quadratic that few pixels lie below.

    Asymmetric least squares (Eilers & Boelens 2005) on a thumbnail: what lies above counts little.
    """
    small = _thumbnail(value, 48)
    basis = _quadratic(*small.shape).reshape(-1, 6)
    target = small.ravel().astype(float)
    fitted = np.full(target.shape, np.quantile(target, 0.3))
    for _ in range(12):
        weighted = basis * np.where(target > fitted, 0.03, 1.0)[:, None]
        solved = np.linalg.solve(weighted.T @ basis + RIDGE, weighted.T @ target)
        fitted = basis @ solved
    return (_quadratic(*value.shape) @ solved).astype(np.float32)


def _quadratic(rows: int, columns: int) -> np.ndarray:
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1)


def _thumbnail(value: np.ndarray, side: int) -> np.ndarray:
    return resized(value, min(1.0, side / max(value.shape)))


def resized(value: np.ndarray, scale: float) -> np.ndarray:
    """(H, W) float32 enlarged by `scale`, antialiased where it shrinks."""
    if scale == 1:
        return value
    rows, columns = (max(8, round(n * scale)) for n in value.shape)
    return stretched(value, (columns, rows))


def stretched(value: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W) float32 brought to `size` (width, height), antialiased where it shrinks."""
    image = Image.fromarray(np.ascontiguousarray(value, np.float32), mode="F")
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC))


def smoothed(value: np.ndarray) -> np.ndarray:
    """A canonical picture without its finest grain."""
    return ndimage.gaussian_filter(value, 1.0)


def scale_of(diameter: float, large: float = LARGE) -> float:
    """How much a picture with cells of this diameter is enlarged for the network, to have none
    above `large` pixels."""
    if diameter < SMALL:
        return DIAMETER / diameter
    return min(1.0, large / diameter)


def contrast(value: np.ndarray) -> float:
    """How far the cells of a canonical picture lie above its ground; never below its noise."""
    smooth = smoothed(value)
    above = smooth[smooth > otsu(smooth)]
    level = float(above.mean()) if above.size else 0.0
    return max(level, 6 * noise(value), 0.02)


def noise(value: np.ndarray) -> float:
    """The deviation of a picture's noise, from differences that slopes cancel in."""
    fine = value[1:, 1:] - value[1:, :-1] - value[:-1, 1:] + value[:-1, :-1]
    return float(1.4826 * np.median(np.abs(fine)) / 2)


def network_input(value: np.ndarray) -> np.ndarray:
    """A canonical picture (H, W) as the network's two channels (2, H, W) float32.

    The first is linear and has the range that the synthetic pool has, the second logarithmic, so
    that faint cells beside bright ones are seen.
    """
    share = value / contrast(value)
    linear = (LEVEL * np.clip(share, 0, 4) - 0.449) / 0.226
    faint = np.log1p(np.clip(share, 0, 8) * 12) / np.log(13) - 0.5
    return np.stack([linear, faint]).astype(np.float32)
