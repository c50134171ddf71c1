"""What the cards of all variants of SST-2 have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from demos.core.checkpoint import Data, Metric, Reference
from trainers.core import metrics as measures
from trainers.core.publish import Trained, originals
from trainers.core.run import Run

ORIGIN = "Stanford Sentiment Treebank (Socher et al. 2013) as GLUE's SST-2 (Wang et al. 2019)"
LICENCE = (
    "SST-2 comes without an explicit licence: research use. The same restriction applies to the "
    "weights."
)
LIMITS = (
    "English sentences about films, praise or blame. There is no “neutral”, and text that is not a "
    "review is judged all the same; irony is mostly lost."
)
REFERENCES = [
    Reference(
        who="The original notebook", metric="accuracy", value=0.8291, role="original",
        source="the original's README", comparable=True,
        short="on GLUE's validation split, as here",
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
        who="DistilBERT", metric="accuracy", value=0.913, role="published",
        source="Sanh et al. 2019, arXiv 1910.01108", comparable=True, note="67 M parameters",
        short="DistilBERT, 67 M parameters",
    ),
    *originals({
        ("accuracy", "train"): 0.968, ("loss", "train"): 0.074, ("accuracy", "validation"): 0.920,
        ("loss", "validation"): 0.338, ("loss", "test"): 0.436, ("precision", "test"): 0.81,
        ("recall", "test"): 0.86, ("f1", "test"): 0.84,
    }),
]  # fmt: skip
OTHERS = "sentences of SQuADShifts (CC BY 4.0) and FairytaleQA (Apache-2.0)"
CHOSEN_ON = "1,000 held-out training sentences, left out of this training with all their parts"
Texts = tuple[list[str], np.ndarray]


def as_trained(
    run: Run, texts: list[str], rest: Texts | None, *, origin: str,
    metrics: list[Metric] | None = None, validated: int | None = None, **parts: Any,
) -> Trained:  # fmt: skip
    """What is published: `parts` with the data, metrics and remarks that a card needs.

    texts: what was trained on; rest: what the last epoch was validated on, or None and `metrics`
    with `validated`, the number of texts that they were measured on.
    """
    n = len(rest[0]) if rest else validated or 0
    if rest:
        metrics = measures.of_history(run.history[-1], n, "held-out sentences")
    return Trained(
        data=Data(
            name="SST-2",
            origin=origin,
            licence="no explicit licence",
            splits={"train": len(texts), "validation": n, "test": 872},
            protocol="GLUE's: train as published; its 872 validation sentences are our test; "
            "nothing is chosen on them.",
        ),
        metrics=metrics or [],
        evaluation={},
        licence=LICENCE,
        limits=LIMITS,
        references=REFERENCES,
        **parts,
    )
