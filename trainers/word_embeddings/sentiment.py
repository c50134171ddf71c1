"""Sentiment of words, learned from the SemEval-2015 lexicon: from our own vectors (Ridge, a small
network) and from MiniLM as it judges films (support vector regression)."""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from safetensors.numpy import save
from scipy.stats import kendalltau
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.svm import SVR

from demos.core import text_model
from demos.core.checkpoint import Architecture, Data, Metric
from demos.core.familiarity import Scale
from demos.core.runtime import open_checkpoint
from demos.core.word_pieces import wordpieces
from demos.word_embeddings import files
from demos.word_embeddings.model import Encoder
from demos.word_embeddings.predict_mood import encoded, whole_words
from demos.word_embeddings.space import Space
from demos.word_embeddings.terms import Terms, letter_model
from trainers.core.metrics import bootstrap_interval
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.word_embeddings import data, record

FOLDS = 10
CHOSEN, REPORTED = 1, 2  # random seeds of the folds that chose the recipe, and that report
ENCODER = "sst2/minilm"
STRENGTH, WIDTH_OF_KERNEL, MARGIN = 0.8, 1.5, 0.05
ALPHA, HIDDEN, DECAY = 1.0, 32, 1.0
FREQUENT = 20  # times that a part of a hashtag is met at least
_SHORT = "a i am an as at be by do go he if in is it me my no of oh ok on or so to up us we"
_AFFIXES = "dis less ness able ing ful pre pro con sub per ment ish est ers ion ies rid cha"
SHORT, AFFIXES = frozenset(_SHORT.split()), frozenset(_AFFIXES.split())
FUNCTION = "i a you me my we is it the not no to this so do of im dont cant what in for and your"


def folds(terms: list[str], seed: int) -> np.ndarray:
    """(n,) the fold of each distinct term."""
    return np.random.default_rng(seed).permutation(len(terms)) % FOLDS


@dataclass(frozen=True, eq=False)
class Fitted:
    """A regression's function from features (n, d) to scores (n,), and what is stored of it."""

    answer: Callable[[np.ndarray], np.ndarray]
    arrays: dict[str, np.ndarray]
    arguments: dict[str, float | int]


def support(x: np.ndarray, y: np.ndarray, seed: int) -> Fitted:
    """Support vector regression with a radial kernel; features are centred first."""
    shift = x.mean(0)
    step = np.full(x.shape[1], 1 / max(float((x - shift).std()), 1e-9) / np.sqrt(x.shape[1]))
    z = (x - shift) * step
    model = SVR(C=STRENGTH, gamma=WIDTH_OF_KERNEL, epsilon=MARGIN).fit(z, y)
    arrays = {
        "vectors": model.support_vectors_.astype(np.float16),
        "weights": model.dual_coef_[0].astype(np.float32),
        "bias": model.intercept_.astype(np.float32), "shift": shift.astype(np.float32),
        "step": step.astype(np.float32),
    }  # fmt: skip
    arguments = {"vectors": len(model.support_), "width": x.shape[1], "gamma": WIDTH_OF_KERNEL}
    return Fitted(lambda q: model.predict((q - shift) * step), arrays, arguments)


def ridge(x: np.ndarray, y: np.ndarray, seed: int) -> Fitted:
    """Linear regression with a penalty."""
    model = Ridge(alpha=ALPHA).fit(x, y)
    arrays = {"head.weight": model.coef_[None].astype(np.float32),
              "head.bias": np.array([model.intercept_], np.float32)}  # fmt: skip
    return Fitted(model.predict, arrays, {"hidden": 0})


def perceptron(x: np.ndarray, y: np.ndarray, seed: int) -> Fitted:
    """One hidden layer."""
    model = MLPRegressor(
        hidden_layer_sizes=(HIDDEN,), alpha=DECAY, max_iter=300, learning_rate_init=3e-3,
        random_state=seed,
    ).fit(x, y)  # fmt: skip
    arrays = {}
    for layer, place in ((0, "head.0"), (1, "head.2")):
        arrays[f"{place}.weight"] = model.coefs_[layer].T.astype(np.float32).copy()
        arrays[f"{place}.bias"] = model.intercepts_[layer].astype(np.float32)
    return Fitted(model.predict, arrays, {"hidden": HIDDEN})


FITS = {"sentiment_best": support, "sentiment_ridge": ridge, "sentiment_mlp": perceptron}


def cross_validated(
    variant: str, x: np.ndarray, y: np.ndarray, fold: np.ndarray, seed: int = 0
) -> np.ndarray:
    """(n,) scores of models that did not see a term."""
    found = np.zeros(len(y))
    for k in range(FOLDS):
        inside = fold == k
        if inside.any() and not inside.all():
            found[inside] = FITS[variant](x[~inside], y[~inside], seed).answer(x[inside])
    return np.clip(found, -1, 1)


def measure(found: np.ndarray, y: np.ndarray, split: str, note: str) -> list[Metric]:
    """Mean squared error and Kendall's τ of cross-validated scores."""
    errors = (found - y) ** 2
    return [
        Metric(name="cv_mse", split=split, n=len(y), value=float(errors.mean()),
               higher_is_better=False, interval=bootstrap_interval(errors), note=note),
        Metric(name="kendall", split=split, n=len(y), value=float(kendalltau(found, y)[0]),
               higher_is_better=True, note=note),
    ]  # fmt: skip


def word_features(terms: list[str], space: Space) -> tuple[np.ndarray, np.ndarray]:
    """(k, d) the mean vector of each term that has one, of length 1, and which terms (n,) do."""
    known = [space.vocabulary.known(term) for term in terms]
    has = np.array([bool(words) for words in known])
    rows = [space.vectors(words).mean(0) for words in known if words]
    x = np.array(rows).reshape(-1, space.unit.shape[1])
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9), has


