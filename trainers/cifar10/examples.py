"""Paints the example pictures: `python -m trainers.cifar10.examples`.

All are of our own making, one of each class and some that are hard; none is a photograph, and none
stands in the data.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from demos.cifar10 import DEMO
from demos.cifar10.change import shuffled
from demos.cifar10.prepare import prepare
from demos.core.images import Picture
from trainers.cifar10.sheet import Colour, Sheet

DARK, WHITE = (25, 25, 28), (235, 236, 238)


def airplane() -> Image.Image:
    sheet, grey = Sheet((96, 150, 214), (190, 214, 238)), (214, 218, 226)
    sheet.edges([(44, 48), (60, 48), (78, 18), (70, 18)], (170, 176, 188))
    sheet.shape(
        [(6, 54), (14, 48), (40, 45), (76, 45), (92, 48), (90, 54), (60, 59), (20, 59)], grey
    )
    sheet.edges([(78, 47), (88, 24), (95, 24), (92, 48)], (60, 92, 160))
    sheet.edges([(42, 54), (58, 54), (72, 84), (62, 84)], (186, 192, 202))
    for x in range(22, 74, 5):
        sheet.oval(x, 50, 1, 1.2, (50, 60, 80), 0)
    sheet.shape([(8, 51), (13, 48), (16, 51)], (50, 60, 80))
    return sheet.done()


def automobile() -> Image.Image:
    sheet, red = Sheet((176, 190, 196), (116, 114, 112), 62), (186, 28, 32)
    sheet.shape([(8, 66), (8, 54), (22, 49), (34, 33), (64, 32), (78, 48), (93, 53), (94, 66),
                 (80, 70), (20, 70)], red)  # fmt: skip
    sheet.shape([(27, 48), (36, 36), (49, 35), (49, 49)], (70, 86, 100))
    sheet.shape([(53, 49), (53, 35), (63, 36), (73, 48)], (70, 86, 100))
    for x in (25, 76):
        sheet.oval(x, 69, 10, 10, DARK)
        sheet.oval(x, 69, 5, 5, (170, 172, 176))
    sheet.oval(91, 57, 3, 2.4, (250, 240, 200))
    sheet.line([(50, 50), (51, 66)], (120, 16, 20), 0.8)
    return sheet.done()


def bird() -> Image.Image:
    sheet, brown = Sheet((126, 160, 108), (88, 122, 74)), (146, 98, 58)
    sheet.line([(4, 82), (40, 78), (96, 84)], (92, 70, 52), 5)
    sheet.shape([(62, 58), (78, 62), (96, 76), (88, 80), (66, 70)], (104, 68, 40))
    sheet.shape([(26, 40), (36, 32), (58, 40), (76, 60), (64, 74), (44, 74), (30, 60)], brown)
    sheet.shape([(29, 52), (38, 52), (52, 70), (42, 73), (31, 62)], (224, 190, 150))
    sheet.shape([(44, 46), (60, 48), (78, 66), (62, 66), (48, 58)], (98, 62, 36))
    sheet.oval(32, 34, 11, 10.5, brown)
    sheet.edges([(23, 32), (12, 36), (23, 38)], (60, 54, 48))
    sheet.oval(28.5, 32, 1.9, 1.9, DARK)
    for x in (46, 54):
        sheet.line([(x, 72), (x + 1, 80)], (60, 50, 40), 1.6)
    return sheet.done()


def cat() -> Image.Image:
    sheet, fur, dark = Sheet((150, 132, 116), (112, 96, 84)), (150, 138, 126), (84, 76, 70)
    sheet.shape([(20, 100), (22, 74), (50, 62), (78, 74), (82, 100)], fur)
    sheet.edges([(18, 42), (20, 8), (44, 26)], dark)
    sheet.edges([(82, 42), (80, 8), (56, 26)], dark)
    sheet.edges([(23, 36), (24, 17), (37, 27)], (206, 158, 150))
    sheet.edges([(77, 36), (76, 17), (63, 27)], (206, 158, 150))
    sheet.oval(50, 48, 34, 29, fur)
    for x in (38, 50, 62):
        sheet.line([(x, 21), (50 + (x - 50) * 0.8, 33)], dark, 3)
    for x in (20, 80):
        sheet.line([(x, 46), (50 + (x - 50) * 0.72, 49)], dark, 2.4)
    sheet.shape([(38, 60), (50, 55), (62, 60), (58, 72), (42, 72)], (232, 226, 218))
    for x in (36, 64):
        sheet.oval(x, 45, 7, 6, (196, 202, 90))
        sheet.oval(x, 45, 2.2, 5.6, DARK, 0)
    sheet.edges([(46, 58), (54, 58), (50, 63)], (196, 120, 118))
    sheet.line([(50, 63), (50, 67)], dark, 1.2)
    for dx in (-1, 1):
        for y in (60, 65):
            sheet.line([(50 + dx * 10, y), (50 + dx * 34, y - 2)], WHITE, 0.7)
    return sheet.done()


def deer() -> Image.Image:
    sheet, coat, dark = Sheet((120, 142, 84), (146, 150, 84), 50), (156, 106, 66), (112, 74, 46)
    for x in (38, 47, 70, 78):
        sheet.line([(x, 62), (x + 1, 78), (x - 1, 95)], dark, 4)
    sheet.shape([(30, 44), (44, 40), (70, 42), (84, 48), (84, 62), (70, 67), (46, 68), (32, 60)],
                coat)  # fmt: skip
    sheet.shape([(22, 22), (32, 24), (42, 42), (44, 58), (32, 58), (26, 40)], coat)
    sheet.shape([(10, 32), (16, 22), (28, 18), (33, 26), (26, 34), (13, 37)], coat)
    sheet.shape([(30, 20), (40, 13), (41, 20), (33, 25)], dark)
    for points in ([(26, 20), (24, 8), (15, 2)], [(25, 12), (31, 3)], [(30, 20), (36, 9), (46, 3)],
                   [(35, 11), (33, 2)]):  # fmt: skip
        sheet.line(points, (92, 68, 48), 2.2)
    sheet.oval(20.5, 26, 1.5, 1.5, DARK)
    sheet.oval(10.5, 34, 2, 1.6, DARK)
    sheet.shape([(82, 46), (89, 50), (87, 60), (82, 56)], WHITE)
    return sheet.done()


def dog() -> Image.Image:
    sheet, fur, ear = Sheet((120, 140, 104), (96, 112, 82)), (206, 170, 122), (134, 88, 52)
    sheet.shape([(22, 100), (26, 78), (50, 68), (74, 78), (78, 100)], fur)
    sheet.oval(50, 44, 29, 30, fur)
    sheet.shape([(26, 18), (16, 26), (11, 48), (18, 64), (27, 52), (32, 30)], ear)
    sheet.shape([(74, 18), (84, 26), (89, 48), (82, 64), (73, 52), (68, 30)], ear)
    sheet.shape([(45, 16), (55, 16), (57, 44), (43, 44)], (238, 226, 206))
    sheet.oval(50, 60, 17, 14, (238, 226, 206))
    for x in (38, 62):
        sheet.oval(x, 42, 4, 4.2, (56, 36, 24))
        sheet.oval(x + 1, 41, 1, 1, WHITE, 0)
    sheet.oval(50, 54, 7, 5, DARK)
    sheet.line([(50, 58), (50, 65)], DARK, 1.4)
    sheet.line([(42, 67), (50, 66), (58, 67)], DARK, 1.4)
    sheet.shape([(46, 67), (54, 67), (53, 78), (47, 78)], (214, 110, 114))
    return sheet.done()


def frog(skin: Colour = (94, 138, 52), ground: Colour = (118, 98, 70)) -> Image.Image:
    pale = tuple(min(255, c + 70) for c in skin)
    dark = tuple(int(0.62 * c) for c in skin)
    sheet = Sheet(ground, tuple(int(0.8 * c) for c in ground))
    sheet.shape([(66, 52), (88, 56), (94, 74), (80, 84), (64, 80)], dark)
    sheet.shape([(24, 46), (44, 30), (66, 38), (84, 58), (80, 78), (52, 84), (28, 76)], skin)
    sheet.shape([(10, 48), (20, 36), (42, 32), (54, 44), (46, 58), (20, 62)], skin)
    sheet.shape([(14, 58), (44, 58), (40, 76), (26, 74)], pale)
    sheet.line([(11, 53), (26, 57), (46, 52)], dark, 1.6)
    for x, y in ((24, 34), (43, 30)):
        sheet.oval(x, y, 6.5, 6.5, skin)
        sheet.oval(x, y, 4.2, 4.2, (214, 178, 60))
        sheet.oval(x, y, 2.6, 2, DARK, 0)
    sheet.line([(34, 72), (28, 84), (20, 90)], skin, 6)
    sheet.line([(72, 76), (84, 86), (70, 90)], dark, 6)
    for x, y in ((58, 48), (68, 58), (60, 64), (74, 68), (48, 44)):
        sheet.oval(x, y, 3, 2.4, dark)
    return sheet.done()


def horse() -> Image.Image:
    sheet, coat, dark = Sheet((170, 200, 226), (104, 140, 62), 58), (124, 70, 38), (52, 32, 22)
    for x in (34, 41, 70, 77):
        sheet.line([(x, 60), (x + 1, 76), (x, 94)], coat, 5)
        sheet.line([(x, 92), (x + 1, 95)], DARK, 5)
    sheet.shape([(84, 42), (92, 48), (94, 72), (88, 78), (84, 60)], dark)
    sheet.shape([(28, 44), (44, 42), (64, 44), (82, 42), (88, 54), (80, 66), (54, 66), (34, 66)],
                coat)  # fmt: skip
    sheet.shape([(22, 16), (32, 16), (44, 40), (46, 58), (32, 58), (26, 36)], coat)
    sheet.shape([(6, 34), (14, 22), (25, 12), (33, 20), (26, 30), (12, 40)], coat)
    sheet.shape([(27, 10), (34, 16), (46, 34), (44, 46), (38, 34), (30, 20)], dark)
    sheet.edges([(24, 14), (25, 6), (30, 13)], coat)
    sheet.oval(18.5, 23, 1.6, 1.6, DARK)
    sheet.oval(8.5, 36, 1.6, 1.2, DARK)
    return sheet.done()


def ship() -> Image.Image:
    sheet, hull = Sheet((176, 204, 226), (38, 82, 126), 64), (44, 52, 84)
    sheet.edges([(30, 50), (76, 50), (76, 38), (36, 38)], WHITE)
    sheet.edges([(42, 38), (70, 38), (70, 28), (46, 28)], (222, 224, 228))
    sheet.edges([(54, 28), (62, 28), (61, 14), (55, 14)], (190, 50, 44))
    sheet.line([(40, 38), (40, 12)], (90, 90, 96), 1.2)
    sheet.edges([(4, 50), (96, 50), (86, 70), (16, 70)], hull)
    sheet.edges([(13, 64), (89, 64), (86, 71), (16, 71)], (150, 44, 40))
    for x in range(40, 75, 6):
        sheet.oval(x, 44, 1.4, 1.4, (60, 80, 110), 0)
    for x in range(22, 84, 8):
        sheet.oval(x, 56, 1, 1, WHITE, 0)
    sheet.line([(2, 72), (30, 70), (60, 73), (98, 71)], (206, 222, 234), 1.8)
    return sheet.done()


def truck() -> Image.Image:
    sheet, cab = Sheet((186, 196, 204), (120, 116, 110), 66), (36, 84, 168)
    sheet.edges([(30, 20), (95, 20), (95, 66), (30, 66)], (226, 224, 216))
    sheet.edges([(6, 66), (6, 48), (13, 33), (29, 33), (29, 66)], cab)
    sheet.edges([(10, 47), (15, 36), (24, 36), (24, 47)], (84, 104, 122))
    sheet.edges([(4, 64), (95, 64), (95, 71), (4, 71)], (60, 62, 66))
    for x in (18, 68, 84):
        sheet.oval(x, 73, 8, 8, DARK)
        sheet.oval(x, 73, 3.4, 3.4, (160, 162, 166))
    sheet.edges([(36, 34), (88, 34), (88, 44), (36, 44)], (196, 70, 50))
    sheet.oval(6.5, 59, 1.8, 2.4, (250, 236, 190))
    return sheet.done()


def mug() -> Image.Image:
    sheet, blue = Sheet((206, 196, 182), (150, 116, 84), 70), (70, 130, 150)
    sheet.line([(68, 36), (86, 38), (88, 56), (68, 64)], (56, 106, 124), 6)
    sheet.edges([(26, 26), (72, 26), (68, 82), (30, 82)], blue)
    sheet.oval(49, 26, 23, 5, (40, 80, 96))
    sheet.oval(49, 27, 20, 3.6, (84, 54, 36))
    sheet.line([(34, 36), (37, 74)], (130, 180, 196), 3)
    return sheet.done()


def apple() -> Image.Image:
    sheet = Sheet((232, 226, 214), (206, 190, 160), 70)
    sheet.shape([(50, 32), (70, 26), (84, 44), (78, 72), (60, 86), (50, 82), (40, 86), (22, 72),
                 (16, 44), (30, 26)], (190, 40, 36))  # fmt: skip
    sheet.line([(50, 32), (54, 16)], (90, 60, 40), 3)
    sheet.shape([(55, 20), (72, 12), (70, 24)], (80, 140, 60))
    return sheet.done()


CLASSES: dict[str, Callable[[], Image.Image]] = {
    f.__name__: f for f in (airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck)
}


def pictures() -> dict[str, Image.Image]:
    """All pictures by name."""
    found = {name: paint() for name, paint in CLASSES.items()}
    found["odd_frog"] = frog((60, 90, 196), (226, 224, 220))
    found |= {"apple": apple(), "mug": mug()}
    return found


def cover(painted: dict[str, Image.Image]) -> Image.Image:
    """What the networks see of four examples, and the same with all pixels shuffled."""
    small = [
        prepare(Picture(np.asarray(painted[n]))).image for n in ("ship", "frog", "dog", "truck")
    ]
    rows = [np.concatenate([np.pad(t, ((3, 3), (3, 3), (0, 0))) for t in row], 1)
            for row in (small, [shuffled(t) for t in small])]  # fmt: skip
    sheet = np.pad(np.concatenate(rows, 0), ((9, 10), (0, 0), (0, 0)))
    return Image.fromarray(sheet).resize((480, 300), Image.Resampling.NEAREST)


def write() -> None:
    folder = DEMO.examples_folder
    folder.mkdir(parents=True, exist_ok=True)
    painted = pictures()
    for name, image in painted.items():
        image.save(folder / f"{name}.png", optimize=True)
    cover(painted).save(folder / "cover.webp", quality=85)


if __name__ == "__main__":
    write()
