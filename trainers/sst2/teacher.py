"""The shipped MiniLM as teacher: its logits on many texts, asked once and kept."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from demos.core.checkpoint import Checkpoint
from demos.core.word_pieces import wordpieces
from demos.sst2.model import MiniLm
from demos.sst2.predict import Predictor
from trainers.core.run import Run

AT_ONCE = 4096  # texts between two lines of progress


@dataclass(frozen=True)
class Told:
    """What the teacher says. logits: (n,) float32 of n texts, before any temperature; states:
    (vocabulary, hidden) float32, its last layer's state of each word piece read alone."""

    logits: np.ndarray
    states: np.ndarray


def ask(run: Run, checkpoint: Checkpoint, texts: Sequence[str], small: bool = False) -> Told:
    """Ask the teacher about texts and about each word piece of its vocabulary; where `small`, its
    embeddings of the pieces stand for its states.

    The answers lie in the run's folder, whole or not at all, under a name made of the teacher's
    files and the texts, so that another recipe or other data never finds them. The seconds that
    asking took are counted as the run's, also where the answers were found.
    """
    path = run.folder / f"answers-{_key(checkpoint, texts)}.npz"
    if path.is_file():
        with np.load(path) as found:
            run.seconds_before += float(found["seconds"])
            return Told(found["logits"], found["states"])
    started = time.perf_counter()
    predictor = Predictor(checkpoint)
    ids = wordpieces(checkpoint.read("tokenizer.json").decode())(list(texts))
    states = (
        predictor.net.embedding.weight.numpy()
        if small
        else _states(predictor.net, ids[0][0], ids[0][-1])
    )
    told = Told(_logits(predictor, ids), states)
    run.folder.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        np.savez(file, logits=told.logits, states=told.states,
                 seconds=time.perf_counter() - started)  # fmt: skip
    os.replace(temporary, path)
    return told


def _logits(predictor: Predictor, ids: list[list[int]]) -> np.ndarray:
    order = np.argsort([len(i) for i in ids], kind="stable")
    logits = np.zeros(len(ids), np.float32)
    for start in range(0, len(order), AT_ONCE):
        part = order[start : start + AT_ONCE]
        logits[part] = predictor.logits([ids[i] for i in part])
        print(f"The teacher has answered {start + len(part):,} of {len(ids):,} texts", flush=True)
    return logits * predictor.net.temperature


@torch.inference_mode()
def _states(net: MiniLm, start: int, end: int) -> np.ndarray:
    pieces = torch.arange(net.embedding.num_embeddings).split(1024)
    marks = (torch.tensor(start), torch.tensor(end))
    found = [
        net.encoder(torch.stack([marks[0].expand_as(p), p, marks[1].expand_as(p)], 1))
        for p in pieces
    ]
    return torch.cat([f.last_hidden_state[:, 1] for f in found]).numpy()


def _key(checkpoint: Checkpoint, texts: Sequence[str]) -> str:
    files = [f"{name} {file.sha256}" for name, file in sorted(checkpoint.card.files.items())
             if name.endswith((".safetensors", "tokenizer.json"))]  # fmt: skip
    return hashlib.sha256("\n".join([*files, *texts]).encode()).hexdigest()[:16]
