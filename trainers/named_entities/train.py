"""Training of the taggers: MiniLM with letters, fine-tuned to label the first piece of a word."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from demos.core.checkpoint import Architecture, Checkpoint, open_checkpoint
from demos.core.text_model import weights
from demos.core.word_pieces import tokenizer
from demos.named_entities.encode import Encoder, Sentence
from demos.named_entities.labels import CONLL, TYPES, WIKIANN
from demos.named_entities.model import Tagger
from demos.named_entities.tagging import tag
from trainers.core import torch_loop
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.core.text_model import (
    in_eight_bits,
    minilm_config,
    pretrained,
    quick_attention,
    take_pretrained,
)
from trainers.named_entities import data, features, record
from trainers.named_entities.data import Tagged
from trainers.named_entities.measures import everything

WORDS = "encoder.embeddings.word_embeddings.weight"  # frozen, and shipped with sst2/minilm
DRY = 24  # sentences of a dry run


@dataclass(frozen=True)
class Recipe:
    """How a variant is trained.

    head: the list by which the network's numbers were named first; labels: how they are read in
    the end. start: a variant that it starts from. rate is that of the last layer and `fall` what
    each layer below has of the one above it (Howard and Ruder 2018); head_rate is that of what is
    new. swaps and cases: shares of sentences with other names and in other capitals. kinds: of
    names, decided for whole spans.
    """

    source: str
    labels: tuple[str, ...]
    epochs: int
    start: str = ""
    rate: float = 2e-4
    head_rate: float = 1e-3
    fall: float = 1.0
    decay: float = 0.01
    smoothing: float = 0.0
    average: float = 0.0
    swaps: float = 0.0
    cases: float = 0.0
    kinds: tuple[str, ...] = ()
    tokens: int = 512  # of a batch, padding included
    validated: tuple[float, float] = (0.0, 0.0)


RECIPES = {
    "conll": Recipe("conll2003", CONLL, epochs=4, average=0.998, cases=0.05),
    "wikiann": Recipe(
        "wikiann", WIKIANN, epochs=8, start="conll", rate=3e-4, fall=0.85, smoothing=0.1,
        average=0.999, swaps=0.3, cases=0.08, kinds=TYPES[:3], validated=(0.8217, 0.9083),
    ),
    # Numbers 7 and 8 of the head are no labels of WikiANN: nothing trains them.
    "mismatched": Recipe("wikiann", (*WIKIANN, "O", "O"), epochs=3, start="conll"),
    "aligned": Recipe("wikiann", WIKIANN, epochs=5),
}  # fmt: skip


def groups(net: Tagger, recipe: Recipe) -> list[dict[str, Any]]:
    """An optimiser's groups: lower layers at lower rates, what is new at its own."""
    found = []
    depth = len(net.encoder.encoder.layer)
    for name, value in net.named_parameters():
        if not value.requires_grad:
            continue
        rate = recipe.head_rate
        if name.startswith("encoder.encoder.layer."):
            rate = recipe.rate * recipe.fall ** (depth - 1 - int(name.split(".")[3]))
        elif name.startswith("encoder."):
            rate = recipe.rate * recipe.fall**depth
        decay = recipe.decay if value.ndim > 1 else 0.0
        found.append({"params": [value], "lr": rate, "weight_decay": decay})
    return found


def loss(net: nn.Module, batch: tuple[torch.Tensor, ...], smoothing: float) -> torch.Tensor:
    """Cross-entropy of the words' labels and, where the network decides them, of spans' kinds."""
    ids, owners, codes, mask, targets, spans, kinds = batch
    read = net(ids, owners, codes, mask)
    total = nn.functional.cross_entropy(
        read.labels.float().flatten(0, 1), targets.flatten(), label_smoothing=smoothing
    )
    if net.kinds is not None and len(spans):
        of = net.kinds(read.hidden, spans).float()
        total = total + 0.5 * nn.functional.cross_entropy(of, kinds, label_smoothing=smoothing)
    return total


def kinds_of(recipe: Recipe) -> list[str]:
    """The kinds of names that a recipe tells apart."""
    return [*recipe.kinds] or [k for k in TYPES if f"B-{k}" in recipe.labels]


