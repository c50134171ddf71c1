"""The network: MiniLM as an encoder, one vector for a text and one for each of its word pieces."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

WIDTH = 128  # of the vectors of word pieces


class Encoder(nn.Module):
    """A Sentence-BERT (Reimers and Gurevych 2019) whose tokens are kept, too.

    The vector of a text is the mean of its tokens' last hidden states. For late interaction
    (ColBERT, Khattab and Zaharia 2020) each token is projected to `WIDTH` numbers. All vectors
    have length one.
    """

    def __init__(self, config: dict[str, Any]):
        super().__init__()
        from transformers import BertConfig, BertModel

        config = BertConfig(**config)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.projection = nn.Linear(config.hidden_size, WIDTH, bias=False)

    def forward(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, T) ids without padding to vectors of texts (B, H) and of tokens (B, T, WIDTH)."""
        states = self.encoder(ids).last_hidden_state
        texts = nn.functional.normalize(states.mean(1), dim=-1)
        return texts, nn.functional.normalize(self.projection(states), dim=-1)
