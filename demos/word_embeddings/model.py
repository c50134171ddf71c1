"""The models of the word demo as torch modules: vectors, linear models over n-grams or over the
mean of vectors, a convolutional network, and regressions of sentiment."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


class Vectors(nn.Module):
    """Word vectors: a table, and nothing else once it is trained (Mikolov et al. 2013)."""

    def __init__(self, words: int, width: int = 300):
        super().__init__()
        self.table = nn.Embedding(words, width)


class GramLinear(nn.Module):
    """One linear layer over the n-grams of a text and the figures of its style.

    sizes: how many grams each channel has; a channel is one way of counting one family of grams.
    """

    def __init__(self, sizes: list[int], classes: int, style: int = 0):
        super().__init__()
        self.channels = nn.ModuleList(nn.Embedding(n, classes) for n in sizes)
        self.style = nn.Linear(style, classes, bias=False) if style else None
        if style:
            self.register_buffer("mean", torch.zeros(style))  # of the songs that it learned from
        self.bias = nn.Parameter(torch.zeros(classes))

    def forward(
        self, found: list[tuple[torch.Tensor, torch.Tensor]], style: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Each channel's grams' ids (k,) and values (k,), and style (s,), to (classes,) logits."""
        total = self.bias
        for table, (ids, values) in zip(self.channels, found, strict=True):
            total = total + values @ table(ids)
        return total if self.style is None else total + self.style(style - self.mean)


class MeanLinear(nn.Module):
    """A linear layer on the mean of a text's word vectors; words may weigh differently."""

    def __init__(self, words: int, classes: int, width: int = 300, weighted: bool = False):
        super().__init__()
        self.table = nn.Embedding(words, width)
        self.weight = nn.Parameter(torch.ones(words), requires_grad=weighted)
        self.linear = nn.Linear(width, classes)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(T,) word ids to (classes,) logits."""
        weights = self.weight[ids]
        mean = (weights @ self.table(ids)) / weights.sum()
        return self.linear(F.normalize(mean, dim=0))


class Convolutions(nn.Module):
    """A convolutional network over word vectors (Kim 2014, arXiv 1408.5882): runs of two to four
    words, the strongest of each kind in the text, one linear layer."""

    def __init__(
        self, words: int, classes: int, width: int = 300, filters: int = 48, dropout: float = 0.5
    ):
        super().__init__()
        self.table = nn.Embedding(words, width)
        self.runs = nn.ModuleList(nn.Conv1d(width, filters, n, padding=n - 1) for n in (2, 3, 4))
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(3 * filters, classes)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(B, T) word ids to (B, classes) logits."""
        return self.classify(self.table(ids))

    def classify(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, width) word vectors to (B, classes) logits."""
        x = x.transpose(1, 2)
        x = torch.cat([F.relu(run(x)).amax(2) for run in self.runs], 1)
        return self.linear(self.dropout(x))


class MeanRegression(nn.Module):
    """A regression on the mean of a term's word vectors: linear, or with one hidden layer."""

    def __init__(self, words: int, width: int = 300, hidden: int = 0):
        super().__init__()
        self.table = nn.Embedding(words, width)
        self.head = nn.Linear(width, 1)
        if hidden:
            self.head = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(T,) word ids to a score ()."""
        return self.head(F.normalize(self.table(ids).mean(0), dim=0))[0]


class Encoder(nn.Module):
    """MiniLM as it judges films (Wang et al. 2020): what a term is to it, in `layers` places."""

    def __init__(self, config: dict[str, Any]):
        super().__init__()
        from transformers import BertConfig, BertModel

        self.encoder = BertModel(BertConfig(**config), add_pooling_layer=False)
        self.head = nn.Linear(config["hidden_size"], 1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(B, T) word pieces without padding to (B, layers, H) means over pieces, and a logit."""
        found = self.encoder(ids, output_hidden_states=True).hidden_states
        return torch.stack([h.mean(1) for h in found], 1)


class Kernel(nn.Module):
    """Support vector regression with a radial kernel over given features (Drucker et al. 1997)."""

    def __init__(self, vectors: int, width: int, gamma: float):
        super().__init__()
        self.gamma = gamma
        self.vectors = nn.Parameter(torch.zeros(vectors, width), requires_grad=False)
        self.weights = nn.Parameter(torch.zeros(vectors), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(1), requires_grad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, width) features to (B,) scores."""
        distance = torch.cdist(x, self.vectors, compute_mode="donot_use_mm_for_euclid_dist")
        return (-self.gamma * distance**2).exp() @ self.weights + self.bias
