"""Draws the example pictures of Fashion-MNIST: `python -m trainers.fashion_mnist.examples`.

Silhouettes of our own making, shaded a little as fabric is; none is a photograph.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import gaussian_filter

from demos.core.images import Picture
from demos.fashion_mnist import DEMO
from demos.fashion_mnist.prepare import prepare

SIDE = 420
# Points on a grid of 100 × 100, x to the right and y down.
SHAPES: dict[str, list[list[tuple[float, float]]]] = {
    "tshirt": [[
        (36, 12), (44, 17), (56, 17), (64, 12), (92, 30), (82, 48), (70, 41), (70, 90), (30, 90),
        (30, 41), (18, 48), (8, 30),
    ]],
    "pullover": [[
        (36, 6), (43, 9), (57, 9), (64, 6), (79, 13), (90, 90), (78, 92), (72, 50), (72, 94),
        (28, 94), (28, 50), (22, 92), (10, 90), (21, 13),
    ]],
    "trousers": [[
        (36, 6), (64, 6), (70, 94), (56, 94), (50, 30), (44, 94), (30, 94),
    ]],
    "dress": [[
        (40, 5), (45, 14), (55, 14), (60, 5), (62, 32), (60, 44), (74, 95), (26, 95), (40, 44),
        (38, 32),
    ]],
    "sneaker": [[
        (6, 64), (8, 44), (20, 40), (30, 46), (44, 40), (54, 48), (72, 56), (90, 60), (95, 68),
        (94, 76), (6, 76),
    ]],
    "boot": [[
        (18, 4), (56, 6), (56, 40), (64, 52), (84, 62), (96, 72), (96, 84), (50, 84), (44, 82),
        (42, 94), (18, 94), (16, 50),
    ]],
    "bag": [[(12, 40), (88, 40), (94, 88), (6, 88)]],
    "cup": [[(24, 20), (70, 20), (66, 84), (28, 84)]],
}  # fmt: skip


def silhouette(name: str, *, inverted: bool = False) -> Image.Image:
    """A shaded shape on white (or light on black, `inverted`), RGB."""
    mask = Image.new("L", (SIDE, SIDE), 0)
    draw = ImageDraw.Draw(mask)
    for polygon in SHAPES[name]:
        draw.polygon(_scaled(polygon), fill=255)
    if name == "bag":
        draw.arc(_box(30, 12, 70, 68), 180, 360, fill=255, width=16)
    if name == "cup":
        draw.arc(_box(56, 32, 90, 66), -90, 90, fill=255, width=22)
    shape = np.asarray(mask.filter(ImageFilter.GaussianBlur(2)), float) / 255
    rng = np.random.default_rng(0)
    folds = gaussian_filter(rng.normal(0, 1, (SIDE, SIDE)), (28, 10))
    shade = 120 + 14 * folds / folds.std() + 20 * np.sin(np.linspace(0, 3, SIDE))[None]
    if name == "sneaker":
        shade[int(0.7 * SIDE) :] -= 90  # the sole is lighter
    value = 255 - shape * np.clip(shade, 40, 235)
    if inverted:
        value = 255 - value
    return Image.fromarray(value.astype(np.uint8)).convert("RGB")


def outline(name: str) -> Image.Image:
    """The same shape as a closed line: unlike the training data, unless it is filled."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    points = _scaled(SHAPES[name][0])
    ImageDraw.Draw(image).line([*points, *points[:2]], fill="black", width=9, joint="curve")
    return image


def pictures() -> dict[str, Image.Image]:
    """All examples by name."""
    plain = ("tshirt", "trousers", "dress", "sneaker", "bag", "cup")
    found = {name: silhouette(name) for name in plain}
    found["pullover_negative"] = silhouette("pullover", inverted=True)
    found["boot_outline"] = outline("boot")
    return found


def write() -> None:
    folder = DEMO.examples_folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, image in pictures().items():
        image.save(folder / f"{name}.png", optimize=True)
    cover().save(folder / "cover.webp", quality=85)


def cover() -> Image.Image:
    """What the network sees of the examples: eight images of 28 × 28 pixels, enlarged."""
    tiles = [prepare(Picture(np.asarray(image))).image for image in pictures().values()]
    rows = [np.concatenate([np.pad(t, 4) for t in tiles[i : i + 4]], 1) for i in (0, 4)]
    sheet = np.pad(np.concatenate(rows, 0), ((9, 9), (0, 0)))
    return Image.fromarray(sheet).resize((480, 300), Image.Resampling.NEAREST)


def _scaled(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x * SIDE / 100, y * SIDE / 100) for x, y in points]


def _box(*edges: float) -> list[float]:
    return [e * SIDE / 100 for e in edges]


if __name__ == "__main__":
    write()
