"""The Keras loop: going on where it stopped, the best epoch, a rate that falls."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
from pathlib import Path
from trainers.core import keras_loop
from trainers.core.run import Run
keras = keras_loop.import_keras(1)
import numpy as np
folder, resume, epochs = Path(sys.argv[1]), sys.argv[2] == "resume", int(sys.argv[3])
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(8, activation="relu"),
                          keras.layers.Dropout(0.5), keras.layers.Dense(1)])
model.compile("adam", "mse")
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
run = Run(folder, resume=resume)
model = keras_loop.fit(run, model, x, x[:, :1], epochs=epochs, batch_size=8, seed=0)
np.save(folder / "out.npy", np.concatenate([w.ravel() for w in model.get_weights()]))
keras_loop.save_uncompiled(model, folder / "small.keras")
assert not keras.saving.load_model(folder / "small.keras").compiled
assert [row["epoch"] for row in run.history] == list(range(1, epochs + 1))
"""


def test_keras_goes_on_where_it_stopped(tmp_path: Path):
    def run(name: str, resume: str, epochs: int) -> None:
        (tmp_path / name).mkdir(exist_ok=True)
        command = [sys.executable, "-c", PROGRAM, str(tmp_path / name), resume, str(epochs)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]

    run("whole", "new", 4)
    run("parts", "new", 2)
    run("parts", "resume", 4)
    whole, parts = (np.load(tmp_path / name / "out.npy") for name in ("whole", "parts"))
    assert np.abs(whole - parts).max() < 1e-5


# The validation targets are noise, so that fitting longer makes them worse; labels are far away, so
# that the first epochs help.
BEST = """
import sys
from pathlib import Path
from trainers.core import keras_loop
from trainers.core.run import Run
keras = keras_loop.import_keras(1)
import numpy as np
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(64, activation="relu"),
                          keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.01), "mse")
rng = np.random.default_rng(0)
x, seen, other = (rng.normal(size=(32, 4)).astype("float32") for _ in range(3))
y = rng.normal(size=(32, 1)).astype("float32") + 1
run = Run(Path(sys.argv[1]))
model = keras_loop.fit(run, model, x, y, epochs=30, batch_size=8, seed=0,
                       validation=(other, other[:, :1] + 1), reduce_after=3, restore_best=True)
losses = [row["validation_loss"] for row in run.history]
assert np.argmin(losses) < 25
found = model.evaluate(other, other[:, :1] + 1, verbose=0)
assert abs(found - min(losses)) < 1e-5, (found, min(losses), losses[-1])
since = [i - int(np.argmin(losses[: i + 1])) for i in range(30)]
halved = np.cumsum([0, *(s > 0 and s % 3 == 0 for s in since)])[:30]
rates = [row["learning_rate"] for row in run.history]
assert halved[-1] and np.allclose(rates, 0.01 / 2.0**halved)
"""


def test_the_best_epoch_is_kept_and_the_rate_falls(tmp_path: Path):
    command = [sys.executable, "-c", BEST, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
