"""Training of the readers: MiniLM, fine-tuned to score the spans of a text."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import nn

from demos.core.checkpoint import Architecture, Checkpoint, Data, Reference
from demos.core.text_model import weights
from demos.core.word_pieces import tokenizer
from demos.question_answering.model import Reader, possible, spans
from trainers.core import torch_loop
from trainers.core.metrics import records
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.core.text_model import (
    MINILM,
    minilm_config,
    pretrained,
    quick_attention,
    take_pretrained,
)
from trainers.core.wild_texts import typo
from trainers.question_answering import data
from trainers.question_answering.answering import scores
from trainers.question_answering.calibrate import calibrate
from trainers.question_answering.data import Question
from trainers.question_answering.features import Encoder, Feature, batches, tensors
from trainers.question_answering.near import neighbours

TOKENS = 5000  # of a batch, padding included
BASE_RATE = 5e-5  # for an encoder given with --base, which may be large
ORIGIN = (
    "18,118 of SQuAD's 87,599 training questions (Rajpurkar et al. 2016), 17,741 of SQuADShifts "
    "(Miller et al. 2020), 32,597 of QAMR (Michael et al. 2018)"
)
LIMITS = (
    "English questions whose answer is in the text word for word. It matches more than it "
    "reads, hardly notices “not”, and is misled by sentences that look like the question."
)
NOTES = (
    "QAMR's questions for one epoch, then all others for two, with one rise and fall of the rate; "
    "AdamW, averaged weights, word embeddings frozen; 8 % of the questions are also asked of an "
    "unrelated or a similar paragraph, 8 % have a typo. MiniLM's published training saw SQuAD's "
    "training pairs of question and paragraph, but neither its answers nor its validation part."
)


def _reference(who: str, exact: float, f1: float, source: str, **more: Any) -> list[Reference]:
    return [
        Reference(who=who, metric=name, value=value, source=source, comparable=False,
                  note="trained on all of SQuAD", **more)
        for name, value in (("exact_match", exact), ("f1", f1))
    ]  # fmt: skip


REFERENCES = [
    *_reference("BiDAF", 0.68, 0.77, "Seo et al. 2017, arXiv 1611.01603"),
    *_reference("DrQA", 0.66, 0.76, "Chen et al. 2017, arXiv 1704.00051"),
    *_reference(
        "DistilBERT", 0.777, 0.858, "Sanh et al. 2019, arXiv 1910.01108", role="published",
        short="DistilBERT, 67 M parameters, on all of SQuAD",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """QAMR's questions for `first` epochs, then the others for `epochs` more.

    foreign: how many questions are also asked of a text that does not answer them; slips: how
    many are asked with a slip of the finger. Both are shares.
    """

    first: int = 1
    epochs: int = 2
    rate: float = 1.8e-4
    decay: float = 0.01
    average: float = 0.999
    foreign: float = 0.08
    slips: float = 0.08


@dataclass(eq=False)
class Material:
    """What is trained on: `first` before `rest`, and `held` to choose on."""

    first: list[Question]
    rest: list[Question]
    held: list[Question] = field(default_factory=list)


def material(a: argparse.Namespace) -> Material:
    """The questions that training sees, and those that it does not."""
    if a.dry_run:
        made = data.generated()
        return Material(made[:12], made[12:36], made[36:])
    squad = data.read(data.SQUAD, "train", a.data)
    held = data.held_out(squad)
    shifts = [q for source in data.SHIFTS for q in data.read(source, source.config)]
    qamr = [
        Question(q.id, q.question, q.text, q.answers[:1]) for q in data.read(data.QAMR, "train")
    ]
    kept = [q for q, out in zip(squad, held, strict=True) if not out]
    return Material(
        [q for q in qamr if q.answers],
        [q for q in [*kept, *shifts] if q.answers],
        [q for q, out in zip(squad, held, strict=True) if out],
    )


def loss(net: nn.Module, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Cross-entropy of the span, of its start and of its end (Fajcik et al. 2021)."""
    ids, types, mask, inside, goals = batch
    found = net(ids, types, mask).float()
    scored = spans(found)
    allowed, inside = possible(inside), inside.clone()
    allowed[:, 0, 0] = inside[:, 0] = True  # “no answer”
    # A reference longer than any answer has no span to be found, only a start and an end.
    right = goals * allowed
    known = right.sum((1, 2)) > 0
    together = scored.masked_fill(~allowed, -1e4).flatten(1).log_softmax(1)
    total = -(right.flatten(1) * together).sum(1)[known].sum()
    for side, axis in ((found[..., 0], 2), (found[..., 1], 1)):
        one = side.masked_fill(~inside, -1e4).log_softmax(1)
        total = total - 0.5 * (goals.sum(axis) * one).sum()
    return total / len(ids)


