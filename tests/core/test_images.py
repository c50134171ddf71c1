"""Odd and bad pictures: each gives the right pixels with a note, or one clear sentence."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demos.core.errors import UserError
from demos.core.images import MAX_BYTES, decode

RAMP = np.tile(np.arange(0, 256, 2, dtype=np.uint8), (40, 1))  # (40, 128)


def saved(tmp_path: Path, image: Image.Image, name: str = "a.png", **options) -> Path:
    path = tmp_path / name
    image.save(path, **options)
    return path


def test_grey_and_colour_are_kept(tmp_path: Path):
    rgb = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    assert (decode(saved(tmp_path, Image.fromarray(rgb))).rgb == rgb).all()
    found = decode(saved(tmp_path, Image.fromarray(RAMP)))
    assert (found.rgb == RAMP[..., None]).all() and found.notes == ()


@pytest.mark.parametrize(("high", "bits"), [(255, 8), (4095, 12), (65535, 16)])
def test_16_bit_keeps_the_whole_range_and_says_so(tmp_path: Path, high: int, bits: int):
    values = np.linspace(0, high, 40 * 128).reshape(40, 128).round().astype(np.uint16)
    found = decode(saved(tmp_path, Image.fromarray(values)))
    assert np.abs(found.rgb[..., 0] - values * (255 / high)).max() <= 0.51
    assert f"{bits} bits" in found.notes[0]


def test_floating_point_is_said(tmp_path: Path):
    image = Image.fromarray((RAMP / 255).astype(np.float32))
    found = decode(saved(tmp_path, image, "a.tiff"))
    assert np.abs(found.rgb[..., 0].astype(int) - RAMP).max() <= 1
    assert "floating-point" in found.notes[0]


def test_not_a_number_is_a_sentence(tmp_path: Path):
    image = Image.fromarray(np.full((4, 4), np.nan, np.float32))
    with pytest.raises(UserError, match="not numbers"):
        decode(saved(tmp_path, image, "a.tiff"))


def test_palette_cmyk_and_one_bit(tmp_path: Path):
    rgb = Image.fromarray(np.stack([RAMP, RAMP, RAMP], -1))
    for mode, name, off in (("P", "a.png", 8), ("CMYK", "a.tiff", 1), ("1", "a.png", 255)):
        converted = rgb.convert(mode, palette=Image.Palette.ADAPTIVE)
        found = decode(saved(tmp_path, converted, name))
        assert found.rgb.shape == (40, 128, 3)
        assert np.abs(found.rgb.astype(int) - np.asarray(rgb)).max() <= off
    assert decode(saved(tmp_path, rgb.convert("CMYK"), "b.tiff")).notes == (
        "converted from CMYK to RGB",
    )


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_put_on_the_ground(tmp_path: Path, mode: str):
    image = Image.new("RGBA", (8, 8), (10, 10, 10, 0)).convert(mode)
    path = saved(tmp_path, image)
    assert (decode(path).rgb == 255).all()
    black = decode(path, background=0)
    assert (black.rgb == 0).all() and black.notes == ("transparent parts placed on black",)


def test_palette_with_transparency(tmp_path: Path):
    image = Image.new("P", (8, 8), 0)
    image.putpalette([200, 0, 0] + [0] * 765)
    found = decode(saved(tmp_path, image, transparency=0))
    assert (found.rgb == 255).all() and "white" in found.notes[0]


@pytest.mark.parametrize("tag", range(1, 9))
def test_orientation_tag(tmp_path: Path, tag: int):
    rgb = np.random.default_rng(1).integers(0, 256, (6, 4, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = tag
    found = decode(saved(tmp_path, Image.fromarray(rgb), exif=exif))
    # What each tag asks for, from the EXIF specification: where row 0 and column 0 lie.
    turned = {
        1: rgb, 2: rgb[:, ::-1], 3: rgb[::-1, ::-1], 4: rgb[::-1], 5: rgb.transpose(1, 0, 2),
        6: np.rot90(rgb, -1), 7: np.rot90(rgb, 2).transpose(1, 0, 2), 8: np.rot90(rgb, 1),
    }  # fmt: skip
    assert (found.rgb == turned[tag]).all()
    assert ("turned upright" in " ".join(found.notes)) == (tag != 1)


def test_first_frame_of_an_animation(tmp_path: Path):
    frames = [Image.new("RGB", (5, 5), colour) for colour in ("red", "lime", "blue")]
    path = saved(tmp_path, frames[0], "a.gif", save_all=True, append_images=frames[1:])
    found = decode(path)
    assert found.notes[0] == "first of 3 frames" and (found.rgb[0, 0] == (255, 0, 0)).all()


@pytest.mark.parametrize("size", [(1, 1), (8000, 20)])
def test_extreme_shapes(tmp_path: Path, size: tuple[int, int]):
    assert decode(saved(tmp_path, Image.new("L", size, 7))).size == size


def _truncated() -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "JPEG")
    return buffer.getvalue()[: len(buffer.getvalue()) // 2]


BAD = {
    "cut.jpg": _truncated(),
    "text.png": b"This is no picture.",
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "nothing.png": b"",
    "head.png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_one_sentence(tmp_path: Path, name: str):
    path = tmp_path / name
    path.write_bytes(BAD[name])
    with pytest.raises(UserError) as caught:
        decode(path)
    sentence = str(caught.value)
    assert "could not be read" in sentence and str(tmp_path) not in sentence


def test_no_picture_and_too_large_a_file(tmp_path: Path):
    with pytest.raises(UserError, match="no picture yet"):
        decode(None)
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UserError, match="at most 20 MB"):
        decode(path)


def test_a_bomb_is_refused_by_its_header_with_little_memory(tmp_path: Path):
    path = saved(tmp_path, Image.new("1", (13000, 13000)), optimize=True)
    assert path.stat().st_size < 100_000
    with pytest.raises(UserError, match=r"169\.0 megapixels; at most 24"):
        decode(path)
    program = (
        "import sys, resource\n"
        "from demos.core.images import decode\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: decode(sys.argv[1])\n"
        "except Exception as error: print(type(error).__name__)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert out[0] == "UserError"
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(out[1]) * unit < 20e6  # decoded it would take 169 MB


def test_16_bit_colours_are_said(tmp_path: Path):
    """Pillow reads them as 8-bit ones without a word."""
    rows = np.random.default_rng(0).integers(0, 2**16, (5, 4, 3), dtype=np.uint16)
    raw = b"".join(b"\0" + row.astype(">u2").tobytes() for row in rows)
    head = struct.pack(">IIBBBBB", 4, 5, 16, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b"")):
        check = struct.pack(">I", zlib.crc32(kind + body))
        content += struct.pack(">I", len(body)) + kind + body + check
    path = tmp_path / "deep.png"
    path.write_bytes(content)
    found = decode(path)
    assert found.notes == ("16-bit colours reduced to 8 bits",)
    assert np.abs(found.rgb - rows / 257).max() <= 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_damaged_files_are_a_picture_or_a_sentence(tmp_path: Path, kind: str):
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (24, 20, 3), dtype=np.uint8))
    whole = saved(tmp_path, image, "whole", format=kind).read_bytes()
    refused, path = 0, tmp_path / "damaged"
    for _ in range(150):
        content = bytearray(whole[: rng.integers(1, len(whole) + 1)])
        for place in rng.integers(len(content), size=4):
            content[place] = rng.integers(256)
        path.write_bytes(content)
        try:
            assert decode(path).rgb.dtype == np.uint8
        except UserError as error:
            refused += 1
            assert "\n" not in str(error) and str(tmp_path) not in str(error)
    assert refused > 20


def test_a_deleted_upload_is_a_sentence(tmp_path: Path):
    with pytest.raises(UserError, match="no longer on the server"):
        decode(tmp_path / "gone.png")


def test_pillow_itself_refuses_behind_a_lying_check(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("demos.core.images._check_size", lambda size: None)
    path = saved(tmp_path, Image.new("1", (13000, 13000)), optimize=True)
    with pytest.raises(UserError, match=r"169\.0 megapixels"):
        decode(path)
