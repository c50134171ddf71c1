"""The trainers: one package a demo, what they share in `trainers.core`."""

import os

# `datasets` would import TensorFlow wherever it is installed; what it is used for needs none.
os.environ.setdefault("USE_TF", "0")