class Mixture:
    """The features of an epoch: each question once, and some without an answer."""

    def __init__(self, encode: Encoder, questions: list[Question], recipe: Recipe):
        self.encode, self.questions, self.recipe = encode, questions, recipe
        self.near = neighbours([q.text for q in questions])

    def draw(self, rng: np.random.Generator) -> list[Feature]:
        made = []
        for i, q in enumerate(self.questions):
            if rng.random() < self.recipe.slips:
                q = Question(q.id, typo(q.question, rng), q.text, q.answers)
            made += self.encode(q)
            if rng.random() < self.recipe.foreign:
                near = self.near[i]
                other = (
                    near[rng.integers(len(near))]
                    if rng.random() < 0.5
                    else (self.questions[rng.integers(len(self.questions))].text)
                )
                if other != q.text and not any(words in other for _, words in q.answers):
                    made += self.encode(q, other)[:1]
        return made


def fit(
    run: Run, net: Reader, encode: Encoder, given: Material, recipe: Recipe, seed: int
) -> nn.Module:
    """Train over both parts with one rise and fall of the rate; returns the averaged network."""
    parts = [Mixture(encode, q, recipe) for q in (given.first, given.rest)]
    order = [0] * recipe.first + [1] * recipe.epochs
    steps = [len(batches(p.draw(np.random.default_rng(0)), TOKENS, np.random.default_rng(0)))
             for p in parts]  # fmt: skip
    print(f"{steps} steps an epoch", flush=True)
    optimizer = torch.optim.AdamW(
        torch_loop.decay_groups(net, recipe.decay), lr=recipe.rate, fused=True
    )
    # A few steps more: the number of batches differs a little from epoch to epoch.
    total = int(sum(steps[i] for i in order) * 1.01) + 20
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=total, pct_start=0.087, anneal_strategy="linear",
        cycle_momentum=False,
    )  # fmt: skip

    def drawn(epoch: int) -> Iterator[Any]:
        rng = torch_loop.epoch_generator(seed, epoch)
        made = parts[order[epoch]].draw(rng)
        chosen = batches(made, TOKENS, rng)
        for n, batch in enumerate(chosen):
            if n % 50 == 0:
                print(f"  {n}/{len(chosen)}", flush=True)
            yield tensors([made[i] for i in batch])

    def validate(net: nn.Module) -> dict[str, float]:
        net = getattr(net, "module", net)
        found = scores(net, encode, given.held)
        return {f"validation_{k}": float(found[k].mean()) for k in ("exact_match", "f1")}

    return torch_loop.fit(
        run, net, epochs=len(order), batches=drawn, loss=loss, optimizer=optimizer,
        scheduler=scheduler, validate=validate, clip=1.0,
        average=torch_loop.average_of(net, recipe.average), processor_bf16=True,
    )  # fmt: skip


def train(a: argparse.Namespace, run: Run) -> Trained:
    """MiniLM as a reader; its word embeddings stay as they are, and are those of sst2/minilm.

    An encoder given with --base is trained as a whole, and its checkpoint stands alone.
    """
    folder = pretrained(a.base)
    config = minilm_config(folder)
    net = Reader(config)
    take_pretrained(net.encoder, folder)
    if a.init:
        net.load_state_dict(weights(Checkpoint(a.init)))
    net.embedding.weight.requires_grad_(bool(a.base))
    quick_attention(net.encoder)
    words = (folder / "tokenizer.json").read_text(encoding="utf-8")
    encode = Encoder(tokenizer(words))
    recipe = Recipe(
        first=int(not a.dry_run), epochs=1 if a.dry_run else a.epochs or Recipe.epochs,
        rate=BASE_RATE if a.base else Recipe.rate,
    )  # fmt: skip
    given = material(a)
    net = fit(run, net, encode, given, recipe, a.seed)
    state = {k: v.half().contiguous() for k, v in net.state_dict().items()}
    if not a.base:
        state.pop("encoder.embeddings.word_embeddings.weight")
    files = {"model.safetensors": save(state)}
    found = scores(net, encode, given.held)
    return Trained(
        architecture=Architecture(
            name="Reader", arguments={"config": config}, parameters=torch_loop.parameters(net)
        ),
        data=Data(
            name="SQuAD v1.1, a fifth of it, with SQuADShifts and QAMR",
            origin=f"{ORIGIN}; starts from {a.base or MINILM}",
            licence="SQuAD: CC BY-SA 4.0; SQuADShifts: CC BY 4.0; QAMR: MIT, its text CC BY-SA",
            splits={"train": len(given.first) + len(given.rest), "validation": len(given.held),
                    "test": 10_570},
            protocol=f"{data.HELD_OUT} paragraphs of SQuAD's training part are held out with all "
            "their questions; SQuAD's validation part is our test; nothing is chosen on it.",
        ),
        references=REFERENCES,
        epochs=recipe.first + recipe.epochs,
        chosen_on=f"questions on {data.HELD_OUT} held-out paragraphs, one reference each",
        metrics=records(
            {k: float(found[k].mean()) for k in ("exact_match", "f1")}, "validation",
            len(given.held),
        ),
        files={**files, "tokenizer.json": words.encode()} if a.base else files,
        uses={} if a.base else {"embeddings": "sst2/minilm"},
        evaluation={"curves": run.history, **calibrate(net, encode, given.held, a.seed)},
        licence="CC BY-SA 4.0, like the training data",
        limits=LIMITS,
        notes=NOTES,
    )  # fmt: skip
