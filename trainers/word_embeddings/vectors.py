"""Skip-gram vectors for one window (Mikolov et al. 2013), trained by gensim with one worker: the
same seed gives the same vectors."""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from gensim.models import Word2Vec

from demos.core.checkpoint import Architecture, Data
from demos.core.familiarity import Scale
from demos.word_embeddings import files
from demos.word_embeddings.space import SHOWN, Space
from demos.word_embeddings.words import Vocabulary
from trainers.core.data import load
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.word_embeddings import corpus, data, record, tests_of_words

WIDTH = 300


@dataclass(frozen=True)
class Recipe:
    """window: words on either side; removed: how many directions in which all words agree are
    taken out afterwards, beside the mean (Mu and Viswanath 2018, arXiv 1702.01417)."""

    window: int
    epochs: int
    negative: int = 10
    sample: float = 1e-4
    rate: float = 0.025
    removed: int = 2


RECIPES = {
    "w2v_2": Recipe(2, epochs=12),
    "w2v_10": Recipe(10, epochs=3, negative=5, removed=4),
    "w2v_20": Recipe(20, epochs=2, negative=5, removed=4),
}


def fixed_hash(word: str) -> int:
    """Python's own hash of a text differs from process to process."""
    return zlib.crc32(word.encode())


def skip_gram(
    songs: Sequence[Sequence[str]], vocabulary: Vocabulary, recipe: Recipe, seed: int, run: Run
) -> np.ndarray:
    """(n, 300) vectors in the vocabulary's order. Each epoch is kept, so that a run can be resumed
    where it ended."""
    path = run.folder / f"seed{seed}.model"
    done = run.folder / f"seed{seed}.epochs"
    if run.resume and done.is_file():
        model, first = Word2Vec.load(str(path)), int(done.read_text())
    else:
        model, first = Word2Vec(
            vector_size=WIDTH, window=recipe.window, sg=1, negative=recipe.negative,
            sample=recipe.sample, min_count=1, workers=1, seed=seed, hashfxn=fixed_hash,
        ), 0  # fmt: skip
        model.build_vocab(songs)
    fall = (recipe.rate - recipe.rate / 100) / recipe.epochs
    for epoch in range(first, recipe.epochs):
        start = recipe.rate - fall * epoch
        model.train(
            songs, total_examples=model.corpus_count, epochs=1, start_alpha=start,
            end_alpha=start - fall, compute_loss=True,
        )  # fmt: skip
        run.folder.mkdir(parents=True, exist_ok=True)
        model.save(str(path))
        done.write_text(str(epoch + 1))
        print(f"epoch {epoch + 1}/{recipe.epochs} with seed {seed}", flush=True)
    return np.array(model.wv[list(vocabulary.words)], np.float32)


def spread_out(vectors: np.ndarray, removed: int) -> np.ndarray:
    """(n, d) unit vectors without the mean and without the directions that all of them share."""
    found = vectors - vectors.mean(0)
    if removed:
        _, _, directions = np.linalg.svd(found, full_matrices=False)
        found = found - (found @ directions[:removed].T) @ directions[:removed]
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def stability(one: np.ndarray, other: np.ndarray, most: int = SHOWN) -> np.ndarray:
    """(n,) the share of each word's nearest words (n, d) that another training finds, too."""
    found = np.zeros(len(one), np.float32)
    for start in range(0, len(one), 1000):
        part = slice(start, start + 1000)
        lists = []
        for unit in (one, other):
            scores = unit[part] @ unit.T
            scores[np.arange(len(scores)), np.arange(start, start + len(scores))] = -np.inf
            lists.append(np.argpartition(-scores, most, axis=1)[:, :most])
        found[part] = [len(np.intersect1d(a, b)) / most for a, b in zip(*lists, strict=True)]
    return found


def train(a: argparse.Namespace, run: Run) -> Trained:
    """Read the lyrics, train twice (the second run says how stable neighbours are), pack."""
    recipe = RECIPES[a.variant]
    recipe = replace(recipe, epochs=a.epochs or recipe.epochs)
    lyrics = (
        data.generated_lyrics() if a.dry_run else load(data.ALL_SONGS, "train", a.data)["lyrics"]
    )
    songs, vocabulary = corpus.prepared([text or "" for text in lyrics])
    words = sum(map(len, songs))
    print(f"{len(songs):,} songs, {words:,} words, {len(vocabulary.words):,} different", flush=True)
    unit = spread_out(skip_gram(songs, vocabulary, recipe, a.seed, run), recipe.removed)
    again = replace(recipe, epochs=max(1, recipe.epochs // 2))
    second = spread_out(skip_gram(songs, vocabulary, again, a.seed + 1, run), recipe.removed)
    stable = stability(unit, second, min(SHOWN, len(unit) - 2))
    space = Space(vocabulary, unit, stable)
    counts = np.repeat(np.log10(vocabulary.counts), np.array(vocabulary.counts))
    return Trained(
        architecture=Architecture(
            name="Vectors", arguments={"words": len(unit), "width": WIDTH}, parameters=unit.size
        ),
        data=Data(
            name="song lyrics from nine public sources", origin=record.LYRICS,
            licence=record.LICENCE, splits={"train": len(songs), "validation": 0, "test": 1352},
            protocol="All lyrics train. Every other pair of WordSim-353 and SimLex-999 chose the "
            "recipe; the tests report on all pairs, and on those that chose nothing beside.",
        ),
        references=record.VECTORS,
        epochs=recipe.epochs,
        chosen_on="every other pair of WordSim-353 and SimLex-999: how many shared directions are "
        "taken out; wider windows have more to learn from and got fewer epochs beforehand",
        metrics=tests_of_words.measure(space, "validation"),
        files={
            files.VECTORS: files.packed(unit, stable),
            files.WORDS: files.written(vocabulary),
        },
        evaluation={
            "scale": list(Scale.of(counts).quantiles),
            "stability": by_count(vocabulary, stable),
        },
        licence=record.LICENCE,
        limits="Words as lyrics use them. A word that the lyrics have a few times only has "
        "neighbours by chance; a word with several meanings has one vector; what is said of people "
        "in songs, prejudice and all, is in the vectors.",
        notes=f"gensim's skip-gram, {recipe.negative} negatives, subsampling {recipe.sample:g}, "
        f"one worker; the mean and {recipe.removed} directions that all words share taken out. "
        f"A second training with another seed and half of the epochs says how stable each word's "
        f"neighbours are; its time is included.",
    )  # fmt: skip


def by_count(vocabulary: Vocabulary, stable: np.ndarray) -> list[dict[str, float]]:
    """Mean stability of the neighbours of words that are so frequent."""
    counts = np.array(vocabulary.counts)
    edges = (6, 10, 20, 50, 100, 500, 10**9)
    return [
        {
            "low": low,
            "high": high,
            "n": int(inside.sum()),
            "stability": float(stable[inside].mean()),
        }
        for low, high in pairwise(edges)
        if (inside := (counts >= low) & (counts < high)).any()
    ]
