"""Halving, bicubic enlargement, brightness and the measures: the same in training and on the page.

Pictures are (rows, columns, 3) uint8. Brightness is the Y of BT.601 in full range, 0-255: for a
grey picture its values. What papers print is measured on Y in 16-235, which is 219 / 255 as wide.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

SCALE = 2
BORDER = 2  # pixels that are left out of every measure, as in the papers
WEIGHTS = np.array((65.481, 128.553, 24.966), np.float32) / np.float32(219)
STUDIO = 219 / 255
SSIM = {"sigma": 1.5, "truncate": 10 / 3}  # a window of 11 × 11 pixels


def cut(rgb: np.ndarray, by: int = SCALE) -> np.ndarray:
    """Without the last rows and columns where their number is not divisible by `by`."""
    rows, columns = (n - n % by for n in rgb.shape[:2])
    return rgb[:rows, :columns]


def resized(rgb: np.ndarray, columns: int, rows: int) -> np.ndarray:
    """Bicubic, antialiased where it shrinks (a = −0.5, as MATLAB's imresize), rounded to 8 bits."""
    return np.asarray(Image.fromarray(rgb).resize((columns, rows), Image.Resampling.BICUBIC))


def halved(rgb: np.ndarray, by: int = SCALE) -> np.ndarray:
    """A picture at half of its size, which is even, or at a `by`-th."""
    return resized(rgb, rgb.shape[1] // by, rgb.shape[0] // by)


def doubled(rgb: np.ndarray, by: int = SCALE) -> np.ndarray:
    """A picture at twice its size, or `by` times."""
    return resized(rgb, rgb.shape[1] * by, rgb.shape[0] * by)


def projected(rgb: np.ndarray, small: np.ndarray, steps: int) -> np.ndarray:
    """Back-projection (Irani & Peleg 1991): what the small picture has beyond the shrunk large one
    is enlarged and added, `steps` times."""
    values = rgb.astype(np.float32)
    for _ in range(steps):
        shown = np.clip(np.rint(values), 0, 255).astype(np.uint8)
        missing = small.astype(np.float32) - resized(shown, small.shape[1], small.shape[0])
        size = (values.shape[1], values.shape[0])
        for channel in range(3):
            part = Image.fromarray(np.ascontiguousarray(missing[..., channel]))
            values[..., channel] += np.asarray(part.resize(size, Image.Resampling.BICUBIC))
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def brightness(rgb: np.ndarray) -> np.ndarray:
    """Y in full range, (..., 3) uint8 to (...) float32, 0-255."""
    return rgb.astype(np.float32) @ WEIGHTS


def measured(rgb: np.ndarray, single: bool = False) -> np.ndarray:
    """Y as papers measure it, (rows, columns) float64 without the border: 16-235, or the values of
    a file with a `single` channel as they are."""
    y = brightness(rgb).astype(np.float64)
    return _inside(y if single else 16 + STUDIO * y)


def psnr(found: np.ndarray, true: np.ndarray, single: bool = False) -> float:
    """Peak signal-to-noise ratio on Y in dB; 100 for equal pictures."""
    error = float(((measured(found, single) - measured(true, single)) ** 2).mean())
    return min(100.0, 10 * float(np.log10(255**2 / max(error, 1e-12))))


def ssim(found: np.ndarray, true: np.ndarray, single: bool = False) -> float:
    """Structural similarity on Y (Wang et al. 2004), 0-1, over windows that lie inside."""
    a, b = measured(found, single), measured(true, single)
    mean_a, mean_b, aa, bb, ab = (gaussian_filter(x, **SSIM) for x in (a, b, a * a, b * b, a * b))
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    cross, spread = ab - mean_a * mean_b, aa - mean_a**2 + bb - mean_b**2
    map_ = (2 * mean_a * mean_b + c1) * (2 * cross + c2)
    map_ /= (mean_a**2 + mean_b**2 + c1) * (spread + c2)
    inside = map_[5:-5, 5:-5]
    return float((inside if inside.size else map_).mean())


def consistency(rgb: np.ndarray, small: np.ndarray) -> float:
    """The mean distance in grey levels between a large picture shrunk again and the small one."""
    again = resized(rgb, small.shape[1], small.shape[0])
    return float(np.abs(again.astype(np.int16) - small).mean())


def _inside(y: np.ndarray) -> np.ndarray:
    rows, columns = y.shape
    if min(rows, columns) <= 2 * BORDER:
        return y
    return y[BORDER : rows - BORDER, BORDER : columns - BORDER]
