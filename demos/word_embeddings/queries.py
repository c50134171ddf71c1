"""What a text asks of the vectors: a word, a sum of words, a direction, or a whole text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from demos.core.errors import UserError
from demos.word_embeddings.words import STOP, Vocabulary, tokens

MOST = 10  # words in a sum
SOME = 3  # unknown words that a sentence names
_SIGN = re.compile(r"\s+[-−–+]\s*|^\s*[-−–+]\s*|\s*\+\s*")
_DIRECTION = re.compile(r"\s*(?:↔|<-+>|<=*>|⟷)\s*")


@dataclass(frozen=True)
class Query:
    """kind: what is asked; plus, minus: lemmas; unknown: words that have no vector.

    Of a direction `minus` are the words of its left end and `plus` those of its right one.
    """

    kind: Literal["word", "sum", "direction", "text"]
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read(text: str, vocabulary: Vocabulary) -> Query:
    """What a text asks. Raises UserError where no word is known, where a sum has an unknown or
    too many words, and where a direction has not two ends."""
    ends = _DIRECTION.split(text)
    if len(ends) > 1:
        return _direction(ends, vocabulary)
    parts = _SIGN.split(text)
    if len(parts) > 1 and all(len(tokens(p)) <= 1 for p in parts):
        return _sum(text, parts, vocabulary)
    found = vocabulary.read(text)
    known = [w.lemma for w in found if w.lemma is not None]
    missing = tuple(dict.fromkeys(w.written for w in found if w.lemma is None))
    if not known:
        alone = [w for w in tokens(text) if vocabulary.lemma(w)]  # a stop word that has a vector
        known = [vocabulary.lemma(w) for w in alone]
    if not known:
        raise UserError(unknown(missing or tuple(tokens(text)), vocabulary))
    kind = "word" if len(known) == 1 and not missing else "text"
    return Query(kind, tuple(known), (), missing)


def _sum(text: str, parts: list[str], vocabulary: Vocabulary) -> Query:
    signs = ["-" if re.search(r"[-−–]", s) else "+" for s in _SIGN.findall(text)]
    if tokens(parts[0]):
        signs = ["+", *signs]
    else:
        parts = parts[1:]
    words = [p.strip() for p in parts]
    if len(words) > MOST:
        raise UserError(f"This sum has {len(words)} words and at most {MOST} are added up.")
    if not all(tokens(w) for w in words):
        raise UserError("This sum has a sign without a word: write it as king - man + woman.")
    lemmas = each(words, vocabulary)
    plus = tuple(w for w, s in zip(lemmas, signs, strict=True) if s == "+")
    minus = tuple(w for w, s in zip(lemmas, signs, strict=True) if s == "-")
    return Query("sum", plus, minus)


def _direction(ends: list[str], vocabulary: Vocabulary) -> Query:
    sides = [[w for w in tokens(end) if w not in STOP] for end in ends]
    if len(sides) != 2 or not all(sides):
        raise UserError("A direction has two ends: write it as sad ↔ happy.")
    if sum(map(len, sides)) > 2 * MOST:
        raise UserError(f"Each end of a direction has at most {MOST} words.")
    left, right = (tuple(dict.fromkeys(each(side, vocabulary))) for side in sides)
    if set(left) == set(right):
        raise UserError("Both ends of this direction are the same: choose two different words.")
    return Query("direction", right, left)


def each(words: list[str], vocabulary: Vocabulary) -> list[str]:
    """The lemma of each word; UserError, with suggestions, if one has none."""
    lemmas = [vocabulary.lemma(w) for w in words]
    missing = tuple(w for w, lemma in zip(words, lemmas, strict=True) if lemma is None)
    if missing:
        raise UserError(unknown(missing, vocabulary))
    return [lemma for lemma in lemmas if lemma is not None]


def unknown(words: tuple[str, ...], vocabulary: Vocabulary) -> str:
    """The sentence for words without a vector: a stop word, a word that is spelt alike, neither."""
    if not words:
        return "There is no word in this text: write one, of letters, in English."
    said = []
    for word in words[:SOME]:
        shown = word if len(word) <= 24 else f"{word[:24]}…"
        near = vocabulary.suggestions(word)
        if word in STOP:
            said.append(f"“{shown}” is a stop word and was left out")
        elif near:
            said.append(f"“{shown}” is unknown (do you mean {' or '.join(near)}?)")
        else:
            said.append(f"“{shown}” is unknown")
    more = f", and {len(words) - SOME} more" if len(words) > SOME else ""
    return f"{'; '.join(said)}{more}: only words that the lyrics have often get a vector."


def no_vector(text: str, vocabulary: Vocabulary) -> UserError:
    """The error for a text of which no word has a vector."""
    words = tuple(w.written for w in vocabulary.read(text)) or tuple(tokens(text))
    return UserError(unknown(words, vocabulary))
