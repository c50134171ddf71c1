"""Genre by n-grams: naive Bayes on bags of lemmas, and the best model, a stack that is one sum.

The best model's parts are linear in the n-grams of a text, and so is the regression that weighs
them on folds by artist: together they are one linear layer, which can say what decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from safetensors.numpy import save
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.svm import LinearSVC

from demos.word_embeddings import GENRES, style
from demos.word_embeddings.grams import Features
from trainers.word_embeddings import matrices
from trainers.word_embeddings.data import FOLDS, Labelled
from trainers.word_embeddings.matrices import Counts

CLASSES = len(GENRES)


@dataclass(frozen=True)
class Part:
    """One linear model. grams: which counts it uses; ratio: whether it is a support vector
    machine in which each gram is weighed by how much more often a genre has it (Wang and Manning
    2012), or else a logistic regression in which by how rare it is; strength: scikit-learn's C."""

    grams: str
    features: Features
    ratio: bool
    strength: float
    least: int = 3
    most: int = 90_000


WORDS, CHARACTERS = ("words", 1, 3), ("characters", 2, 5)
PARTS = (
    Part("words", Features(*WORDS, "log"), False, 8.0),
    Part("characters", Features(*CHARACTERS, "log"), False, 6.0),
    Part("words", Features(*WORDS, "once"), True, 0.7),
    Part("characters", Features(*CHARACTERS, "once"), True, 1.0),
)
BAG = Features("words", 1, 2, "plain", unit=False)
BAG_LEAST, BAG_MOST = 6, 60_000  # the original leaves out rare words
STACK = 0.1  # strength of the regression that weighs the parts, as scikit-learn's C


@dataclass(frozen=True, eq=False)
class Linear:
    """A fitted linear model: the vocabulary's places in the counts, the grams' weights before
    counting (idf), (grams, 7) and (7,)."""

    places: np.ndarray
    idf: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    def scores(self, counts: Counts, features: Features, rows: np.ndarray) -> np.ndarray:
        """(rows, 7) of some texts."""
        chosen = csr_matrix(counts.matrix[rows][:, self.places])
        return matrices.numbers(chosen, features, self.idf) @ self.weights + self.bias


def fit_part(part: Part, counts: Counts, labels: np.ndarray, rows: np.ndarray) -> Linear:
    """Fit one part on some texts."""
    places = counts.chosen(rows, part.least, part.most)
    chosen = csr_matrix(counts.matrix[rows][:, places])
    idf = np.ones(len(places)) if part.ratio else matrices.idf(chosen)
    numbers, y = matrices.numbers(chosen, part.features, idf), labels[rows]
    if not part.ratio:
        model = LogisticRegression(C=part.strength, max_iter=60, tol=1e-3).fit(numbers, y)
        return Linear(places, idf, *of_all_classes(model.coef_, model.intercept_, model.classes_))
    weights, bias = np.zeros((len(places), CLASSES)), np.zeros(CLASSES)
    for k in range(CLASSES):
        ratio = log_ratio(chosen, y == k)
        machine = LinearSVC(C=part.strength, tol=1e-3, random_state=0)
        machine.fit(csr_matrix(numbers @ diags(ratio.astype(np.float32))), y == k)
        weights[:, k], bias[k] = machine.coef_[0] * ratio, machine.intercept_[0]
    return Linear(places, idf, weights, bias)


def of_all_classes(
    weights: np.ndarray, bias: np.ndarray, classes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(inputs, 7) and (7,) of a model that met some classes only."""
    found, biases = np.zeros((weights.shape[1], CLASSES)), np.full(CLASSES, -30.0)
    found[:, classes], biases[classes] = weights.T, bias
    return found, biases


def log_ratio(counts: csr_matrix, inside: np.ndarray) -> np.ndarray:
    """(grams,) log of how much more often texts inside have a gram than those outside."""
    has = counts > 0
    shares = [1 + np.asarray(has[rows].sum(0)).ravel() for rows in (inside, ~inside)]
    return np.log(shares[0] / shares[0].sum()) - np.log(shares[1] / shares[1].sum())


def fit_bag(counts: Counts, labels: np.ndarray, rows: np.ndarray) -> Linear:
    """Naive Bayes over counts of lemmas and pairs of lemmas, as the original has it."""
    places = counts.chosen(rows, BAG_LEAST, BAG_MOST)
    model = MultinomialNB().fit(csr_matrix(counts.matrix[rows][:, places]), labels[rows])
    found = of_all_classes(model.feature_log_prob_, model.class_log_prior_, model.classes_)
    return Linear(places, np.ones(len(places)), *found)


def out_of_fold(
    given: Labelled, answer: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """(n, k) answers of models that did not see a song's artist; NaN for songs not measured.

    answer(train, asked) fits on the first rows and answers about the others.
    """
    found = None
    for fold in range(FOLDS):
        asked = np.flatnonzero(~given.test & (given.folds == fold))
        rows = np.flatnonzero(~given.test & (given.folds != fold))
        if len(asked):
            part = answer(rows, asked)
            found = np.full((len(given.labels), part.shape[1]), np.nan) if found is None else found
            found[asked] = part
    return found


@dataclass(frozen=True, eq=False)
class Material:
    """All texts' counts by name, and the figures of their style (n, 16)."""

    counts: dict[str, Counts]
    style: np.ndarray


def material(texts: list[str]) -> Material:
    """Count everything that the parts use."""
    counts = {
        "words": matrices.count(texts, Features(*WORDS), least=3),
        "characters": matrices.count(texts, Features(*CHARACTERS), least=3),
    }
    return Material(counts, np.stack([style.figures(text) for text in texts]))


@dataclass(frozen=True, eq=False)
class Stack:
    """Weighs the parts' scores and the style's figures: (inputs, 7), (7,), and what the inputs'
    means and deviations are."""

    weights: np.ndarray
    bias: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray

    def logits(self, inputs: np.ndarray) -> np.ndarray:
        return (inputs - self.mean) / self.deviation @ self.weights + self.bias


def fit_stack(inputs: np.ndarray, labels: np.ndarray) -> Stack:
    """Multinomial logistic regression on scores that were made out of fold."""
    mean, deviation = inputs.mean(0), np.maximum(inputs.std(0), 1e-9)
    model = LogisticRegression(C=STACK, max_iter=3000)
    model.fit((inputs - mean) / deviation, labels)
    found = of_all_classes(model.coef_, model.intercept_, model.classes_)
    return Stack(*found, mean, deviation)


def stacked_out_of_fold(given: Labelled, inputs: np.ndarray) -> np.ndarray:
    """(n, 7) probabilities of the stack, each fold's by a regression that did not see it."""

    def answer(rows: np.ndarray, asked: np.ndarray) -> np.ndarray:
        rows = rows[given.folds[rows] >= 0]
        return softmax(fit_stack(inputs[rows], given.labels[rows]).logits(inputs[asked]))

    return out_of_fold(given, answer)


def softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max(1, keepdims=True))
    return shares / shares.sum(1, keepdims=True)


