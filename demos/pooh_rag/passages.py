"""A text in sections, sentences, chunks, and the passages around them; places are characters."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 150  # words of a passage
SIZE = 90  # words of a chunk, by default
LONGEST = 50  # words of a sentence; a longer one is cut where it pauses

_HEADING = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+(?P<mark>\S.{0,99}?)|(?P<word>(?:CHAPTER|Chapter|PART|Part)[ \t]+"
    r"(?:[IVXLC]+|\d+)\b.{0,80}|INTRODUCTION|PREFACE|PROLOGUE|EPILOGUE))[ \t]*$",
    re.MULTILINE,
)
_PARAGRAPH = re.compile(r"\S(?:.|\n(?![ \t]*\n))*")
_STOP = re.compile(r"[.!?…]+[\"'”’_)\]]*(?=\s+[\"'“‘_(\[A-Z])|[。！？]")
_PAUSE = re.compile(r"[,;:]['\"”]?\s|--|—|\.\.\.\s")
_SAID = re.compile(
    r"\b(?:said|asked|cried|called|shouted|whispered|replied|answered|explained|thought|"
    r"squeaked|growled|went on)\s+(?:the\s+)?((?:[A-Z][a-z]+[ ]?){1,2})"
)
_NAME = re.compile(r"(?<=[a-z,;] )(?:[A-Z][a-z]{2,})(?: [A-Z][a-z]+)?")


@dataclass(frozen=True)
class Section:
    """A chapter: its title, and where it begins and ends."""

    title: str
    start: int
    end: int


@dataclass(frozen=True)
class Chunk:
    """What is searched, characters `start` to `end`, and the passage of at most 150 words around
    it, `first` to `last`, that is shown and read. section: its number."""

    start: int
    end: int
    first: int
    last: int
    section: int


@dataclass(frozen=True)
class Split:
    """A text in parts. sentences: (start, end) each."""

    sections: tuple[Section, ...]
    sentences: tuple[tuple[int, int], ...]
    chunks: tuple[Chunk, ...]

    def chunk_at(self, place: int) -> int:
        """The number of the chunk that a character is in, or the last one before it."""
        return max(0, bisect_right([c.start for c in self.chunks], place) - 1)


def split(text: str, size: int = SIZE, overlap: int = 0, most: int = MOST) -> Split:
    """A text in chunks of about `size` words, each sharing `overlap` words with the one before.

    A text of a single word has one chunk; an empty one has none.
    """
    size, overlap = max(1, min(size, most)), max(0, min(overlap, size // 2))
    found = sections(text)
    every: list[tuple[int, int]] = []
    chunks: list[Chunk] = []
    for number, section in enumerate(found):
        parts = sentences(text, section.start, section.end)
        every += parts
        for first, last in _groups(text, parts, size, overlap):
            start, end = parts[first][0], parts[last - 1][1]
            chunks.append(Chunk(start, end, *_around(text, parts, first, last, most), number))
    return Split(tuple(found), tuple(every), tuple(chunks))


def sections(text: str) -> list[Section]:
    """Chapters by Markdown headings or by lines that say chapter or part; else one without a
    title. A subtitle in capitals belongs to its heading."""
    marks = list(_HEADING.finditer(text))
    found = []
    if text[: marks[0].start() if marks else len(text)].strip():
        found.append(Section("", 0, marks[0].start() if marks else len(text)))
    ends = [*(m.start() for m in marks[1:]), len(text)]
    for here, end in zip(marks, ends, strict=False):  # without marks, there is an end too many
        title, start = (here["mark"] or here["word"]).strip(), here.end()
        below = _PARAGRAPH.search(text, start, end)
        if below and below.group().isupper() and len(below.group().split()) < 30:
            title, start = f"{title}: {' '.join(below.group().split()).capitalize()}", below.end()
        found.append(Section(title, start, end))
    found = [s for s in found if text[s.start : s.end].strip()]
    # A text of nothing but headings is one without any.
    return found or ([Section("", 0, len(text))] if text.strip() else [])


def sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """Where the sentences between two places begin and end; none reaches over a blank line."""
    found: list[tuple[int, int]] = []
    for block in _PARAGRAPH.finditer(text, start, len(text) if end is None else end):
        here = block.start()
        for stop in [*(m.end() for m in _STOP.finditer(block.group())), len(block.group())]:
            found += _shortened(text, here, block.start() + stop)
            here = block.start() + stop
    return found


def _shortened(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A sentence without space around it, cut at pauses where it is too long."""
    part = text[start:end]
    start, end = start + len(part) - len(part.lstrip()), start + len(part.rstrip())
    if start >= end:
        return []
    starts = [m.start() for m in re.finditer(r"\S+", text[start:end])]
    if len(starts) <= LONGEST:
        return [(start, end)]
    pauses = [m.end() for m in _PAUSE.finditer(text, start, end)]
    # The last pause before the limit, else the limit itself.
    limit = start + starts[LONGEST]
    near = [p for p in pauses if start + starts[LONGEST // 3] < p <= limit]
    cut = near[-1] if near else limit
    return [(start, start + len(text[start:cut].rstrip())), *_shortened(text, cut, end)]


def count(text: str) -> int:
    """How many words a text has, as people count them."""
    return len(text.split())


def _groups(
    text: str, parts: Sequence[tuple[int, int]], size: int, overlap: int
) -> list[tuple[int, int]]:
    """Runs of sentences, (first, behind the last), of about `size` words."""
    lengths = [count(text[a:b]) for a, b in parts]
    found, first = [], 0
    while first < len(parts):
        last, total = first + 1, lengths[first]
        while last < len(parts) and total + lengths[last] <= size:
            total, last = total + lengths[last], last + 1
        found.append((first, last))
        if last == len(parts):
            break
        back, shared = last, 0
        while back - 1 > first and shared + lengths[back - 1] <= overlap:
            back, shared = back - 1, shared + lengths[back - 1]
        first = back
    return found


def _around(
    text: str, parts: Sequence[tuple[int, int]], first: int, last: int, most: int
) -> tuple[int, int]:
    """The passage around a run of sentences: whole ones on both sides while they fit."""
    total = sum(count(text[a:b]) for a, b in parts[first:last])
    grown = True
    while grown:
        grown = False
        for side in (last, first - 1):
            if 0 <= side < len(parts):
                more = count(text[slice(*parts[side])])
                if total + more <= most:
                    total, grown = total + more, True
                    first, last = min(first, side), max(last, side + 1)
    return parts[first][0], parts[last - 1][1]


def names(text: str, least: int = 2) -> list[str]:
    """The names of a text, the most frequent first: who is said to speak, and words with a
    capital inside sentences."""
    spoken = Counter(m[1].strip() for m in _SAID.finditer(text))
    inside = Counter(m.group() for m in _NAME.finditer(text))
    return [name for name, n in (spoken + inside).most_common(40) if n >= least]


def speakers(text: str, known: Sequence[str]) -> list[str]:
    """Which of the known names a part of the text has, in their order there."""
    places = {name: text.find(name) for name in known}
    return sorted((n for n, at in places.items() if at >= 0), key=lambda n: places[n])
