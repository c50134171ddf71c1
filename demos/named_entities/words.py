"""A text as words and sentences, in the manner of the networks' training data.

Every word is a slice of the text, so that places are exact whatever the text holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

OPENING, CLOSING = "([{<\"'“”„‘’«»‹›#@$€£¿¡*_`~|=+&", ")]}>\"'“”’‘»«›‹,;:!?…%*_`~|=+&"
# Between brackets, quotes and dashes, words part also in the middle; at a slash between letters.
INNER = re.compile(r"([()\[\]{}<>\"“”„«»—…]|\.{2,}|--+|(?<=[^\W\d_])/(?=[^\W\d_]))")
CLITIC = re.compile(r"(?<=\w)(n['’]t|['’](?:s|re|ve|d|m|ll))$", re.IGNORECASE)
ABBREVIATED = re.compile(
    r"(?:\w|.*\w\..*|mr|mrs|ms|dr|prof|st|jr|sr|inc|ltd|co|corp|bros|gen|lt|col|capt|sgt|rev|hon|"
    r"gov|sen|rep|no|vs|mt|ft|ave|blvd|dept|univ)\.", re.IGNORECASE
)  # fmt: skip
ENDS = {".", "!", "?", "…", "...", "?!", "!?"}
CLOSERS = set("\"'”’»)]")
LONGEST = 16  # characters of an abbreviation
SHORT = 50  # characters: a line that is shorter than this is no part of a longer sentence


class Word(NamedTuple):
    """Characters `start` to `end` of the text."""

    start: int
    end: int


def words(text: str) -> list[Word]:
    """The words of a text, punctuation apart, as the Penn Treebank has them."""
    return [w for m in re.finditer(r"\S+", text) for w in _chunk(text, m.start(), m.end())]


def given_words(text: str) -> list[Word]:
    """The words of a text that has spaces between them already."""
    return [Word(*m.span()) for m in re.finditer(r"\S+", text)]


def _chunk(text: str, start: int, end: int) -> Iterator[Word]:
    """The words of what stands between two spaces."""
    edges = [start, end]
    for m in INNER.finditer(text, start, end):
        edges += m.span()
    for i in range(start + 1, end):
        if is_picture(text[i]) != is_picture(text[i - 1]):
            edges.append(i)
    for a, b in pairwise(sorted({*edges})):
        yield from _peeled(text, a, b)


def is_picture(word: str) -> bool:
    """Whether all of a word is emoji, with the joiners and marks that hold them together."""
    return all(
        unicodedata.category(c) == "So" or c in "\u200d\ufe0f\u20e3" or "🏻" <= c <= "🏿"
        for c in word
    )


def _peeled(text: str, start: int, end: int) -> Iterator[Word]:
    """A chunk without the punctuation around it, which are words of their own."""
    if INNER.fullmatch(text, start, end) or is_picture(text[start]):
        yield Word(start, end)
        return
    while start < end and text[start] in OPENING:
        yield Word(start, start + 1)
        start += 1
    behind: list[Word] = []
    while start < end:
        last = text[end - 1]
        clitic = CLITIC.search(text, max(start, end - 3), end)
        if last in CLOSING or (last == "." and not _abbreviated(text, start, end)):
            behind.append(Word(end - 1, end))
            end -= 1
        elif clitic and clitic.start() > start:
            behind.append(Word(clitic.start(), end))
            end = clitic.start()
        else:
            break
    if start < end:
        yield Word(start, end)
    yield from reversed(behind)


def _abbreviated(text: str, start: int, end: int) -> bool:
    return end - start <= LONGEST and ABBREVIATED.fullmatch(text, start, end) is not None


def sentences(text: str, found: list[Word]) -> list[slice]:
    """Slices of the words: a sentence ends with a mark and a space, at an empty line, and behind a
    short line such as a heading or an entry of a list."""
    if not found:
        return []
    starts = [0]
    for i in range(1, len(found)):
        gap = text[found[i - 1].end : found[i].start]
        if gap and (_ended(text, found, i) or _line_ended(text, found[i - 1].end, gap)):
            starts.append(i)
    return [slice(a, b) for a, b in pairwise([*starts, len(found)])]


def _ended(text: str, found: list[Word], i: int) -> bool:
    """Whether a mark stands before word i, closing quotes and brackets left out."""
    k = i - 1
    while k > 0 and text[slice(*found[k])] in CLOSERS and found[k - 1].end == found[k].start:
        k -= 1
    return text[slice(*found[k])] in ENDS


def _line_ended(text: str, end: int, gap: str) -> bool:
    lines = gap.count("\n") or gap.count("\r")
    if lines != 1:
        return lines > 1
    return end - (max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1) < SHORT
