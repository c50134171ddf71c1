"""A teacher's answers, asked once: written whole or not at all, and kept for one question only."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from demos.core.checkpoint import EVALUATION, Checkpoint


def digest(*arrays: np.ndarray) -> str:
    """A hash of the content, type and shape of arrays: which data it was."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype} {array.shape}".encode())
        found.update(np.ascontiguousarray(array))
    return found.hexdigest()


def weights_of(checkpoint: Checkpoint) -> dict[str, str]:
    """The hashes of the files that a teacher answers with."""
    files = checkpoint.card.files.items()
    return {name: file.sha256 for name, file in files if name != EVALUATION}


def kept(folder: Path, key: Mapping[str, Any], ask: Callable[[], torch.Tensor]) -> torch.Tensor:
    """The answers from `folder` if they were given to this very key, else asked and kept.

    key: everything that the answers depend on, as JSON: the recipe, the hashes of the teacher's
    weights, the digest of the data. The answers to another key in the folder are removed.
    """
    asked = hashlib.sha256(json.dumps(key, sort_keys=True, default=str).encode()).hexdigest()
    path = folder / f"answers-{asked[:16]}.safetensors"
    if path.is_file():
        return load_file(path)["answers"]
    found = ask().cpu().contiguous()
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"answers-{os.getpid()}.tmp"
    try:
        save_file({"answers": found}, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    for old in folder.glob("answers-*.safetensors"):
        if old != path:
            old.unlink()
    return found
