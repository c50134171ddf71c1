"""What leaves the page as files: positions, regions for ImageJ, the density itself, the overlay."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from demos.cell_counting.result import CellCount
from demos.core import images, text
from demos.core.images import Picture


def positions(result: CellCount) -> bytes:
    """The cells' x and y in image pixels as CSV."""
    return text.write_csv(("x", "y"), np.round(result.positions.astype(float), 1).tolist())


def overlay(picture: Picture, result: CellCount) -> bytes:
    """The picture with its density in orange, as PNG."""
    rows, columns = picture.rgb.shape[:2]
    # A map pixel may be larger or smaller than a pixel of the picture.
    (left, top), (height, width) = result.origin, result.density.shape
    size = (max(1, round(width * result.pixel)), max(1, round(height * result.pixel)))
    stretched = Image.fromarray(result.density).resize(size, Image.Resampling.BOX)
    part = np.asarray(stretched)[: rows - round(top), : columns - round(left)]
    share = np.zeros((rows, columns), np.float32)
    share[round(top) : round(top) + part.shape[0], round(left) : round(left) + part.shape[1]] = part
    share = np.clip(share / max(float(share.max()), 1e-6) * 1.2, 0, 0.9)
    return images.encode(images.overlay(picture.rgb, share))


def regions(result: CellCount) -> bytes:
    """The positions as point regions for ImageJ's ROI manager, a zip."""
    from roifile import ROI_TYPE, ImagejRoi, roiwrite

    found = []
    for n, point in enumerate(result.positions, 1):
        roi = ImagejRoi.frompoints(point[None], name=f"cell-{n:04}")
        roi.roitype = ROI_TYPE.POINT
        found.append(roi)
    return _through_file("cells.zip", lambda path: roiwrite(path, found, mode="w"))


def array(result: CellCount) -> bytes:
    """The density as a NumPy array, cells per map pixel, whose sum is the count."""
    buffer = io.BytesIO()
    np.save(buffer, result.density, allow_pickle=False)
    return buffer.getvalue()


def tiff(result: CellCount) -> bytes:
    """The density as a 32-bit TIFF, whose sum is the count."""
    buffer = io.BytesIO()
    Image.fromarray(result.density).save(buffer, "TIFF")
    return buffer.getvalue()


def write(result: CellCount, folder: Path) -> list[Path]:
    """All that others' programs read, in `folder`."""
    kinds: dict[str, Callable[[CellCount], bytes]] = {"positions.csv": positions}
    if len(result.positions):
        kinds["imagej-rois.zip"] = regions
    if result.density is not None:
        kinds |= {"density.npy": array, "density.tif": tiff}
    for name, made in kinds.items():
        (folder / name).write_bytes(made(result))
    return [folder / name for name in kinds]


def _through_file(name: str, write: Callable[[str], object]) -> bytes:
    """The bytes that a library writes which only knows paths."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(str(path))
        return path.read_bytes()
