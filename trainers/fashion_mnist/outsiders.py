"""Pictures of none of the ten classes: `python -m trainers.fashion_mnist.outsiders DIR` draws them.

Forty kinds in five versions each: crockery, tools, furniture, vehicles, silhouettes of animals,
plants, icons, letters, digits, words, noise, checks, screenshots, landscapes. Each is a whole
picture as a visitor would bring it, dark on light or light on dark; none shows a person. Every
second picture is for choosing the familiarity score and its settings (100), the rest for reporting.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from scipy.ndimage import gaussian_filter

from demos.core.images import Picture

VERSIONS = 5
Points = list[tuple[float, float]]
# Closed outlines on a grid of 100 × 100, x to the right and y down; "-" cuts out, "o" is an ellipse
# given by the corners of its box, "l" a line of the width of its last number.
SHAPES: dict[str, list[tuple]] = {
    "cup": [("+", (22, 22), (68, 22), (64, 84), (26, 84)), ("o", 56, 34, 88, 66),
            ("-o", 64, 42, 80, 58), ("+", (22, 22), (68, 22), (64, 84), (26, 84))],
    "wine glass": [("o", 28, 6, 72, 56), ("-", (20, 0), (80, 0), (80, 20), (20, 20)),
                   ("l", 50, 50, 50, 90, 5), ("o", 32, 86, 68, 94)],
    "bottle": [("+", (43, 4), (57, 4), (57, 30), (68, 42), (68, 96), (32, 96), (32, 42), (43, 30))],
    "plate": [("o", 6, 6, 94, 94), ("-o", 24, 24, 76, 76), ("o", 28, 28, 72, 72)],
    "fork": [("l", 50, 40, 50, 96, 7), ("l", 36, 4, 36, 34, 5), ("l", 45, 4, 45, 34, 5),
             ("l", 55, 4, 55, 34, 5), ("l", 64, 4, 64, 34, 5), ("o", 33, 26, 67, 46)],
    "spoon": [("o", 36, 4, 64, 42), ("l", 50, 38, 50, 96, 8)],
    "hammer": [("l", 50, 20, 50, 96, 10), ("+", (20, 10), (72, 10), (84, 22), (72, 30), (20, 30))],
    "spanner": [("l", 25, 75, 75, 25, 14), ("o", 62, 6, 94, 38), ("-", (76, 4), (98, 4), (98, 22)),
                ("o", 6, 62, 38, 94), ("-o", 15, 71, 29, 85)],
    "scissors": [("l", 30, 70, 66, 6, 6), ("l", 70, 70, 34, 6, 6), ("o", 12, 64, 42, 94),
                 ("-o", 19, 71, 35, 87), ("o", 58, 64, 88, 94), ("-o", 65, 71, 81, 87)],
    "key": [("o", 4, 32, 40, 68), ("-o", 13, 41, 31, 59), ("l", 38, 50, 96, 50, 7),
            ("l", 84, 50, 84, 66, 7), ("l", 72, 50, 72, 62, 7)],
    "saw": [("+", (4, 40), (70, 30), (96, 36), (96, 62), (70, 60), *[
        (70 - 4.4 * i, 58 + 6 * (i % 2)) for i in range(1, 15)])],
    "chair": [("l", 26, 6, 26, 96, 6), ("l", 26, 54, 74, 54, 7), ("l", 74, 54, 74, 96, 6),
              ("l", 26, 12, 34, 12, 4), ("l", 26, 30, 34, 30, 4)],
    "table": [("l", 4, 30, 96, 30, 9), ("l", 14, 30, 14, 92, 6), ("l", 86, 30, 86, 92, 6)],
    "lamp": [("+", (34, 6), (66, 6), (84, 46), (16, 46)), ("l", 50, 44, 50, 92, 5),
             ("o", 28, 86, 72, 96)],
    "bed": [("l", 6, 20, 6, 90, 6), ("+", (6, 56), (94, 56), (94, 74), (6, 74)),
            ("l", 94, 50, 94, 90, 6), ("o", 10, 42, 36, 58)],
    "car": [("+", (4, 62), (8, 48), (28, 44), (40, 26), (68, 26), (82, 44), (96, 50), (96, 66),
             (4, 66)), ("o", 14, 54, 36, 76), ("o", 66, 54, 88, 76),
            ("-", (42, 31), (54, 31), (54, 43), (34, 43)),
            ("-", (58, 31), (66, 31), (74, 43), (58, 43))],
    "bicycle": [("o", 2, 44, 42, 84), ("-o", 7, 49, 37, 79), ("o", 58, 44, 98, 84),
                ("-o", 63, 49, 93, 79), ("l", 22, 64, 40, 34, 4), ("l", 40, 34, 72, 34, 4),
                ("l", 72, 34, 78, 64, 4), ("l", 40, 34, 52, 64, 4), ("l", 52, 64, 72, 34, 4),
                ("l", 22, 64, 52, 64, 4), ("l", 72, 34, 70, 22, 4), ("l", 34, 28, 46, 28, 5)],
    "aeroplane": [("o", 44, 2, 56, 96),
                  ("+", (50, 34), (98, 60), (98, 68), (50, 56), (2, 68), (2, 60)),
                  ("+", (50, 80), (70, 92), (70, 96), (30, 96), (30, 92))],
    "ship": [("+", (4, 66), (96, 66), (82, 90), (18, 90)),
             ("+", (30, 46), (76, 46), (76, 66), (30, 66)),
             ("+", (40, 22), (50, 22), (50, 46), (40, 46)),
             ("+", (58, 26), (66, 26), (66, 46), (58, 46))],
    "rocket": [("+", (50, 2), (64, 24), (64, 72), (80, 94), (58, 84), (42, 84), (20, 94), (36, 72),
                (36, 24)), ("-o", 43, 30, 57, 44)],
    "cat": [("o", 26, 40, 74, 94), ("o", 32, 14, 68, 48), ("+", (33, 28), (33, 4), (48, 18)),
            ("+", (67, 28), (67, 4), (52, 18)), ("l", 72, 88, 92, 60, 6)],
    "dog": [("o", 20, 40, 76, 66), ("l", 28, 58, 28, 92, 8), ("l", 40, 58, 40, 92, 8),
            ("l", 60, 58, 60, 92, 8), ("l", 70, 58, 70, 92, 8), ("o", 68, 20, 94, 46),
            ("l", 24, 46, 6, 28, 5), ("+", (72, 26), (68, 46), (80, 40))],
    "fish": [("o", 4, 30, 74, 70), ("+", (66, 50), (96, 26), (90, 50), (96, 74)),
             ("-o", 16, 42, 22, 48)],
    "bird": [("o", 24, 38, 76, 72), ("o", 62, 22, 86, 46), ("+", (84, 32), (98, 36), (84, 40)),
             ("+", (34, 48), (4, 66), (30, 62)), ("l", 46, 70, 46, 92, 3),
             ("l", 56, 70, 56, 92, 3)],
    "butterfly": [("o", 4, 10, 48, 52), ("o", 52, 10, 96, 52), ("o", 14, 48, 48, 88),
                  ("o", 52, 48, 86, 88), ("l", 50, 16, 50, 88, 5)],
    "tree": [("o", 14, 4, 86, 64), ("l", 50, 50, 50, 96, 12)],
    "fir": [("+", (50, 2), (72, 34), (60, 34), (82, 62), (64, 62), (90, 86), (10, 86), (36, 62),
             (18, 62), (40, 34), (28, 34)), ("l", 50, 84, 50, 98, 10)],
    "flower": [*[("o", 50 + 21 * np.cos(a) - 13, 30 + 21 * np.sin(a) - 13, 50 + 21 * np.cos(a) + 13,
                  30 + 21 * np.sin(a) + 13) for a in np.linspace(0, 5.03, 5)],
               ("l", 50, 50, 50, 98, 4), ("o", 50, 66, 78, 80)],
    "leaf": [("+", (50, 2), (76, 34), (74, 62), (50, 86), (26, 62), (24, 34)),
             ("l", 50, 60, 54, 98, 4), ("-l", 50, 14, 50, 80, 2)],
    "apple": [("o", 10, 24, 58, 92), ("o", 42, 24, 90, 92), ("l", 50, 28, 56, 6, 4)],
    "heart": [("o", 8, 12, 52, 56), ("o", 48, 12, 92, 56), ("+", (11, 44), (89, 44), (50, 94))],
    "star": [("+", *[(50 + r * np.sin(a), 50 - r * np.cos(a)) for a, r in zip(
        np.arange(10) * np.pi / 5, [48, 20] * 5, strict=True)])],
    "house": [("+", (50, 4), (96, 44), (84, 44), (84, 94), (16, 94), (16, 44), (4, 44)),
              ("-", (42, 64), (58, 64), (58, 94), (42, 94)),
              ("-", (24, 52), (36, 52), (36, 64), (24, 64))],
}  # fmt: skip


def outsider(kind: str, version: int) -> Picture:
    """One picture of a kind, 0 ≤ version < VERSIONS, the same every time."""
    rng = np.random.default_rng([zlib.crc32(kind.encode()), version])
    side = int(rng.integers(256, 641))
    if kind in GROUNDS:
        return _picture(GROUNDS[kind](side, rng))
    mask = _shape(SHAPES[kind], side) if kind in SHAPES else _glyph(kind, side, rng)
    mask = mask.rotate(float(rng.uniform(-12, 12)), Image.Resampling.BICUBIC)
    cover = np.asarray(mask.filter(ImageFilter.GaussianBlur(1)), np.float32) / 255
    ground = float(rng.choice([255, 255, 255, 0, rng.uniform(90, 240)]))
    away = 1.0 if ground < 128 else -1.0
    contrast = rng.uniform(80, max(ground, 255 - ground))
    texture = 1 + rng.uniform(0, 0.25) * _folds(side, rng)
    grain = rng.normal(0, rng.uniform(0, 3), (side, side))
    return _picture(ground + away * contrast * cover * texture + grain)


def _folds(side: int, rng: np.random.Generator) -> np.ndarray:
    """Soft light and shade of deviation 1, drawn small."""
    small = _unit(gaussian_filter(rng.normal(0, 1, (64, 64)), rng.uniform(2, 8)))
    large = Image.fromarray(small.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(large)


def kinds() -> tuple[str, ...]:
    """The forty kinds, in a fixed order."""
    return (*SHAPES, *GLYPHS, *GROUNDS)


def half(choosing: bool) -> list[tuple[str, Picture]]:
    """One hundred pictures with their kinds: those that choose, or those that report."""
    return [
        (kind, outsider(kind, version))
        for i, kind in enumerate(kinds())
        for version in range(VERSIONS)
        if ((i + version) % 2 == 0) == choosing
    ]


def _shape(parts: list[tuple], side: int) -> Image.Image:
    mask, scale = Image.new("L", (side, side), 0), 0.8 * side / 100
    draw, edge = ImageDraw.Draw(mask), 0.1 * side
    for how, *numbers in parts:
        fill = 0 if how.startswith("-") else 255
        if how in ("+", "-"):
            draw.polygon([(edge + x * scale, edge + y * scale) for x, y in numbers], fill=fill)
        elif how.endswith("o"):
            draw.ellipse([edge + v * scale for v in numbers], fill=fill)
        else:
            ends = [edge + v * scale for v in numbers[:4]]
            draw.line(ends, fill=fill, width=max(1, round(numbers[4] * scale)))
    return mask


GLYPHS = {"letters": "AKRSWgeaQ&", "digits": "0123456789", "words": ("Hello", "2 + 2 = 4", "No!")}


def _glyph(kind: str, side: int, rng: np.random.Generator) -> Image.Image:
    text = str(rng.choice(list(GLYPHS[kind])))
    font = ImageFont.load_default(size=0.8 * side / max(1, 0.55 * len(text)))
    mask = Image.new("L", (side, side), 0)
    ImageDraw.Draw(mask).text((side / 2, side / 2), text, fill=255, font=font, anchor="mm")
    return mask


def _noise(side: int, rng: np.random.Generator) -> np.ndarray:
    grain = rng.normal(0, 1, (side, side))
    return 128 + 60 * _unit(gaussian_filter(grain, rng.choice([0, 1, 4, 12])))


def _checks(side: int, rng: np.random.Generator) -> np.ndarray:
    rows, columns = np.indices((side, side)) // int(rng.integers(12, 80))
    if rng.random() < 0.5:
        rows = 0  # stripes
    return np.where((rows + columns) % 2, *rng.uniform((0, 150), (100, 255)))


def _screenshot(side: int, rng: np.random.Generator) -> np.ndarray:
    image = Image.new("L", (round(1.6 * side), side), int(rng.choice([255, 245, 30])))
    draw, ink = ImageDraw.Draw(image), 60 if image.getpixel((0, 0)) > 128 else 200
    draw.rectangle((0, 0, image.size[0], side // 14), fill=ink + 40)
    font = ImageFont.load_default(size=side / 24)
    for row in range(int(rng.integers(5, 16))):
        words = "lorem ipsum dolor sit amet"[: int(rng.integers(5, 27))]
        draw.text((side / 12, side * (0.12 + 0.055 * row)), words, fill=ink, font=font)
    draw.rectangle((side, side // 5, round(1.5 * side), side // 2), outline=ink, width=3)
    return np.asarray(image, np.float32)


def _scene(side: int, rng: np.random.Generator) -> np.ndarray:
    """Sky over hills, as a holiday picture."""
    across = np.linspace(0, rng.uniform(4, 14), side)
    line = 0.5 + 0.12 * np.sin(across + rng.uniform(0, 6)) + 0.05 * np.sin(2.7 * across)
    down = np.linspace(0, 1, side)[:, None]
    land = down > line[None]
    leaves = _unit(gaussian_filter(rng.normal(0, 1, (side, side)), 2))
    return np.where(land, 80 + 25 * leaves, 235 - 60 * down)


def _unit(values: np.ndarray) -> np.ndarray:
    return values / values.std()


GROUNDS: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    "noise": _noise, "checks and stripes": _checks, "screenshot": _screenshot, "landscape": _scene,
}  # fmt: skip


def _picture(values: np.ndarray) -> Picture:
    grey = np.round(values).clip(0, 255).astype(np.uint8)
    return Picture(np.repeat(grey[..., None], 3, 2))


def write(folder: Path) -> None:
    """All 200 as PNG, to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in kinds():
        for version in range(VERSIONS):
            name = f"{kind.replace(' ', '_')}_{version}.png"
            Image.fromarray(outsider(kind, version).rgb).save(folder / name)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
