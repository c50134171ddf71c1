"""One model, two label lists: the lists side by side, lines between them, and what becomes of a
text under each way to read the model's numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from demos.core import markup
from demos.named_entities import show
from demos.named_entities.labels import CONLL, WIKIANN, by_name, entities, face_value
from demos.named_entities.result import Found

ROW, WIDTH, CHIP, GAP = 26, 320, 116, 8  # of the picture, in its own units


@dataclass(frozen=True)
class Way:
    """One way to read a model's numbers.

    variant: whose numbers; theirs: the list by which they were given, ours: the one of the data;
    reads: what each number is taken for; measure: where its F1 on WikiANN stands in the variant's
    evaluation.json.
    """

    name: str
    variant: str
    theirs: tuple[str, ...]
    reads: tuple[str, ...]
    measure: str
    text: str


WAYS = (
    Way(
        "Numbers at face value", "conll", CONLL, face_value(CONLL, WIKIANN), "face value",
        "The CoNLL model says a number for each word, and WikiANN's list gives it a name. But "
        "CoNLL's list begins with MISC: 3 meant a person and now means an organisation, 5 meant an "
        "organisation and now means a place, and 7 and 8 do not exist any more.",
    ),
    Way(
        "Mapped by name", "conll", CONLL, by_name(CONLL, WIKIANN), "by name",
        "The same numbers from the same model, but each is first looked up in the list that it "
        "was trained with. MISC has no place in WikiANN and becomes O. What is still lost, is lost "
        "because the two data sets call different things a name.",
    ),
    Way(
        "Trained at face value", "mismatched", CONLL, face_value(CONLL, WIKIANN), "face value",
        "The CoNLL model after three epochs on WikiANN, its numbers still taken at face value. It "
        "recovers: a number means what the training says, whatever an old list calls it.",
    ),
    Way(
        "Aligned", "aligned", WIKIANN, WIKIANN, "by name",
        "A new head with WikiANN's own seven labels, trained for five epochs: the list of the "
        "model and that of the data are one.",
    ),
)  # fmt: skip


def drawn(
    found: Mapping[str, Found], scores: Mapping[str, float | None], chosen: int = 0
) -> Markup:
    """The switch with a panel for each way.

    found: what each variant that is needed says of the text; scores: each way's F1 by its name.
    """
    able = [w for w in WAYS if w.variant in found]
    heads = markup.join(
        Markup(
            '<input type="radio" name="way" id="way{}" {}>'
            '<label for="way{}"><span>{}</span><b>{}</b>'
            '<i style="--share:{:.0f}%"></i></label>'
        ).format(
            n, Markup("checked") if n == chosen else "", n, way.name, _score(scores.get(way.name)),
            100 * (scores.get(way.name) or 0),
        )
        for n, way in enumerate(able)
    )  # fmt: skip
    panels = markup.join(
        Markup('<div class="way">{}<div>{}{}<p class="note">{}</p></div></div>').format(
            lists(way),
            read(found[way.variant], way.reads),
            first(found[way.variant], way),
            way.text,
        )
        for way in able
    )
    return Markup(
        '<section class="story" aria-label="One model, two label lists">'
        "<h3>One model, two label lists</h3>"
        '<p class="note">How should a model’s numbers be read? Each button shows the F1 on '
        "WikiANN’s test sentences.</p>"
        '<div class="switch" role="radiogroup" aria-label="How numbers are read">{}</div>{}'
        "</section>"
    ).format(heads, panels)


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def read(found: Found, reads: Sequence[str]) -> Markup:
    """The text with the names that a reading of the network's numbers gives."""
    labels = [reads[i] for i in found.numbers.tolist()]
    spans = [
        (found.words[e.start].start, found.words[e.end - 1].end, e.kind) for e in entities(labels)
    ]
    return show.marked(found.text, spans)


def first(found: Found, way: Way) -> Markup:
    """What becomes of the first word that the model takes for a part of a name, step by step."""
    numbers = found.numbers.tolist()
    at = next((i for i, n in enumerate(numbers) if n), None)
    if at is None:
        return Markup("")
    n = numbers[at]
    return Markup(
        '<p class="chain">“{}” <i>the model says</i> <b>{}</b> <i>in its list</i> {} '
        "<i>read as</i> {}</p>"
    ).format(found.tokens[at], n, _label(way.theirs[n]), _label(way.reads[n]))


def _label(label: str) -> Markup:
    return Markup('<b class="{}">{}</b>').format(label[2:].lower() or "none", label)


def lists(way: Way) -> Markup:
    """Both lists with a line from each number to what it is taken for."""
    height = ROW * max(len(way.theirs), len(WIKIANN)) + ROW
    right = WIDTH - CHIP
    lines, chips = [], []
    for i, (label, taken) in enumerate(zip(way.theirs, way.reads, strict=True)):
        to = WIKIANN.index(taken)
        kind = "right" if taken == label else "lost" if taken == "O" else "wrong"
        y1, y2 = _middle(i), _middle(to)
        bend = (right - CHIP) / 2
        lines.append(
            Markup('<path class="{}" d="M{} {}C{} {} {} {} {} {}"/>').format(
                kind, CHIP + 4, y1, CHIP + bend, y1, right - bend, y2, right - 4, y2
            )
        )
        chips.append(_chip(0, i, label, kind))
    chips += [_chip(right, i, label, "") for i, label in enumerate(WIKIANN)]
    said = "; ".join(
        f"{i} {a} is read as {b}"
        for i, (a, b) in enumerate(zip(way.theirs, way.reads, strict=True))
    )
    return Markup(
        '<svg class="lists" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<text x="0" y="16" class="head">the model’s list</text>'
        '<text x="{}" y="16" class="head">WikiANN’s list</text>{}{}</svg>'
    ).format(WIDTH, height, said, right, markup.join(lines), markup.join(chips))


def _middle(row: int) -> float:
    return ROW + row * ROW + ROW / 2


def _chip(x: float, row: int, label: str, kind: str) -> Markup:
    """A number and its label in a rounded box in its kind's colour."""
    y = ROW + row * ROW + 2
    return Markup(
        '<g class="chip {} {}"><rect x="{}" y="{}" width="{}" height="{}" rx="4"/>'
        '<text x="{}" y="{}" class="id">{}</text><text x="{}" y="{}">{}</text></g>'
    ).format(
        label[2:].lower() or "none", kind, x, y, CHIP, ROW - 4, x + GAP, y + 16, row,
        x + 4 * GAP, y + 16, label,
    )  # fmt: skip
