"""From songs to lists of lemmas: the original's pipeline, with a lemmatiser that works offline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import simplemma

from demos.word_embeddings.words import Vocabulary, content
from trainers.word_embeddings import data

LEAST = 6  # times that a word is in the lyrics: the original leaves out five and less
# What the lemmatiser makes of these is another word, or one that differs from it in mood.
KEPT = {"better", "best", "worse", "worst", "born", "na", "gon", "lied", "stoned", "media", "data"}
OTHER = {"gone": "go", "niggaz": "nigga"}


def distinct_lines(lyrics: str) -> str:
    """A song without the lines that it has already had: a chorus counts once."""
    return "\n".join(dict.fromkeys(line.strip() for line in lyrics.splitlines()))


def lemma_table(counts: Counter[str]) -> dict[str, str]:
    """The lemma of every form, for forms that are not one themselves. “Lovin” is “loving” where
    that is a word and “lovin” is none."""
    found = {}
    for word in counts:
        whole = f"{word}g"
        dropped = word.endswith("in") and len(word) > 4 and counts[whole] >= LEAST
        if dropped and not simplemma.is_known(word, lang="en"):
            lemma = lemmatised(whole)
        else:
            lemma = lemmatised(word)
        if lemma != word:
            found[word] = lemma
    return found


def lemmatised(word: str) -> str:
    if word in KEPT or word in OTHER:
        return OTHER.get(word, word)
    return simplemma.lemmatize(word, lang="en").lower()


def without_copies(texts: Sequence[str]) -> list[int]:
    """The places of the texts that are no near-duplicates of a longer one."""
    pairs = data.near_duplicates(texts)
    dropped = {min(pair, key=lambda i: (len(texts[i]), i)) for pair in pairs}
    return [i for i in range(len(texts)) if i not in dropped]


def prepared(lyrics: Sequence[str]) -> tuple[list[list[str]], Vocabulary]:
    """The songs as lists of lemmas that are frequent enough, and the vocabulary."""
    texts = [distinct_lines(song) for song in lyrics]
    texts = [texts[i] for i in without_copies(texts)]
    written = [content(text) for text in texts]
    forms = lemma_table(Counter(word for song in written for word in song))
    songs = [[forms.get(word, word) for word in song] for song in written]
    counts = Counter(word for song in songs for word in song)
    frequent = [(w, n) for w, n in counts.items() if n >= LEAST and len(w) > 1]
    frequent.sort(key=lambda pair: (-pair[1], pair[0]))
    words = [w for w, _ in frequent]
    known = set(words)
    vocabulary = Vocabulary(
        tuple(words), tuple(n for _, n in frequent),
        {form: lemma for form, lemma in sorted(forms.items()) if lemma in known},
    )  # fmt: skip
    return [[w for w in song if w in known] for song in songs], vocabulary


def frequencies(songs: Iterable[Sequence[str]]) -> Counter[str]:
    """How often each lemma stands in some songs."""
    return Counter(word for song in songs for word in song)
