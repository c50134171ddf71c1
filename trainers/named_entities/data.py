"""Sentences whose names are marked: CoNLL-2003, WikiANN, and files in CoNLL's format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from demos.core.checkpoint import Checkpoint
from demos.named_entities.labels import CONLL, WIKIANN
from trainers.core.data import DataError, Source, load

SOURCES = {
    "conll2003": Source(name="conll2003", hub="eriktks/conll2003"),
    "wikiann": Source(name="wikiann", hub="unimelb-nlp/wikiann", config="en"),
}
LABELS = {"conll2003": CONLL, "wikiann": WIKIANN}


@dataclass(frozen=True)
class Tagged:
    """A sentence in words, and the name of each word's label."""

    words: tuple[str, ...]
    labels: tuple[str, ...]


def read(name: str, split: str, folder: str | None = None) -> list[Tagged]:
    """The sentences of one split. Raises DataError.

    Labels are taken by name: copies of CoNLL-2003 number them differently. In a folder of
    somebody's own, `train.txt` and the like may be in CoNLL's format.
    """
    own = Path(folder) / f"{split}.txt" if folder else None
    if own is not None and own.is_file():
        return read_conll(own)
    rows = load(SOURCES[name], split, folder)
    feature = getattr(rows.features["ner_tags"], "feature", None)
    names = getattr(feature, "names", None) or LABELS[name]
    return [
        Tagged(tuple(row["tokens"]), tuple(names[i] for i in row["ner_tags"]))
        for row in rows
        if row["tokens"]
    ]


def refit(given: Sequence[Tagged], held: Sequence[Tagged]) -> tuple[list[Tagged], list[Tagged]]:
    """Training and validation sentences once a recipe is fixed: four fifths of the latter are
    trained on, too."""
    kept = len(held) * 4 // 5
    return [*given, *held[:kept]], [*held[kept:]]


def refitted(checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint was trained with `--refit`."""
    return "--refit" in checkpoint.card.training.command.split()


def read_conll(path: Path) -> list[Tagged]:
    """A file with a word and, last on its line, its label; an empty line ends a sentence.

    Raises DataError for a label that is none.
    """
    found: list[Tagged] = []
    words: list[str] = []
    labels: list[str] = []
    for number, line in enumerate([*path.read_text(encoding="utf-8").split("\n"), ""], 1):
        parts = line.split()
        if not parts or parts[0] == "-DOCSTART-":
            if words:
                found.append(Tagged(tuple(words), tuple(labels)))
            words, labels = [], []
        elif len(parts) < 2 or parts[-1] not in {*CONLL, *WIKIANN}:
            raise DataError(
                f"{path}, line {number}: expected a word and a label such as B-PER, with a space "
                "between them."
            )
        else:
            words.append(parts[0])
            labels.append(parts[-1])
    return found


def write_conll(sentences: Iterable[Tagged]) -> str:
    """Sentences in the format that `read_conll` reads."""
    return "\n".join(
        "".join(f"{w} {label}\n" for w, label in zip(s.words, s.labels, strict=True))
        for s in sentences
    )


def seen(sentences: Sequence[Tagged], training: Sequence[Tagged]) -> np.ndarray:
    """A mask (len(sentences),): those whose words occur in training as they are."""
    known = {s.words for s in training}
    return np.array([s.words in known for s in sentences], bool)


def generated(n: int = 48, labels: Sequence[str] = WIKIANN) -> list[Tagged]:
    """A handful of sentences for --dry-run."""
    people, places = ("Ada Lovett", "Bo Ek", "Cem Arslan"), ("Ulm", "Port Ellen", "Oslo", "Bern")
    found = []
    for i in range(n):
        words, tags = [], []
        for text, kind in ((people[i % 3], "PER"), ("moved to", ""), (places[i % 4], "LOC"),
                           (("in spring ." if i % 2 else "."), "")):  # fmt: skip
            for k, word in enumerate(text.split()):
                words.append(word)
                tags.append((f"{'I' if k else 'B'}-{kind}") if kind else "O")
        found.append(Tagged(tuple(words), tuple(tags)))
    return found
