"""Texts to vectors: the shared way for indexing and for questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from demos.core.windows import pieces
from demos.core.word_pieces import batches_of_one_length

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from demos.pooh_rag.model import Encoder

MOST = 256  # word pieces of a text that are read, as MiniLM was trained
CLS, SEP = 101, 102
AT_ONCE = 2048  # tokens in a batch


@dataclass(frozen=True, eq=False)
class Encoded:
    """vectors (n, H); for each text its tokens' vectors (t, WIDTH) and characters (t, 2)."""

    vectors: np.ndarray
    tokens: list[np.ndarray]
    places: list[np.ndarray]


class Encode:
    """Turns texts into vectors, those of one length together."""

    def __init__(self, net: Encoder, tokenizer: Tokenizer):
        self.net, self.tokenizer = net, tokenizer
        self.width = net.projection.in_features

    @torch.inference_mode()
    def __call__(
        self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
    ) -> Encoded:
        made = [pieces(self.tokenizer, text) for text in texts]
        ids = [[CLS, *m.ids[: MOST - 2], SEP] for m in made]
        vectors = np.zeros((len(texts), self.width), np.float32)
        tokens: list[np.ndarray] = [np.zeros((0, 0), np.float32)] * len(texts)
        done = 0
        for batch in batches_of_one_length([len(i) for i in ids], AT_ONCE):
            whole, each = self.net(torch.tensor([ids[i] for i in batch]))
            vectors[batch] = whole.numpy()
            for i, found in zip(batch, each, strict=True):
                tokens[i] = found[1:-1].numpy()
            done += len(batch)
            if progress:
                progress(done, len(texts))
        return Encoded(vectors, tokens, [m.places[: MOST - 2] for m in made])
