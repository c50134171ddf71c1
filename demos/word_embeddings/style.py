"""How a text is written, in sixteen figures; but for rude words no meaning matters."""

from __future__ import annotations

import zlib
from collections import Counter
from itertools import pairwise

import numpy as np

from demos.word_embeddings.grams import words

NAMES = (
    "compressed size", "different words", "words once", "most frequent word", "repeated pairs",
    "repeated fives", "length", "letters a word", "long words", "apostrophes", "dropped g",
    "rude words", "brackets", "questions and calls", "syllables of sound", "rhymes",
)  # fmt: skip
_RUDE = """
    fuck fucking fuckin fucked fucker motherfucker motherfuckin shit shitty bitch bitches ass asses
    damn hell nigga niggas hoe hoes pussy dick cock cunt bastard piss crap whore slut
"""
_SOUNDS = "la na oh ooh yeah hey uh ah whoa da doo ha mmm woah ay ayy yo huh eh"
RUDE, SOUNDS = frozenset(_RUDE.split()), frozenset(_SOUNDS.split())
WINDOW = 9  # words in which an ending comes again


def figures(text: str) -> np.ndarray:
    """(16,) figures of a collapsed text, each about 0 to 3."""
    found = [w for w, _, _ in words(text)]
    n = max(1, len(found))
    counts = Counter(found)
    raw = text.encode()
    pairs = list(pairwise(found))
    fives = [tuple(found[i : i + 5]) for i in range(len(found) - 4)]
    endings = [w[-3:] for w in found]
    rhymes = sum(
        endings[i] in endings[max(0, i - WINDOW) : i]
        and found[i] not in found[max(0, i - WINDOW) : i]
        for i in range(len(found))
    )
    return np.array(
        [
            len(zlib.compress(raw, 6)) / max(1, len(raw)) * 2,
            len(counts) / n * 2,
            sum(c == 1 for c in counts.values()) / n * 2,
            max(counts.values(), default=0) / n * 5,
            1 - len(set(pairs)) / max(1, len(pairs)),
            1 - len(set(fives)) / max(1, len(fives)),
            np.log1p(len(found)) / 3,
            sum(map(len, found)) / n / 3,
            sum(len(w) > 7 for w in found) / n * 5,
            sum("'" in w for w in found) / n * 5,
            sum(w.endswith("in'") or (w.endswith("in") and len(w) > 4) for w in found) / n * 20,
            np.sqrt(sum(w in RUDE for w in found) / n) * 5,
            np.sqrt((text.count("(") + text.count("[")) / n) * 3,
            np.sqrt((text.count("?") + text.count("!")) / n) * 3,
            np.sqrt(sum(w in SOUNDS for w in found) / n) * 3,
            rhymes / n * 3,
        ]
    )  # fmt: skip
