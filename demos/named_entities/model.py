"""The network: MiniLM, which sees no capitals, given the letters of each word beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

ALPHABET, LETTER, LETTERS = 128, 32, 96  # codes of letters, their width, and that of a word's


class Read(NamedTuple):
    """What the network says of a batch.

    labels: (B, T, labels) logits of each word piece; hidden: (B, T, H) what they were made from.
    """

    labels: torch.Tensor
    hidden: torch.Tensor


class Letters(nn.Module):
    """A vector for a word's spelling and its capitals: convolutions over its letters, and of each
    the strongest answer (Ma and Hovy 2016)."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(ALPHABET, LETTER, padding_idx=0)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(LETTER, LETTERS // 3, size, padding=size // 2) for size in (1, 3, 5)
        )

    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        """(n, letters) codes to (n, LETTERS)."""
        x = self.embedding(codes).transpose(1, 2)  # (n, LETTER, letters)
        return torch.cat([c(x).relu().amax(-1) for c in self.convolutions], -1)


class SpanTypes(nn.Module):
    """What kind of name a whole span is: from its ends, its mean, the sentence and its letters."""

    def __init__(self, hidden: int, kinds: int):
        super().__init__()
        self.inner = nn.Linear(3 * hidden + hidden, 256)
        self.outer = nn.Linear(256, kinds)
        self.dropout = nn.Dropout(0.2)

    def forward(self, hidden: torch.Tensor, spans: torch.Tensor) -> torch.Tensor:
        """hidden (B, T, H) and spans (n, 3), each a row and its first and last word's position, to
        (n, kinds) logits."""
        row, first, last = spans.unbind(-1)
        total = hidden.float().cumsum(1)
        mean = (total[row, last] - total[row, first - 1]) / (last - first + 1)[:, None]
        x = torch.cat([hidden[row, first], hidden[row, last], mean, hidden[row, 0]], -1)
        return self.outer(self.dropout(nn.functional.gelu(self.inner(self.dropout(x)))))


class Tagger(nn.Module):
    """BERT (Devlin et al. 2019) with one of `labels` for each word piece.

    A word's letters are added to its pieces' embeddings, so that every layer knows of capitals,
    and stand beside the last layer's vectors. With `kinds`, what kind of name a span is is
    decided for the span as a whole, too.
    """

    def __init__(self, config: dict[str, Any], labels: Sequence[str], kinds: Sequence[str] = ()):
        super().__init__()
        from transformers import BertConfig, BertModel

        # Without dropout inside attention, training is half as fast again.
        config = BertConfig(**config, attention_probs_dropout_prob=0.0)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.letters = Letters()
        self.inject = nn.Linear(LETTERS, config.hidden_size)
        nn.init.zeros_(self.inject.weight)
        nn.init.zeros_(self.inject.bias)
        self.dropout = nn.Dropout(0.1)
        width = config.hidden_size + LETTERS
        self.head = nn.Linear(width, len(labels))
        self.kinds = SpanTypes(width, len(kinds)) if kinds else None

    @property
    def embedding(self) -> nn.Embedding:
        return self.encoder.embeddings.word_embeddings

    def forward(
        self, ids: torch.Tensor, owners: torch.Tensor, codes: torch.Tensor,
        mask: torch.Tensor | None = None,
    ) -> Read:  # fmt: skip
        """ids (B, T) of word pieces; owners (B, T), which row of codes (n, letters) spells the
        word that a piece belongs to; mask (B, T), what is no padding."""
        spelled = self.letters(codes)[owners]  # (B, T, LETTERS)
        x = self.embedding(ids) + self.inject(spelled)
        x = self.encoder(inputs_embeds=x, attention_mask=mask).last_hidden_state
        x = torch.cat([x, spelled.to(x.dtype)], -1)
        return Read(self.head(self.dropout(x)), x)
