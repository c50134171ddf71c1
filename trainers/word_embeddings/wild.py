"""How answers hold when a text is written differently: `evaluate --wild`."""

from __future__ import annotations

import argparse
import re

import numpy as np

from demos.core.checkpoint import Checkpoint
from demos.core.errors import UserError
from demos.word_embeddings.predict import Predictor
from trainers.core import wild_run, wild_texts
from trainers.core.evaluation import nothing_left
from trainers.core.wild import Change
from trainers.word_embeddings import data, sentiment
from trainers.word_embeddings.evaluate import answers, genre_data

MOST, EVERY = 300, 3  # songs that are changed; of so many terms one
Rng = np.random.Generator


def no_punctuation(text: str, rng: Rng) -> str:
    """Without any mark but apostrophes."""
    return re.sub(r"[^\w\s'’]", " ", text)


def lines(text: str, rng: Rng) -> str:
    """A line break every five to nine words, as lyrics are printed."""
    words, out = text.split(), []
    while words:
        n = int(rng.integers(5, 10))
        out.append(" ".join(words[:n]))
        words = words[n:]
    return "\n".join(out)


def third(which: int):
    """Without its first, middle or last third."""

    def without(text: str, rng: Rng) -> str:
        words = text.split()
        a, b = which * len(words) // 3, (which + 1) * len(words) // 3
        return " ".join(words[:a] + words[b:]) or text

    return without


def one_verse(text: str, rng: Rng) -> str:
    """Forty words of it."""
    words = text.split()
    start = int(rng.integers(max(1, len(words) - 40)))
    return " ".join(words[start : start + 40])


CHANGES: tuple[Change[str], ...] = (
    Change("case", "all capitals", "strong", wild_texts.upper),
    Change("case", "every word with a capital", "moderate", wild_texts.title),
    Change("line breaks", "a line every few words", "moderate", lines),
    Change("line breaks", "more spaces and line breaks", "strong", wild_texts.spaced_out),
    Change("punctuation", "no punctuation", "moderate", no_punctuation),
    Change("quotes", "typographic quotes and dashes", "moderate", wild_texts.typographic),
    Change("length", "without the first third", "moderate", third(0)),
    Change("length", "without the middle third", "moderate", third(1)),
    Change("length", "without the last third", "moderate", third(2)),
    Change("length", "forty words of it", "strong", one_verse),
    Change("typos", "three typos", "moderate", wild_texts.typos),
)
TERMS: tuple[Change[str], ...] = (
    Change("case", "all capitals", "moderate", wild_texts.upper),
    Change("hashtag", "written together, with #", "strong", lambda t, _: "#" + t.replace(" ", "")),
    Change("punctuation", "an exclamation mark", "moderate", lambda t, _: f"{t}!"),
    Change("doubled letters", "one lengthened word", "moderate", wild_texts.lengthened),
    Change("typos", "one typo", "moderate", wild_texts.typo),
)


def wild(a: argparse.Namespace, checkpoint: Checkpoint) -> wild_run.WildTable:
    """Accuracy of a genre, or Kendall's τ of a sentiment, under each change."""
    predictor = Predictor(checkpoint)
    if a.variant.startswith("genre"):
        if a.split != "test":  # it was trained on all songs but these
            raise nothing_left(checkpoint)
        given = genre_data(a, checkpoint)
        rows = np.flatnonzero(given.test)
        rows = rows[:: max(1, len(rows) // MOST)][:MOST]
        texts, labels = [given.texts[i] for i in rows], given.labels[rows]

        def score(found: np.ndarray) -> float:
            return float((found.argmax(1) == labels).mean())

        table = wild_run.rows(texts, CHANGES, lambda t: answers(predictor, t), score,
                              {"same_answer": same_answer})  # fmt: skip
        return wild_run.WildTable("accuracy", a.split, table)
    if a.variant != "sentiment_best":
        raise UserError("This variant has no changes for --wild: the genres and sentiment_best do.")
    from scipy.stats import kendalltau

    terms, y = data.lexicon(a.data)
    seed = sentiment.REPORTED if a.split == "test" else sentiment.CHOSEN
    fold, x = sentiment.folds(terms, seed), predictor.features(terms).numpy()
    kept = np.arange(len(terms))[::EVERY]

    def answer(texts: list[str]) -> np.ndarray:
        """Each by a regression that did not see the term."""
        found, changed = np.zeros(len(texts)), predictor.features(texts).numpy()
        for k in range(sentiment.FOLDS):
            fitted, asked = sentiment.support(x[fold != k], y[fold != k], 0), fold[kept] == k
            found[asked] = fitted.answer(changed[asked])
        return np.clip(found, -1, 1)

    table = wild_run.rows(
        [terms[i] for i in kept], TERMS, answer,
        lambda found: float(kendalltau(found, y[kept])[0]),
        {"mean_change": lambda before, after: float(np.abs(after - before).mean())},
    )  # fmt: skip
    return wild_run.WildTable("kendall", a.split, table)


def same_answer(before: np.ndarray, after: np.ndarray) -> float:
    """The share of texts whose answer stays."""
    return float((before.argmax(1) == after.argmax(1)).mean())
