"""The original's network with the original's settings, trained by Keras."""

from __future__ import annotations

import argparse
import json
from collections import Counter

import numpy as np

from demos.core.checkpoint import Architecture, Metric
from demos.sst2.model import keras_seed_network
from demos.sst2.reading import VOCABULARY, WordReader
from trainers.core import keras_loop
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.sst2.record import ORIGIN, as_trained


def train_seed(a: argparse.Namespace, run: Run, texts: list[str], labels: np.ndarray) -> Trained:
    """The original's network and settings; a random fifth of the phrases validates, as there."""
    keras = keras_loop.import_keras(a.threads)
    keras.utils.set_random_seed(a.seed)
    words = vocabulary(texts)
    x = WordReader(words).encode(texts)
    order = np.random.default_rng(a.seed).permutation(len(x))
    last = round(0.8 * len(x))
    model = keras_seed_network()
    if a.init:
        known = keras.saving.load_model(a.init / "model.keras", compile=False)
        model.set_weights(known.get_weights())
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    epochs = a.epochs or 5
    fitted, validating = order[:last], order[last:]
    # EarlyStopping's patience of five epochs cannot end five epochs; what is left of it is that
    # the best epoch's weights are restored.
    model = keras_loop.fit(
        run, model, x[fitted], labels[fitted], epochs=epochs, batch_size=32, seed=a.seed,
        validation=(x[validating], labels[validating]), reduce_after=3, restore_best=True,
    )  # fmt: skip
    best = min(run.history, key=lambda row: row["validation_loss"])
    metrics = [
        Metric(name=name, split="validation", n=len(validating), value=best[f"validation_{name}"],
               higher_is_better=name == "accuracy", note="a random fifth of the phrases: it leaks")
        for name in ("accuracy", "loss")
    ]  # fmt: skip
    return as_trained(
        run, texts[:last], None,
        architecture=Architecture(
            name="SeedNetwork", arguments={}, parameters=model.count_params()
        ),
        epochs=epochs,
        files={
            "model.keras": lambda path: keras_loop.save_uncompiled(model, path),
            "words.json": json.dumps(words, ensure_ascii=False, indent=0).encode(),
        },
        origin=ORIGIN,
        notes="Adam 0.001, batch 32; the weights of the best epoch by the original's leaking "
        f"validation, epoch {best['epoch']:.0f}. Trained on the TensorFlow backend.",
        chosen_on="a random fifth of the phrases, as in the original (only the epoch): phrases of "
        "one sentence are on both sides of the split, so it leaks",
        metrics=metrics,
        validated=len(validating),
    )  # fmt: skip


def vocabulary(texts: list[str]) -> list[str]:
    """The words that Keras' Tokenizer(num_words=10000, oov_token=…) keeps, by frequency.

    The first two places are for padding and for unknown words, so 9,998 words follow.
    """
    counts = Counter(word for text in texts for word in WordReader.split(text))
    return [word for word, _ in counts.most_common(VOCABULARY - 2)]
