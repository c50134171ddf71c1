"""How the networks read a text: its words become numbers; nothing here needs torch."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np

from demos.core.word_pieces import pieces_of_words
from demos.core.word_pieces import tokenizer as read_tokenizer

LENGTH, VOCABULARY = 50, 10_000  # of the original network
PADDING, UNKNOWN = 0, 1
# What Keras' Tokenizer leaves out; the apostrophe stays.
_FILTERED = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))


@dataclass(frozen=True)
class Reading:
    """A text as a network reads it.

    words: in SST-2's form; ids: what the network gets; owners: for each id the index of its word,
    or -1 for padding and for the marks of start and end; unknown: the words that the network does
    not know; unseen: the words that it does not see, whether cut off or left out.
    """

    words: tuple[str, ...]
    ids: tuple[int, ...]
    owners: tuple[int, ...]
    unknown: frozenset[int]
    unseen: frozenset[int]
    cut: int  # how many words lie beyond what fits

    def per_word(self, values: np.ndarray) -> np.ndarray:
        """(ids,) values summed over the ids of each word: (words,)."""
        found = np.zeros(len(self.words))
        owners = np.array(self.owners)
        np.add.at(found, owners[owners >= 0], np.asarray(values)[owners >= 0])
        return found


_LENGTHENED = re.compile(r"([a-z])\1{2,}")


def shortened(word: str, number: Callable[[str], int | None]) -> str:
    """A word without lengthening: “soooo” is “so” and “goooood” is “good”.

    number(word) is a word's number in a vocabulary in order of frequency, or None. Where the
    letter could be single or double, the more frequent word is meant; a word that is known stays.
    """
    if not _LENGTHENED.search(word) or number(word) is not None:
        return word
    parts = _LENGTHENED.split(word)  # what lies between the runs, and the letter of each run
    runs = product(*((letter, 2 * letter) for letter in parts[1::2]))
    found = ["".join([parts[0], *(r + p for r, p in zip(run, parts[2::2], strict=True))])
             for run in runs]  # fmt: skip
    known = [(n, w) for w in found if (n := number(w)) is not None]
    return min(known)[1] if known else found[0]


class WordReader:
    """The original's reader: 50 words of 10,000, all others one unknown word, padded at the end.

    As Keras' `pad_sequences` does by default, a longer text loses its beginning.
    """

    def __init__(self, words: list[str]):
        self.ids = {word: i for i, word in enumerate(words, UNKNOWN + 1)}

    @staticmethod
    def split(text: str) -> list[str]:
        """The words of a text as Keras' Tokenizer finds them: lower case, without punctuation."""
        return text.lower().translate(_FILTERED).split()

    def encode(self, texts: list[str]) -> np.ndarray:
        """(n, 50) ids."""
        return np.array([self.read(text).ids for text in texts], np.int64).reshape(-1, LENGTH)

    def read(self, text: str) -> Reading:
        """One text in SST-2's form."""
        words = tuple(text.split())
        parts = [(i, shortened(part, self.ids.get))
                 for i, word in enumerate(words) for part in self.split(word)]  # fmt: skip
        seen = parts[-LENGTH:]
        padding = LENGTH - len(seen)
        ids = [self.ids.get(part, UNKNOWN) for _, part in seen]
        owners = {i for i, _ in seen}
        return Reading(
            words,
            (*ids, *[PADDING] * padding),
            (*[i for i, _ in seen], *[-1] * padding),
            frozenset(i for i, part in parts if part not in self.ids),
            frozenset(range(len(words))) - owners,
            len({i for i, _ in parts} - owners),
        )


class PieceReader:
    """MiniLM's reader: a word becomes one or more of 30,522 word pieces."""

    def __init__(self, tokenizer: str):
        self.tokenizer = read_tokenizer(tokenizer)
        self.unknown = self.tokenizer.token_to_id("[UNK]")
        self.mask = self.tokenizer.token_to_id("[MASK]")

    def read(self, text: str) -> Reading:
        """One text in SST-2's form."""
        words = tuple(text.split())
        whole = [shortened(word, self.tokenizer.token_to_id) for word in words]
        ids, owners = pieces_of_words(self.tokenizer, whole)
        unseen = frozenset(range(len(words))) - frozenset(owners)
        return Reading(
            words,
            tuple(ids),
            tuple(owners),
            frozenset(o for i, o in zip(ids, owners, strict=True) if i == self.unknown and o >= 0),
            unseen,
            len(unseen),
        )
