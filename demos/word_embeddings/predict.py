"""From a text to a genre, to the nearest words, or to a mood: one predictor for each kind."""

from __future__ import annotations

from demos.core.checkpoint import Checkpoint
from demos.word_embeddings.predict_genre import GenreByGrams, GenreByVectors
from demos.word_embeddings.predict_mood import MoodByEncoder, MoodByVectors
from demos.word_embeddings.predict_words import NearestWords

KINDS = {
    "Vectors": NearestWords,
    "GramLinear": GenreByGrams,
    "MeanLinear": GenreByVectors,
    "Convolutions": GenreByVectors,
    "MeanRegression": MoodByVectors,
    "Kernel": MoodByEncoder,
}


def Predictor(
    checkpoint: Checkpoint,
) -> NearestWords | GenreByGrams | GenreByVectors | MoodByVectors | MoodByEncoder:
    """The predictor of a variant of any kind."""
    return KINDS[checkpoint.card.architecture.name](checkpoint)
