"""What the demos without a network share: they answer in words and with one number."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from demos.core import markup
from demos.core.api import ApiAnswer
from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import Familiarity

WEIGHTS = "model.json"


@dataclass(frozen=True)
class Said:
    """An answer in words, and the score that it rests on."""

    words: str
    score: float
    familiarity: Familiarity | None = None

    def to_json(self) -> dict[str, Any]:
        return {"words": self.words, "score": self.score}


class SaidAnswer(ApiAnswer):
    words: str = Field(description="what it says")
    score: float = Field(description="what that rests on")


def build(frame: Any) -> None:
    """The page of each of them."""
    frame.connect(answer=lambda asked: markup.Answer(asked.result.words), api=SaidAnswer)
    frame.panels()


class Rule:
    """What a predictor without a network is built from: one number in its checkpoint."""

    def __init__(self, checkpoint: Checkpoint):
        self.parameters = checkpoint.card.architecture.parameters
        self.number = json.loads(checkpoint.read(WEIGHTS))["number"]
