"""What a training writes down: weights, card, and what was measured on validation data."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from safetensors.torch import load

from demos.core.checkpoint import Architecture, Data, Reference
from demos.core.familiarity import Scale
from demos.core.text_model import dequantised
from demos.named_entities.encode import Encoder
from demos.named_entities.familiar import FILE
from demos.named_entities.model import Tagger
from demos.named_entities.predict import tag_all
from trainers.core.metrics import records
from trainers.core.publish import Trained, originals
from trainers.core.run import Run
from trainers.core.text_model import MINILM
from trainers.named_entities import familiarity
from trainers.named_entities.calibrate import fitted, outcomes, reliability
from trainers.named_entities.data import Tagged
from trainers.named_entities.measures import everything

if TYPE_CHECKING:
    from trainers.named_entities.train import Recipe

CHOSEN_ON = (
    "the validation sentences of {}: how confidence is scaled, and what is familiar. The recipe "
    "was fixed beforehand and run once."
)
INSIDERS = 2000  # sentences that teach familiarity, and as many for its scale
REFITTED = (
    "the validation sentences of {}, all of them left out of a first training: F1 {:.4f}, "
    "boundaries {:.4f}. The recipe was then run again with four fifths of them among the training "
    "data; the last fifth fits how confidence is scaled and what is familiar."
)
READ = "150 test sentences were read while this was built; they chose nothing"
DATA = {
    "conll2003": Data(
        name="CoNLL-2003, English",
        origin="Tjong Kim Sang and De Meulder 2003: Reuters news of 1996 and 1997",
        licence="Reuters: research use only",
        splits={"train": 14_041, "validation": 3_250, "test": 3_453},
        protocol=f"the published splits; labels on first word pieces; {READ}",
    ),
    "wikiann": Data(
        name="WikiANN, English",
        origin="Pan et al. 2017, in the balanced splits of Rahimi et al. 2019: sentences of "
        "Wikipedia, labelled by machine from links",
        licence="text of Wikipedia (CC BY-SA); labels without a stated licence",
        splits={"train": 20_000, "validation": 10_000, "test": 10_000},
        protocol="the published splits; labels on first word pieces. 283 test sentences also "
        f"stand in the training data: F1 is given with and without them; {READ}",
    ),
}
OTHERS = {
    "wikiann": [
        Reference(
            who="Multilingual BERT, 178 M parameters, cased", metric="f1", value=0.852,
            source="Hu et al. 2020 (XTREME), arXiv 2003.11080", comparable=True, role="published",
            note="trained and tested on the same sentences, with capitals",
            short="multilingual BERT, 178 M parameters",
        ),
    ],
    "conll2003": [
        Reference(
            who="BERT-base, 110 M parameters, cased", metric="f1", value=0.924,
            source="Devlin et al. 2019, arXiv 1810.04805", comparable=False, role="published",
            note="with the document around each sentence", short="BERT-base",
        ),
    ],
}  # fmt: skip
ORIGINALS = {
    "conll": originals(
        {("f1_wikiann_face_value", "test"): 0.04}, "dslim/bert-base-NER, ids at face value"
    ),
    "mismatched": originals(
        {("f1", "test"): 0.04},
        "dslim/bert-base-NER, fine-tuned for three epochs; how its numbers were read is not said",
    ),
    "aligned": originals(
        {("f1", "test"): 0.84, ("precision", "test"): 0.83, ("recall", "test"): 0.85,
         ("token_accuracy", "test"): 0.93},
        "BERT-base, 110 M parameters, cased, five epochs",
    ),
}  # fmt: skip
ORIGINALS["wikiann"] = ORIGINALS["aligned"]
LICENCES = {
    "conll2003": "research use, as the training data",
    "wikiann": "CC BY-SA, as the text of the training data; it starts from the CoNLL variant, "
    "whose data is for research use only",
}
LIMITS = {
    "conll2003": "English news of the nineties: names of today, other kinds of text and text "
    "without capitals are read less well.",
    "wikiann": "English. WikiANN's labels were made by machine, and half of its sentences are "
    "titles and fragments; teams, schools and places are often hard to tell apart.",
}
NOTES = {
    "conll": "",
    "mismatched": "Starts from the conll variant; numbers of WikiANN's labels at face value in its "
    "nine-way head.",
    "aligned": "The original's recipe: a new head of seven labels, five epochs.",
    "wikiann": "Starts from the conll variant with a new head; lower layers at lower rates, "
    "averaged weights, labels smoothed; in some sentences names are exchanged for others of their "
    "kind, in some the capitals are changed; the kind of a name is decided for the whole span.",
}


def trained(
    a: argparse.Namespace, run: Run, recipe: Recipe, net: Tagger, encode: Encoder,
    material: tuple[Sequence[Tagged], Sequence[Tagged]], content: bytes,
    architecture: Architecture,
) -> Trained:  # fmt: skip
    """The network in 8 bits, measured as it is shipped; half of the validation sentences fit its
    confidence and teach what is familiar, the others say how well that holds."""
    from trainers.named_entities.train import kinds_of

    given, held = material
    net.load_state_dict(dequantised(load(content)), strict=False)
    kinds = kinds_of(recipe)
    read = [tag_all(net, encode, recipe.labels, kinds, [s.words for s in held])]
    said = [t for _, t in read[0]]
    measured = everything([t.labels for t in said], [s.labels for s in held])
    slope, shift = fitted(*outcomes(said[::2], held[::2], kinds))
    error, _ = reliability(*outcomes(said[1::2], held[1::2], kinds), slope, shift)
    teach, _ = familiarity.outsiders()
    if a.dry_run:
        teach = teach[:4]
    outside = [tag_all(net, encode, recipe.labels, kinds, familiarity.in_sentences(t))
               for t in teach]  # fmt: skip
    inside = [[one] for one in read[0]]
    known, file = familiarity.taught(
        familiarity.rows(inside[::2][:INSIDERS]), familiarity.rows(outside)
    )
    scale = Scale.of([known(one) for one in inside[1::2][:INSIDERS]])
    metrics = records(measured, "validation", len(held))
    metrics += records(
        {"ece": error}, "validation", len(held) // 2, "on the half that fitted nothing"
    )
    data = DATA[recipe.source]
    splits = {**data.splits, "train": len(given), "validation": len(held)}
    return Trained(
        architecture=architecture,
        data=data.model_copy(update={"origin": f"{data.origin}; starts from {MINILM}",
                                     "splits": splits}),
        epochs=recipe.epochs,
        chosen_on=(REFITTED if a.refit else CHOSEN_ON).format(data.name, *recipe.validated),
        metrics=metrics,
        files={"model.safetensors": content, FILE: file},
        uses={"embeddings": "sst2/minilm"},
        evaluation={
            "curves": run.history, "calibration": [round(slope, 5), round(shift, 5)],
            "scale": [round(q, 5) for q in scale.quantiles],
        },
        references=[*ORIGINALS[a.variant], *OTHERS[recipe.source]],
        tolerance=1e-4,
        licence=LICENCES[recipe.source],
        limits=LIMITS[recipe.source],
        notes=NOTES[a.variant],
    )  # fmt: skip
