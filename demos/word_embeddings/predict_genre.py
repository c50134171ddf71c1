"""The genre of a text, by its n-grams or by the vectors of its words."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import torch
from safetensors.torch import load

from demos.core.checkpoint import Checkpoint
from demos.core.errors import UserError
from demos.word_embeddings import GENRES, files, queries, style
from demos.word_embeddings.grams import collapsed, words
from demos.word_embeddings.model import Convolutions, GramLinear, MeanLinear
from demos.word_embeddings.result import Deciding, Genre
from demos.word_embeddings.words import content

NO_WORD = "There is no word in this text: write one, of letters, in English."


class GenreByGrams:
    """A linear model over n-grams: all that it says is a sum over what stands in the text."""

    def __init__(self, checkpoint: Checkpoint):
        architecture = checkpoint.card.architecture
        self.parameters = architecture.parameters
        self.net = GramLinear(**architecture.arguments)
        weights = load(checkpoint.read(files.WEIGHTS))
        self.net.load_state_dict({k: v.float() for k, v in weights.items() if "idf" not in k})
        self.net.requires_grad_(False)
        self.channels = files.channels(checkpoint)
        uses = checkpoint.card.uses
        self.words = files.vocabulary(checkpoint.uses("words")) if "words" in uses else None
        own = checkpoint if files.FAMILIARITY in checkpoint.card.files else None
        self.lyrical = files.lyrical(own or checkpoint.uses("familiarity"))

    def as_read(self, text: str) -> str:
        """The text that n-grams are taken of: collapsed, or its lemmas."""
        text = collapsed(text)
        return text if self.words is None else " ".join(self.words.all_lemmas(text))

    def logits(self, text: str) -> np.ndarray:
        """(7,) of one text."""
        read = self.as_read(text)
        found = [tuple(map(torch.from_numpy, c.read(read)[:2])) for c in self.channels]
        figures = None
        if self.net.style is not None:
            figures = torch.from_numpy(style.figures(read).astype(np.float32))
        return self.net(found, figures).numpy()

    def predict(self, text: str) -> Genre:
        """The genre of a text. Raises UserError for a text without words."""
        found = words(collapsed(text))
        if not found:
            raise UserError(NO_WORD)
        return Genre(GENRES, _softmax(self.logits(text)), len(found), self.lyrical(text))

    def outputs(self, asked: Sequence[tuple[str]]) -> list[dict[str, np.ndarray]]:
        """`logits` (7,) of each text."""
        return [{"logits": self.logits(text)} for (text,) in asked]

    def explain(self, text: str, genre: int) -> Deciding:
        """What each word of the text adds to a genre's margin over the mean of all genres; exact,
        since the model is a sum. A gram of several words is divided among them by letters, and what
        has no letter is part of the rest."""
        read = self.as_read(text)
        found = words(read)
        owner = np.full(len(read) + 1, -1)
        for i, (_, start, end) in enumerate(found):
            owner[start:end] = i
        values = np.zeros(len(found) + 1)
        for channel, table in zip(self.channels, self.net.channels, strict=True):
            ids, numbers, occurrences = channel.read(read)
            weights = table.weight.numpy()[ids].astype(float)
            added = numbers * (weights[:, genre] - weights.mean(1))
            times = np.bincount([i for i, _, _ in occurrences], minlength=len(ids))
            for i, start, end in occurrences:
                owners = owner[start:end]
                owners = owners[owners >= 0] if (owners >= 0).any() else owners
                np.add.at(values, owners, added[i] / times[i] / len(owners))  # -1 is the last
        bias = self.net.bias.numpy().astype(float)
        rest = float(bias[genre] - bias.mean()) + float(values[-1])
        by_style = {}
        if self.net.style is not None:
            weights = self.net.style.weight.numpy().astype(float)
            figures = style.figures(read) - self.net.mean.numpy()
            added = figures * (weights[genre] - weights.mean(0))
            by_style = dict(zip(style.NAMES, added.tolist(), strict=True))
        names = tuple(read[a:b] for _, a, b in found)
        return Deciding(GENRES[genre], names, values[:-1], rest + sum(by_style.values()), by_style)

    def typical(self, genre: int, most: int = 25) -> list[str]:
        """The words and runs of words that weigh most for a genre, stop words and rare ones
        apart: by their weight, or, of naive Bayes, by weight times how often the genre has it."""
        sums: dict[str, float] = {}
        for channel, table in zip(self.channels, self.net.channels, strict=True):
            if channel.features.family == "characters":
                continue
            weights = table.weight.numpy().astype(float)
            found = (weights[:, genre] - weights.mean(1)) * channel.weights
            if channel.features.counts == "plain":
                found = found * np.exp(weights[:, genre])
            for gram, place in channel.places.items():
                sums[gram] = sums.get(gram, 0.0) + found[place]
        kept = (g for g in sorted(sums, key=lambda g: -sums[g]) if content(g))
        return list(itertools.islice(kept, most))


class GenreByVectors:
    """A model over word vectors: their mean, or a convolutional network."""

    def __init__(self, checkpoint: Checkpoint):
        architecture = checkpoint.card.architecture
        self.parameters = architecture.parameters
        space = files.space(checkpoint.uses("vectors"))
        self.vocabulary, table = space.vocabulary, torch.from_numpy(space.unit)
        nets = {"MeanLinear": MeanLinear, "Convolutions": Convolutions}
        self.net = nets[architecture.name](**architecture.arguments)
        weights = {k: v.float() for k, v in load(checkpoint.read(files.WEIGHTS)).items()}
        self.net.load_state_dict({**weights, "table.weight": table})
        self.net.eval().requires_grad_(False)
        self.lyrical = files.lyrical(checkpoint.uses("familiarity"))

    def logits(self, text: str) -> np.ndarray:
        """(7,) of one text. Raises UserError where no word has a vector."""
        ids = [self.vocabulary.places[w] for w in self.vocabulary.known(text)]
        if not ids:
            raise queries.no_vector(text, self.vocabulary)
        given = torch.tensor(ids)
        convolved = isinstance(self.net, Convolutions)
        return self.net(given[None])[0].numpy() if convolved else self.net(given).numpy()

    def predict(self, text: str) -> Genre:
        """The genre of a text. Raises UserError where no word has a vector."""
        shares = _softmax(self.logits(text))
        found = self.vocabulary.read(text)
        unknown = tuple(dict.fromkeys(w.written for w in found if w.lemma is None))
        return Genre(GENRES, shares, len(found), self.lyrical(text), unknown)

    def outputs(self, asked: Sequence[tuple[str]]) -> list[dict[str, np.ndarray]]:
        """`logits` (7,) of each text."""
        return [{"logits": self.logits(text)} for (text,) in asked]


def _softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits.astype(float) - logits.max())
    return shares / shares.sum()
