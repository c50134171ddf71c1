"""The best spans of a text: none twice, none that overlap, each with its share of all there are."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from demos.core.windows import Pieces
from demos.question_answering.result import Span

SHOWN = 5
UNKNOWN = 100  # the id of a piece whose letters the encoder does not have
# Pieces by which answers do not differ, as SQuAD's own measure has it: articles and punctuation.
ARTICLES = {"a", "an", "the"}
FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Spans of a text: their margins (n,) over “no answer”, and their first and last pieces."""

    margins: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @classmethod
    def of(cls, parts: list[Candidates]) -> Candidates:
        """Those of all windows; of a span that several of them have, the better one."""
        margins, first, last = (
            np.concatenate([getattr(p, name) for p in parts])
            for name in ("margins", "first", "last")
        )
        order = np.argsort(-margins, kind="stable")
        pairs = first[order] * (int(last.max(initial=0)) + 1) + last[order]
        kept = order[np.sort(np.unique(pairs, return_index=True)[1])]
        return cls(margins[kept], first[kept], last[kept])


def best(
    found: Candidates, text: str, pieces: Pieces, temperature: float = 1.0
) -> tuple[Span, ...]:
    """The five best spans, the best one first, with their shares at a temperature.

    Spans that overlap with a better one, or have its words, are not answers of their own: their
    shares are added to its.
    """
    if not len(found.margins):
        return ()
    margins = found.margins.astype(float) / temperature
    highest = max(float(margins.max()), 0.0)
    weights = np.exp(margins - highest)
    shares = weights / (weights.sum() + np.exp(-highest))
    keys = _keys(found, text, pieces)
    left, kept = np.ones(len(shares), bool), []
    while left.any() and len(kept) < SHOWN:
        top = int(np.argmax(np.where(left, found.margins, -np.inf)))
        same = (found.first <= found.last[top]) & (found.last >= found.first[top])
        same = left & (same | (keys == keys[top]))
        start, end = pieces.places[found.first[top], 0], pieces.places[found.last[top], 1]
        start, end = whole(text, int(start), int(end))
        kept.append(Span(start, end, text[start:end], float(shares[same].sum())))
        left &= ~same
    return (kept[0], *sorted(kept[1:], key=lambda span: -span.share))


def whole(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with all of the characters that it begins and ends with: accents that follow a
    letter, and the parts of an emoji, belong to it."""
    while start > 0 and (_follows(text[start]) or text[start - 1] == "\u200d"):
        start -= 1
    while end < len(text) and (_follows(text[end]) or text[end - 1] == "\u200d"):
        end += 1
    return start, end


def _follows(c: str) -> bool:
    return unicodedata.category(c) in ("Mn", "Mc", "Me") or c == "\u200d" or "🏻" <= c <= "🏿"


def _keys(found: Candidates, text: str, pieces: Pieces) -> np.ndarray:
    """A number for each span, the same for the same words: a hash that is added up over pieces."""
    words = [text[a:b].lower() for a, b in pieces.places.tolist()]
    codes = np.array(
        [crc32(w.encode()) if i == UNKNOWN else i for i, w in zip(pieces.ids, words, strict=True)],
        np.uint64,
    )
    counted = _counted(text, pieces)
    size = len(codes)
    powers, sums = np.ones(size + 1, np.uint64), np.zeros(size + 1, np.uint64)
    counts = np.concatenate([[0], np.cumsum(counted)])
    with np.errstate(over="ignore"):
        for i in range(size):
            powers[i + 1] = powers[i] * FACTOR
            sums[i + 1] = sums[i] * FACTOR + codes[i] if counted[i] else sums[i]
        number = counts[found.last + 1] - counts[found.first]
        return sums[found.last + 1] - sums[found.first] * powers[number]


def _counted(text: str, pieces: Pieces) -> np.ndarray:
    """(n,) which pieces count when answers are compared: neither articles nor punctuation."""
    words = (text[a:b].lower() for a, b in pieces.places.tolist())
    return np.array([w not in ARTICLES and any(map(str.isalnum, w)) for w in words], bool)


def telling(text: str, pieces: Pieces) -> np.ndarray:
    """(n + 1,) how many pieces before each place tell something: of a span of articles,
    punctuation and letters that the encoder does not have, it knows nothing."""
    known = np.array(pieces.ids, np.int64) != UNKNOWN
    return np.concatenate([[0], np.cumsum(known & _counted(text, pieces))])


def words_of(text: str, pieces: Pieces) -> np.ndarray:
    """(n,) the number of the word that each piece belongs to: words have space between them."""
    places = pieces.places
    gaps = [
        b > a and any(c.isspace() for c in text[a:b])
        for a, b in zip(places[:-1, 1].tolist(), places[1:, 0].tolist(), strict=True)
    ]
    return np.concatenate([[0], np.cumsum(gaps, dtype=np.int64)])[: len(pieces)].astype(np.int64)
