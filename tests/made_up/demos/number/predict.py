"""Powers."""

import numpy as np

from tests.made_up import gate
from tests.made_up.plain import Rule, Said


class Predictor(Rule):
    def predict(self, number: float) -> Said:
        gate.pass_through()
        (found,) = self.outputs([(number,)])
        return Said(f"{found['power'][0]:g}", float(found["power"][0]))

    def outputs(self, asked):
        """`power` (1,)."""
        return [{"power": np.array([float(number) ** self.number])} for (number,) in asked]
