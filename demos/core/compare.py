"""All variants of a demo on the same input, in one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from demos.core import markup
from demos.core.runtime import Predictors

if TYPE_CHECKING:
    from demos.core.frame import Asked


def side_by_side(
    models: Predictors[Any],
    asked: Asked[Any],
    head: Sequence[str],
    cells: Callable[[Any], Sequence[object]],
    *,
    text_columns: int = 2,
) -> Markup:
    """A row for each variant, with the one that was asked marked.

    head: the titles of what cells(result) returns, which stand between the model's name and its
    time and size.
    """
    rows, chosen = [], None
    for variant, timed in models.all_variants(asked.timed, *asked.inputs):
        if timed is None:
            rows.append((variant.title, "not available", *[""] * (len(head) + 1)))
            continue
        chosen = len(rows) if variant.name == asked.variant else chosen
        size = markup.count(models[variant.name].parameters)
        rows.append((variant.title, *cells(timed.result), markup.duration(timed.seconds), size))
    titles = ("Model", *head, "Time", "Parameters")
    return markup.table(titles, rows, text_columns=text_columns, chosen=chosen)
