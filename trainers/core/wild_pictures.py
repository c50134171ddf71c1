"""Changes to a picture that must not change its answer, by kind.

Pictures are (H, W, 3) uint8 arrays; what changes their size returns another one. A demo lists the
kinds that are harmless for it: `of("exposure", "jpeg")`.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from trainers.core.wild import Change

Picture = np.ndarray


def exposed(rgb: Picture, factor: float) -> Picture:
    """All light times `factor`; what gets brighter than white is white."""
    return _rounded(rgb.astype(np.float32) * factor)


def over_ground(rgb: Picture, level: float, slope: float, angle: float) -> Picture:
    """Stray light added: `level` grey levels, rising by `slope` across in direction `angle`."""
    rows, columns = rgb.shape[:2]
    y, x = np.meshgrid(np.linspace(-0.5, 0.5, rows), np.linspace(-0.5, 0.5, columns), indexing="ij")
    light = level + slope * (x * np.cos(angle) + y * np.sin(angle))
    return _rounded(rgb + np.maximum(light, 0)[..., None])


def curved(rgb: Picture, gamma: float) -> Picture:
    """The contrast curve (v / 255) ** gamma."""
    return _rounded(255 * (rgb / np.float32(255)) ** gamma)


def magnified(rgb: Picture, factor: float) -> Picture:
    """Enlarged or reduced as an image viewer does it (bicubic, antialiased)."""
    rows, columns = (max(8, round(n * factor)) for n in rgb.shape[:2])
    return np.asarray(Image.fromarray(rgb).resize((columns, rows), Image.Resampling.BICUBIC))


def framed(rgb: Picture, share: float, colour: tuple[int, int, int]) -> Picture:
    """With a margin of one colour, `share` of the width on every side."""
    wide = max(1, round(share * rgb.shape[1]))
    rows, columns = rgb.shape[:2]
    out = np.empty((rows + 2 * wide, columns + 2 * wide, 3), np.uint8)
    out[:] = colour
    out[wide : wide + rows, wide : wide + columns] = rgb
    return out


def noisy(rgb: Picture, sd: float, rng: np.random.Generator) -> Picture:
    """Gaussian noise of `sd` grey levels, the same in all channels that are not empty."""
    noise = rng.normal(0, sd, rgb.shape[:2]).astype(np.float32)[..., None]
    return _rounded(rgb + noise * rgb.any((0, 1)))


def compressed(rgb: Picture, quality: int) -> Picture:
    """Saved as JPEG and read again."""
    held = io.BytesIO()
    Image.fromarray(rgb).save(held, "JPEG", quality=quality)
    return np.asarray(Image.open(held).convert("RGB"))


def blurred(rgb: Picture, sigma: float) -> Picture:
    """Out of focus: a Gaussian of `sigma` pixels."""
    return _rounded(gaussian_filter(rgb.astype(np.float32), (sigma, sigma, 0)))


def channels_as(rgb: Picture, order: tuple[int, int, int]) -> Picture:
    """With its colour channels swapped: (2, 0, 1) shows blue as red."""
    return np.ascontiguousarray(rgb[..., list(order)])


def as_grey(rgb: Picture) -> Picture:
    """The brightest channel in all three."""
    return np.repeat(rgb.max(-1, keepdims=True), 3, 2)


def labelled(rgb: Picture, text: str = "50 µm", caption: str = "DAPI, 20x") -> Picture:
    """With a white scale bar and its length at the lower right, a caption at the upper left."""
    rows, columns = rgb.shape[:2]
    image = Image.fromarray(rgb.copy())
    draw = ImageDraw.Draw(image)
    unit = max(9, round(min(rows, columns) / 18))
    font = ImageFont.load_default(unit)
    right, below = columns - unit // 2, rows - unit // 2
    wide, high = columns // 5, max(2, unit // 4)
    white = (255, 255, 255)
    draw.rectangle((right - wide, below - high, right, below), fill=white)
    draw.text((right - wide // 2, below - high - 2), text, fill=white, font=font, anchor="mb")
    draw.text((unit // 2, unit // 2), caption, fill=white, font=font, anchor="lt")
    return np.asarray(image)


def turned(rgb: Picture, degrees: float) -> Picture:
    """Turned as a whole; the corners that come in are black."""
    image = Image.fromarray(rgb)
    return np.asarray(image.rotate(degrees, Image.Resampling.BICUBIC, expand=True))


def _rounded(values: np.ndarray) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _fixed(function: Callable[..., Picture], *given: object) -> Callable:
    return lambda rgb, rng: function(rgb, *given)


CHANGES: tuple[Change[Picture], ...] = (
    Change("exposure", "half as bright", "strong", _fixed(exposed, 0.5)),
    Change("exposure", "a third darker", "moderate", _fixed(exposed, 2 / 3)),
    Change("exposure", "half as bright again", "moderate", _fixed(exposed, 1.5)),
    Change("exposure", "twice as bright", "strong", _fixed(exposed, 2.0)),
    Change(
        "background", "20 grey levels of stray light", "moderate", _fixed(over_ground, 20, 0, 0)
    ),
    Change(
        "background", "stray light that rises by 60 grey levels", "strong",
        lambda rgb, rng: over_ground(rgb, 30, 60, rng.uniform(0, 2 * np.pi)),
    ),
    Change("contrast", "gamma 0.7", "strong", _fixed(curved, 0.7)),
    Change("contrast", "gamma 0.85", "moderate", _fixed(curved, 0.85)),
    Change("contrast", "gamma 1.2", "moderate", _fixed(curved, 1.2)),
    Change("contrast", "gamma 1.4", "strong", _fixed(curved, 1.4)),
    Change("size", "50 %", "strong", _fixed(magnified, 0.5)),
    Change("size", "75 %", "moderate", _fixed(magnified, 0.75)),
    Change("size", "150 %", "moderate", _fixed(magnified, 1.5)),
    Change("size", "200 %", "strong", _fixed(magnified, 2.0)),
    Change("size", "300 %", "strong", _fixed(magnified, 3.0)),
    Change("margin", "a thin black frame", "moderate", _fixed(framed, 0.03, (0, 0, 0))),
    Change("margin", "a white margin of a third", "strong", _fixed(framed, 1 / 3, (255,) * 3)),
    Change("margin", "a grey margin of a third", "strong", _fixed(framed, 1 / 3, (128,) * 3)),
    Change(
        "margin", "a margin of any colour", "strong",
        lambda rgb, rng: framed(
            rgb, rng.uniform(0.02, 1 / 3), tuple(int(v) for v in rng.integers(0, 256, 3))
        ),
    ),
    Change("noise", "noise of 5 grey levels", "moderate", lambda rgb, rng: noisy(rgb, 5, rng)),
    Change("noise", "noise of 15 grey levels", "strong", lambda rgb, rng: noisy(rgb, 15, rng)),
    Change("jpeg", "JPEG of quality 80", "moderate", _fixed(compressed, 80)),
    Change("jpeg", "JPEG of quality 50", "strong", _fixed(compressed, 50)),
    Change("blur", "a blur of 0.7 pixels", "moderate", _fixed(blurred, 0.7)),
    Change("blur", "a blur of 1.5 pixels", "strong", _fixed(blurred, 1.5)),
    Change("colour", "in grey", "moderate", _fixed(as_grey)),
    Change("colour", "channels exchanged", "strong", _fixed(channels_as, (2, 0, 1))),
    Change("label", "a scale bar and a caption", "moderate", _fixed(labelled)),
    Change("rotation", "turned by 5 degrees", "moderate", _fixed(turned, 5.0)),
    Change("rotation", "turned by 15 degrees", "strong", _fixed(turned, 15.0)),
)  # fmt: skip


def of(*kinds: str) -> tuple[Change[Picture], ...]:
    """The changes of these kinds; KeyError for a kind that there is none of."""
    unknown = set(kinds) - {change.kind for change in CHANGES}
    if unknown:
        raise KeyError(f"no changes of kind {', '.join(sorted(unknown))}")
    return tuple(change for change in CHANGES if change.kind in kinds)
