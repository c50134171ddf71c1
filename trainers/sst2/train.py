"""Training of the three variants of SST-2."""

from __future__ import annotations

import argparse

import numpy as np

from demos.sst2.familiar import FILE
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.sst2 import data, familiarity
from trainers.sst2.distil import train_bilstm
from trainers.sst2.minilm import train_minilm
from trainers.sst2.record import Texts
from trainers.sst2.seed import train_seed


def train(a: argparse.Namespace, run: Run) -> Trained:
    """One variant, with the file that says which texts are familiar. The two that learn from a
    teacher leave 1,000 sentences and all their parts out and are measured on them; the original's
    network has the original's own validation."""
    texts, labels = data.generated() if a.dry_run else data.read("train", a.data)
    chosen, allowed = data.held_out(texts, 2 if a.dry_run else data.HELD_OUT)
    rest, given = _where(texts, labels, chosen), _where(texts, labels, allowed)
    if a.variant == "bilstm_seed":
        trained = train_seed(a, run, texts, labels)
    else:
        how = {"minilm": train_minilm, "bilstm_distilled": train_bilstm}[a.variant]
        trained = how(a, run, *given, rest)
    teaching, _ = familiarity.outsiders()
    trained.files[FILE] = familiarity.learned(given[0], teaching, rest[0], small=a.dry_run)
    trained.evaluation["curves"] = run.history
    return trained


def _where(texts: list[str], labels: np.ndarray, mask: np.ndarray) -> Texts:
    return [t for t, kept in zip(texts, mask, strict=True) if kept], labels[mask]