def fit(
    run: Run, net: Tagger, encode: Encoder, recipe: Recipe,
    given: Sequence[Tagged], held: Sequence[Tagged], seed: int,
) -> nn.Module:  # fmt: skip
    """Train under one rising and falling rate; returns the averaged network."""
    ids = {label: i for i, label in reversed(list(enumerate(recipe.labels)))}
    mix = features.Mixer(given, recipe.swaps, recipe.cases)

    def sentences(epoch: int) -> tuple[list[Tagged], list[Sentence], np.random.Generator]:
        rng = torch_loop.epoch_generator(seed, epoch)
        tagged = mix(rng)
        read = encode([s.words for s in tagged])
        kept = [i for i, s in enumerate(read) if len(s.ids) <= features.LONGEST]
        return [tagged[i] for i in kept], [read[i] for i in kept], rng

    def drawn(epoch: int) -> Iterator[Any]:
        tagged, read, rng = sentences(epoch)
        chosen = features.batches([len(s.ids) for s in read], recipe.tokens, rng)
        for n, part in enumerate(chosen):
            if n % 100 == 0:
                print(f"  {n}/{len(chosen)}", flush=True)
            yield features.batch([read[i] for i in part], [tagged[i] for i in part], ids,
                                 recipe.kinds)  # fmt: skip

    _, read, rng = sentences(0)
    steps = len(features.batches([len(s.ids) for s in read], recipe.tokens, rng))
    optimizer = torch.optim.AdamW(groups(net, recipe), fused=True)
    # A few steps more: the number of batches differs a little from epoch to epoch.
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [g["lr"] for g in optimizer.param_groups],
        total_steps=int(steps * recipe.epochs * 1.02) + 20, pct_start=0.1,
        anneal_strategy="linear", cycle_momentum=False,
    )  # fmt: skip

    def validate(net: nn.Module) -> dict[str, float]:
        some = held[::4]
        said = tag(net, encode([s.words for s in some]), recipe.labels, kinds_of(recipe))
        found = everything([t.labels for t in said], [s.labels for s in some])
        return {f"validation_{k}": found[k] for k in ("f1", "f1_boundaries", "token_accuracy")}

    return torch_loop.fit(
        run, net, epochs=recipe.epochs, batches=drawn,
        loss=lambda net, batch: loss(net, batch, recipe.smoothing), optimizer=optimizer,
        scheduler=scheduler, validate=validate, clip=1.0, processor_bf16=True,
        average=torch_loop.average_of(net, recipe.average) if recipe.average else None,
    )  # fmt: skip


def start(net: Tagger, a: argparse.Namespace, recipe: Recipe) -> None:
    """The weights of the public MiniLM, or of a variant or checkpoint to start from."""
    folder = pretrained()
    take_pretrained(net.encoder, folder)
    checkpoint = Checkpoint(a.init) if a.init else None
    if recipe.start and not a.dry_run and checkpoint is None:
        checkpoint = open_checkpoint("named_entities", recipe.start)
    if checkpoint is not None:
        fitting = net.state_dict()
        found = weights(checkpoint)  # of another list, all but the head
        net.load_state_dict(
            {k: v for k, v in found.items() if k in fitting and fitting[k].shape == v.shape},
            strict=False,
        )
    net.embedding.weight.requires_grad_(False)
    quick_attention(net.encoder)


def material(a: argparse.Namespace, recipe: Recipe) -> tuple[list[Tagged], list[Tagged]]:
    """What is trained on, and what choices are made on."""
    if a.dry_run:
        made = data.generated(2 * DRY)
        return made[:DRY], made[DRY:]
    given = data.read(recipe.source, "train", a.data)
    if a.more:
        given += data.read_conll(a.more)
    held = data.read(recipe.source, "validation", a.data)
    # What stays out fits what says how sure the tagger is, and reports.
    return data.refit(given, held) if a.refit else (given, held)


def as_served(net: nn.Module) -> dict[str, torch.Tensor]:
    """What is shipped: all but the word embeddings."""
    return {name: value for name, value in net.state_dict().items() if name != WORDS}


def train(a: argparse.Namespace, run: Run) -> Trained:
    """MiniLM with letters; its word embeddings stay as they are, and are those of sst2/minilm."""
    recipe = RECIPES[a.variant]
    recipe = replace(recipe, epochs=a.epochs or recipe.epochs)
    folder: Path = pretrained()
    arguments = {"config": minilm_config(folder), "labels": list(recipe.labels),
                 "kinds": list(recipe.kinds)}  # fmt: skip
    net = Tagger(**arguments)
    start(net, a, recipe)
    encode = Encoder(tokenizer((folder / "tokenizer.json").read_text(encoding="utf-8")))
    given, held = material(a, recipe)
    net = fit(run, net, encode, recipe, given, held, a.seed)
    content = in_eight_bits(as_served(net))
    architecture = Architecture(
        name="Tagger", arguments=arguments, parameters=torch_loop.parameters(net)
    )
    return record.trained(a, run, recipe, net, encode, (given, held), content, architecture)
