"""Measuring a variant: each kind by its own measures."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from safetensors.numpy import load
from sklearn.metrics import roc_auc_score

from demos.core.checkpoint import Checkpoint, Metric
from demos.core.errors import UserError
from demos.word_embeddings import GENRES, WINDOWS, files
from demos.word_embeddings.predict import Predictor
from demos.word_embeddings.predict_genre import GenreByVectors
from demos.word_embeddings.space import Space, overlap
from trainers.core import classifier
from trainers.core.data import DataError
from trainers.core.evaluation import Report, nothing_left
from trainers.word_embeddings import data, leakage, sentiment, tests_of_words
from trainers.word_embeddings.outsiders import TEXTS, nonsense
from trainers.word_embeddings.train import PROTOCOL, SONGS, excerpts

FREQUENT = 200  # times that the lyrics have a word whose neighbours are compared


def evaluate(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """The measures of the variant's kind. Raises UserError for a split that it has not."""
    if a.variant.startswith("w2v"):
        return of_vectors(a, checkpoint)
    if a.variant.startswith("sentiment"):
        return of_sentiment(a, checkpoint)
    return of_genre(a, checkpoint)


def of_vectors(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """WordSim-353, SimLex-999, analogies: they need no data of ours."""
    if a.split == "train":
        raise UserError("Vectors have no score on lyrics: ask for --split validation or test.")
    space = files.space(checkpoint)
    metrics = tests_of_words.measure(space, a.split)
    if a.split == "test":
        metrics.append(known_words(checkpoint))
    detail = {}
    if a.split == "test" and a.variant == WINDOWS[0]:
        detail["differ"] = that_differ(space, files.space(checkpoint_of(checkpoint, WINDOWS[-1])))
    return Report(
        "WordSim-353, SimLex-999, analogies", a.split, checkpoint.card.data.protocol,
        sum(m.n for m in metrics if m.name in tests_of_words.PAIRS), metrics, detail,
    )  # fmt: skip


def checkpoint_of(beside: Checkpoint, variant: str) -> Checkpoint:
    """Another variant's checkpoint in the same folder."""
    return Checkpoint(beside.folder.parent / variant)


def that_differ(narrow: Space, wide: Space, most: int = 48) -> list[str]:
    """Frequent words with stable neighbours, those first whose neighbours differ most between two
    windows."""
    found = []
    for place, word in enumerate(narrow.vocabulary.words):
        if narrow.vocabulary.counts[place] < FREQUENT or word not in wide.vocabulary:
            break
        other = wide.vocabulary.places[word]
        stable = min(narrow.stability[place], wide.stability[other])
        lists = [s.nearest(s.vector(word), (word,)) for s in (narrow, wide)]
        found.append((overlap(*lists) - float(stable), word))
    return [word for _, word in sorted(found)[:most]]


def known_words(checkpoint: Checkpoint) -> Metric:
    """How well the count tells the words of the lexicon's kind from made-up ones."""
    vocabulary = files.vocabulary(checkpoint)
    words = [w for w in vocabulary.words if vocabulary.count(w) >= 50]
    inside = [np.log10(vocabulary.count(w)) for w in words]
    outside = [float(np.log10(1 + vocabulary.count(vocabulary.lemma(w) or ""))) for w in nonsense()]
    truth = np.repeat([1, 0], [len(inside), len(outside)])
    return Metric(
        name="auroc", split="test", n=len(truth), higher_is_better=True,
        value=float(roc_auc_score(truth, [*inside, *outside])),
        note=f"familiarity: frequent words against {len(outside)} made-up ones",
    )  # fmt: skip


def of_sentiment(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """Ten-fold cross-validation with the shipped recipe, on folds that chose nothing."""
    terms, y = data.lexicon(a.data)
    if a.variant == "sentiment_best":
        read = Predictor(checkpoint).terms
        x = sentiment.encoder_features(read, terms)
    else:
        x, has = sentiment.word_features(terms, files.space(checkpoint.uses("vectors")))
        terms, y = [t for t, h in zip(terms, has, strict=True) if h], y[has]
    if a.split == "train":
        found = np.clip(sentiment.FITS[a.variant](x, y, 0).answer(x), -1, 1)
        metrics = sentiment.measure(found, y, "train", "terms that it was fitted on")
        return Report("SemEval-2015 lexicon", "train", "fitted terms", len(y), metrics)
    seed = sentiment.REPORTED if a.split == "test" else sentiment.CHOSEN
    found = sentiment.cross_validated(a.variant, x, y, sentiment.folds(terms, seed))
    note = "" if a.split == "test" else "folds that chose the recipe"
    metrics = sentiment.measure(found, y, a.split, note)
    detail = {}
    if a.split == "test":
        detail = {"scatter": sentiment.scatter(terms, y, found)}
        if a.variant == "sentiment_best":
            inside = [read.score(t) for t in terms]
            outside = [read.score(t) for t in nonsense()]
            truth = np.repeat([1, 0], [len(inside), len(outside)])
            scores = np.nan_to_num([*inside, *outside], nan=-20.0)
            metrics.append(
                Metric(name="auroc", split="test", n=len(truth), higher_is_better=True,
                       value=float(roc_auc_score(truth, scores)),
                       note=f"familiarity: the lexicon's terms against {len(outside)} made-up ones")
            )  # fmt: skip
    protocol = "ten folds over distinct terms, fitted anew with the shipped recipe"
    return Report("SemEval-2015 lexicon", a.split, protocol, len(y), metrics, detail)


def of_genre(a: argparse.Namespace, checkpoint: Checkpoint) -> Report:
    """Accuracy, macro F1 and calibration; of the validation part from answers out of fold."""
    given = genre_data(a, checkpoint)
    remembered = load(checkpoint.read(SONGS))
    known = {int(h): i for i, h in enumerate(remembered["songs"])}
    hashes = [data.hashed(text) for text in given.texts]
    met = np.array([h in known for h in hashes])
    places = np.array([known.get(h, -1) for h in hashes])
    # What was trained on is known by its hash; songs that nobody knows are all there to test.
    test = np.where(met, remembered["test"][places], not met.any())
    protocol = PROTOCOL if met.any() else "every song of the given data: none is known here"
    if a.split == "validation" and met.any():
        shares = remembered["shares"][places].astype(float)
        rows = np.flatnonzero(met & ~np.isnan(shares[:, 0]))
        if not len(rows):
            raise nothing_left(checkpoint)
        shares = shares[rows] / shares[rows].sum(1, keepdims=True)
    else:
        rows = np.flatnonzero(test if a.split != "train" else ~test)
        if not len(rows):
            raise UserError(f"The given data has no song of the split {a.split}.")
        shares = answers(Predictor(checkpoint), [given.texts[i] for i in rows])
    found = classifier.report(
        a, checkpoint, lambda _: shares, given.labels[rows], GENRES, data="song lyrics",
        protocol=protocol, note="out of fold, by artist" if a.split == "validation" else "",
    )  # fmt: skip
    if a.split == "test":
        found.metrics.append(familiarity(checkpoint, [given.texts[i] for i in rows]))
        found.detail["by_source"] = by_source(shares, given.labels[rows], given.sources[rows])
    if a.leakage:
        found.detail["leakage"] = leakage.table(a.variant, given)
    return found


def genre_data(a: argparse.Namespace, checkpoint: Checkpoint) -> data.Labelled:
    """The songs of `--data`, whichever split their file is called, else ours."""
    try:
        return data.labelled(a.data)
    except DataError:
        if not a.data or a.split != "test":
            raise
    found = [s for s in data.songs(data.GENRE_SONGS, a.data, "test") if s.genre is not None]
    return data.divided(found)


def answers(predictor, texts: Sequence[str]) -> np.ndarray:
    """(n, 7) shares of many texts; equal ones where a variant knows no word of a text."""
    found = []
    for text in texts:
        try:
            found.append(predictor.predict(text).shares)
        except UserError:
            if not isinstance(predictor, GenreByVectors):
                raise
            found.append(np.full(len(GENRES), 1 / len(GENRES)))
    return np.stack(found)


def familiarity(checkpoint: Checkpoint, texts: list[str]) -> Metric:
    """How well the score tells excerpts of test songs from texts that are no lyrics."""
    lyrical = Predictor(checkpoint).lyrical
    inside = [lyrical.score(text) for text in excerpts(texts)]
    outside = [lyrical.score(text) for text in TEXTS]
    truth = np.repeat([1, 0], [len(inside), len(outside)])
    return Metric(
        name="auroc", split="test", n=len(truth), higher_is_better=True,
        value=float(roc_auc_score(truth, np.nan_to_num([*inside, *outside], nan=-20.0))),
        note=f"familiarity: excerpts of test songs against {len(outside)} texts of our own that "
        f"are no lyrics",
    )  # fmt: skip


def by_source(shares: np.ndarray, labels: np.ndarray, sources: np.ndarray) -> list[dict]:
    """Accuracy on the songs of each source."""
    right = shares.argmax(1) == labels
    return [
        {"source": str(s), "n": int((sources == s).sum()),
         "accuracy": float(right[sources == s].mean())}
        for s in np.unique(sources)
    ]  # fmt: skip
