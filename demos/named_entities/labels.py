"""The two label lists, how numbers of one are read in the other, and entities from labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

CONLL = ("O", "B-MISC", "I-MISC", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
WIKIANN = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
TYPES = ("PER", "ORG", "LOC", "MISC")
NAMES = {"PER": "person", "ORG": "organisation", "LOC": "place", "MISC": "other name"}


class Entity(NamedTuple):
    """Words `start` to `end` (behind the last one) that are one name of a kind."""

    kind: str
    start: int
    end: int


def face_value(labels: Sequence[str], target: Sequence[str]) -> tuple[str, ...]:
    """How each number of a list reads in another one; numbers that it lacks read as O."""
    return tuple(target[i] if i < len(target) else "O" for i in range(len(labels)))


def by_name(labels: Sequence[str], target: Sequence[str]) -> tuple[str, ...]:
    """How each number reads when labels are looked up by name; names that are not there, as O."""
    return tuple(label if label in target else "O" for label in labels)


def kind_of(label: str) -> str:
    """`PER` of `B-PER`; nothing of `O`."""
    return label[2:]


def entities(labels: Sequence[str]) -> list[Entity]:
    """The names in a sequence of labels as seqeval's default mode finds them: one ends where the
    kind changes or a B- stands; an I- without a beginning begins one (as conlleval has it)."""
    found: list[Entity] = []
    kind, start = "", 0
    for i, label in enumerate([*labels, "O"]):
        if kind and (label[:1] != "I" or kind_of(label) != kind):
            found.append(Entity(kind, start, i))
            kind = ""
        if not kind and label != "O":
            kind, start = kind_of(label), i
    return found


def strict_entities(labels: Sequence[str]) -> list[Entity]:
    """As `entities`, but only what begins with B- and goes on with I- of its kind (strict IOB2)."""
    return [e for e in entities(labels) if labels[e.start][:1] == "B"]
