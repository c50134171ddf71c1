"""How names hold when a text is written differently: `evaluate --wild`.

The whole way is measured, from a text with its words still to be found to places in it.
"""

from __future__ import annotations

import argparse
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from demos.core.checkpoint import Checkpoint
from demos.named_entities.labels import Entity, entities
from demos.named_entities.predict import Predictor
from trainers.core import wild_run, wild_texts
from trainers.core.wild import Change
from trainers.named_entities.data import Tagged
from trainers.named_entities.evaluate import OWN, part

SENTENCES = 500
Rng = np.random.Generator


@dataclass(frozen=True)
class Written:
    """A text and its true names, as (kind, first character, character behind the last one)."""

    text: str
    names: frozenset[Entity]


@dataclass(frozen=True)
class Sentence:
    """Words, the gap in front of each, their names, and what stands around."""

    words: tuple[str, ...]
    gaps: tuple[str, ...]
    names: tuple[Entity, ...]
    before: str = ""
    after: str = ""

    def written(self) -> Written:
        text, places = self.before, []
        for word, gap in zip(self.words, self.gaps, strict=True):
            text += gap
            places.append((len(text), len(text) + len(word)))
            text += word
        found = {Entity(e.kind, places[e.start][0], places[e.end - 1][1]) for e in self.names}
        return Written(text + self.after, frozenset(found))


def sentence(s: Tagged) -> Sentence:
    """A tagged sentence with one space between two words."""
    return Sentence(s.words, ("", *[" "] * (len(s.words) - 1)), tuple(entities(s.labels)))


def _each(change: Callable[[str], str]) -> Callable[[Sentence, Rng], Sentence]:
    def changed(s: Sentence, rng: Rng) -> Sentence:
        words = tuple(change(w) or w for w in s.words)
        return Sentence(words, s.gaps, s.names, s.before, s.after)

    return changed


def _slips(n: int) -> Callable[[Sentence, Rng], Sentence]:
    def changed(s: Sentence, rng: Rng) -> Sentence:
        words = list(s.words)
        for i in rng.permutation(len(words))[: 3 * n]:
            slipped = wild_texts.typo(words[i], rng)
            if slipped != words[i] and n > sum(a != b for a, b in zip(words, s.words, strict=True)):
                words[i] = slipped
        return Sentence(tuple(words), s.gaps, s.names, s.before, s.after)

    return changed


def _gaps(change: Callable[[Sentence, Rng], Sequence[str]]) -> Callable[[Sentence, Rng], Sentence]:
    return lambda s, rng: Sentence(s.words, tuple(change(s, rng)), s.names, s.before, s.after)


def _closed(s: Sentence, rng: Rng) -> list[str]:
    """No space before punctuation and behind an opening bracket, as people type."""
    gaps = list(s.gaps)
    for i in range(1, len(gaps)):
        if s.words[i] in ".,:;!?)]}%" or s.words[i] in ("'s", "n't") or s.words[i - 1] in "([{":
            gaps[i] = ""
    return gaps


def _wide(s: Sentence, rng: Rng) -> list[str]:
    return [gap and ("  ", "\t", " \u00a0", "   ")[int(rng.integers(4))] for gap in s.gaps]


def _broken(s: Sentence, rng: Rng) -> list[str]:
    gaps = list(s.gaps)
    if len(gaps) > 1:
        gaps[int(rng.integers(1, len(gaps)))] = "\n"
    return gaps


def _marked(mark: str) -> Callable[[Sentence, Rng], Sentence]:
    """A hash or an at-sign in front of each name, which is no part of it."""

    def changed(s: Sentence, rng: Rng) -> Sentence:
        gaps = list(s.gaps)
        for e in s.names:
            gaps[e.start] += mark
        return Sentence(s.words, tuple(gaps), s.names, s.before, s.after)

    return changed


def _company(before: tuple[str, ...] = (), after: tuple[str, ...] = ()):
    def changed(s: Sentence, rng: Rng) -> Sentence:
        front = f"{before[int(rng.integers(len(before)))]} " if before else ""
        behind = f" {after[int(rng.integers(len(after)))]}" if after else ""
        return Sentence(s.words, s.gaps, s.names, front, behind)

    return changed


def _quotes(word: str) -> str:
    return {"''": "”", "``": "“", '"': "”", "'": "’", "--": "—", "...": "…"}.get(word, word)


CHANGES: tuple[Change[Sentence], ...] = (
    Change("case", "all small letters", "strong", _each(str.lower)),
    Change("case", "all capitals", "strong", _each(str.upper)),
    Change("case", "every word with a capital", "moderate", _each(string.capwords)),
    Change("spacing", "no space before punctuation", "moderate", _gaps(_closed)),
    Change("spacing", "more spaces and tabs", "moderate", _gaps(_wide)),
    Change("spacing", "a line break at random", "strong", _gaps(_broken)),
    Change("quotes", "typographic quotes and dashes", "moderate", _each(_quotes)),
    Change("typos", "one typo", "moderate", _slips(1)),
    Change("typos", "three typos", "strong", _slips(3)),
    Change("tweets", "a hash before each name", "moderate", _marked("#")),
    Change("tweets", "an at-sign before each name", "moderate", _marked("@")),
    Change("emoji", "an emoji behind", "moderate", _company(after=wild_texts.EMOJI)),
    Change("company", "a sentence in front", "moderate", _company(before=wild_texts.BEFORE)),
    Change("company", "a sentence behind", "moderate", _company(after=wild_texts.AFTER)),
)


def wild(a: argparse.Namespace, checkpoint: Checkpoint) -> wild_run.WildTable:
    """F1 of places and kinds under each change, and the share of texts that count as familiar."""
    tagged = part(OWN.get(checkpoint.card.variant, "wikiann"), a.split, a.data, checkpoint)
    tagged = tagged[:: max(1, len(tagged) // SENTENCES)][:SENTENCES]
    predictor = Predictor(checkpoint)

    def answer(given: list[Sentence]) -> np.ndarray:
        counts = []
        for s in given:
            written = s.written()
            found = predictor.predict(written.text)
            ours = {Entity(n.kind, n.start, n.end) for n in found.names}
            known = found.familiarity is None or found.familiarity.familiar
            counts.append((len(ours & written.names), len(ours), len(written.names), known))
        return np.array(counts, float)

    def f1(counts: np.ndarray) -> float:
        right, found, true, _ = counts.sum(0)
        return float(2 * right / max(1.0, found + true))

    rows = wild_run.rows(
        [sentence(s) for s in tagged], CHANGES, answer, f1,
        {"familiar": lambda before, after: float(after[:, 3].mean())},
    )  # fmt: skip
    return wild_run.WildTable("f1", a.split, rows)
