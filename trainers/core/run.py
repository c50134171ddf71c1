"""One training run: its working folder, its state, its progress line.

A run lives in `runs/<demo>/<name>/` with `state.pt` (written whole, then renamed, so that a
killed process leaves the previous one) and `history.json` inside the state.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np


@dataclass
class Run:
    """Where a run keeps its state. `resume` says whether an existing state may be continued."""

    folder: Path
    resume: bool = False
    history: list[dict[str, float]] = field(default_factory=list)
    seconds_before: float = 0.0
    device: str = "CPU"  # what the nets of this run were trained on, for the card
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Seconds spent training, earlier parts of a resumed run included."""
        return self.seconds_before + time.perf_counter() - self.started

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return len(self.history)

    def save(self, state: dict[str, Any]) -> None:
        """Write the state together with history and elapsed time, all or nothing."""
        import torch

        self.folder.mkdir(parents=True, exist_ok=True)
        content = {"state": state, "history": self.history, "seconds": self.seconds}
        torch.save(content, self.folder / "state.tmp")
        os.replace(self.folder / "state.tmp", self.folder / "state.pt")

    def load(self) -> dict[str, Any] | None:
        """The saved state if this run resumes and there is one, else None."""
        import torch

        if not self.resume or not (self.folder / "state.pt").is_file():
            return None
        content = torch.load(self.folder / "state.pt", map_location="cpu", weights_only=True)
        self.history = content["history"]
        self.seconds_before = content["seconds"]
        self.started = time.perf_counter()
        return content["state"]

    def log(self, epochs: int, **values: float) -> None:
        """Add an epoch to the history and print it with the time that is left."""
        self.history.append({"epoch": self.epoch + 1, **values})
        left = self.seconds / self.epoch * (epochs - self.epoch)
        shown = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        print(f"epoch {self.epoch}/{epochs}  {shown}  {_clock(left)} left", flush=True)


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and torch."""
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
