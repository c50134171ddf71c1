"""Ready-made sets for “Teach it yourself”, drawn here: for who has no webcam and no pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE, EACH = 224, 8
Draw = Callable[[ImageDraw.ImageDraw, tuple[int, int, int], np.random.Generator], None]


@dataclass(frozen=True)
class Set:
    """A set: its title, what to notice, its drawings by class, and whether one of them is put into
    a wrong class on purpose."""

    title: str
    about: str
    classes: dict[str, Draw]
    colours: tuple[tuple[int, int, int], ...]
    mistake: bool = False


def _points(values: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(SIDE * x, SIDE * y) for x, y in values]


def _leaf(lobes: int, deep: float, wide: float) -> Draw:
    """A leaf about its middle rib: its edge swings `lobes` times by the share `deep`."""

    def draw(on: ImageDraw.ImageDraw, colour: tuple, rng: np.random.Generator) -> None:
        t = np.linspace(0, 2 * np.pi, 240)
        edge = 1 - deep * (0.5 - 0.5 * np.cos(lobes * t))
        x = 0.5 + wide * np.sin(t) * edge * np.sqrt(np.abs(np.sin(t / 2)))
        y = 0.47 - 0.34 * np.cos(t) * edge
        on.polygon(_points([*zip(x, y, strict=True)]), fill=colour)
        dark = tuple(int(0.6 * c) for c in colour)
        on.line(_points([(0.5, 0.16), (0.5, 0.94)]), fill=dark, width=4)
        for place in np.linspace(0.3, 0.68, 4):
            reach = wide * 0.55 * min(1.0, 3 * (place - 0.12))
            vein = [(0.5 - reach, place - 0.08), (0.5, place), (0.5 + reach, place - 0.08)]
            on.line(_points(vein), fill=dark, width=2)

    return draw


def _cup(on: ImageDraw.ImageDraw, colour: tuple, rng: np.random.Generator) -> None:
    low = rng.uniform(0.72, 0.82)
    on.arc([SIDE * v for v in (0.56, 0.38, 0.86, 0.66)], -90, 90, fill=colour, width=15)
    on.polygon(_points([(0.24, 0.3), (0.72, 0.3), (0.68, low), (0.28, low)]), fill=colour)
    light = tuple(min(255, c + 45) for c in colour)
    on.ellipse([SIDE * v for v in (0.24, 0.25, 0.72, 0.35)], fill=light)


def _bottle(on: ImageDraw.ImageDraw, colour: tuple, rng: np.random.Generator) -> None:
    wide = rng.uniform(0.13, 0.18)
    half = [(0.04, 0.1), (0.05, 0.3), (wide, 0.42), (wide, 0.9)]
    outline = [(0.5 + x, y) for x, y in half] + [(0.5 - x, y) for x, y in reversed(half)]
    on.polygon(_points(outline), fill=colour)
    on.rectangle([SIDE * v for v in (0.45, 0.06, 0.55, 0.12)], fill=(60, 50, 45))
    on.rectangle([SIDE * v for v in (0.5 - wide, 0.52, 0.5 + wide, 0.72)], fill=(240, 236, 220))


def _scissors(on: ImageDraw.ImageDraw, colour: tuple, rng: np.random.Generator) -> None:
    open_ = rng.uniform(0.05, 0.16)
    for sign in (-1, 1):
        on.line(_points([(0.5 - 1.1 * sign * open_, 0.66), (0.5 + sign * open_, 0.1)]),
                fill=(150, 155, 160), width=13)  # fmt: skip
        middle = 0.5 - sign * (open_ + 0.1)
        on.ellipse(
            [SIDE * v for v in (middle - 0.1, 0.62, middle + 0.1, 0.9)], outline=colour, width=13
        )
    on.ellipse([SIDE * v for v in (0.475, 0.39, 0.525, 0.44)], fill=(70, 70, 70))


GREENS = ((84, 130, 53), (58, 110, 60), (150, 150, 50), (190, 120, 40), (120, 150, 80))
THINGS = ((178, 58, 52), (44, 94, 150), (226, 160, 60), (70, 130, 110), (130, 90, 150))
SETS = {
    "leaves": Set(
        "Leaves", "Three kinds of leaves in many colours: it has to learn their edges.",
        {"lobed": _leaf(9, 0.34, 0.36), "round": _leaf(1, 0, 0.34), "narrow": _leaf(1, 0, 0.11)},
        GREENS,
    ),
    "things": Set(
        "Things, one wrong",
        "Cups, bottles and scissors, and one picture in the wrong class: see whether it is found.",
        {"cup": _cup, "bottle": _bottle, "scissors": _scissors}, THINGS, mistake=True,
    ),
}  # fmt: skip


def pictures(name: str, each: int = EACH) -> list[tuple[str, Image.Image]]:
    """Of a set its pictures with their classes, the wrong one last among those of its class."""
    chosen, rng = SETS[name], np.random.default_rng(0)
    found = [
        (label, drawn(draw, chosen.colours, rng))
        for label, draw in chosen.classes.items()
        for _ in range(each)
    ]
    if chosen.mistake:
        first, *_, last = chosen.classes
        found.insert(each, (first, drawn(chosen.classes[last], chosen.colours, rng)))
    return found


def drawn(draw: Draw, colours: tuple, rng: np.random.Generator) -> Image.Image:
    """One drawing: turned, of any colour, on a ground that is not quite even."""
    ground = rng.integers(215, 250) + rng.normal(0, 1, 3) * 6
    slope = np.linspace(-10, 10, SIDE)[None, :, None] * rng.uniform(-1, 1)
    paper = np.clip(np.ones((SIDE, SIDE, 1)) * ground + slope, 0, 255).astype(np.uint8)
    layer = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    colour = colours[rng.integers(len(colours))]
    colour = tuple(int(v) for v in np.clip(np.array(colour) + rng.normal(0, 12, 3), 0, 255))
    draw(ImageDraw.Draw(layer), colour, rng)
    layer = layer.rotate(rng.uniform(-35, 35), Image.Resampling.BICUBIC)
    side = round(SIDE * rng.uniform(0.75, 1.0))
    layer = layer.resize((side, side), Image.Resampling.LANCZOS)
    image = Image.fromarray(paper)
    place = tuple(int(rng.integers(0, SIDE - side + 1)) for _ in range(2))
    shadow = layer.getchannel("A").filter(ImageFilter.GaussianBlur(5)).point(lambda v: v // 4)
    image.paste((90, 85, 80), (place[0] + 5, place[1] + 6), shadow)
    image.paste(layer, place, layer)
    return image
