"""Pictures that are not fluorescence fields, of our own drawing: what must be called unfamiliar."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

SIZES = ((256, 256), (300, 400), (480, 640))
WORDS = (
    "count", "table", "window", "the", "of", "results", "image", "save", "open", "Monday", "and",
    "3.14", "view", "settings", "total", "2024", "name", "report", "figure", "is", "page", "or",
)  # fmt: skip


def outsiders(n: int, seed: int) -> list[tuple[str, np.ndarray]]:
    """`n` pictures with their kinds, as many of every kind; other seeds, other pictures."""
    kinds = list(KINDS)
    made = []
    for i in range(n):
        rng = np.random.default_rng([seed, i])
        size = SIZES[rng.integers(len(SIZES))]
        kind = kinds[i % len(kinds)]
        made.append((kind, KINDS[kind](rng, size)))
    return made


def _rgb(values: np.ndarray) -> np.ndarray:
    values = np.clip(values, 0, 255)
    return (np.repeat(values[..., None], 3, 2) if values.ndim == 2 else values).astype(np.uint8)


def _clouds(rng: np.random.Generator, size: tuple[int, int], power: float) -> np.ndarray:
    """Noise whose amplitude falls with frequency ** power, mean 0 and deviation 1."""
    rows, columns = np.fft.fftfreq(size[0])[:, None], np.fft.fftfreq(size[1])
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = 1
    spectrum = np.fft.fft2(rng.normal(0, 1, size)) / frequency**power
    spectrum[0, 0] = 0
    field = np.fft.ifft2(spectrum).real
    return field / field.std()


def noise(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Grain of any size, in grey or in colour."""
    shape = (*size, 3) if rng.integers(2) else size
    sigma = rng.choice([0, 0.7, 1.5, 4])
    grain = rng.normal(0, 1, shape)
    grain = gaussian_filter(grain, (sigma, sigma, 0)[: len(shape)])
    return _rgb(rng.uniform(60, 150) + rng.uniform(20, 60) * grain / grain.std())


