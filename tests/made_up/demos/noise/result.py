"""What an answer is: `Grain` for the page, `GrainAnswer` for callers."""

from dataclasses import dataclass

from pydantic import Field

from demos.core.api import ApiAnswer


@dataclass(frozen=True)
class Grain:
    grain: str
    probability: float
    familiarity: None = None  # this demo cannot say how familiar a picture is

    def to_json(self) -> dict[str, str | float]:
        return {"grain": self.grain, "probability": round(self.probability, 4)}


class GrainAnswer(ApiAnswer):
    grain: str = Field(description="fine or coarse")
    probability: float = Field(description="how probable this grain is", ge=0, le=1)
