"""Makes the example pictures: `python -m trainers.transfer_learning.examples`.

Four are photos of Caltech-101's validation split, which nothing was trained on (CC BY 4.0, made
smaller); the drawings are our own.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from demos.transfer_learning import DEMO
from trainers.transfer_learning import data

SIDE, FINE = 320, 3  # pixels; drawn so many times larger, then made smaller
# Class and place among its photos of the validation split.
PHOTOS = {
    "flamingo_photo": ("flamingo", 2), "llama_photo": ("llama", 3), "emu_photo": ("emu", 1),
    "crocodile_photo": ("crocodile", 7),
}  # fmt: skip


class Sheet:
    """A white sheet with points on a grid of 100 × 100, x to the right and y down."""

    def __init__(self, ground: tuple[int, int, int] = (250, 249, 246)):
        self.image = Image.new("RGB", (SIDE * FINE, SIDE * FINE), ground)
        self.on = ImageDraw.Draw(self.image)

    def points(self, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x * SIDE * FINE / 100, y * SIDE * FINE / 100) for x, y in points]

    def curve(self, points: list[tuple[float, float]], colour: tuple, *widths: float) -> None:
        """A smooth line through the points, its width running through `widths`."""
        along = np.linspace(0, len(points) - 1, 160)
        x, y = smooth(points, along)
        wide = np.interp(along, np.linspace(0, len(points) - 1, len(widths)), widths)
        for a, b, w in zip(x, y, wide * SIDE * FINE / 200, strict=True):
            a, b = a * SIDE * FINE / 100, b * SIDE * FINE / 100
            self.on.ellipse((a - w, b - w, a + w, b + w), fill=colour)

    def shape(self, points: list[tuple[float, float]], colour: tuple) -> None:
        """A smooth closed shape through the points."""
        closed = [*points, points[0]]
        x, y = smooth(closed, np.linspace(0, len(points), 240))
        self.on.polygon(self.points([*zip(x, y, strict=True)]), fill=colour)

    def oval(self, x: float, y: float, wide: float, high: float, colour: tuple) -> None:
        (a, b), (c, d) = self.points([(x - wide, y - high), (x + wide, y + high)])
        self.on.ellipse((a, b, c, d), fill=colour)

    def done(self) -> Image.Image:
        soft = self.image.filter(ImageFilter.GaussianBlur(1.5))
        return soft.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def smooth(points: list[tuple[float, float]], along: np.ndarray) -> np.ndarray:
    """(2, n): a curve through the points at these places, by monotone cubic pieces."""
    from scipy.interpolate import PchipInterpolator

    return PchipInterpolator(np.arange(len(points)), np.array(points, float))(along).T


def flamingo() -> Image.Image:
    sheet, pink, dark = Sheet((226, 238, 240)), (240, 140, 150), (215, 95, 115)
    sheet.on.rectangle([*sheet.points([(0, 86), (100, 100)])[0], SIDE * FINE, SIDE * FINE],
                       fill=(150, 190, 195))  # fmt: skip
    sheet.curve([(52, 56), (53, 72), (52, 92)], (225, 120, 130), 2, 1.6, 1.6)
    sheet.curve([(60, 56), (63, 66), (56, 73)], (225, 120, 130), 2, 1.6, 1.6)
    sheet.curve(
        [(40, 44), (32, 36), (36, 25), (45, 17), (40, 9), (32, 11)], pink, 8, 4.5, 4, 4, 4.5, 6
    )
    sheet.shape([(38, 46), (50, 36), (66, 40), (84, 54), (66, 60), (48, 60)], pink)
    sheet.shape([(48, 44), (62, 42), (80, 54), (62, 56)], dark)
    sheet.curve([(29, 12), (25, 15), (25, 19)], (245, 225, 215), 4, 3.4, 2.5)
    sheet.curve([(25, 17), (25, 20), (27, 22)], (40, 35, 40), 3, 2.6, 1)
    sheet.oval(34, 9.5, 0.7, 0.7, (30, 25, 30))
    return sheet.done()


def elephant() -> Image.Image:
    sheet, grey, dark = Sheet((236, 232, 214)), (139, 136, 138), (112, 109, 112)
    sheet.on.rectangle(
        [*sheet.points([(0, 84)])[0], SIDE * FINE, SIDE * FINE], fill=(190, 176, 130)
    )
    for x, colour in ((44, dark), (76, dark), (36, grey), (68, grey)):
        sheet.shape([(x - 5, 56), (x + 6, 56), (x + 5, 88), (x - 5, 88)], colour)
    sheet.shape([(30, 44), (38, 28), (60, 24), (80, 32), (84, 52), (72, 66), (44, 66)], grey)
    sheet.shape([(16, 34), (24, 24), (36, 26), (40, 40), (32, 52), (20, 48)], grey)
    sheet.curve([(20, 42), (13, 56), (12, 70), (17, 79), (22, 78)], grey, 12, 9, 7, 5, 4)
    sheet.shape([(30, 28), (42, 26), (48, 38), (42, 54), (34, 46)], dark)
    sheet.curve([(21, 52), (19, 60), (24, 65)], (245, 240, 225), 3, 2.6, 1.2)
    sheet.curve([(83, 40), (88, 52), (87, 62)], dark, 2, 1.2, 2)
    sheet.oval(23.5, 36, 1.1, 1.1, (30, 30, 30))
    return sheet.done()


def teapot() -> Image.Image:
    sheet, blue, dark = Sheet((244, 240, 232)), (66, 110, 150), (44, 80, 116)
    sheet.curve([(76, 42), (90, 40), (92, 54), (84, 66), (74, 68)], dark, 4, 4, 4, 4, 4)
    sheet.curve([(30, 64), (18, 56), (14, 42), (8, 36)], dark, 11, 8, 6, 5)
    left, right = [(42, 80), (30, 68), (28, 46), (36, 36), (54, 33)], [(72, 36), (80, 50), (76, 70)]
    sheet.shape([*left, *right, (64, 80)], blue)
    sheet.shape([(37, 35), (46, 27), (54, 25), (62, 27), (71, 35), (54, 38)], dark)
    sheet.oval(54, 22, 3.4, 3.4, blue)
    sheet.shape([(36, 48), (42, 42), (44, 54), (38, 64)], (120, 160, 195))
    return sheet.done()


def photos() -> dict[str, Image.Image]:
    """The photos, from the validation split."""
    found = data.read("validation")
    chosen = {}
    for name, (label, place) in PHOTOS.items():
        own = [i for i in range(len(found)) if found.classes[found.labels[i]] == label]
        image = Image.fromarray(found.pictures[own[place]])
        chosen[name] = ImageOps.contain(image, (SIDE, SIDE))
    return chosen


def pictures() -> dict[str, Image.Image]:
    """All examples by name."""
    drawn = {"flamingo": flamingo(), "elephant": elephant(), "teapot": teapot()}
    return {**photos(), **drawn}


def write() -> None:
    folder = DEMO.examples_folder
    folder.mkdir(parents=True, exist_ok=True)
    found = pictures()
    for name, image in found.items():
        image.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(
            folder / f"{name}.png", optimize=True
        )
    cover(found).save(folder / "cover.webp", quality=82)


def cover(found: dict[str, Image.Image]) -> Image.Image:
    """Photos and drawings side by side."""
    sheet = Image.new("RGB", (480, 300))
    names = ("flamingo_photo", "llama_photo", "elephant", "flamingo", "teapot", "crocodile_photo")
    for place, name in enumerate(names):
        tile = ImageOps.fit(found[name], (160, 150))
        sheet.paste(tile, (place % 3 * 160, place // 3 * 150))
    return sheet


if __name__ == "__main__":
    write()
