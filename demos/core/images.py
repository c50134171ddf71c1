"""Pictures from anywhere: decoded safely, turned upright, converted to 8-bit RGB, every step noted.

Nothing is guessed silently: `Picture.notes` names every conversion. Sizes are never changed.
"""

from __future__ import annotations

import base64
import io
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from demos.core.errors import UserError

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 24_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
ORIENTATION_TAG = 0x0112
ODD = 0.005  # the share of a margin's pixels that may differ by more: dust, JPEG
FLAT = 10  # grey levels: a margin's pixels differ by less
FOR, AGAINST = (230, 159, 0), (86, 180, 233)  # what speaks for an answer, and what against it

# Pillow registers TIFF and WebP only on demand, which `formats` below does not count as.
Image.init()
# A second defence behind the check of the header: Pillow itself refuses at twice this number.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture: `rgb` is (height, width, 3) uint8; `notes` says what was converted."""

    rgb: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]


def decode(path: str | Path | None, *, background: int = 255) -> Picture:
    """Read a picture file of any mode, depth, orientation and size within the limits.

    Transparent parts are placed on a grey `background` (0-255). Raises UserError with one sentence.
    """
    if path is None:
        raise UserError("There is no picture yet: choose an example or upload one.")
    path = Path(path)
    if not path.is_file():
        # Uploads are deleted after a while, and a page may stay open for longer.
        raise UserError("This picture is no longer on the server: please upload it again.")
    if path.stat().st_size > MAX_BYTES:
        raise UserError(
            f"This file is {path.stat().st_size / 2**20:.1f} MB; "
            f"at most {MAX_BYTES // 2**20} MB are accepted, so please make it smaller."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as image:
                _check_size(image.size)
                notes = _depth_note(image)
                image.load()
                return _convert(image, background, notes)
    except UserError:
        raise
    except Image.DecompressionBombError as error:
        # Its text carries the number: the header was read, nothing was decoded.
        raise UserError(_too_many_pixels(int(re.findall(r"\d+", str(error))[0]))) from error
    except Exception as error:  # Pillow's decoders raise nearly anything on damaged files
        raise UserError(
            "This file could not be read as a picture: it is damaged, cut off, or not a PNG, "
            "JPEG, WebP, GIF, BMP or TIFF."
        ) from error


def _check_size(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise UserError(_too_many_pixels(size[0] * size[1]))


def _too_many_pixels(found: int) -> str:
    return (
        f"This picture has {found / 1e6:.1f} megapixels; at most {MAX_PIXELS // 10**6} are "
        f"accepted, so please make it smaller."
    )


def _depth_note(image: Image.Image) -> list[str]:
    """Says what Pillow does silently while it loads: 16-bit colours become 8-bit ones."""
    raw = {str(a) for t in image.tile for a in (t[3] if isinstance(t[3], tuple) else (t[3],))}
    deep = any(re.fullmatch(r"\w+;16[BLN]?", mode) for mode in raw)
    if deep and not image.mode.startswith("I"):
        return ["16-bit colours reduced to 8 bits"]
    return []


def _convert(image: Image.Image, background: int, notes: list[str]) -> Picture:
    if getattr(image, "n_frames", 1) > 1:
        notes.append(f"first of {image.n_frames} frames")
    if image.getexif().get(ORIENTATION_TAG, 1) != 1:
        image = ImageOps.exif_transpose(image)
        notes.append("turned upright, as its orientation tag says")
    if image.mode.startswith(("I", "F")):
        image, note = _to_8_bit(image)
        notes.append(note)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        if image.getextrema()[3][0] < 255:
            ground = Image.new("RGBA", image.size, (background, background, background, 255))
            image = Image.alpha_composite(ground, image)
            notes.append(f"transparent parts placed on {_shade(background)}")
    elif image.mode not in ("RGB", "L", "1", "P"):
        notes.append(f"converted from {image.mode} to RGB")
    return Picture(np.asarray(image.convert("RGB")), tuple(notes))


def _to_8_bit(image: Image.Image) -> tuple[Image.Image, str]:
    """16-bit, 32-bit and floating-point greys to 8 bits by a rule that the note names."""
    values = np.asarray(image, dtype=np.float64)
    if not np.isfinite(values).all():
        raise UserError("This picture has values that are not numbers, so it cannot be shown.")
    low, high = float(values.min()), float(values.max())
    if image.mode.startswith("F"):
        if low >= 0 and high <= 1:
            scale, note = 255.0, "floating-point values 0–1 converted to 8 bits"
        else:
            values, scale = values - low, 255.0 / max(high - low, 1e-12)
            note = f"floating-point values {low:.4g}–{high:.4g} spread over 8 bits"
    elif low < 0 or high >= 2**16:
        values, scale = values - low, 255.0 / max(high - low, 1.0)
        note = f"values {low:.0f}–{high:.0f} spread over 8 bits"
    else:
        # Cameras store 10, 12 or 14 bits in 16: the smallest depth that holds the maximum.
        bits = next(b for b in (8, 10, 12, 14, 16) if high < 2**b)
        scale = 255.0 / (2**bits - 1)
        note = f"16-bit grey, read as {bits} bits because its largest value is {high:.0f}"
    return Image.fromarray(np.round(values * scale).clip(0, 255).astype(np.uint8)), note


def _shade(value: int) -> str:
    return {0: "black", 255: "white"}.get(value, f"grey {value}")


def content(rgb: np.ndarray, margins: int = 2) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of a picture without its margin of one colour, or without two of
    them, one inside the other: black ground without any light inside a white margin, say.

    A row or column belongs to the margin while nearly all of its pixels have the corner's colour
    exactly; JPEG blurs the inner edge of a margin, so where there is one, the nearly flat part
    goes too.
    """
    box = (0, 0, rgb.shape[1], rgb.shape[0])
    for _ in range(margins):
        left, top, right, bottom = box
        spread = np.ptp(np.percentile(rgb[top:bottom:2, left:right:2].max(-1), (1, 99.9)))
        corners = [rgb[y, x] for y in (top, bottom - 1) for x in (left, right - 1)]
        for corner in corners:
            exact = _cut(rgb, box, corner, 1)
            if exact != box:
                box = _cut(rgb, exact, corner, min(FLAT, 0.04 * spread + 1))
    return box


def _cut(
    rgb: np.ndarray, box: tuple[int, int, int, int], colour: np.ndarray, flat: float
) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    part = rgb[top:bottom, left:right]
    if not any(_odd(side, colour, flat) < ODD for side in _sides(part)):
        return box
    odd = np.abs(part - colour.astype(np.int16)).max(-1) > flat
    inside, beside = np.flatnonzero(odd.mean(1) > ODD), np.flatnonzero(odd.mean(0) > ODD)
    if min(inside.size, beside.size) < 16:
        return box
    return (
        left + int(beside[0]),
        top + int(inside[0]),
        left + int(beside[-1]) + 1,
        top + int(inside[-1]) + 1,
    )


def _sides(part: np.ndarray) -> tuple[np.ndarray, ...]:
    return part[0], part[-1], part[:, 0], part[:, -1]


def _odd(line: np.ndarray, colour: np.ndarray, flat: float) -> float:
    """The share of a row's or column's pixels (n, 3) that are not of one colour."""
    return float((np.abs(line - colour.astype(np.int16)).max(-1) > flat).mean())


def overlay(
    rgb: np.ndarray, share: np.ndarray, colour: tuple[int, int, int] = (255, 200, 80)
) -> np.ndarray:
    """A picture (rows, columns, 3) uint8 with a colour laid over it, as strongly as `share`
    (rows, columns) in 0-1 says."""
    part = share[..., None].astype(np.float32)
    return (rgb * (1 - part) + np.array(colour, np.float32) * part).astype(np.uint8)


def shrunk(rgb: np.ndarray, most: int) -> np.ndarray:
    """A picture (rows, columns, 3) uint8 with no side longer than `most` pixels."""
    image = Image.fromarray(rgb)
    image.thumbnail((most, most))
    return np.asarray(image)


def greyed(rgb: np.ndarray) -> np.ndarray:
    """A picture (rows, columns, 3) uint8 without colour and pale, to lay colours over."""
    return np.repeat((rgb.mean(2, keepdims=True) * 0.55 + 40).astype(np.uint8), 3, 2)


def tinted(rgb: np.ndarray, values: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """A picture (rows, columns, 3) uint8 with a colour where values (rows, columns) are positive,
    strongest at 1."""
    return overlay(rgb, 0.85 * np.clip(values, 0, 1), colour)


def encode(rgb: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    """A picture (rows, columns, 3) uint8 as the bytes of a file."""
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, kind, **options)
    return buffer.getvalue()


def data_uri(rgb: np.ndarray, quality: int = 90, lossless: bool = False) -> str:
    """A picture as a `data:` address (WebP)."""
    content = encode(rgb, "WEBP", quality=quality, lossless=lossless)
    return "data:image/webp;base64," + base64.b64encode(content).decode()
