"""Texts as word pieces: their ids, which word each belongs to, and batches of one length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_PIECES = 512  # that MiniLM has positions for
TOKENS = 4096  # in a batch


def tokenizer(content: str) -> Tokenizer:
    """The word-piece tokenizer of a tokenizer.json, without padding and truncation."""
    from tokenizers import Tokenizer

    found = Tokenizer.from_str(content)
    found.no_padding()
    found.no_truncation()
    return found


def wordpieces(content: str) -> Callable[[Sequence[str]], list[list[int]]]:
    """A function from many texts to their word-piece ids, marks of start and end included."""
    found = tokenizer(content)
    return lambda texts: [e.ids for e in found.encode_batch(list(texts))]


def pieces_of_words(
    found: Tokenizer, words: Sequence[str], most: int = MOST_PIECES
) -> tuple[list[int], list[int]]:
    """The ids of a text's word pieces, and for each the index of its word.

    -1 stands for the marks of start and end. Of a text with more than `most` pieces the end is
    left out, its mark kept.
    """
    encoded = found.encode(list(words), is_pretokenized=True)
    ids, owners = list(encoded.ids), [-1 if w is None else w for w in encoded.word_ids]
    if len(ids) > most:
        ids, owners = [*ids[: most - 1], ids[-1]], [*owners[: most - 1], -1]
    return ids, owners


def batches_of_one_length(lengths: Sequence[int], tokens: int = TOKENS) -> Iterator[np.ndarray]:
    """The indices of texts that go through a network together, at most `tokens` tokens per batch.

    Texts of one length need no padding, so that an answer does not depend on its company.
    """
    lengths = np.asarray(lengths)
    for length in np.unique(lengths):
        same = np.flatnonzero(lengths == length)
        size = max(1, tokens // max(1, int(length)))
        yield from np.split(same, range(size, len(same), size))