def reader(space: Space, phrases: list[str], terms: list[str]) -> tuple[Terms, dict]:
    """How terms are read, from the words of the lyrics and of film reviews; and its files."""
    counts = Counter(w for phrase in phrases for w in phrase.split() if w.isalpha())
    for word, count in zip(space.vocabulary.words, space.vocabulary.counts, strict=True):
        counts[word] += count // 3
    for form, lemma in space.vocabulary.forms.items():
        counts[form] += min(30, space.vocabulary.count(lemma) // 10)
    for word in FUNCTION.split():
        counts[word] += 5000
    total = sum(counts.values())
    costs = {
        w: round(-math.log(n / total), 2)
        for w, n in sorted(counts.items())
        if n > FREQUENT
        and w.isascii()
        and w.isalpha()
        and (len(w) > 2 or w in SHORT)
        and w not in AFFIXES
    }
    letters = letter_model(counts).astype(np.float16)
    checkpoint = open_checkpoint(*ENCODER.split("/"))
    whole = whole_words(checkpoint.read("tokenizer.json").decode())
    made = Terms(costs, letters.astype(np.float32), Scale((0.0, 1.0)), whole)
    scale = Scale.of(np.nan_to_num([made.score(t) for t in terms], nan=-20.0))
    arrays = {"trigrams": letters, "quantiles": np.array(scale.quantiles, np.float32)}
    stored = {
        "terms.safetensors": save(arrays),
        "costs.json": json.dumps(costs, separators=(",", ":")).encode(),
    }
    return Terms(costs, letters.astype(np.float32), scale, whole), stored


def encoder_features(terms: Terms, texts: list[str]) -> np.ndarray:
    """(n, 384) what terms are to the shipped MiniLM."""
    checkpoint = open_checkpoint(*ENCODER.split("/"))
    net = Encoder(checkpoint.card.architecture.arguments["config"])
    net.load_state_dict(text_model.weights(checkpoint))
    pieces = wordpieces(checkpoint.read("tokenizer.json").decode())
    return encoded(net.eval(), pieces, [terms.read(t) for t in texts]).numpy()


def train(a: argparse.Namespace, run: Run) -> Trained:
    """One of the three regressions, on all terms that it can read."""
    terms, y = data.generated_lexicon() if a.dry_run else data.lexicon(a.data)
    space = files.space(open_checkpoint("word_embeddings", "w2v_10"))
    stored: dict[str, bytes] = {}
    if a.variant == "sentiment_best":
        phrases = ["a fine film"] if a.dry_run else data.film_phrases()
        read, stored = reader(space, phrases, terms)
        x = encoder_features(read, terms)
        lexicon = {read.read(t): round(float(s), 4) for t, s in zip(terms, y, strict=True)}
        stored["lexicon.json"] = json.dumps(
            lexicon, separators=(",", ":"), ensure_ascii=False
        ).encode()
        uses, parts = (
            {"encoder": ENCODER},
            open_checkpoint(*ENCODER.split("/")).card.architecture.parameters,
        )
    else:
        x, has = word_features(terms, space)
        terms, y = [t for t, h in zip(terms, has, strict=True) if h], y[has]
        uses, parts = {"vectors": "word_embeddings/w2v_10"}, space.unit.size
    found = cross_validated(a.variant, x, y, folds(terms, CHOSEN), a.seed)
    fitted = FITS[a.variant](x, y, a.seed)
    arguments = dict(fitted.arguments)
    if a.variant != "sentiment_best":
        arguments |= {"words": len(space.unit), "width": space.unit.shape[1]}
    own = sum(v.size for k, v in fitted.arrays.items() if k not in ("shift", "step"))
    return Trained(
        architecture=Architecture(
            name="Kernel" if a.variant == "sentiment_best" else "MeanRegression",
            arguments=arguments, parameters=own + parts,
        ),
        data=Data(
            name="SemEval-2015 lexicon", origin=record.LEXICON,
            licence="research use, cite the authors",
            splits={"train": len(y), "validation": len(y), "test": len(y)},
            protocol="Ten-fold cross-validation over distinct terms. The recipe was chosen on "
            "other folds of the same terms than those that report. "
            + ("All terms." if a.variant == "sentiment_best" else
               "Only terms of which a word has a vector: the others are not measured."),
        ),
        references=record.SENTIMENT,
        epochs=1,
        chosen_on="ten other folds of the same terms",
        metrics=measure(found, y, "validation", "folds that chose the recipe"),
        files={files.WEIGHTS: save(fitted.arrays), **stored},
        uses=uses,
        evaluation={"scatter": scatter(terms, y, found)},
        licence="research use, as the lexicon",
        limits="Terms of one to four words as they stand in tweets, out of context. Irony is not "
        "noticed, and a word that praises in one place and blames in another has one score.",
        notes=NOTES[a.variant],
    )  # fmt: skip


NOTES = {
    "sentiment_best": "SST-2's MiniLM stays as it is; four templates (the term alone, “i feel …”, "
    "“so …”, “not …”) put each term in a sentence, and their mean in its last layer but one goes "
    "into support vector regression. Hashtags are taken apart into words first.",
    "sentiment_ridge": "Ridge regression on the mean of a term's word vectors, window 10.",
    "sentiment_mlp": "One hidden layer on the same input.",
}


def scatter(terms: list[str], y: np.ndarray, found: np.ndarray) -> list[list]:
    """Every term with its score and what was said of it when it was held out; for the charts."""
    order = np.argsort(-np.abs(found - y))
    return [[terms[i], round(float(y[i]), 3), round(float(found[i]), 3)] for i in order]
