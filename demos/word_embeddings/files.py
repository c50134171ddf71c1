"""What lies in the checkpoints, read and written: vectors in eight bits, vocabularies, grams."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import load, save

from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import Familiarity, Scale
from demos.word_embeddings.grams import Features, collapsed, words
from demos.word_embeddings.space import Space
from demos.word_embeddings.words import Vocabulary

VECTORS, WORDS, GRAMS, WEIGHTS = (
    "vectors.safetensors",
    "words.json",
    "grams.json",
    "model.safetensors",
)
FAMILIARITY = "familiarity.safetensors"
FEWEST = 8  # words of a text whose genre can be told


def packed(vectors: np.ndarray, stability: np.ndarray) -> bytes:
    """Vectors (n, d) with eight bits a number, each row with a step of its own."""
    step = np.abs(vectors).max(1, keepdims=True) / 127
    return save(
        {
            "vectors": np.round(vectors / np.maximum(step, 1e-12)).astype(np.int8),
            "step": step[:, 0].astype(np.float32),
            "stability": np.round(100 * stability).astype(np.uint8),
        }
    )


def written(vocabulary: Vocabulary) -> bytes:
    """A vocabulary as JSON."""
    found = {
        "words": vocabulary.words,
        "counts": vocabulary.counts,
        "forms": dict(vocabulary.forms),
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def vocabulary(checkpoint: Checkpoint) -> Vocabulary:
    """The words of one window's checkpoint."""
    found = json.loads(checkpoint.read(WORDS))
    return Vocabulary(tuple(found["words"]), tuple(found["counts"]), found["forms"])


def space(checkpoint: Checkpoint) -> Space:
    """The vectors of one window's checkpoint, unpacked."""
    found = load(checkpoint.read(VECTORS))
    vectors = found["vectors"].astype(np.float32) * found["step"][:, None]
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return Space(vocabulary(checkpoint), unit, found["stability"] / np.float32(100))


@dataclass(frozen=True, eq=False)
class Lyrical:
    """Is a text like lyrics? The mean log share that its words have in lyrics.

    logs: of each known word; other: of a word that is not known.
    """

    logs: dict[str, float]
    other: float
    scale: Scale

    def score(self, text: str) -> float:
        """More is more like lyrics; NaN for a text of few words, or without a known one."""
        found = [w for w, _, _ in words(collapsed(text))]
        if len(found) < FEWEST or not any(w in self.logs for w in found):
            return float("nan")
        return float(np.mean([self.logs.get(w, self.other) for w in found]))

    def __call__(self, text: str) -> Familiarity:
        return self.scale(self.score(text))


def lyrical(checkpoint: Checkpoint) -> Lyrical:
    """The familiarity of texts as genre_best's checkpoint holds it."""
    found = load(checkpoint.read(FAMILIARITY))
    names = json.loads(checkpoint.read(GRAMS))["familiar"]
    logs = dict(zip(names, found["logs"].astype(float).tolist(), strict=True))
    return Lyrical(logs, float(found["other"][0]), Scale(tuple(found["quantiles"].tolist())))


@dataclass(frozen=True, eq=False)
class Channel:
    """One way of counting one family of grams, ready to serve."""

    features: Features
    places: dict[str, int]
    weights: np.ndarray

    def read(self, text: str) -> tuple[np.ndarray, np.ndarray, list[tuple[int, int, int]]]:
        """Of a collapsed text the known grams' ids (k,), their values (k,), and every occurrence
        as (index into ids, first place, last place)."""
        order: dict[int, int] = {}
        occurrences, counts = [], []
        for gram, start, end in self.features.grams(text):
            place = self.places.get(gram)
            if place is None:
                continue
            index = order.setdefault(place, len(order))
            if index == len(counts):
                counts.append(0)
            counts[index] += 1
            occurrences.append((index, start, end))
        ids = np.fromiter(order, np.int64, len(order))
        values = self.features.numbers(np.array(counts, float), self.weights[ids])
        return ids, values.astype(np.float32), occurrences


def channels(checkpoint: Checkpoint) -> list[Channel]:
    """The channels of a checkpoint of a model over grams."""
    found = json.loads(checkpoint.read(GRAMS))
    weights = load(checkpoint.read(WEIGHTS))
    places = {name: {g: i for i, g in enumerate(grams)} for name, grams in found["grams"].items()}
    return [
        Channel(
            Features(**c["features"]), places[c["grams"]],
            weights[f"idf.{i}"].astype(np.float32),
        )
        for i, c in enumerate(found["channels"])
    ]  # fmt: skip
