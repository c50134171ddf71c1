"""What a predictor is: the protocol that every demo's `Predictor` keeps.

A network with one tensor in and one out, a reader with a question and a paragraph, an index
without any network and a chat all keep it. What a demo shows beyond an answer (explanations,
prefixes of a text) are methods of its own class, typed and called as methods.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np

from demos.core.familiarity import Familiarity

# The inputs of one prediction, in the order of `Demo.inputs`.
Inputs: TypeAlias = tuple[Any, ...]
# The raw numbers behind one answer, by name: logits, a density map, scores of passages.
Outputs: TypeAlias = Mapping[str, np.ndarray]


class Result(Protocol):
    """What a prediction is: a frozen dataclass that can turn itself into plain types."""

    @property
    def familiarity(self) -> Familiarity | None:
        """How like the training data the input is; None where a variant cannot say."""

    def to_json(self) -> dict[str, Any]:
        """The fields of the demo's `ApiAnswer`, except those that all answers have."""


Answer = TypeVar("Answer", bound=Result, covariant=True)


@runtime_checkable
class Predictor(Protocol[Answer]):
    """One variant, ready to answer. It is built from a checkpoint: `Predictor(checkpoint)`.

    It keeps no state between calls, so that any thread may ask it anything in any order.
    """

    @property
    def parameters(self) -> int:
        """How many numbers were trained or taken over; 0 for an index without a network."""

    def predict(self, *inputs: Any) -> Answer:
        """The answer to one input: one call, one forward pass.

        Raises UserError with one sentence for inputs that it cannot answer.
        """

    def outputs(self, asked: Sequence[Inputs]) -> list[Outputs]:
        """The raw numbers behind the answers to several inputs, in their order.

        Inputs may go through the network together. The numbers do not depend on which others do,
        on threads or on order (within the tolerance on the card), and a test checks just that.
        """
