"""A map of some words: their first two or three principal components, the same every time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demos.core.errors import UserError
from demos.word_embeddings.space import Space
from demos.word_embeddings.words import content

FEWEST, MOST = 4, 120
NEIGHBOURS = 3
EXAMPLE = (
    "happy glad joy smile laugh sad cry tear lonely pain guitar drum piano song band king queen "
    "prince princess crown car truck highway road ride heaven angel god devil hell"
)


@dataclass(frozen=True, eq=False)
class Map:
    """words; places: (n, 2 or 3); kept: the share of the words' differences that the map shows;
    neighbours: of each word the nearest others by all 300 numbers, as places in `words`; far: pairs
    of such neighbours that the map draws far apart; missing: words without a vector."""

    words: tuple[str, ...]
    places: np.ndarray
    kept: float
    neighbours: tuple[tuple[int, ...], ...]
    far: tuple[tuple[int, int], ...]
    missing: tuple[str, ...]


def drawn(space: Space, text: str, dimensions: int = 2) -> Map:
    """The map of the words of a text. Raises UserError for fewer than four or more than 120."""
    given = list(dict.fromkeys(content(text)))
    lemmas = {w: space.vocabulary.lemma(w) for w in given}
    words = tuple(dict.fromkeys(w for w in lemmas.values() if w is not None))
    missing = tuple(w for w, lemma in lemmas.items() if lemma is None)
    if len(words) < FEWEST:
        more = f" ({', '.join(w[:24] for w in missing[:5])} have none)" if missing else ""
        raise UserError(f"A map needs at least {FEWEST} words that have a vector{more}.")
    if len(words) > MOST:
        raise UserError(f"These are {len(words)} words and a map has at most {MOST}.")
    unit = space.vectors(words)
    places, kept = principal(unit, dimensions)
    scores = unit @ unit.T
    np.fill_diagonal(scores, -np.inf)
    most = min(NEIGHBOURS, len(words) - 1)
    near = np.argsort(-scores, axis=1, kind="stable")[:, :most]
    return Map(words, places, kept, tuple(map(tuple, near.tolist())), far_pairs(places, near),
               missing)  # fmt: skip


def principal(unit: np.ndarray, dimensions: int) -> tuple[np.ndarray, float]:
    """(n, dimensions) principal components, signs fixed so that the largest entry of each is
    positive, and the share of variance they hold."""
    centred = unit - unit.mean(0)
    u, s, _ = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    places = u[:, :dimensions] * s[:dimensions]
    signs = np.sign(places[np.abs(places).argmax(0), np.arange(dimensions)])
    return places * np.where(signs == 0, 1, signs), float(
        (s[:dimensions] ** 2).sum() / (s**2).sum()
    )


def far_pairs(places: np.ndarray, near: np.ndarray) -> tuple[tuple[int, int], ...]:
    """Nearest neighbours that are farther apart on the map than half of all pairs are."""
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    middle = float(np.median(distance[np.triu_indices(len(places), 1)]))
    pairs: Sequence[tuple[int, int]] = [
        (min(i, int(row[0])), max(i, int(row[0])))
        for i, row in enumerate(near)
        if distance[i, row[0]] > middle
    ]
    return tuple(dict.fromkeys(pairs))
