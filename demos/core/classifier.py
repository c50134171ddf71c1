"""What the pages of classifiers show: the answer, and in the panels all about their errors.

The panels are drawn from what `trainers.core` wrote: `evaluation.json` has the confusion matrix and
the report, the card the figures of each split and the original's as references.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from demos.core import markup, plots
from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import is_familiar

if TYPE_CHECKING:
    from demos.core.classification import Classification
    from demos.core.frame import Asked

SPLITS = {"train": "Training", "validation": "Validation", "test": "Test"}
MEASURES = {"accuracy": "Accuracy", "loss": "Loss", "precision": "Precision", "recall": "Recall",
            "f1": "F1", "macro_f1": "Macro F1", "ece": "Calibration error"}  # fmt: skip


def answer(asked: Asked[Classification], notes: Sequence[str] = ()) -> markup.Answer:
    """The class, its probability, and the next ones; for an unfamiliar picture, only the nearest
    class."""
    (label, share), *others = asked.result.top
    beside = list(notes)
    if asked.truth is not None:
        beside.append(Markup("true class: <b>{}</b>").format(asked.truth))
    if not is_familiar(asked.result.familiarity):
        return markup.Answer("Unfamiliar", f"nearest: {label}", tuple(beside))
    beside = [*(f"{name} {markup.percent(p)}" for name, p in others), *beside]
    return markup.Answer(label[:1].upper() + label[1:], markup.percent(share), tuple(beside))


def errors(checkpoint: Checkpoint) -> tuple[Any, Markup]:
    """The confusion matrix of the test split as a figure, and the tables below it."""
    found = checkpoint.evaluation
    if "confusion" not in found:
        return None, Markup("")
    card = checkpoint.card
    n = card.data.splits["test"]
    figure = plots.confusion(
        **found["confusion"], title=f"Confusions on the {n:,} test examples, {card.title}"
    )
    return figure, tables(checkpoint)


def tables(checkpoint: Checkpoint) -> Markup:
    """The measures on all splits, the report by class and the worst errors."""
    found = checkpoint.evaluation
    parts = (
        splits(checkpoint), report(found.get("per_class", [])), original_confusion(found),
        worst(checkpoint),
    )  # fmt: skip
    return markup.join(parts)


def splits(checkpoint: Checkpoint) -> Markup:
    """Every measure on every split, with the original's figure in brackets."""
    card = checkpoint.card

    def cell(name: str, split: str) -> str:
        ours, theirs = card.metric(name, split), card.reference("original", name, split)
        shown = "–" if ours is None else f"{ours.value:.3f}"
        return shown if theirs is None else f"{shown} ({theirs.value:g})"

    rows = [
        (title, *(cell(name, split) for split in SPLITS))
        for name, title in MEASURES.items()
        if any(card.metric(name, split) for split in SPLITS)
    ]
    caption = "Measured; the original's figures in brackets"
    return markup.table(("Measure", *SPLITS.values()), rows, caption=caption)


def report(per_class: list[dict[str, Any]]) -> Markup:
    """Precision, recall and F1 by class; the original's in brackets."""
    if not per_class:
        return Markup("")
    measures = ("precision", "recall", "f1")

    def cell(row: dict[str, Any], name: str) -> str:
        theirs = row.get(f"seed_{name}")
        return f"{row[name]:.2f}" if theirs is None else f"{row[name]:.2f} ({theirs:.2f})"

    rows = [(r["class"], *(cell(r, name) for name in measures)) for r in per_class]
    theirs = "; the original's report in brackets" if "seed_f1" in per_class[0] else ""
    caption = f"By class on the test split{theirs}"
    return markup.table(("Class", "Precision", "Recall", "F1"), rows, caption=caption)


def original_confusion(found: dict[str, Any]) -> Markup:
    """The confusion matrix in numbers beside the original's, where that is known."""
    theirs = found.get("seed_confusion")
    if not theirs:
        return Markup("")
    names, ours = found["confusion"]["labels"], found["confusion"]["matrix"]
    rows = [
        (f"is {name}", *(f"{n} ({m})" for n, m in zip(a, b, strict=True)))
        for name, a, b in zip(names, ours, theirs, strict=True)
    ]
    caption = "The same in numbers; the original's in brackets"
    return markup.table(("", *(f"says {name}" for name in names)), rows, caption=caption)


def cells(note: str, shown: Mapping[str, Markup], buttons: Mapping[str, str]) -> Markup:
    """What a click on a cell of the confusion matrix above shows, and buttons that show the same.

    shown: what there is to see of each cell, by true and predicted class ("cat|dog"); buttons: the
    words on the button of a cell.
    """
    choices = markup.join(
        Markup('<button type="button" class="small" data-cell="{}">{}</button>').format(key, words)
        for key, words in buttons.items()
    )
    parts = markup.join(
        Markup('<div data-photos="{}" role="status" hidden>{}</div>').format(key, part)
        for key, part in shown.items()
    )
    return Markup(
        '<div class="cells"><p class="note">{}</p><div class="buttons">{}</div>{}'
        '<p class="note" data-no-photos hidden>Nothing is in this cell.</p></div>'
    ).format(note, choices, parts)


def tile(picture: Markup, caption: str) -> Markup:
    """A small picture with its caption, among others in `.tiles`."""
    return Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(picture, caption)


def worst(checkpoint: Checkpoint) -> Markup:
    """Test images that were confused, if the checkpoint carries them."""
    rows = checkpoint.evaluation.get("confused")
    if not rows or "confused.webp" not in checkpoint.card.files:
        return Markup("")
    data = base64.b64encode(checkpoint.read("confused.webp")).decode()
    names = "; ".join(f"{r['true']} taken for {r['predicted']} ({r['n']} times)" for r in rows)
    return Markup(
        '<figure class="seen"><img class="pixels" alt="Confused test images, one row per pair" '
        'src="data:image/webp;base64,{}" width="560"><figcaption>The worst confusions, one row '
        "each: {}. Test images of {}: {}</figcaption></figure>"
    ).format(data, names, checkpoint.card.data.name, checkpoint.card.data.licence)
