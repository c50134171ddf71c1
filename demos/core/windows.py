"""Long texts for networks that see a few hundred word pieces at once: overlapping windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demos.core.errors import UserError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, eq=False)
class Pieces:
    """A text as word pieces: their ids, and `places` (n, 2), where each is in the text.

    Places count characters of the text as it was given, whatever the tokenizer made of it.
    """

    ids: list[int]
    places: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


def pieces(tokenizer: Tokenizer, text: str) -> Pieces:
    """A text's word pieces without marks of start and end; none is empty."""
    encoded = tokenizer.encode(text, add_special_tokens=False)
    places = np.array(encoded.offsets, np.int64).reshape(-1, 2)
    kept = places[:, 1] > places[:, 0]
    return Pieces([i for i, keep in zip(encoded.ids, kept, strict=True) if keep], places[kept])


def windows(n: int, room: int, overlap: int) -> list[slice]:
    """Slices of `n` pieces, each of at most `room` and sharing `overlap` with the one before.

    Raises UserError where windows that overlap so much would not move on.
    """
    if overlap >= room:
        raise UserError(
            f"Windows of {room} word pieces cannot overlap by {overlap}: choose a smaller overlap."
        )
    last = max(0, n - room)
    starts = [*range(0, last, room - overlap), last]
    return [slice(start, min(n, start + room)) for start in starts]
