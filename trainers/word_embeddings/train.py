"""Training any variant: vectors, genre or sentiment."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import save

from demos.core.checkpoint import Architecture, Data, Metric
from demos.core.familiarity import Scale
from demos.core.runtime import open_checkpoint
from demos.word_embeddings import GENRES, files
from demos.word_embeddings.grams import words
from trainers.core import classifier
from trainers.core.metrics import records, wilson_interval
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.word_embeddings import (
    data,
    genre,
    genre_vectors,
    matrices,
    record,
    sentiment,
    vectors,
)
from trainers.word_embeddings.data import Labelled

SONGS = "songs.safetensors"
EXCERPT = (12, 120)  # words of a held-out excerpt by which familiarity is scaled
WINDOW = "word_embeddings/w2v_10"
PROTOCOL = (
    "An artist's songs and near-duplicates stay together. One part in five of the artists is the "
    "test; the others train, and five folds of them by artist chose everything. Songs whose artist "
    "is unknown are trained on and never measured."
)
NOTES = {
    "genre_best": "Four linear support vector machines (words 1–3 and characters 2–5, by rarity "
    "and by naive Bayes' ratio, Wang and Manning 2012) and sixteen figures of style, weighed by a "
    "logistic regression on answers out of fold. All of it is linear and ships as one layer.",
    "genre_bow_nb": "Multinomial naive Bayes on counts of lemmas and of pairs of them.",
    "genre_avg_w2v": "Logistic regression on the mean of a song's word vectors, window 10.",
    "genre_tfidf_w2v": "The same, rare words weighing more.",
    "genre_cnn": "Runs of two to four word vectors (window 10, frozen), the strongest of each. "
    "Trained once, on all songs that train.",
}
NOTHING = "nothing was chosen: the recipe was fixed beforehand"
LIMITS = (
    "Seven genres as nine web sources have them, which disagree among themselves; English lyrics "
    "without their music. A song that sounds like another genre's is wrong here for good reasons, "
    "and a source that it has not seen costs much accuracy."
)


@dataclass(frozen=True, eq=False)
class Made:
    """What is particular to one way of telling genres. shares: (n, 7), out of fold; epochs."""

    architecture: Architecture
    files: dict[str, bytes]
    uses: dict[str, str]
    shares: np.ndarray
    epochs: int = 1


def train(a: argparse.Namespace, run: Run) -> Trained:
    """The variant's own trainer. None of them starts from given weights: --init is not used."""
    if a.variant.startswith("w2v"):
        return vectors.train(a, run)
    if a.variant.startswith("sentiment"):
        return sentiment.train(a, run)
    given = data.divided(data.generated_songs()) if a.dry_run else data.labelled(a.data)
    makers = {"genre_best": best, "genre_bow_nb": bag, "genre_cnn": convolutions}
    made = makers.get(a.variant, means)(a, run, given)
    measured = np.flatnonzero(~np.isnan(made.shares[:, 0]))
    return Trained(
        architecture=made.architecture,
        data=Data(
            name="song lyrics of seven genres from nine public sources", origin=record.LYRICS,
            licence=record.LICENCE,
            splits={"train": int((~given.test).sum()), "validation": len(measured),
                    "test": int(given.test.sum())},
            protocol=PROTOCOL,
        ),
        references=record.GENRE,
        epochs=made.epochs,
        chosen_on="five folds by artist" if len(measured) else NOTHING,
        metrics=measures(made.shares[measured], given.labels[measured]) if len(measured) else [],
        files={**made.files, SONGS: known(given, made.shares)},
        uses=made.uses,
        evaluation={"curves": run.history},
        licence=record.LICENCE,
        limits=LIMITS,
        notes=NOTES[a.variant],
    )  # fmt: skip


def measures(shares: np.ndarray, labels: np.ndarray) -> list[Metric]:
    """The card's entries for answers out of fold."""
    found = classifier.scores(shares, labels)
    interval = wilson_interval(round(found["accuracy"] * len(labels)), len(labels))
    return records(found, "validation", len(labels), "out of fold, by artist",
                   {"accuracy": interval})  # fmt: skip


def known(given: Labelled, shares: np.ndarray) -> bytes:
    """By which songs are known again (hashes, no texts), and each one's answer out of fold."""
    hashes = np.array([data.hashed(text) for text in given.texts], np.uint32)
    return save({"songs": hashes, "test": given.test, "shares": shares.astype(np.float16)})


