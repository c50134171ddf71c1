"""Why a network answers so: what speaks for a class, and what it says without one of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from markupsafe import Markup

from demos.cifar10 import DEMO
from demos.cifar10.change import undone
from demos.cifar10.prepare import placed
from demos.cifar10.result import Classified, Depth, Evidence
from demos.core import images, markup
from demos.core.frame import Asked
from demos.core.runtime import Predictors

if TYPE_CHECKING:
    from demos.cifar10.predict import Predictor

MODELS: Predictors[Predictor] = Predictors(DEMO)
WIDE = 160  # pixels, of a picture of 32
SHOWN = 260  # pixels, the longer side of a whole picture
ALL = "all are on"
BACK = ", where each pixel is back in its place."


def reasons(asked: Asked[Classified], label: str) -> Markup:
    """Where a class is spoken for and where against, over what the network saw."""
    found = MODELS[asked.variant].explain(asked.result.seen, label)
    moved = any(asked.inputs[2:])
    rgb, values = over_picture(asked, found)
    width = max(24, round(SHOWN * rgb.shape[1] / max(rgb.shape[:2])))
    both = images.tinted(images.greyed(rgb), values, images.FOR)
    both = images.tinted(both, -values, images.AGAINST)
    whole = Markup('<img class="seen-crop" src="{}" alt="{}" width="{}">').format(
        images.data_uri(both),
        f"What speaks for {label} and what against it, over the whole picture", width,
    )  # fmt: skip
    return Markup('<div class="pair">{}{}{}</div>').format(
        markup.figure(over(asked.result.seen, found, 1), f"Orange speaks for {label}."),
        markup.figure(
            over(asked.result.seen, found, -1), f"Blue speaks against {label} ({found.method})."
        ),
        markup.figure(whole, "Both over the whole picture" + (BACK if moved else ".")),
    )


def over(image: np.ndarray, found: Evidence, sign: int) -> Markup:
    """One sign of the evidence as a colour over the greyed picture."""
    drawn = images.tinted(
        images.greyed(image), sign * found.values, images.FOR if sign > 0 else images.AGAINST
    )
    side = "for" if sign > 0 else "against"
    return markup.pixels(drawn, f"What speaks {side} {found.label}", WIDE)


def over_picture(asked: Asked[Classified], found: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """The whole picture (rows, columns, 3), no larger than it is shown, and the evidence (rows,
    columns) in it, as if nothing had been shuffled or shifted."""
    picture, _, shuffle, shift = asked.inputs
    rgb = images.shrunk(picture.rgb, 2 * SHOWN)
    rows, columns = rgb.shape[:2]
    scale = max(rows, columns) / max(picture.rgb.shape[:2])
    left, top, side = (round(scale * v) for v in asked.result.prepared.crop)
    side = min(max(1, side), rows, columns)
    crop = min(left, columns - side), min(top, rows - side), side
    return rgb, placed(undone(found.values, shuffle / 100, round(shift)), crop, (rows, columns))


def title(found: Depth, number: int, of: int) -> str:
    """What a depth is called on its switch."""
    if of == 1:
        return "First layer"
    return f"Block {number + 1}: {found.size} {found.kind}s"


def at_depth(asked: Asked[Classified] | None, name: str | None) -> Depth | None:
    """The depth with this title, or None where nothing was asked."""
    if asked is None:
        return None
    found = MODELS[asked.variant].depths(asked.result.seen)
    names = [title(d, n, len(found)) for n, d in enumerate(found)]
    return found[names.index(name)] if name in names else found[-1]


def tiles(found: Depth) -> Markup:
    """The parts that matter most to this answer, as pictures."""
    pictures = markup.join(
        markup.figure(markup.pixels(p.picture, f"{found.kind} {p.index + 1}", 72), str(p.index + 1))
        for p in found.parts
    )
    return Markup('<div class="parts">{}</div>{}').format(
        pictures,
        markup.note(
            f"Of {found.size} {found.kind}s, the {len(found.parts)} without which this answer "
            f"would change most. {found.caption}"
        ),
    )


def choices(found: Depth) -> Any:
    """The switches of these parts, all on."""
    names = [ALL, *(f"{found.kind} {p.index + 1}" for p in found.parts)]
    return gr.update(choices=names, value=ALL, visible=True)


def without(asked: Asked[Classified], found: Depth, name: str) -> Markup:
    """The answer without a part, beside the answer with it."""
    part = next((p for p in found.parts if name == f"{found.kind} {p.index + 1}"), None)
    if part is None:
        return Markup("")
    result = asked.result
    order = np.argsort(-part.probabilities)[:3]
    named = result.top[0][0]
    after = float(part.probabilities[result.labels.index(named)])
    rows = [
        (f"without {name}", *(f"{result.labels[i]} {markup.percent(float(part.probabilities[i]))}"
                              for i in order)),
        ("with all", *(f"{label} {markup.percent(p)}" for label, p in result.top)),
    ]  # fmt: skip
    change = markup.signed(100 * (after - result.top[0][1]), 1)
    caption = f"Without {name}: {named} changes by {change} percentage points"
    return markup.table(("", "First", "Second", "Third"), rows, text_columns=4, caption=caption)
