"""The networks of the sentiment demo: the original BiLSTM, MiniLM, the distilled BiLSTM.

Shapes: B texts of T tokens each. All networks answer with one logit per text; its sigmoid is the
probability that the text is positive. The Keras network, as the original has it, answers with the
probability itself. `temperature` divides the logit, so that the probability is right as often as
it says (Guo et al. 2017, arXiv 1706.04599); it is fitted after the training.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


def keras_seed_network() -> Any:
    """The original network to the letter, for whatever backend Keras was imported with."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input((50,)),
            layers.Embedding(10_000, 256),
            layers.SpatialDropout1D(0.2),
            layers.Bidirectional(layers.LSTM(128, return_sequences=True)),
            layers.Dropout(0.3),
            layers.Bidirectional(layers.LSTM(64)),
            layers.Dropout(0.3),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


class SeedNetwork(nn.Module):
    """The original network in torch, as it answers once trained; Keras steps through an LSTM in
    Python on this backend, which takes thirty times as long."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10_000, 256)
        self.lstm1 = nn.LSTM(256, 128, batch_first=True, bidirectional=True)
        self.lstm2 = nn.LSTM(256, 64, batch_first=True, bidirectional=True)
        self.dense1 = nn.Linear(128, 64)
        self.dense2 = nn.Linear(64, 1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(B, 50) token ids, padded at the end with 0, to (B,) logits."""
        return self.classify(self.embedding(ids))

    def classify(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 50, 256) embeddings to (B,) logits."""
        x, _ = self.lstm1(x)
        _, (last, _) = self.lstm2(x)  # (2, B, 64): where each direction ends
        return self.dense2(F.relu(self.dense1(torch.cat([*last], 1))))[:, 0]

    def take(self, weights: list[Any]) -> None:
        """Take over the arrays of the Keras network, in its order.

        Keras has its gates in the same order (input, forget, cell, output), its matrices
        transposed, and one bias where torch adds two.
        """
        arrays = iter(torch.from_numpy(w) for w in weights)
        self.embedding.weight.data = next(arrays)
        for lstm in (self.lstm1, self.lstm2):
            for way in ("", "_reverse"):
                for name in ("weight_ih_l0", "weight_hh_l0"):
                    getattr(lstm, name + way).data = next(arrays).T.contiguous()
                getattr(lstm, "bias_ih_l0" + way).data = next(arrays)
                getattr(lstm, "bias_hh_l0" + way).data.zero_()
        for dense in (self.dense1, self.dense2):
            dense.weight.data, dense.bias.data = next(arrays).T.contiguous(), next(arrays)

    def count_params(self) -> int:
        """The parameters of the Keras network: without torch's second bias of each gate."""
        doubled = sum(p.numel() for n, p in self.named_parameters() if "bias_hh" in n)
        return sum(p.numel() for p in self.parameters()) - doubled


class MiniLm(nn.Module):
    """A transformer encoder (MiniLM, Wang et al. 2020) with one logit on the mean of its tokens."""

    def __init__(self, config: dict[str, Any], temperature: float = 1.0):
        super().__init__()
        self.temperature = temperature
        from transformers import BertConfig, BertModel

        self.encoder = BertModel(BertConfig(**config), add_pooling_layer=False)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(config["hidden_size"], 1)

    @property
    def embedding(self) -> nn.Embedding:
        return self.encoder.embeddings.word_embeddings

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(B, T) token ids without padding to (B,) logits."""
        return self.classify(self.embedding(ids))

    def classify(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, H) word embeddings to (B,) logits."""
        x = self.encoder(inputs_embeds=x).last_hidden_state
        return self.head(self.dropout(x.mean(1)))[:, 0] / self.temperature


class BiLstm(nn.Module):
    """A bidirectional LSTM over word pieces; the largest value of each unit over the text decides.

    Tang et al. 2019 (arXiv 1903.12136) distilled BERT into such a net; theirs reads words.
    """

    def __init__(
        self, vocabulary: int, width: int, hidden: int, dense: int, dropout: float = 0.3,
        temperature: float = 1.0,
    ):  # fmt: skip
        super().__init__()
        self.temperature = temperature
        self.embedding = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.Linear(4 * hidden, dense)
        self.head = nn.Linear(dense, 1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(B, T) token ids without padding to (B,) logits."""
        return self.classify(self.embedding(ids))

    def classify(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, width) embeddings to (B,) logits."""
        x, _ = self.lstm(self.dropout(x))  # (B, T, 2 · hidden)
        x = torch.cat([x.amax(1), x.mean(1)], 1)
        x = self.head(self.dropout(F.relu(self.dense(self.dropout(x)))))
        return x[:, 0] / self.temperature


NETWORKS = {net.__name__: net for net in (SeedNetwork, MiniLm, BiLstm)}


def build(name: str, arguments: dict[str, Any]) -> nn.Module:
    """The torch network of a card's architecture record; KeyError for an unknown name."""
    return NETWORKS[name](**arguments)
