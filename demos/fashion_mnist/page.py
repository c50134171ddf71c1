"""The page of Fashion-MNIST: a picture or a drawing goes in, one of ten classes comes out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np
from markupsafe import Markup

from demos.core import images, markup, plots, runtime
from demos.core.checkpoint import Checkpoint
from demos.core.errors import UserError
from demos.core.frame import Asked, First, Frame, truth_of
from demos.core.inputs import CanvasInput, PictureInput, html
from demos.core.panels import Parameter
from demos.fashion_mnist import DEMO, DRAWING, PICTURE
from demos.fashion_mnist.result import Clothing, ClothingAnswer, Explanation

FEATURE_MAPS = 16


Classified = Asked[Clothing]


def build(frame: Frame) -> None:
    """Lay out the page and wire it."""
    with frame.inputs:
        source = gr.Radio([PICTURE, DRAWING], value=PICTURE, label="Input", elem_classes="controls")
        picture = PictureInput("Picture of one piece of clothing", webcam=True)
        html(
            '<p class="note insecure-note">The webcam needs https or this machine itself: '
            "browsers give it to no other page.</p>"
        )
        canvas = CanvasInput("Drawing", visible=False)
    with frame.results:
        seen = html()
        compare = html()
        why = html(elem_classes="spare")
    source.change(
        lambda s: (gr.update(visible=s == PICTURE), gr.update(visible=s == DRAWING)),
        source,
        [picture, canvas],
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )
    frame.connect(
        inputs=[source, picture, canvas],
        first=classify,
        second=lambda kept: details(kept, seen, compare, why),
        outputs=[seen, compare, why],
        run_on=[picture.upload],
        button="What is it?",
    )
    frame.endpoint(classify_clothing, [picture])
    frame.panels(
        call=[
            Parameter("picture", "examples/fashion_mnist/tshirt.png", is_file=True),
            Parameter("variant", DEMO.default),
        ],
        errors=errors,
    )


def classify(variant: str, source: str, path: str | None, drawing: str | None) -> First:
    """The first answer: one forward pass of the chosen variant."""
    if source == DRAWING and drawing is None:
        raise UserError("The canvas is empty: draw one piece of clothing on it first.")
    picture = images.decode(drawing if source == DRAWING else path)
    timed = runtime.predict(DEMO.name, variant, picture)
    truth = truth_of(DEMO, path) if source == PICTURE else None
    (label, share), *others = timed.result.top
    beside: list[Any] = [f"{name} {markup.percent(p)}" for name, p in others]
    if truth is not None:
        beside.append(Markup("it is: <b>{}</b>").format(truth))
    answer = markup.Answer(label, markup.percent(share), tuple(beside))
    return First(answer, timed, Classified(picture, timed, truth))


def details(kept: Classified, seen, compare, why) -> Iterator[dict]:
    """What costs more, part by part: what it saw, the other variants, why."""
    prepared = kept.timed.result.prepared
    caption = "; ".join(prepared.notes).capitalize() or "Nothing was changed"
    small = pixels(prepared.image, "The picture as 28 by 28 grey pixels", 140)
    figure = Markup('<figure class="seen">{}<figcaption>What the network sees. {}.</figcaption>')
    yield {seen: figure.format(small, caption) + Markup("</figure>")}
    yield {compare: side_by_side(kept)}
    found = runtime.call(DEMO.name, kept.variant, "explain", prepared.image).result
    yield {why: reasons(found, prepared.image)}


def side_by_side(kept: Classified) -> Markup:
    """All variants on the same picture."""
    rows, chosen = [], None
    for variant, timed in runtime.all_variants(DEMO, kept.timed, kept.given):
        if timed is None:
            rows.append((variant.title, "not available", "", ""))
            continue
        chosen = len(rows) if variant.name == kept.variant else chosen
        label, share = timed.result.top[0]
        rows.append((variant.title, label, markup.percent(share), markup.duration(timed.seconds)))
    return markup.table(("Model", "Says", "Sure", "Time"), rows, text_columns=2, chosen=chosen)


def reasons(found: Explanation, image: np.ndarray) -> Markup:
    """Saliency over the picture, and the strongest maps of the first convolution."""
    strength = np.abs(found.saliency)
    strength = strength / max(float(strength.max()), 1e-9)
    positive = found.saliency > 0
    rgb = np.repeat(image[..., None].astype(np.float32) * 0.35, 3, 2)
    for sign, colour in ((positive, (230, 159, 0)), (~positive, (86, 180, 233))):
        share = (strength * sign)[..., None]
        rgb = rgb * (1 - share) + np.array(colour, np.float32) * share
    maps = sorted(found.features, key=lambda m: -float(m.sum()))[:FEATURE_MAPS]
    tiles = [np.pad(m / max(float(m.max()), 1e-9) * 255, 1) for m in maps]
    rows = [np.concatenate(tiles[i : i + 8], 1) for i in range(0, len(tiles), 8)]
    sheet = np.concatenate([r for r in rows if r.shape == rows[0].shape], 0)
    return Markup(
        '<div class="pair"><figure class="seen">{}<figcaption>Why {}: orange pixels speak for it, '
        "blue ones against ({}).</figcaption></figure>"
        '<figure class="seen">{}<figcaption>What the first convolution makes of it: its strongest '
        "maps.</figcaption></figure></div>"
    ).format(
        pixels(rgb.astype(np.uint8), "Saliency map", 140),
        found.label,
        found.method,
        pixels(sheet.astype(np.uint8), "Feature maps of the first convolution", 400),
    )


def pixels(image: np.ndarray, alt: str, width: int) -> Markup:
    """A tiny image, enlarged with its pixels visible."""
    rgb = image if image.ndim == 3 else np.repeat(image[..., None], 3, 2)
    return Markup('<img class="pixels" src="{}" alt="{}" width="{}">').format(
        plots.data_uri(np.ascontiguousarray(rgb), lossless=True), alt, width
    )


def classify_clothing(picture: str, variant: str) -> ClothingAnswer:
    """Say which of ten kinds of clothing is on a picture.

    Args:
        picture: A picture of one piece of clothing as a file or an address.
        variant: Which model answers: best, seed_plus or seed.
    """
    timed = runtime.predict(DEMO.name, variant, images.decode(picture))
    return ClothingAnswer.of(timed)


def errors(variant: str, checkpoint: Checkpoint) -> tuple[Any, Markup]:
    """Confusion matrix, report by class beside the seed's, and the worst confusions as pictures."""
    found = checkpoint.evaluation
    if "confusion" not in found:
        return None, Markup("")
    title = f"Confusions on the 10,000 test images, {DEMO.variant(variant).title}"
    figure = plots.confusion(**found["confusion"], title=title)
    return figure, splits_table(checkpoint) + report(found["per_class"]) + sprite(checkpoint)


