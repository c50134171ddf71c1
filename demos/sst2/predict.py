"""From a text to the probability that it is positive."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from demos.core import text_model
from demos.core.checkpoint import Checkpoint
from demos.core.runtime import import_keras
from demos.sst2.familiar import FILE
from demos.sst2.familiar import Model as Familiar
from demos.sst2.model import SeedNetwork, build
from demos.sst2.normalise import normalise
from demos.sst2.reading import PADDING, PieceReader, WordReader
from demos.sst2.result import Attribution, Sentiment

STEPS, LONG = 32, 64  # of the integral in integrated gradients; half of it for long texts


class Predictor:
    """One variant, ready to judge."""

    def __init__(self, checkpoint: Checkpoint):
        architecture = checkpoint.card.architecture
        self.parameters = architecture.parameters
        self.net = build(architecture.name, architecture.arguments)
        if isinstance(self.net, SeedNetwork):
            self.reader: Any = WordReader(json.loads(checkpoint.read("words.json")))
            keras = import_keras()
            path = checkpoint.path("model.keras")
            self.net.take(keras.saving.load_model(path, compile=False).get_weights())
            self.blank = PADDING
        else:
            self.reader = PieceReader(checkpoint.read("tokenizer.json").decode())
            self.net.load_state_dict(text_model.weights(checkpoint))
            self.blank = self.reader.mask
        self.net.eval().requires_grad_(False)
        self.familiarity = None
        if FILE in checkpoint.card.files:
            self.familiarity = Familiar.read(checkpoint.read(FILE))

    @torch.inference_mode()
    def predict(self, text: str) -> Sentiment:
        """Judge one text, brought into the data's form first."""
        reading = self.reader.read(normalise(text))
        logit = self.net(torch.tensor([reading.ids]))
        familiarity = self.familiarity(text) if self.familiarity else None
        return Sentiment(float(logit.sigmoid()), reading, familiarity)

    def outputs(self, asked: Sequence[tuple[str]]) -> list[dict[str, np.ndarray]]:
        """`logit` () of each text."""
        found = self.logits([self.reader.read(normalise(text)).ids for (text,) in asked])
        return [{"logit": value} for value in found]

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(n,) probabilities of many texts."""
        return _sigmoid(self.logits([self.reader.read(normalise(t)).ids for t in texts]))

    def logits(self, ids: Sequence[Sequence[int]]) -> np.ndarray:
        """(n,) logits of n read texts."""
        return text_model.answers(self.net, ids)

    def prefixes(self, text: str, most: int) -> list[tuple[str, float]]:
        """Each of the first `most` words with the probability after it: the network run on every
        beginning of the text."""
        words = normalise(text).split()[:most]
        beginnings = [" ".join(words[:n]) for n in range(1, len(words) + 1)]
        ids = [self.reader.read(beginning).ids for beginning in beginnings]
        return list(zip(words, _sigmoid(self.logits(ids)).tolist(), strict=True))

    def explain(self, text: str) -> Attribution:
        """What each word adds to the logit: integrated gradients (Sundararajan et al. 2017) from
        a text of blanks (masks, or padding for the original's network) to this one."""
        from captum.attr import IntegratedGradients

        reading = self.reader.read(normalise(text))
        ids = torch.tensor([reading.ids])
        blank = torch.where(torch.tensor([reading.owners]) >= 0, self.blank, ids)
        with torch.no_grad():
            x, ground = self.net.embedding(ids), self.net.embedding(blank)
        steps = STEPS if len(reading.ids) <= LONG else STEPS // 2
        found = IntegratedGradients(self.net.classify).attribute(x, ground, n_steps=steps)
        values = reading.per_word(found[0].sum(-1).detach().numpy())
        return Attribution("integrated gradients", reading, values)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits.astype(np.float64)))
