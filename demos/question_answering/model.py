"""The network: an encoder that reads question and text together, and a score for every span."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

WIDTH = 64  # of the vectors that say whether a start and an end belong together
LONGEST = 30  # word pieces of an answer


class Reader(nn.Module):
    """BERT (Devlin et al. 2019) over question and text, with one score for each pair of pieces.

    The score of a span is that of its start, of its end, and of the two together (a product of two
    short vectors, as Fajcik et al. 2021 score them); that of “no answer” is the span of the mark
    [CLS] at position 0.
    """

    def __init__(self, config: dict[str, Any]):
        super().__init__()
        from transformers import BertConfig, BertModel

        # Without dropout inside attention, training is half as fast again.
        config = BertConfig(**config, attention_probs_dropout_prob=0.0)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(config.hidden_size, 2 + 2 * WIDTH)

    @property
    def embedding(self) -> nn.Embedding:
        return self.encoder.embeddings.word_embeddings

    def forward(
        self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(B, T) ids, 0 for pieces of the question and 1 for the text, and what is not padding, to
        what `spans` reads, (B, T, 2 + 2 · WIDTH)."""
        return self.read(self.embedding(ids), types, mask)

    def read(
        self, x: torch.Tensor, types: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """As `forward`, from word embeddings (B, T, H)."""
        read = self.encoder(inputs_embeds=x, token_type_ids=types, attention_mask=mask)
        return self.head(self.dropout(read.last_hidden_state))


def spans(found: torch.Tensor) -> torch.Tensor:
    """(…, T, 2 + 2 · WIDTH) of the network to the scores (…, T, T) of all starts and ends."""
    start, end, first, second = found.float().split([1, 1, WIDTH, WIDTH], -1)
    return start + end.transpose(-1, -2) + first @ second.transpose(-1, -2) / WIDTH**0.5


def possible(inside: torch.Tensor, longest: int = LONGEST) -> torch.Tensor:
    """Which spans (…, T, T) may be answers: within the text (…, T) bool, not backwards, short."""
    size = inside.shape[-1]
    near = torch.ones(size, size, dtype=torch.bool, device=inside.device).triu()
    near &= ~near.triu(longest)
    return near & inside[..., None] & inside[..., None, :]
