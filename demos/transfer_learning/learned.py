"""What a lesson's pictures teach: a head, how well it does on films it did not see, and which
pictures stand in its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from demos.core.familiarity import Familiarity, Scale
from demos.transfer_learning import head
from demos.transfer_learning.familiar import FEW, nearness

FOLDS = 5
ALIKE = 0.97  # cosine of two pictures that are nearly the same
IMBALANCE = 4  # times as many pictures in one class as in another: said
STEPS = 40  # of L-BFGS: more change no answer
# Nearness of pictures of a class that was taught with few others; measured on Caltech-101. It holds
# until there are films to leave out.
USUAL = tuple(float(v) for v in np.linspace(0.62, 0.95, 21))


@dataclass(frozen=True)
class Judged:
    """One picture as a head judges it that never saw its film: its place, what it is said to be,
    with what probability."""

    place: int
    said: str
    share: float


@dataclass(frozen=True, eq=False)
class Learned:
    """A head for `labels`, and what is known about it.

    judged: one for each picture of a class with two films or more; films: how many were left out,
    and right: in how many of them most pictures were right; wrong: the misjudged, the surest first;
    alike: groups of places of pictures that are nearly the same; conflicts: those of them with
    different labels; seconds: how long learning and testing took.
    """

    labels: tuple[str, ...]
    head: head.Head
    features: np.ndarray
    scale: Scale
    films: int
    right: int
    accuracy: float | None
    untested: tuple[str, ...]
    wrong: tuple[Judged, ...]
    alike: tuple[tuple[int, ...], ...]
    conflicts: tuple[tuple[int, ...], ...]
    counts: tuple[int, ...]
    seconds: float = 0.0

    @property
    def uneven(self) -> bool:
        """Whether one class has many times the pictures of another."""
        return max(self.counts) >= IMBALANCE * min(self.counts)

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """(n, width) to (n, labels)."""
        return self.head.probabilities(features)

    def familiarity(self, features: np.ndarray) -> Familiarity:
        """How like the pictures of the lesson one with these features (width,) is."""
        return self.scale(
            float(nearness(features[None], self.features, nearest_of(self.counts))[0])
        )

    @property
    def swing(self) -> tuple[float, float]:
        """95 % Wilson interval of the share of films that are judged right (Wilson 1927)."""
        return wilson(self.right, self.films)


def learn(
    features: np.ndarray, labels: np.ndarray, bursts: Sequence[str], names: tuple[str, ...]
) -> Learned:
    """Learn (n, width) features with their labels (n,) into `names`; test by leaving out films.

    Pictures of one film, and such as are nearly the same, are left out together: a frame's
    neighbour in training would make any test easy.
    """
    with threadpool_limits(1, user_api="blas"):
        return _learn(features, labels, bursts, names)


def _learn(
    features: np.ndarray, labels: np.ndarray, bursts: Sequence[str], names: tuple[str, ...]
) -> Learned:
    k, counts = len(names), np.bincount(labels, minlength=len(names))
    basis = np.linalg.qr(features.T)[0] if len(features) < features.shape[1] else None
    small = features if basis is None else features @ basis
    learned = of(small, labels, k)
    if basis is not None:
        learned = head.Head(learned.weight @ basis.T, learned.bias)
    same = features @ features.T > ALIKE
    films = joined(bursts, labels, same)
    fold = dealt(films, labels)
    shares, near = np.full((len(labels), k), np.nan), np.full(len(labels), np.nan)
    for each in range(FOLDS):
        rest, seen = fold == each, (fold != each)
        if not rest.any():
            continue
        shares[rest] = of(small[seen], labels[seen], k).probabilities(small[rest])
        near[rest] = nearness(features[rest], features[seen], nearest_of(counts))
    tested = fold >= 0
    said = np.where(tested, np.nan_to_num(shares).argmax(1), -1)
    right = said == labels
    by_film = [right[(films == f) & tested].mean() > 0.5 for f in np.unique(films[tested])]
    wrong = [Judged(int(i), names[said[i]], float(shares[i, said[i]]))
             for i in np.flatnonzero(tested & ~right)]  # fmt: skip
    groups = alike(same, films)
    return Learned(
        labels=names, head=learned, features=features,
        scale=Scale.of(near[tested]) if tested.sum() >= 10 else Scale(USUAL),
        films=len(by_film), right=int(sum(by_film)),
        accuracy=float(right[tested].mean()) if tested.any() else None,
        untested=tuple(n for i, n in enumerate(names) if not tested[labels == i].any()),
        wrong=tuple(sorted(wrong, key=lambda one: -one.share)),
        alike=groups, conflicts=tuple(g for g in groups if len({*labels[list(g)]}) > 1),
        counts=tuple(int(c) for c in counts),
    )  # fmt: skip


def of(x: np.ndarray, labels: np.ndarray, classes: int) -> head.Head:
    """The head of pictures (n, width), all classes counting the same."""
    weights = head.balanced(labels, classes)
    return head.fit(x, head.one_hot(labels, classes), weights=weights, steps=STEPS)


def nearest_of(counts: Sequence[int] | np.ndarray) -> int:
    """Which nearest picture counts: the third, or the first where a class has few."""
    return 3 if min(counts) >= FEW else 1


def joined(bursts: Sequence[str], labels: np.ndarray, same: np.ndarray) -> np.ndarray:
    """A film's number (n,) for each picture: of one burst, or nearly the same and of one class."""
    _, films = np.unique(np.array(bursts, dtype=str), return_inverse=True)
    films = films.astype(int)
    for i, j in np.argwhere(np.triu(same & (labels[:, None] == labels), 1)):
        if films[i] != films[j]:
            films[films == films[j]] = films[i]
    return films


def dealt(films: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The fold (n,) of each picture, whole films together, each class dealt out by itself; -1 for
    the pictures of a class that has one film alone, which cannot be left out."""
    fold = np.full(len(films), -1)
    for label in np.unique(labels):
        own = np.unique(films[labels == label])
        if len(own) < 2:
            continue
        order = np.random.default_rng(len(own)).permutation(own)
        for place, film in enumerate(order):
            fold[(films == film) & (labels == label)] = place % min(FOLDS, len(own))
    return fold


def alike(same: np.ndarray, films: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """Groups of places of pictures that are nearly the same though of different films or labels."""
    group = np.arange(len(same))
    for i, j in np.argwhere(np.triu(same, 1)):
        group[group == group[j]] = group[i]
    found = [tuple(np.flatnonzero(group == g).tolist()) for g in np.unique(group)]
    return tuple(g for g in found if len(g) > 1)


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share; 0 to 1 of nothing."""
    if n == 0:
        return 0.0, 1.0
    share, wide = right / n, z * z / n
    middle = (share + wide / 2) / (1 + wide)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + wide)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
