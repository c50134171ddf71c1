"""Training photos that ship as thumbnails, where the licence of the data allows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from safetensors.numpy import load, save

from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.core.errors import CheckpointError

FILE = "photos.safetensors"
ROLE = "photos"  # under which a card's `uses` names the checkpoint that has them


@dataclass(frozen=True, eq=False)
class Photo:
    """A thumbnail (a WebP) of the training photo with this index, and its class."""

    name: str
    label: str
    index: int
    thumbnail: bytes


def of(checkpoint: Checkpoint) -> list[Photo]:
    """The photos of a checkpoint, its own or those that it shares; none where it has none."""
    holder = checkpoint
    if ROLE in checkpoint.card.uses:
        try:
            holder = checkpoint.uses(ROLE)
        except CheckpointError:
            holder = open_checkpoint(*checkpoint.card.uses[ROLE].split("/"))
    if FILE not in holder.card.files:
        return []
    files = load(holder.read(FILE))
    return [Photo(**row, thumbnail=files[row["name"]].tobytes()) for row in holder.evaluation[ROLE]]


def pack(photos: list[Photo]) -> tuple[bytes, list[dict[str, str | int]]]:
    """The file, and what evaluation.json says of it."""
    files = {p.name: np.frombuffer(p.thumbnail, np.uint8) for p in photos}
    return save(files), [{"name": p.name, "label": p.label, "index": p.index} for p in photos]
