"""Does an answer say nothing but what the cited passages say?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from demos.pooh_rag import words

ENOUGH = 0.8  # of the content words
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMERALS = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty thirty forty fifty hundred thousand
"""
_SPELT = frozenset(_NUMERALS.split())


def name_words(text: str) -> list[str]:
    """The words with a capital that do not merely begin a sentence."""
    found = []
    for m in words.WORD.finditer(text):
        begins = not text[: m.start()].strip() or text[: m.start()].rstrip()[-1:] in ".!?:\"“'‘("
        plain = m.group().lower() in words.STOP
        if m.group()[0].isupper() and not plain and (not begins or len(text.split()) <= 3):
            found.append(m.group())
    return found


def is_supported(answer: str, passages: Sequence[str]) -> bool:
    """Whether every number and name, and at least 80 % of the other content words, occur in the
    passages (compared without their endings)."""
    there = {words.stem(w) for passage in passages for w in words.words(passage)}
    figures = {n for passage in passages for n in _NUMBER.findall(passage)}
    strict = [words.stem(w) for w in name_words(answer)]
    strict += [w for w in words.content(answer) if w in _SPELT]
    if not set(_NUMBER.findall(answer)) <= figures or not set(strict) <= there:
        return False
    rest = [w for w in words.content(answer) if w not in strict and not w.isdigit()]
    return sum(w in there for w in rest) >= ENOUGH * len(rest)
