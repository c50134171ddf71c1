"""A small checkpoint of our own making, published as a trainer publishes."""

from __future__ import annotations

from pathlib import Path

import pytest

from demos.core.checkpoint import Architecture, Checkpoint, Data, Metric
from trainers.core.publish import Trained, publish, training_record


def trained(content: bytes = b"weights") -> Trained:
    return Trained(
        architecture=Architecture(name="Net", arguments={"width": 3}, parameters=12),
        data=Data(name="d", origin="o", licence="l", splits={"train": 5}, protocol="p"),
        epochs=1,
        chosen_on="nothing",
        metrics=[
            Metric(name="accuracy", split="validation", n=5, value=0.5, higher_is_better=True)
        ],
        files={"model.safetensors": content},
        evaluation={"curves": [{"epoch": 1, "loss": 2.0}]},
        licence="MIT",
        limits="none",
    )


def publish_at(root: Path, content: bytes = b"weights") -> Checkpoint:
    how = training_record(seed=0, epochs=1, seconds=1.0, threads=1, notes="")
    return publish(root / "demo" / "best", "demo", "best", "Best", "A net", trained(content), how)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return publish_at(tmp_path)
