"""The page of Fashion-MNIST: a picture or a drawing goes in, one of ten classes comes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from demos.core import classifier, images, markup
from demos.core.classification import ClassificationAnswer
from demos.core.compare import side_by_side
from demos.core.familiarity import is_familiar
from demos.core.frame import Asked, Frame
from demos.core.inputs import html
from demos.core.runtime import Predictors
from demos.fashion_mnist import DEMO
from demos.fashion_mnist.result import Clothing, Explanation

if TYPE_CHECKING:
    from demos.fashion_mnist.predict import Predictor

MODELS: Predictors[Predictor] = Predictors(DEMO)
FEATURE_MAPS = 16


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    with frame.results:
        seen = html()
        compare = html()
        why = html(elem_classes="spare")

    def details(asked: Asked[Clothing]) -> Iterator[dict]:
        """What costs more, part by part: what it saw, the other variants, why."""
        yield {seen: prepared(asked.result)}
        yield {compare: side_by_side(MODELS, asked, ("Says", "Confidence"), cells)}
        image = asked.result.prepared.image
        yield {why: reasons(MODELS[asked.variant].explain(image), image)}

    frame.connect(
        answer=classifier.answer,
        api=ClassificationAnswer,
        details=details,
        outputs=[seen, compare, why],
        button="What is it?",
    )
    frame.panels(errors=classifier.errors, calibrated=True)


def cells(found: Clothing) -> tuple[str, str]:
    label, share = found.top[0]
    known = is_familiar(found.familiarity)
    return label, markup.percent(share) if known else markup.UNSURE


def prepared(found: Clothing) -> Markup:
    """The 28 × 28 pixels that the network sees, and what was done to get them."""
    caption = "; ".join(found.prepared.notes).capitalize() or "Nothing was changed"
    small = markup.pixels(found.prepared.image, "The picture as 28 by 28 grey pixels", 140)
    return markup.figure(small, f"What the network sees. {caption}.")


def reasons(found: Explanation, image: np.ndarray) -> Markup:
    """Saliency over the picture, and the strongest maps of the first convolution."""
    strength = found.saliency / max(float(np.abs(found.saliency).max()), 1e-9)
    rgb = np.repeat((image * 0.35).astype(np.uint8)[..., None], 3, 2)
    for sign, colour in ((1, images.FOR), (-1, images.AGAINST)):
        rgb = images.overlay(rgb, np.clip(sign * strength, 0, 1), colour)
    maps = sorted(found.features, key=lambda m: -float(m.sum()))[:FEATURE_MAPS]
    tiles = [np.pad(m / max(float(m.max()), 1e-9) * 255, 1).astype(np.uint8) for m in maps]
    sheet = np.concatenate([np.concatenate(tiles[i : i + 8], 1) for i in (0, 8)])
    return Markup('<div class="pair">{}{}</div>').format(
        markup.figure(
            markup.pixels(rgb, "Saliency map", 140),
            f"Why {found.label}: orange pixels count towards it, blue ones against it "
            f"({found.method}).",
        ),
        markup.figure(
            markup.pixels(sheet, "Feature maps of the first convolution", 400),
            "What the first convolution makes of it: its strongest maps.",
        ),
    )