@dataclass(frozen=True, eq=False)
class Packed:
    """A model over grams as it is shipped. sizes: grams of each channel."""

    weights: bytes
    grams: dict
    sizes: list[int]
    parameters: int


def best(given: Labelled, made: Material) -> tuple[Packed, np.ndarray]:
    """The best model, fitted on all songs that train, and its answers out of fold (n, 7)."""
    scores = []
    for part in PARTS:
        counts = made.counts[part.grams]

        def answer(rows: np.ndarray, asked: np.ndarray, part=part, counts=counts) -> np.ndarray:
            fitted = fit_part(part, counts, given.labels, rows)
            return fitted.scores(counts, part.features, asked)

        scores.append(out_of_fold(given, answer))
        measured = ~np.isnan(scores[-1][:, 0])
        right = scores[-1][measured].argmax(1) == given.labels[measured]
        print(f"{part.grams}, ratio {part.ratio}: {right.mean():.4f} by artist", flush=True)
    inputs = np.concatenate([*scores, made.style], 1)
    measured = np.flatnonzero(~np.isnan(inputs[:, 0]))
    shares = stacked_out_of_fold(given, inputs)
    stack = fit_stack(inputs[measured], given.labels[measured])
    rows = np.flatnonzero(~given.test)
    fitted = [fit_part(part, made.counts[part.grams], given.labels, rows) for part in PARTS]
    return collapsed(fitted, stack, made), shares


def collapsed(fitted: list[Linear], stack: Stack, made: Material) -> Packed:
    """Parts and stack as one linear layer. Raises nothing: all of it is sums."""
    scaled = stack.weights / stack.deviation[:, None]
    bias = stack.bias - stack.mean @ scaled
    arrays: dict[str, np.ndarray] = {}
    vocabularies: dict[str, list[str]] = {}
    channels, sizes = [], []
    for i, (part, model) in enumerate(zip(PARTS, fitted, strict=True)):
        block = scaled[CLASSES * i : CLASSES * (i + 1)]
        bias = bias + model.bias @ block
        arrays[f"channels.{i}.weight"] = (model.weights @ block).astype(np.float16)
        arrays[f"idf.{i}"] = model.idf.astype(np.float16)
        names = made.counts[part.grams].vocabulary
        # Parts over the same grams choose the same ones, so that one list serves both.
        vocabularies[part.grams] = [names[j] for j in model.places]
        channels.append({"grams": part.grams, "features": asdict(part.features)})
        sizes.append(len(model.places))
    rest = slice(CLASSES * len(PARTS), None)
    arrays["style.weight"] = scaled[rest].T.astype(np.float32).copy()
    arrays["mean"] = stack.mean[rest].astype(np.float32)
    bias = bias + stack.mean[rest] @ scaled[rest]
    arrays["bias"] = bias.astype(np.float32)
    return packed(arrays, vocabularies, channels, sizes)


def bag(given: Labelled, counts: Counts) -> tuple[Packed, np.ndarray]:
    """Naive Bayes, fitted on all songs that train, and its answers out of fold (n, 7)."""

    def answer(rows: np.ndarray, asked: np.ndarray) -> np.ndarray:
        return softmax(fit_bag(counts, given.labels, rows).scores(counts, BAG, asked))

    shares = out_of_fold(given, answer)
    model = fit_bag(counts, given.labels, np.flatnonzero(~given.test))
    arrays = {
        "channels.0.weight": model.weights.astype(np.float16),
        "idf.0": model.idf.astype(np.float16),
        "bias": model.bias.astype(np.float32),
    }
    grams = {"lemmas": [counts.vocabulary[j] for j in model.places]}
    channels = [{"grams": "lemmas", "features": asdict(BAG)}]
    return packed(arrays, grams, channels, [len(model.places)]), shares


def packed(
    arrays: dict[str, np.ndarray], grams: dict[str, list[str]], channels: list[dict],
    sizes: list[int],
) -> Packed:  # fmt: skip
    parameters = sum(v.size for k, v in arrays.items() if "idf" not in k and k != "mean")
    return Packed(save(arrays), {"grams": grams, "channels": channels}, sizes, parameters)
