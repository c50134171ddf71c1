"""Questions with paragraphs and answers: SQuAD, SQuADShifts, QAMR, and what is held out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainers.core.data import Source, load

SQUAD = Source(name="squad", hub="rajpurkar/squad")
SHIFTS = tuple(
    Source(name="squadshifts", hub="squadshifts", config=part, hub_split="test")
    for part in ("new_wiki", "reddit")
)
QAMR = Source(name="qamr")
HELD_OUT = 300  # contexts of SQuAD's training part, on which all choices are made


@dataclass(frozen=True)
class Question:
    """A question about a text. answers: (first character, words) of each reference answer; the
    words are in the text exactly so."""

    id: str
    question: str
    text: str
    answers: tuple[tuple[int, str], ...]


def read(source: Source, split: str, folder: str | None = None) -> list[Question]:
    """The questions of one split whose answers are where they are said to be. Raises DataError."""
    return [
        Question(
            row["id"], row["question"].strip(), row["context"],
            answers_of(row["context"], row["answers"]),
        )
        for row in load(source, split, folder)
    ]  # fmt: skip


def answers_of(text: str, answers: dict[str, list]) -> tuple[tuple[int, str], ...]:
    """Answers without white space around them, at the place nearest to the one that is given."""
    found = []
    for start, words in zip(answers["answer_start"], answers["text"], strict=True):
        kept = words.strip()
        places = [i for i in range(len(text)) if text.startswith(kept, i)] if kept else []
        if places:
            found.append((min(places, key=lambda i: abs(i - start)), kept))
    return tuple(found)


def held_out(questions: Sequence[Question], n: int = HELD_OUT) -> np.ndarray:
    """A mask (len(questions),): the questions on `n` texts, which training does not see."""
    texts = sorted({q.text for q in questions})
    chosen = np.random.default_rng(0).permutation(len(texts))[:n]
    held = {texts[i] for i in chosen}
    return np.array([q.text in held for q in questions])


def generated(n: int = 48) -> list[Question]:
    """A handful of samples for --dry-run."""
    found = []
    for i in range(n):
        who, what = ("Ada", "Bo", "Cem")[i % 3], ("lamp", "boat", "drum", "coat")[i % 4]
        text = f"On day {i // 12}, {who} carried the {what} up the hill. Nobody else came along."
        asked = (f"Who carried the {what}?", who) if i % 2 else (f"What did {who} carry?", what)
        found.append(Question(str(i), asked[0], text, ((text.index(asked[1]), asked[1]),)))
    return found
