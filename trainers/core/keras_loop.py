"""The training loop of the Keras demos: epoch by epoch, so that a run can be resumed.

Trainings run on the TensorFlow backend, in a process of their own. The order of the examples is
drawn per epoch from the seed; the state of the dropout generators, which a saved Keras model lacks,
is kept beside it.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from trainers.core.run import Run
from trainers.core.torch_loop import epoch_generator


def import_keras(threads: int) -> Any:
    """Keras on TensorFlow for training, with its threads limited."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    import keras

    return keras


def start_from(model: Any, checkpoint: Path | None) -> None:
    """Load the weights of a checkpoint folder (`--init`), if there is one."""
    import keras

    if checkpoint:
        known = keras.saving.load_model(checkpoint / "model.keras", compile=False)
        model.set_weights(known.get_weights())


def fit(
    run: Run,
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    callbacks: list[Any] | None = None,
    reduce_after: int | None = None,
    restore_best: bool = False,
) -> Any:
    """Train a compiled model on x (n, …), y (n, …) and return it.

    With `run.resume` it goes on from the last finished epoch: model, optimiser and dropout
    generators as they were then. `reduce_after` epochs without a better validation loss halve the
    rate and `restore_best` ends with the weights of the best one, as Keras' ReduceLROnPlateau and
    EarlyStopping do (which forget everything between two calls of `fit`).
    """
    import keras

    progress = run.folder / "history.json"  # names the model that belongs to it
    best = run.folder / "best.weights.h5"
    run.folder.mkdir(parents=True, exist_ok=True)
    if run.resume and progress.is_file():
        before = json.loads(progress.read_text(encoding="utf-8"))
        model = keras.saving.load_model(run.folder / before["model"])
        run.history, run.seconds_before = before["history"], before["seconds"]
        for generator, state in zip(_generators(model), before["generators"], strict=True):
            generator.assign(state)
    for epoch in range(run.epoch, epochs):
        started = time.perf_counter()
        order = epoch_generator(seed, epoch).permutation(len(x))
        found = model.fit(
            x[order], y[order], batch_size=batch_size, epochs=1, shuffle=False, verbose=0,
            validation_data=validation, callbacks=callbacks,
        )  # fmt: skip
        measured = {
            name.replace("val_", "validation_"): float(values[-1])
            for name, values in found.history.items()
        }
        rate = float(model.optimizer.learning_rate)
        seconds = time.perf_counter() - started
        run.log(epochs, **measured, learning_rate=rate, seconds=seconds)
        since = _epochs_since_best(run.history)
        if restore_best and since == 0:
            model.save_weights(best)
        if reduce_after and since and since % reduce_after == 0:
            model.optimizer.learning_rate = rate / 2
        # A new file each time: killed at any moment, the history names a model that is whole.
        saved = run.folder / f"epoch{run.epoch}.keras"
        model.save(saved)
        generators = [np.asarray(state).tolist() for state in _generators(model)]
        text = json.dumps(
            {
                "history": run.history,
                "seconds": run.seconds,
                "generators": generators,
                "model": saved.name,
            }
        )
        (run.folder / "history.tmp").write_text(text, encoding="utf-8")
        os.replace(run.folder / "history.tmp", progress)
        for old in run.folder.glob("epoch*.keras"):
            if old != saved:
                old.unlink()
    if restore_best:
        model.load_weights(best)
    return model


def _epochs_since_best(history: list[dict[str, float]]) -> int:
    losses = [row.get("validation_loss", row["loss"]) for row in history]
    return len(losses) - 1 - int(np.argmin(losses))


def _generators(model: Any) -> list[Any]:
    return [v for v in model.variables if v.path.endswith("seed_generator_state")]


def save_uncompiled(model: Any, path: Any) -> None:
    """Save a model without its optimiser: that would triple the file."""
    # (A clone would keep how the model was compiled.)
    plain = type(model).from_config(model.get_config())
    plain.build(model.input_shape)
    plain.set_weights(model.get_weights())
    plain.save(path)
