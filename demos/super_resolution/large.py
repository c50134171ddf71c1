"""Pictures of a visitor's own at twice or four times the size: files in, files out, nothing lost.

Transparency, orientation, colour profile and grey are kept. Nothing here knows Gradio.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps
from scipy.ndimage import distance_transform_edt

from demos.core import images
from demos.core.errors import UserError
from demos.super_resolution.scale import SCALE, doubled

if TYPE_CHECKING:
    from demos.super_resolution.predict import Predictor

FACTORS = (2, 4)
MOST = {2: 4_000_000, 4: 1_500_000}  # pixels of a picture that is enlarged so many times
ORIENTATION = 0x0112
COLOUR = ("RGB", "RGBA", "P", "PA", "L", "LA", "1")  # modes whose profile stays true in RGB


@dataclass(frozen=True, eq=False)
class Original:
    """A visitor's picture, upright: rgb (rows, columns, 3) uint8; alpha (rows, columns) uint8 or
    None; whether it is grey; colour profile and EXIF data as bytes, or None; what was converted."""

    rgb: np.ndarray
    alpha: np.ndarray | None = None
    grey: bool = False
    profile: bytes | None = None
    exif: bytes | None = None
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.rgb.shape[1], self.rgb.shape[0]


def read(path: str | Path) -> Original:
    """A picture file with all that is kept of it. Raises UserError with one sentence."""
    picture = images.decode(path)  # checks, and what Pillow does not convert by itself
    with Image.open(path, formats=images.FORMATS) as image:
        image.load()
        exif = image.getexif()
        exif.pop(ORIENTATION, None)  # the pixels are turned instead
        profile = image.info.get("icc_profile") if image.mode in COLOUR else None
        upright = ImageOps.exif_transpose(image)
        grey = image.mode in ("1", "L", "LA", "I", "F") or image.mode.startswith("I;")
        rgb, alpha = picture.rgb, None
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            values = np.asarray(upright.convert("RGBA"))
            if values[..., 3].min() < 255:
                rgb, alpha = spread(values), np.ascontiguousarray(values[..., 3])
        notes = tuple(n for n in picture.notes if not n.startswith("transparent"))
        return Original(rgb, alpha, grey, profile, exif.tobytes() if len(exif) else None, notes)


def spread(rgba: np.ndarray) -> np.ndarray:
    """The colours (rows, columns, 3) of a picture, those of invisible pixels taken from the nearest
    visible one: what is hidden there, black mostly, would leave a fringe once it is enlarged."""
    rgb, hidden = rgba[..., :3], rgba[..., 3] == 0
    if not hidden.any() or hidden.all():
        return np.ascontiguousarray(rgb)
    nearest = distance_transform_edt(hidden, return_distances=False, return_indices=True)
    return rgb[tuple(nearest)]


def check(original: Original, factor: int) -> None:
    """UserError for a picture that is too large to be enlarged so many times."""
    columns, rows = original.size
    if columns * rows > MOST[factor]:
        raise UserError(
            f"{columns} × {rows} pixels are {columns * rows / 1e6:.1f} megapixels; at most "
            f"{MOST[factor] / 1e6:g} can be enlarged {factor} times here."
        )


def enlarge(
    model: Predictor, original: Original, factor: int, made: list[Original]
) -> Iterator[float]:
    """Enlarge a picture by 2 or 4 and put the result into `made`; yields the share that is done.

    Raises UserError before it starts if the picture is too large.
    """
    check(original, factor)
    rgb, alpha = original.rgb, original.alpha
    # The second time there are four times as many pixels.
    for begin, end in ((0.0, 1.0),) if factor == SCALE else ((0.0, 0.2), (0.2, 1.0)):
        rows, columns = rgb.shape[:2]
        out = np.empty((rows * SCALE, columns * SCALE, 3), np.uint8)
        for done, of in model.fill(rgb, out):
            yield begin + (end - begin) * done / of
        rgb = out
        alpha = None if alpha is None else doubled(alpha)
    made.append(Original(rgb, alpha, original.grey, original.profile, original.exif))


def encode(original: Original, keep: bool) -> bytes:
    """A picture as a PNG, without loss; with its EXIF data if they are to be kept."""
    options: dict[str, Any] = {"compress_level": 3}
    if original.profile:
        options["icc_profile"] = original.profile
    if keep and original.exif:
        options["exif"] = original.exif
    values = original.rgb
    if original.grey:
        values = values[..., :1] if original.alpha is not None else values[..., 0]
    if original.alpha is not None:
        values = np.concatenate([np.atleast_3d(values), original.alpha[..., None]], 2)
    buffer = io.BytesIO()
    # LA is what Pillow makes of two channels, RGBA of four.
    Image.fromarray(np.ascontiguousarray(values)).save(buffer, "PNG", **options)
    return buffer.getvalue()


def name(path: str | Path, variant: str, factor: int) -> str:
    """The name of a result: that of its file, the model and the factor."""
    return f"{Path(path).stem or 'picture'}-{variant}-x{factor}.png"
