"""What the cards of all variants say: where data is from, and what others reached."""

from __future__ import annotations

from demos.core.checkpoint import Reference

LYRICS = (
    "lyrics of songs from nine public sources, read and not kept (the trainer's public default is "
    "the original's MetroLyrics, omriallouche/ydata_deep_learning_2021)"
)
LICENCE = (
    "the lyrics belong to their writers and publishers: research use only; the weights hold counts "
    "of words and no song"
)
LEXICON = "SemEval-2015 English Twitter Lexicon (Kiritchenko, Zhu and Mohammad 2014, NRC Canada)"
ORIGINAL = "The original notebook"
OWN_CORPUS = "on MetroLyrics, 49,976 songs, other genres, a random split"


def _reference(who: str, metric: str, value: float, source: str, note: str, **more) -> Reference:
    return Reference(
        who=who, metric=metric, value=value, source=source, comparable=False, note=note, **more
    )


VECTORS = [
    _reference("skip-gram on text8", "wordsim353", 0.69, "measured with gensim, 17 million words "
               "of Wikipedia", "another corpus", role="published",
               short="skip-gram on 17 million words of Wikipedia"),
    _reference("skip-gram on text8", "simlex999", 0.29, "measured with gensim", "another corpus"),
    _reference("skip-gram on the Brown corpus", "wordsim353", 0.32, "measured with gensim, a "
               "million words", "another corpus"),
    _reference("skip-gram on the Brown corpus", "simlex999", 0.13, "measured with gensim",
               "another corpus"),
]  # fmt: skip
GENRE = [
    _reference(ORIGINAL, "accuracy", 0.612, "the original's README", OWN_CORPUS,
               role="original", short="bag of words, other genres, random split"),
]  # fmt: skip
SENTIMENT = [
    _reference(ORIGINAL, "cv_mse", 0.076, "the original's README",
               "Ridge on vectors of MetroLyrics, over the words that have one", role="original",
               short="other corpus, covered words alone"),
]  # fmt: skip
