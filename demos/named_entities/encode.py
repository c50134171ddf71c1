"""Words as what the network reads: their word pieces, and the codes of their letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CLS, SEP, UNKNOWN, MASK = 101, 102, 100, 103
MOST = 24  # word pieces of one word that are read
HEAD, TAIL = 12, 8  # letters of a long word that are read, from both of its ends
# Letters outside ASCII by what they are; 0 stands for no letter, 1 to 95 for printable ASCII.
OTHERS = {"Lu": 100, "Lt": 100, "Ll": 101, "Lo": 102, "Lm": 102, "Nd": 103, "Nl": 103, "No": 103}
MARKS = {"P": 104, "S": 105, "M": 106}
MARK_ROW = 0  # of the letters: the marks [CLS] and [SEP], and padding


@dataclass(frozen=True, eq=False)
class Sentence:
    """Words ready to be read. ids: of all pieces, marks included; owners: the number of each
    piece's word, −1 for marks; firsts: the position of each word's first piece; whole: how many
    pieces the words have in all, also those that are not read."""

    words: tuple[str, ...]
    ids: list[int]
    owners: list[int]
    firsts: list[int]
    whole: int


def code(letter: str) -> int:
    """A number for a letter, capital or not."""
    if " " < letter <= "~":
        return ord(letter) - 32
    base = unicodedata.normalize("NFD", letter)[0]
    if base != letter and " " < base <= "~":
        return ord(base) - 32  # é is spelled as e
    kind = unicodedata.category(letter)
    return OTHERS.get(kind, MARKS.get(kind[0], 107))


def spelling(word: str) -> list[int]:
    """The codes of a word's letters, (HEAD + TAIL,), 0 behind them."""
    if len(word) > HEAD + TAIL:
        word = word[:HEAD] + word[-TAIL:]
    codes = [code(c) for c in word]
    return codes + [0] * (HEAD + TAIL - len(codes))


class Encoder:
    """Sentences from words; the pieces of each word are looked up once."""

    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer

    def __call__(self, sentences: Sequence[Sequence[str]]) -> list[Sentence]:
        """Each word has at least one piece: a mark for what the encoder cannot read."""
        unique = sorted({word for words in sentences for word in words})
        encoded = self.tokenizer.encode_batch(unique, add_special_tokens=False)
        pieces = {w: e.ids or [UNKNOWN] for w, e in zip(unique, encoded, strict=True)}
        return [_sentence(tuple(words), [pieces[w] for w in words]) for words in sentences]


def _sentence(words: tuple[str, ...], pieces: list[list[int]]) -> Sentence:
    ids, owners, firsts = [CLS], [-1], []
    for n, part in enumerate(pieces):
        firsts.append(len(ids))
        ids += part[:MOST]
        owners += [n] * len(part[:MOST])
    return Sentence(words, [*ids, SEP], [*owners, -1], firsts, sum(map(len, pieces)))


def tensors(sentences: Sequence[Sentence]) -> tuple[torch.Tensor, ...]:
    """ids, owners and mask (B, T), and codes (n, letters): what the network reads of a batch."""
    size = max(len(s.ids) for s in sentences)
    ids, owners, mask = (torch.zeros(len(sentences), size, dtype=torch.long) for _ in range(3))
    unique = sorted({word for s in sentences for word in s.words})
    row = {word: n + 1 for n, word in enumerate(unique)}
    codes = torch.tensor([[0] * (HEAD + TAIL), *map(spelling, unique)])
    for i, s in enumerate(sentences):
        n = len(s.ids)
        ids[i, :n] = torch.tensor(s.ids)
        rows = [MARK_ROW if o < 0 else row[s.words[o]] for o in s.owners]
        owners[i, :n] = torch.tensor(rows)
        mask[i, :n] = 1
    return ids, owners, codes, mask
