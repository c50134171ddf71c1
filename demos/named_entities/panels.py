"""What “Training curves and errors” shows of a variant, from its evaluation alone."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from demos.core import markup, plots
from demos.core.checkpoint import Checkpoint

SETS = {"wikiann": "WikiANN", "conll2003": "CoNLL-2003"}
MEASURES = ("precision", "recall", "f1", "f1_strict", "f1_boundaries", "token_accuracy")
HEAD = ("Precision", "Recall", "F1", "F1, strict", "F1, places alone", "Words right")


def analysis(checkpoint: Checkpoint) -> tuple[Any, Markup]:
    """F1 by kind of name as a figure; the readings, kinds and commonest errors as tables."""
    found = checkpoint.evaluation
    kinds = found.get("by_kind", {})
    figure = None
    if kinds:
        figure = plots.figure(title="By kind of name", y="share")
        for name in ("precision", "recall", "f1"):
            values = [row[name] for row in kinds.values()]
            figure.add_bar(x=list(kinds), y=values, name=name)
        figure.update_yaxes(range=[0, 1], tickformat=".0%")
    return figure, readings(found.get("readings", {})) + confusions(found.get("confusions", []))


def readings(found: dict[str, Any]) -> Markup:
    """Both test sets under each way to read the network's numbers."""
    rows = []
    for data, ways in found.items():
        shown: list[dict[str, float]] = []  # where the lists agree, one row says it all
        for way, values in ways.items():
            if values not in shown:
                rows.append((SETS[data], way, *(f"{values[m]:.3f}" for m in MEASURES)))
            shown.append(values)
    if not rows:
        return Markup("")
    head = ("Test sentences of", "Numbers are read", *HEAD)
    return markup.table(head, rows, text_columns=2)


def confusions(found: list[dict[str, Any]]) -> Markup:
    """What becomes of true names, by kind."""
    if not found:
        return Markup("")
    rows = [
        (row["kind"], f"{row['n']:,}", *(f"{row[k]:.1%}" for k in ("right", "kind_wrong",
         "place_wrong", "missed"))) for row in found
    ]  # fmt: skip
    head = ("True names", "n", "Right", "Another kind", "Another place", "Not found")
    return markup.table(head, rows)