def splits_table(checkpoint: Checkpoint) -> Markup:
    """Training, validation and test accuracy and loss beside the seed's."""
    card = checkpoint.card

    def shown(name: str, split: str) -> str:
        m = card.metric(name, split)
        return "" if m is None else f"{m.value:.4f}"

    names = {"train": "Training", "validation": "Validation (our last 5,000)", "test": "Test"}
    seed = {"train": ("0.913", "0.238"), "validation": ("0.906 (test split)", "0.265"),
            "test": ("0.9064", "0.2654")}  # fmt: skip
    rows = [
        (title, shown("accuracy", split), seed[split][0], shown("loss", split), seed[split][1])
        for split, title in names.items()
    ]
    return markup.table(("Split", "Accuracy", "Seed's", "Loss", "Seed's"), rows)


def report(per_class: list[dict[str, Any]]) -> Markup:
    """Precision, recall and F1 by class; the seed's in brackets."""
    rows = [
        (r["class"], *(f"{r[k]:.2f} ({r['seed_' + k]:.2f})" for k in ("precision", "recall", "f1")))
        for r in per_class
    ]
    caption = "By class on the test images; in brackets the seed's report"
    return markup.table(("Class", "Precision", "Recall", "F1"), rows, caption=caption)


def sprite(checkpoint: Checkpoint) -> Markup:
    """Test images that were confused, if the checkpoint carries them."""
    rows = checkpoint.evaluation.get("confused")
    if not rows or "confused.webp" not in checkpoint.card.files:
        return Markup("")
    import base64

    data = base64.b64encode(checkpoint.read("confused.webp")).decode()
    names = "; ".join(f"{r['true']} taken for {r['predicted']} ({r['n']} times)" for r in rows)
    return Markup(
        '<figure class="seen"><img class="pixels" alt="Confused test images, one row a pair" '
        'src="data:image/webp;base64,{}" width="560"><figcaption>The worst confusions, a row each: '
        "{}. Test images of Fashion-MNIST, © Zalando SE, MIT licence.</figcaption></figure>"
    ).format(data, names)
