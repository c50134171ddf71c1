"""Songs and the lexicon: what is read, which songs belong together, and how they are divided."""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from demos.word_embeddings import GENRES
from demos.word_embeddings.grams import collapsed
from demos.word_embeddings.words import tokens
from trainers.core.data import DataError, Source, load

if TYPE_CHECKING:
    from datasets import Dataset

METROLYRICS = (
    "https://github.com/omriallouche/ydata_deep_learning_2021/raw/refs/heads/master/data/"
    "metrolyrics.parquet"
)
LEXICON_HOME = (
    "http://saifmohammad.com/WebDocs/lexiconstoreleaseonsclpage/"
    "SemEval2015-English-Twitter-Lexicon.zip"
)
FILMS = Source("sst2", hub="stanfordnlp/sst2")
FOLDS, TEST_PART = 5, 5  # one part in so many tests; folds of the others
MADE_UP = (
    "night day love road river fire heart rain dance money devil light home guitar king queen man "
    "woman sad happy song gold tears street"
)
SHINGLE, SKETCH, ALIKE = 5, 24, 6  # near-duplicates: words, hashes kept, hashes in common


@dataclass(frozen=True)
class Song:
    """One song. text: collapsed; genre: a place in GENRES, or None; source: where it was read."""

    id: str
    artist: str
    text: str
    genre: int | None
    source: str


def _home(path: Path, split: str) -> Dataset:
    """MetroLyrics as the original reads it: its one file, whatever the split."""
    from datasets import load_dataset

    return load_dataset("parquet", data_files={"train": str(path)}, split="train")


def _lexicon_home(folder: Path, split: str) -> Dataset:
    from datasets import Dataset

    file = next(Path(folder).rglob("*.txt"))
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    pairs = [(row[1], float(row[0])) for row in rows if len(row) == 2]
    return Dataset.from_dict({"term": [t for t, _ in pairs], "score": [s for _, s in pairs]})


GENRE_SONGS = Source("lyrics_genres", home=METROLYRICS, read_home=_home)
ALL_SONGS = Source("lyrics_corpus", home=METROLYRICS, read_home=_home)
LEXICON = Source("semeval2015_lexicon", home=LEXICON_HOME, read_home=_lexicon_home)


def songs(source: Source, folder: str | None = None, split: str = "train") -> list[Song]:
    """The songs of a source. Raises DataError."""
    rows = load(source, split, folder)
    names = getattr(rows.features.get("genre"), "names", None)
    return [song(i, row, names) for i, row in enumerate(rows)]


def song(index: int, row: dict[str, Any], names: Sequence[str] | None) -> Song:
    """A row of either layout (ours, or MetroLyrics' with `song` and `index`)."""
    genre = row.get("genre")
    if isinstance(genre, int) and names:
        genre = names[genre]
    id_ = str(row.get("song_id") or row.get("index") or index)
    return Song(
        id_, artist_key(row.get("artist") or ""), collapsed(row["lyrics"] or ""),
        GENRES.index(genre) if genre in GENRES else None, id_.partition("-")[0],
    )  # fmt: skip


def artist_key(name: str) -> str:
    """An artist's name without guests, articles and punctuation; empty where it is unknown."""
    first = re.split(r"\b(?:feat|ft|featuring|with|vs|x)\b\.?|[&,/;(]", name.lower())[0]
    return re.sub(r"^the\b|[^\w]", "", first.replace("-", " ").strip()).strip("_")


def sketch(text: str) -> list[int]:
    """The smallest hashes of a text's runs of five words: two texts that share many are alike."""
    words = tokens(text)
    runs = {zlib.crc32(" ".join(words[i : i + SHINGLE]).encode())
            for i in range(len(words) - SHINGLE + 1)}  # fmt: skip
    return sorted(runs)[:SKETCH]


