"""What the cards of all variants of SST-2 say alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from demos.core.checkpoint import Data, Metric, Reference
from trainers.core.publish import Trained
from trainers.core.run import Run

ORIGIN = "Stanford Sentiment Treebank (Socher et al. 2013) as GLUE's SST-2 (Wang et al. 2019)"
LICENCE = "SST-2 comes without an explicit licence: research use; the weights inherit that remark."
LIMITS = (
    "English sentences about films, praise or blame. There is no “neutral”, and text that is no "
    "review is judged all the same; irony is mostly lost."
)
REFERENCES = [
    Reference(
        who="The seed's notebook", metric="accuracy", value=0.8291, source="the seed's README",
        comparable=True,
    ),
    Reference(
        who="BiLSTM", metric="accuracy", value=0.875, source="Tai et al. 2015, arXiv 1503.00075",
        comparable=False, note="on SST-2's test sentences",
    ),
    Reference(
        who="BiLSTM distilled from BERT large", metric="accuracy", value=0.907,
        source="Tang et al. 2019, arXiv 1903.12136", comparable=False,
        note="on GLUE's hidden test set",
    ),
    Reference(
        who="DistilBERT", metric="accuracy", value=0.913,
        source="Sanh et al. 2019, arXiv 1910.01108", comparable=True, note="67 M parameters",
    ),
]  # fmt: skip
OTHERS = "sentences of SQuADShifts (CC BY 4.0) and FairytaleQA (Apache-2.0)"
CHOSEN_ON = "1,000 held-out training sentences, left out of this training with all their parts"
Texts = tuple[list[str], np.ndarray]


def parameters(net: torch.nn.Module) -> int:
    """How many numbers a net has."""
    return sum(p.numel() for p in net.parameters())


def as_trained(
    run: Run, texts: list[str], rest: Texts | None, *, origin: str,
    metrics: list[Metric] | None = None, validated: int | None = None, **parts: Any,
) -> Trained:  # fmt: skip
    """What is published: `parts` with the data, metrics and remarks that a card needs.

    texts: what was trained on; rest: what the last epoch was validated on, or None and `metrics`
    with `validated`, the number of texts that they were measured on.
    """
    last, n = run.history[-1], len(rest[0]) if rest else validated or 0
    metrics = metrics or [
        Metric(name=name, split="validation", n=n, value=last[f"validation_{name}"],
               higher_is_better=name == "accuracy", note="held-out sentences")
        for name in ("accuracy", "loss") if rest
    ]  # fmt: skip
    return Trained(
        data=Data(
            name="SST-2",
            origin=origin,
            licence="no explicit licence",
            splits={"train": len(texts), "validation": n, "test": 872},
            protocol="GLUE's: train as published; its 872 validation sentences are our test and "
            "choose nothing.",
        ),
        metrics=metrics,
        evaluation={},
        licence=LICENCE,
        limits=LIMITS,
        references=REFERENCES,
        **parts,
    )
