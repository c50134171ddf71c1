"""Covers of the demos that read text: all have one size, one dark ground and one type."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image, ImageDraw, ImageFont

from demos.core.demo import Demo

Colour = tuple[int, int, int]
SIZE, MARGIN = (480, 300), 28  # pixels
GROUND, INK, QUIET = (29, 29, 27), (250, 249, 244), (160, 158, 150)


def blank() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A cover with nothing on it yet, and what draws on it."""
    image = Image.new("RGB", SIZE, GROUND)
    return image, ImageDraw.Draw(image)


def words(
    marked: Iterable[tuple[str, Colour | None]], letters: int, title: str = ""
) -> Image.Image:
    """Words, each with the colour behind it (None: none), in lines below a `title`.

    letters: the size of the type in pixels.
    """
    (image, draw), font = blank(), ImageFont.load_default(letters)
    x, y = MARGIN, MARGIN
    if title:
        draw.text((x, y), title, font=font, fill=QUIET)
        y += 2 * letters
    for word, colour in marked:
        width = draw.textlength(word, font=font)
        if x + width > SIZE[0] - MARGIN:
            x, y = MARGIN, y + letters * 3 // 2
        if colour:
            draw.rectangle((x - 4, y - 2, x + width + 4, y + letters + 6), fill=colour)
        draw.text((x, y), word, font=font, fill=INK)
        x += width + letters // 3
    return image


def write(demo: Demo, cover: Image.Image) -> None:
    """Save a demo's cover beside its examples."""
    demo.examples_folder.mkdir(parents=True, exist_ok=True)
    cover.save(demo.examples_folder / "cover.webp", quality=85)
