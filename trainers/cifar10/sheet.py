"""A sheet to paint example pictures on: soft, shaded, a little noisy, as small photographs are."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from scipy.ndimage import gaussian_filter

SIDE, FINE = 256, 2  # pixels; painted so many times larger, then made smaller
Colour = tuple[int, int, int]
Points = list[tuple[float, float]]


class Sheet:
    """Points lie on a grid of 100 × 100, x to the right and y down."""

    def __init__(self, top: Colour, below: Colour, horizon: float | None = None):
        """A ground that runs from one colour to the other, or meets at a `horizon`."""
        side = SIDE * FINE
        y = np.linspace(0, 1, side)[:, None, None]
        share = y if horizon is None else 1 / (1 + np.exp(-(y - horizon / 100) * 60))
        ground = np.array(top) * (1 - share) + np.array(below) * share
        shade = gaussian_filter(np.random.default_rng(len(str(top))).normal(size=(side, side)), 14)
        ground = ground + 14 * (shade / shade.std())[..., None] * share
        self.image = Image.fromarray(np.broadcast_to(ground, (side, side, 3)).clip(0, 255)
                                     .astype(np.uint8).copy())  # fmt: skip

    def shape(self, points: Points, colour: Colour, light: float = 0.35) -> None:
        """A smooth closed shape, lighter above and darker below by `light`."""
        self._fill(self._smooth([*points, points[0]]), colour, light)

    def edges(self, points: Points, colour: Colour, light: float = 0.25) -> None:
        """A closed shape with straight edges."""
        self._fill(np.array(points, float), colour, light)

    def oval(
        self, x: float, y: float, wide: float, high: float, colour: Colour, light: float = 0.35
    ) -> None:  # fmt: skip
        turn = np.linspace(0, 2 * np.pi, 60)
        self._fill(np.stack([x + wide * np.cos(turn), y + high * np.sin(turn)], 1), colour, light)

    def line(self, points: Points, colour: Colour, width: float) -> None:
        """A line through the points, with round ends."""
        draw, scale = ImageDraw.Draw(self.image), SIDE * FINE / 100
        for x, y in self._smooth(points, 120):
            box = [
                (v * scale) for v in (x - width / 2, y - width / 2, x + width / 2, y + width / 2)
            ]
            draw.ellipse(box, fill=colour)

    def done(self, noise: float = 5.0) -> Image.Image:
        """The picture: softened, reduced, with grain."""
        soft = self.image.filter(ImageFilter.GaussianBlur(1.2 * FINE))
        small = np.asarray(soft.resize((SIDE, SIDE), Image.Resampling.LANCZOS), float)
        grain = gaussian_filter(np.random.default_rng(0).normal(size=(SIDE, SIDE, 1)), (1, 1, 0))
        return Image.fromarray((small + noise * grain / grain.std()).clip(0, 255).astype(np.uint8))

    def _fill(self, points: np.ndarray, colour: Colour, light: float) -> None:
        side = SIDE * FINE
        mask = Image.new("L", (side, side), 0)
        ImageDraw.Draw(mask).polygon([tuple(p) for p in points * side / 100], fill=255)
        low, high = points[:, 1].min() / 100, points[:, 1].max() / 100
        y = np.linspace(0, 1, side)[:, None, None]
        down = np.clip((y - low) / max(high - low, 1e-6), 0, 1)
        lit = np.array(colour) * (1 + light * (0.5 - down))
        paint = Image.fromarray(np.broadcast_to(lit, (side, side, 3)).clip(0, 255)
                                .astype(np.uint8).copy())  # fmt: skip
        # A shadow below what stands in front.
        shadow = ImageChops.offset(mask, 0, 2 * FINE).filter(ImageFilter.GaussianBlur(4 * FINE))
        dark = Image.eval(self.image, lambda v: int(0.7 * v))
        self.image.paste(dark, mask=shadow.point(lambda v: v // 2))
        self.image.paste(paint, mask=mask)

    @staticmethod
    def _smooth(points: Points, count: int = 200) -> np.ndarray:
        from scipy.interpolate import PchipInterpolator

        along = np.linspace(0, len(points) - 1, count)
        return PchipInterpolator(np.arange(len(points)), np.array(points, float))(along)
