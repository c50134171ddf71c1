"""The words nearest to what a text asks, in the vectors of one window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import Scale
from demos.word_embeddings import files, queries
from demos.word_embeddings.model import Vectors
from demos.word_embeddings.result import Nearest
from demos.word_embeddings.space import OFTEN


class NearestWords:
    """The vectors of one window: what is nearest to a word, a sum, a direction's ends, a text."""

    def __init__(self, checkpoint: Checkpoint):
        self.parameters = checkpoint.card.architecture.parameters
        self.space = files.space(checkpoint)
        self.net = Vectors(*self.space.unit.shape)
        self.net.table.weight = torch.nn.Parameter(torch.from_numpy(self.space.unit), False)
        self.scale = Scale(tuple(checkpoint.evaluation["scale"]))

    def predict(self, text: str) -> Nearest:
        """The ten words nearest to what the text asks. Raises UserError for unknown words."""
        query = queries.read(text, self.space.vocabulary)
        used = (*query.plus, *query.minus)
        known = self.scale(self.score(query))
        if query.kind == "direction":
            away = self.direction(query)
            near, left = (self.space.nearest(p, used, least=OFTEN) for p in (away, -away))
            return Nearest(query, near, known, left)
        return Nearest(query, self.space.nearest(self.point(query), used), known)

    def point(self, query: queries.Query) -> np.ndarray:
        """(d,) where a word, a sum or a text lies."""
        return self.space.mean(query.plus, query.minus)

    def direction(self, query: queries.Query) -> np.ndarray:
        """(d,) from the mean of the left end's words to that of the right one's, of length 1."""
        found = self.space.mean(query.plus) - self.space.mean(query.minus)
        return found / max(float(np.linalg.norm(found)), 1e-9)

    def score(self, query: queries.Query) -> float:
        """The log count of the rarest word, less one for each word that is unknown."""
        counts = [self.space.vocabulary.count(w) for w in (*query.plus, *query.minus)]
        return float(np.log10(min(counts))) - len(query.unknown)

    def outputs(self, asked: Sequence[tuple[str]]) -> list[dict[str, np.ndarray]]:
        """`point` (d,) of each text."""
        found = [queries.read(text, self.space.vocabulary) for (text,) in asked]
        return [
            {"point": self.direction(q) if q.kind == "direction" else self.point(q)} for q in found
        ]