def near_duplicates(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of texts that are nearly the same, or of which one is a part of the other."""
    holders = defaultdict(list)
    for i, text in enumerate(texts):
        for value in sketch(text):
            holders[value].append(i)
    shared: Counter[tuple[int, int]] = Counter()
    for found in holders.values():
        if len(found) < 50:  # a run that fifty songs have says nothing
            shared.update((a, b) for k, a in enumerate(found) for b in found[k + 1 :])
    return [pair for pair, n in shared.items() if n >= ALIKE]


def groups(given: Sequence[Song]) -> list[str]:
    """The name of each song's group: an artist's songs, and near-duplicates of any artist's."""
    parent = list(range(len(given)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[str, int] = {}
    pairs = near_duplicates([s.text for s in given])
    pairs += [(first.setdefault(s.artist, i), i) for i, s in enumerate(given) if s.artist]
    for a, b in pairs:
        parent[root(b)] = root(a)
    names: dict[int, str] = {}
    for i, s in enumerate(given):  # the smallest name in a group, so that order does not matter
        r = root(i)
        own = s.artist or f"~{s.id}"
        names[r] = min(names.get(r, own), own)
    return [names[root(i)] for i in range(len(given))]


def parts(labels: np.ndarray, names: Sequence[str], n: int, seed: int = 0) -> np.ndarray:
    """(songs,) the part, 0 to n − 1, of each song: groups stay whole, and each part has about the
    same share of every genre."""
    from sklearn.model_selection import StratifiedGroupKFold

    found = np.zeros(len(labels), int)
    n = min(n, int(np.bincount(labels).max(initial=0)), len(set(names)))
    if n < 2:  # too few songs to divide
        return found
    split = StratifiedGroupKFold(n, shuffle=True, random_state=seed)
    for part, (_, rows) in enumerate(split.split(labels, labels, names)):
        found[rows] = part
    return found


def hashed(text: str) -> int:
    """By which a song is known again without being kept."""
    return zlib.crc32(text.encode())


@dataclass(frozen=True, eq=False)
class Labelled:
    """Songs with a genre. labels, test, folds: (n,); a song whose artist is unknown is trained on
    and never measured: fold -1."""

    songs: list[Song]
    labels: np.ndarray
    test: np.ndarray
    folds: np.ndarray

    @property
    def texts(self) -> list[str]:
        return [s.text for s in self.songs]

    @property
    def sources(self) -> np.ndarray:
        return np.array([s.source for s in self.songs])


def labelled(folder: str | None = None) -> Labelled:
    """The songs with one of our genres, divided by groups. Raises DataError."""
    found = [s for s in songs(GENRE_SONGS, folder) if s.genre is not None and s.text]
    if not found:
        raise DataError(f"No song has one of the genres {', '.join(GENRES)}.")
    return divided(found)


def divided(found: list[Song]) -> Labelled:
    """Songs with their parts and folds."""
    names, labels = np.array(groups(found)), np.array([s.genre for s in found])
    known = np.flatnonzero([bool(s.artist) for s in found])
    test, folds = np.zeros(len(found), bool), np.full(len(found), -1)
    test[known] = parts(labels[known], names[known], TEST_PART) == 0
    rest = known[~test[known]]
    folds[rest] = parts(labels[rest], names[rest], FOLDS)
    # Who has a song without an artist that is a copy of one of theirs, keeps it.
    alone = np.setdiff1d(np.arange(len(found)), known)
    test[alone] = np.isin(names[alone], names[test])
    return Labelled(found, labels, test, folds)


def lexicon(folder: str | None = None) -> tuple[list[str], np.ndarray]:
    """The distinct terms of the lexicon and their mean scores (n,), −1 to 1. Raises DataError."""
    rows = load(LEXICON, "lexicon", folder)
    scores = defaultdict(list)
    for term, score in zip(rows["term"], rows["score"], strict=True):
        scores[str(term).strip().lower()].append(float(score))
    return list(scores), np.array([float(np.mean(v)) for v in scores.values()])


def film_phrases() -> list[str]:
    """The phrases that SST-2 trains on: which words hashtags may be made of. Raises DataError."""
    return [str(phrase).strip() for phrase in load(FILMS, "train")["sentence"]]


def generated_songs(each: int = 12) -> list[Song]:
    """A handful of made-up songs of every genre, for --dry-run."""
    rng = np.random.default_rng(0)
    words = np.array(MADE_UP.split())
    found = []
    for genre, name in enumerate(GENRES):
        own = np.append(words, np.repeat(words[genre * 3 : genre * 3 + 3], 3))
        for i in range(each):
            text = collapsed(" ".join(rng.choice(own, 60)))
            found.append(Song(f"made-{name}-{i}", f"artist{genre}{i}", text, genre, f"s{i % 2}"))
    return found


def generated_lyrics() -> list[str]:
    """Texts for --dry-run of the vectors."""
    return [song.text for song in generated_songs(30)]


def generated_lexicon() -> tuple[list[str], np.ndarray]:
    """Terms and scores for --dry-run."""
    terms = [
        "happy",
        "love",
        "gold",
        "light",
        "dance",
        "home",
        "song",
        "king",
        "sad",
        "tears",
        "devil",
        "rain",
        "fire",
        "night",
    ]
    pairs = [f"not {t}" for t in terms]
    half = np.repeat([0.7, -0.7], len(terms) // 2)
    return [*terms, *pairs], np.concatenate([half, -half])