def clouds(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Smoke and marble."""
    return _rgb(120 + 50 * _clouds(rng, size, rng.uniform(1, 2)))


def landscape(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Sky, hills one behind the other, a textured ground."""
    rows, columns = size
    up = np.linspace(0, 1, rows)[:, None, None]
    sky = np.array([rng.uniform(80, 200), rng.uniform(120, 210), rng.uniform(180, 255)])
    picture = sky * (1 - 0.4 * up) + np.zeros((rows, columns, 1)) + 60 * up
    picture = picture + 10 * _clouds(rng, size, 1.5)[..., None]
    for k in range(rng.integers(2, 5)):
        edge = _clouds(rng, (1, columns), 1.5)[0] * 0.05 + 0.35 + 0.15 * k
        hill = np.arange(rows)[:, None] > edge * rows
        colour = np.array([rng.uniform(20, 120), rng.uniform(60, 140), rng.uniform(10, 80)])
        texture = (1 + 0.25 * _clouds(rng, size, rng.uniform(0.4, 1.2)))[..., None]
        picture = np.where(hill[..., None], colour * texture, picture)
    return _rgb(picture)


def text(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A page or a window full of words, dark on bright or bright on dark."""
    ground, ink = ((250, 250, 250), (20, 20, 20))
    if rng.integers(2):
        ground, ink = (25, 25, 30), (225, 225, 220)
    image = Image.new("RGB", size[::-1], ground)
    draw = ImageDraw.Draw(image)
    unit = int(rng.integers(9, 22))
    font = ImageFont.load_default(unit)
    for y in range(unit // 2, size[0], int(unit * 1.5)):
        if rng.random() < 0.9:
            line = " ".join(rng.choice(WORDS, int(rng.integers(2, 14))))
            draw.text((unit, y), line, fill=ink, font=font)
    return np.asarray(image)


def chart(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Bars and a curve with axes."""
    rows, columns = size
    dark = rng.integers(2)
    image = Image.new("RGB", (columns, rows), (20, 20, 20) if dark else (255, 255, 255))
    draw = ImageDraw.Draw(image)
    ink = (230, 230, 230) if dark else (0, 0, 0)
    draw.line([(30, 10), (30, rows - 25), (columns - 10, rows - 25)], fill=ink, width=2)
    n = int(rng.integers(4, 12))
    wide = (columns - 60) / n
    for k in range(n):
        left, high = 40 + k * wide, rng.uniform(0.1, 0.9) * (rows - 50)
        fill = tuple(int(v) for v in rng.integers(40, 230, 3))
        draw.rectangle((left, rows - 25 - high, left + 0.7 * wide, rows - 26), fill=fill)
    draw.line([(40 + k * wide, rng.uniform(20, rows - 40)) for k in range(n)], fill=ink, width=3)
    return np.asarray(image)


def stained_tissue(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """As haematoxylin and eosin show tissue: purple nuclei in pink, white gaps."""
    tissue = _clouds(rng, size, 1.2)
    picture = np.array([232.0, 165, 195]) + 14 * tissue[..., None] * np.array([0.5, 1.5, 1])
    picture[_clouds(rng, size, 1.6) > 1.3] = (245, 240, 245)
    picture = _blobs(rng, picture, int(rng.integers(60, 300)), (4, 8), (95, 55, 140), 0.9)
    return _rgb(gaussian_filter(picture, (0.8, 0.8, 0)) + rng.normal(0, 4, picture.shape))


def bright_field(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Cells without a stain: a grey ground, rims dark outside and bright inside."""
    y, x = np.mgrid[: size[0], : size[1]]
    value = 150 + 15 * _clouds(rng, size, 1.8)
    for _ in range(rng.integers(8, 60)):
        u, v, radius = rng.uniform(0, size[1]), rng.uniform(0, size[0]), rng.uniform(7, 22)
        far = np.hypot(x - u, (y - v) * rng.uniform(0.8, 1.2)) - radius
        value += 60 * np.exp(-((far + 1) ** 2) / 4) - 70 * np.exp(-((far - 2) ** 2) / 5)
    return _rgb(value + rng.normal(0, 4, size))


def pattern(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Stripes, checks or bricks."""
    y, x = np.mgrid[: size[0], : size[1]]
    a, b = rng.uniform(5, 40, 2)
    waves = np.sin(2 * np.pi * x / a), np.sin(2 * np.pi * y / b)
    value = [waves[0], np.sign(waves[0] * waves[1]), np.maximum(*waves)][rng.integers(3)]
    return _rgb(128 + 80 * value + rng.normal(0, 5, size))


def rooms(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Overlapping coloured planes, as of furniture and houses, with shading and grain."""
    picture = np.full((*size, 3), rng.uniform(60, 200), float)
    for _ in range(rng.integers(6, 20)):
        image = Image.new("1", size[::-1])
        corners = rng.uniform(-0.1, 1.1, (4, 2)) * size[::-1]
        ImageDraw.Draw(image).polygon([tuple(c) for c in corners], fill=1)
        shade = rng.uniform(20, 240, 3) * (1 + 0.1 * _clouds(rng, size, 1.5)[..., None])
        picture = np.where(np.asarray(image)[..., None], shade, picture)
    return _rgb(gaussian_filter(picture, (1, 1, 0)) + rng.normal(0, 3, picture.shape))


def _blobs(
    rng: np.random.Generator,
    picture: np.ndarray,
    n: int,
    radii: tuple[float, float],
    colour: tuple[float, float, float],
    opacity: float,
) -> np.ndarray:
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    for _ in range(n):
        u, v = rng.uniform(0, picture.shape[1]), rng.uniform(0, picture.shape[0])
        a, b, turn = *rng.uniform(*radii, 2), rng.uniform(0, np.pi)
        reach = slice(max(0, int(v - 12)), int(v + 12)), slice(max(0, int(u - 12)), int(u + 12))
        p = (x[reach] - u) * np.cos(turn) + (y[reach] - v) * np.sin(turn)
        q = (y[reach] - v) * np.cos(turn) - (x[reach] - u) * np.sin(turn)
        inside = (((p / a) ** 2 + (q / b) ** 2) < 1)[..., None]
        shade = np.array(colour) * rng.uniform(0.8, 1.2)
        mixed = opacity * shade + (1 - opacity) * picture[reach]
        picture[reach] = np.where(inside, mixed, picture[reach])
    return picture


KINDS: dict[str, Callable[[np.random.Generator, tuple[int, int]], np.ndarray]] = {
    made.__name__.replace("_", " "): made
    for made in (
        noise, clouds, landscape, text, chart, stained_tissue, bright_field, pattern, rooms,
    )
}  # fmt: skip
