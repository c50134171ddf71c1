"""What a split hides: the same model measured on random folds, on folds by artist, and on sources
that it has not seen; and how well the same features name the source."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from demos.core.runtime import open_checkpoint
from demos.word_embeddings import files
from trainers.word_embeddings import genre, matrices
from trainers.word_embeddings.data import FOLDS, Labelled

ROWS = (
    ("random", "random folds: an artist's songs on both sides"),
    ("artist", "folds by artist and near-duplicates: as everywhere here"),
    ("source", "each source held out in turn: no song of it was seen"),
)


def table(variant: str, given: Labelled) -> dict:
    """Rows with the accuracy of each split, and the control. Songs of the test part are not used.

    The stack is not fitted here: the best variant stands with its first part, words by rarity.
    """
    bag = variant == "genre_bow_nb"
    if bag:
        lemmas = files.vocabulary(open_checkpoint("word_embeddings", "w2v_10")).all_lemmas
        texts = [" ".join(lemmas(text)) for text in given.texts]
        counts = matrices.count(texts, genre.BAG, least=genre.BAG_LEAST)
    else:
        counts = matrices.count(given.texts, genre.PARTS[0].features, least=3)
    pool = np.flatnonzero(~given.test & (given.folds >= 0))
    used = given.sources[pool]
    rng = np.random.default_rng(0)
    folds = {
        "random": rng.permutation(len(pool)) % FOLDS,
        "artist": given.folds[pool],
        "source": np.unique(used, return_inverse=True)[1],
    }
    rows = []
    for name, note in ROWS:
        right = measured(bag, counts, given.labels, pool, folds[name])
        rows.append({"split": name, "note": note, "accuracy": float(right.mean()), "n": len(pool)})
    sources = np.unique(used, return_inverse=True)[1]
    control = replace(given, labels=np.zeros(len(given.labels), int))
    kept = np.flatnonzero(sources < genre.CLASSES)  # a model tells as many sources as genres
    control.labels[pool] = sources
    right = measured(bag, counts, control.labels, pool[kept], given.folds[pool[kept]])
    most = float(np.bincount(sources[kept]).max() / len(kept))
    return {
        "model": "naive Bayes" if bag else "words by rarity and logistic regression",
        "rows": rows,
        "source": {"accuracy": float(right.mean()), "most_frequent": most, "n": len(kept),
                   "sources": int(min(genre.CLASSES, sources.max() + 1))},
    }  # fmt: skip


def measured(
    bag: bool, counts: matrices.Counts, labels: np.ndarray, pool: np.ndarray, folds: np.ndarray
) -> np.ndarray:
    """(pool,) whether each song is told rightly by a model that did not see its fold."""
    right = np.zeros(len(pool), bool)
    for fold in np.unique(folds):
        rows, asked = pool[folds != fold], pool[folds == fold]
        part = genre.PARTS[0]
        if bag:
            scores = genre.fit_bag(counts, labels, rows).scores(counts, genre.BAG, asked)
        else:
            model = genre.fit_part(part, counts, labels, rows)
            scores = model.scores(counts, part.features, asked)
        right[folds == fold] = scores.argmax(1) == labels[asked]
    return right