def best(a: argparse.Namespace, run: Run, given: Labelled) -> Made:
    made = genre.material(given.texts)
    found, shares = genre.best(given, made)
    arguments = {"sizes": found.sizes, "classes": len(GENRES), "style": made.style.shape[1]}
    names, familiarity = lyrical(given)
    stored = files_of(found, familiar=names) | {files.FAMILIARITY: familiarity}
    return Made(architecture(found, arguments), stored, {}, shares)


def bag(a: argparse.Namespace, run: Run, given: Labelled) -> Made:
    lemmas = files.vocabulary(open_checkpoint(*WINDOW.split("/"))).all_lemmas
    texts = [" ".join(lemmas(text)) for text in given.texts]
    found, shares = genre.bag(given, matrices.count(texts, genre.BAG, least=genre.BAG_LEAST))
    arguments = {"sizes": found.sizes, "classes": len(GENRES)}
    uses = {"words": WINDOW, "familiarity": "word_embeddings/genre_best"}
    return Made(architecture(found, arguments), files_of(found), uses, shares)


def means(a: argparse.Namespace, run: Run, given: Labelled) -> Made:
    space = files.space(open_checkpoint(*WINDOW.split("/")))
    weighted = a.variant == "genre_tfidf_w2v"
    net, content, shares = genre_vectors.mean_model(given, space, weighted)
    arguments = {"words": len(space.unit), "classes": len(GENRES), "width": space.unit.shape[1],
                 "weighted": weighted}  # fmt: skip
    return over_vectors("MeanLinear", net, arguments, content, shares, 1)


def convolutions(a: argparse.Namespace, run: Run, given: Labelled) -> Made:
    space = files.space(open_checkpoint(*WINDOW.split("/")))
    epochs, train = a.epochs or genre_vectors.EPOCHS, np.flatnonzero(~given.test)
    net = genre_vectors.convolutions(run, given, space, a.seed, epochs, train)
    arguments = {"words": len(space.unit), "classes": len(GENRES), "width": space.unit.shape[1]}
    content = genre_vectors.without_table(net)
    none = np.full((len(given.labels), len(GENRES)), np.nan)
    return over_vectors("Convolutions", net, arguments, content, none, epochs)


def over_vectors(name, net, arguments, content: bytes, shares: np.ndarray, epochs: int) -> Made:
    parameters = sum(p.numel() for p in net.parameters())
    uses = {"vectors": WINDOW, "familiarity": "word_embeddings/genre_best"}
    record = Architecture(name=name, arguments=arguments, parameters=parameters)
    return Made(record, {files.WEIGHTS: content}, uses, shares, epochs)


def architecture(found: genre.Packed, arguments: dict) -> Architecture:
    return Architecture(name="GramLinear", arguments=arguments, parameters=found.parameters)


def files_of(found: genre.Packed, **more) -> dict[str, bytes]:
    grams = json.dumps({**found.grams, **more}, ensure_ascii=False, separators=(",", ":"))
    return {files.WEIGHTS: found.weights, files.GRAMS: grams.encode()}


def lyrical(given: Labelled, least: int = 3) -> tuple[list[str], bytes]:
    """Words with their log shares in lyrics, scaled on excerpts of the songs of one fold that the
    shares were not counted in; then they are counted in all songs that train."""
    train = np.flatnonzero(~given.test)
    held = train[given.folds[train] == 0]
    rest = train[given.folds[train] != 0]
    logs, other = log_shares([given.texts[i] for i in rest], least)
    scored = files.Lyrical(logs, other, Scale((0.0, 1.0)))
    scores = [scored.score(text) for text in excerpts([given.texts[i] for i in held])]
    scale = Scale.of(np.nan_to_num(scores, nan=-20.0))
    arrays = {
        "logs": np.array(list(logs.values()), np.float16),
        "other": np.array([other], np.float32),
        "quantiles": np.array(scale.quantiles, np.float32),
    }
    return list(logs), save(arrays)


def log_shares(texts: list[str], least: int) -> tuple[dict[str, float], float]:
    """The log share of each word that stands there so often, and of a word that does not."""
    counts: dict[str, int] = {}
    for text in texts:
        for word, _, _ in words(text):
            counts[word] = counts.get(word, 0) + 1
    total = sum(counts.values())
    kept = {w: float(np.log(n / total)) for w, n in sorted(counts.items()) if n >= least}
    return kept, float(np.log(0.3 / total))


def excerpts(texts: list[str]) -> list[str]:
    """A run of words of each text, of a length that visitors paste."""
    rng = np.random.default_rng(0)
    found = []
    for text in texts:
        parts = text.split()
        length = int(np.exp(rng.uniform(*np.log(EXCERPT))))
        start = int(rng.integers(max(1, len(parts) - length + 1)))
        found.append(" ".join(parts[start : start + length]))
    return found
