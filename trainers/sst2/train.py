"""Training of the three variants of SST-2."""

from __future__ import annotations

import argparse

import numpy as np

from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.sst2 import data
from trainers.sst2.distil import train_bilstm
from trainers.sst2.minilm import train_minilm
from trainers.sst2.record import Texts
from trainers.sst2.seed import train_seed


def train(a: argparse.Namespace, run: Run) -> Trained:
    """One variant. The two that are taught leave 1,000 sentences and all their parts out and are
    measured on them; the seed's network has the seed's own validation."""
    texts, labels = data.generated() if a.dry_run else data.read("train", a.data)
    if a.variant == "bilstm_seed":
        trained = train_seed(a, run, texts, labels)
    else:
        chosen, allowed = data.held_out(texts, 2 if a.dry_run else data.HELD_OUT)
        rest = _where(texts, labels, chosen)
        how = {"minilm": train_minilm, "bilstm_distilled": train_bilstm}[a.variant]
        trained = how(a, run, *_where(texts, labels, allowed), rest)
    trained.evaluation["curves"] = run.history
    return trained


def _where(texts: list[str], labels: np.ndarray, mask: np.ndarray) -> Texts:
    return [t for t, kept in zip(texts, mask, strict=True) if kept], labels[mask]
