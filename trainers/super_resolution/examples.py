"""Draws the example pictures: `python -m trainers.super_resolution.examples`. All are our own.

They are drawn four times as large and made smaller, so that they have edges like a photo's.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from demos.super_resolution import DEMO

SIDE, FINE = 512, 3
PRINT = (
    "Small print is where a network has the least to go on.",
    "A letter of twenty pixels comes back as it was; one of ten",
    "comes back with round corners; and of one that was four pixels",
    "high before it was halved, two rows are left: which of an e, an a and",
    "an o it has been, nobody can tell, and neither can a network. It draws what is",
    "likely on average, and the average of three letters is none of them, but a smudge of grey.",
)


def _sheet(colour: tuple[int, int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (SIDE * FINE, SIDE * FINE), colour)
    return image, ImageDraw.Draw(image)


def _small(image: Image.Image) -> Image.Image:
    return image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def _ground(top: tuple[int, int, int], below: tuple[int, int, int], seed: int) -> Image.Image:
    """A soft ground from one colour to another, with blots of light and shade."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 1, SIDE)[:, None, None]
    rgb = (1 - ramp) * np.array(top) + ramp * np.array(below) + np.zeros((SIDE, SIDE, 1))
    noise = rng.normal(0, 1, (16, 16)).astype(np.float32)
    blots = np.asarray(Image.fromarray(noise).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    rgb = np.clip(rgb + 14 * blots[..., None], 0, 255).astype(np.uint8)
    return Image.fromarray(rgb).resize((SIDE * FINE, SIDE * FINE), Image.Resampling.BICUBIC)


def fur() -> Image.Image:
    """An eye, and hairs that run around it."""
    rng = np.random.default_rng(1)
    image, draw = _sheet((92, 66, 44))
    scale, eye = SIDE * FINE, (0.62, 0.42)
    for _ in range(26000):
        x, y = rng.random(2)
        away = np.arctan2(y - eye[1], x - eye[0])
        near = np.exp(-8 * np.hypot(x - eye[0], y - eye[1]))
        angle = (1 - near) * (2.2 + 0.7 * np.sin(5 * x + 2 * y)) + near * away
        stripe = 0.5 + 0.5 * np.sin(34 * (x + 0.35 * np.sin(4 * y)))
        light = rng.normal(0.72 + 0.5 * stripe, 0.22)
        colour = tuple(int(c) for c in np.clip(np.array((128, 96, 64)) * light, 8, 250))
        points, length = [], rng.uniform(0.02, 0.06)
        for step in np.linspace(0, 1, 7):
            bend = angle + 0.5 * step * np.sin(9 * y)
            points.append(
                (scale * (x + length * step * np.cos(bend)),
                 scale * (y + length * step * np.sin(bend)))
            )  # fmt: skip
        draw.line(points, colour, width=int(rng.integers(2, 5)))
    for radius, colour in ((0.092, (28, 20, 16)), (0.08, (176, 150, 52)), (0.07, (206, 180, 74))):
        _oval(draw, eye, radius, radius, colour)
    for angle in np.linspace(0, 2 * np.pi, 90, endpoint=False):
        tone = int(rng.integers(120, 190))
        ends = [(scale * (eye[0] + r * np.cos(angle)), scale * (eye[1] + r * np.sin(angle)))
                for r in (0.03, 0.072)]  # fmt: skip
        draw.line(ends, (tone, tone - 24, 40), width=4)
    _oval(draw, eye, 0.02, 0.062, (12, 10, 10))
    _oval(draw, (0.656, 0.386), 0.012, 0.012, (250, 250, 246))
    return _small(image.filter(ImageFilter.GaussianBlur(0.8)))


def _oval(
    draw: ImageDraw.ImageDraw, middle: tuple[float, float], wide: float, high: float, colour: tuple
) -> None:
    """An oval on a sheet whose sides are 1 long."""
    (x, y), scale = middle, SIDE * FINE
    ends = (x - wide, y - high, x + wide, y + high)
    draw.ellipse([scale * end for end in ends], fill=colour)


def fence() -> Image.Image:
    """A net of wire that runs away to the right, in front of a garden."""
    image = _ground((176, 200, 214), (74, 104, 58), 2)
    draw, scale = ImageDraw.Draw(image), SIDE * FINE

    def place(u: float, v: float) -> tuple[float, float]:
        """The net's own place (u to the right, v up) on the picture: the farther, the smaller."""
        depth = 1 + 0.11 * u
        return scale * (1.25 - 1.3 / depth), scale * (0.5 - 0.6 * v / depth)

    for k in range(-40, 260):
        for slope in (1, -1):
            points = [place(0.12 * k + 0.12 * t, slope * (0.06 * t - 0.84)) for t in range(29)]
            draw.line([p for p in points if p[0] > -99], (226, 228, 224), width=4)
    for u in range(0, 60, 4):
        (x, y), (_, z) = place(u, 0.86), place(u, -0.86)
        wide = scale * 0.016 / (1 + 0.11 * u)
        draw.rectangle([x - wide, y, x + wide, z], fill=(72, 78, 74))
    return _small(image.filter(ImageFilter.GaussianBlur(0.6)))


def text() -> Image.Image:
    """Lines of text, each smaller than the one before."""
    image, draw = _sheet((246, 241, 230))
    y = 26 * FINE
    for line, size in zip(PRINT * 2, (19, 16, 13.5, 12, 10.5, 9, 8, 8, 7, 7, 6, 6), strict=True):
        font = ImageFont.load_default(size * FINE)
        draw.text((22 * FINE, y), line, font=font, fill=(38, 34, 32))
        y += round(2.6 * size * FINE)
    draw.line([(22 * FINE, y), (490 * FINE, y)], (150, 60, 40), width=FINE)
    for i in range(60):
        x = (22 + 7.8 * i) * FINE
        draw.line([(x, y + 8 * FINE), (x, y + (26 if i % 5 == 0 else 18) * FINE)], (60, 56, 52),
                  width=max(1, FINE - 1))  # fmt: skip
    return _small(image)


def jpeg() -> Image.Image:
    """A boat on a lake at half the size, saved as a JPEG of low quality."""
    image = _ground((150, 186, 214), (58, 104, 128), 3)
    draw, s = ImageDraw.Draw(image), SIDE * FINE / 100
    hills = ((0, 46), (18, 26), (34, 44), (52, 20), (78, 42), (100, 30), (100, 50), (0, 50))
    draw.polygon([(x * s, y * s) for x, y in hills], fill=(84, 98, 104))
    draw.rectangle([0, 50 * s, 100 * s, 100 * s], fill=(62, 108, 132))
    rng = np.random.default_rng(4)
    for _ in range(220):
        x, y = rng.uniform(0, 100), 51 + 49 * rng.random() ** 1.4
        long = 0.4 + 0.06 * (y - 50)
        draw.line([((x - long) * s, y * s), ((x + long) * s, y * s)], (126, 168, 186), width=3)
    draw.polygon([(28 * s, 68 * s), (74 * s, 68 * s), (66 * s, 78 * s), (36 * s, 78 * s)],
                 fill=(140, 44, 34))  # fmt: skip
    draw.polygon([(50 * s, 14 * s), (50 * s, 64 * s), (74 * s, 64 * s)], fill=(246, 242, 232))
    draw.polygon([(48 * s, 20 * s), (48 * s, 64 * s), (31 * s, 64 * s)], fill=(228, 206, 150))
    draw.line([(49 * s, 12 * s), (49 * s, 68 * s)], (60, 46, 36), width=int(0.9 * s))
    for y in range(20, 64, 5):
        draw.line([(50 * s, y * s), ((50 + (y - 14) * 0.48) * s, y * s)], (190, 186, 176), width=3)
    half = image.resize((SIDE // 2, SIDE // 2), Image.Resampling.LANCZOS)
    held = io.BytesIO()
    half.save(held, "JPEG", quality=28)
    return Image.open(held).convert("RGB")


def face() -> Image.Image:
    """Three people at a window, their faces some thirty pixels wide once the picture is halved."""
    image, draw = _sheet((184, 172, 152))
    rng = np.random.default_rng(5)
    brick, s = 26 * FINE, FINE
    for row in range(40):
        for column in range(-1, 22):
            x, y = column * brick + (row % 2) * brick // 2, row * brick // 2
            tone = int(rng.integers(-14, 15))
            draw.rectangle([x + s, y + s, x + brick - s, y + brick // 2 - s],
                           fill=(156 + tone, 92 + tone, 74 + tone))  # fmt: skip
    draw.rectangle([56 * s, 150 * s, 456 * s, 372 * s], fill=(238, 234, 224))
    draw.rectangle([70 * s, 164 * s, 442 * s, 358 * s], fill=(44, 52, 62))
    people = (
        (140, (222, 178, 148), (92, 58, 34), 0), (258, (150, 102, 72), (28, 24, 24), 1),
        (376, (236, 198, 172), (176, 130, 66), 2),
    )  # fmt: skip
    for x, skin, hair, kind in people:
        _head(draw, x, 258, skin, hair, kind)
    draw.rectangle([48 * s, 358 * s, 464 * s, 376 * s], fill=(226, 220, 208))
    return _small(image.filter(ImageFilter.GaussianBlur(0.8)))


def _head(
    draw: ImageDraw.ImageDraw, x: float, y: float, skin: tuple, hair: tuple, kind: int
) -> None:
    """One head, about 64 pixels high, with shoulders."""
    s, dark = FINE, tuple(int(0.72 * c) for c in skin)

    def oval(dx: float, dy: float, wide: float, high: float, colour: tuple) -> None:
        draw.ellipse([(x + dx - wide) * s, (y + dy - high) * s, (x + dx + wide) * s,
                      (y + dy + high) * s], fill=colour)  # fmt: skip

    oval(0, 80, 54, 34, ((70, 96, 132), (150, 62, 58), (88, 118, 84))[kind])
    oval(0, -8, 31, 36, hair)
    draw.rectangle([(x - 9) * s, (y + 22) * s, (x + 9) * s, (y + 50) * s], fill=dark)
    oval(0, 0, 25, 32, skin)
    oval(0, -27, 25, 10 + 3 * kind, hair)
    for side in (-1, 1):
        oval(10 * side, -5, 5.5, 3, (250, 248, 244))
        oval(10 * side + 1, -5, 2.6, 2.8, (46, 62, 70))
        draw.arc([(x + 10 * side - 8) * s, (y - 15) * s, (x + 10 * side + 8) * s, (y - 5) * s],
                 200, 340, fill=hair, width=int(1.6 * s))  # fmt: skip
    draw.line([(x * s, (y - 4) * s), ((x + 3) * s, (y + 8) * s), ((x - 1) * s, (y + 9) * s)], dark,
              width=int(1.4 * s))  # fmt: skip
    draw.arc([(x - 10) * s, (y + 8) * s, (x + 10) * s, (y + 21) * s], 20, 160, fill=(160, 62, 60),
             width=int(2 * s))  # fmt: skip


def roof() -> Image.Image:
    """Rows of round tiles below a sky."""
    image = _ground((196, 214, 232), (222, 226, 226), 6)
    draw, s = ImageDraw.Draw(image), FINE
    rng = np.random.default_rng(6)
    for row in range(34, -1, -1):  # from the front to the back: a row covers the one below it
        y = 150 + 0.34 * row**2
        wide, high = 9 + 0.62 * row, 7 + 0.8 * row
        for column in range(-1, int(SIDE / wide) + 2):
            x = (column + 0.5 * (row % 2)) * wide
            tone = int(rng.integers(-22, 18))
            red = (176 + tone, 88 + tone // 2, 62 + tone // 2)
            draw.rectangle([x * s, y * s, (x + wide) * s, (y + high) * s], fill=red)
            end = y + high
            round_ = [v * s for v in (x, end - wide / 2, x + wide, end + wide / 2)]
            draw.chord(round_, 0, 180, fill=red)
            draw.arc(round_, 0, 180, fill=(92, 40, 30), width=max(2, int(0.1 * wide * s)))
            draw.line([(x * s, y * s), (x * s, (y + high) * s)], (112, 50, 36), width=2)
    draw.rectangle([352 * s, 60 * s, 404 * s, 196 * s], fill=(148, 84, 66))
    for y in range(64, 196, 8):
        draw.line([(352 * s, y * s), (404 * s, y * s)], (196, 178, 160), width=s)
        for x in range(352 + 6 * (y // 8 % 2), 404, 13):
            draw.line([(x * s, y * s), (x * s, (y + 8) * s)], (196, 178, 160), width=s)
    return _small(image.filter(ImageFilter.GaussianBlur(0.6)))


DRAWN = {"fur": fur, "fence": fence, "text": text, "jpeg": jpeg, "face": face, "roof": roof}


def write() -> None:
    folder = DEMO.examples_folder
    folder.mkdir(parents=True, exist_ok=True)
    found = {name: drawn() for name, drawn in DRAWN.items()}
    for name, image in found.items():
        image.save(folder / f"{name}.png", optimize=True)
    cover(found["fur"]).save(folder / "cover.webp", quality=88)


def cover(image: Image.Image) -> Image.Image:
    """An eye, at the left as the small picture has it, pixel by pixel."""
    part = image.crop((230, 140, 390, 240))
    coarse = part.resize((40, 25), Image.Resampling.BICUBIC)
    sheet = part.resize((480, 300), Image.Resampling.BICUBIC)
    left = coarse.resize((480, 300), Image.Resampling.NEAREST).crop((0, 0, 240, 300))
    sheet.paste(left, (0, 0))
    return sheet


if __name__ == "__main__":
    write()
