"""What is seen of an enlargement: two pictures, a slider between them, a lens, the difference."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import numpy as np
from markupsafe import Markup

from demos.core import images, markup
from demos.super_resolution import DEMO
from demos.super_resolution.result import Enlarged

LOSSLESS = 600_000  # pixels up to which a picture is shown without loss
GAIN = 4  # of the difference, which would hardly be seen
BICUBIC, TRUE = "bicubic", "true"


def pictures(chosen: str, answer: Enlarged, found: Mapping[str, Enlarged]) -> Markup:
    """The pictures one over the other, two of them shown, and a lens for the same crop of all.

    found: enlargements by variant, `chosen` among them. The page's script does the rest.
    """
    shown = {BICUBIC: ("Bicubic", answer.bicubic)}
    shown |= {name: (DEMO.variant(name).title, each.rgb) for name, each in found.items()}
    if answer.true is not None:
        shown[TRUE] = ("The truth", answer.true)
    rows, columns = answer.rgb.shape[:2]
    layers = markup.join(
        Markup('<img data-picture="{}" alt="{}" src="{}" class="{}">').format(
            name, title, source(rgb), side(name, chosen)
        )
        for name, (title, rgb) in shown.items()
    )
    crops = markup.join(
        Markup('<figure><canvas width="128" height="128" data-crop="{}"></canvas>'
               "<figcaption>{}</figcaption></figure>").format(name, title)
        for name, (title, _) in shown.items()
    )  # fmt: skip
    return Markup(
        '<div class="sr-view" data-columns="{}" data-rows="{}">'
        '<div class="sr-sides">{}{}</div>'
        '<div class="sr-stage" tabindex="0" role="group" aria-label="Two enlargements, one over '
        'the other: the arrow keys move the lens" style="--columns:{}px;aspect-ratio:{}/{}">{}'
        '<i class="sr-edge"></i><i class="sr-lens"></i></div>'
        '<label class="sr-cut"><span>Where the two meet</span>'
        '<input type="range" min="0" max="100" value="50" data-cut></label>'
        '<div class="sr-crops spare">{}</div>'
        '<p class="note spare">Four times magnified: point anywhere in the picture.</p></div>'
    ).format(
        columns, rows, choice("left", "Left", shown, BICUBIC),
        choice("right", "Right", shown, chosen), columns, columns, rows, layers, crops,
    )  # fmt: skip


def side(name: str, chosen: str) -> str:
    """Which of two pictures one is at first."""
    return {BICUBIC: "left", chosen: "right"}.get(name, "")


def choice(side: str, label: str, shown: Mapping[str, tuple[str, object]], first: str) -> Markup:
    """A field to choose one of the pictures."""
    options = markup.join(
        Markup('<option value="{}"{}>{}</option>').format(
            name, Markup(" selected") if name == first else "", title
        )
        for name, (title, _) in shown.items()
    )
    return Markup('<label>{} <select data-side="{}">{}</select></label>').format(
        label, side, options
    )


def source(rgb: np.ndarray) -> str:
    """A picture as an address: without loss unless it is large."""
    if rgb.shape[0] * rgb.shape[1] > LOSSLESS:
        return images.data_uri(rgb, 92)
    return (
        "data:image/png;base64," + base64.b64encode(images.encode(rgb, compress_level=1)).decode()
    )


def added(found: Enlarged) -> Markup:
    """What the network added to bicubic interpolation and, where the truth is known, what was
    missing there."""
    parts = [(found.rgb, "What the network added to bicubic interpolation")]
    if found.true is not None:
        parts.append((found.true, "What was missing there"))
    figures = markup.join(
        markup.figure(
            Markup('<img class="seen-picture" src="{}" alt="{}">').format(
                images.data_uri(difference(rgb, found.bicubic), 85), caption
            ),
            f"{caption}, {GAIN} × as strong.",
        )
        for rgb, caption in parts
    )
    return Markup('<div class="pair">{}</div>').format(figures)


def difference(rgb: np.ndarray, bicubic: np.ndarray) -> np.ndarray:
    """Two pictures' difference around grey, uint8."""
    values = 128 + GAIN * (rgb.astype(np.int16) - bicubic)
    return values.clip(0, 255).astype(np.uint8)
