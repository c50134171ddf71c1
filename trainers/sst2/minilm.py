"""MiniLM, which learns from a fine-tuned language model (language_model.py) over a transfer set
(transfer.py)."""

from __future__ import annotations

import argparse

import numpy as np
from safetensors.torch import save

from demos.core.checkpoint import Architecture
from demos.core.word_pieces import wordpieces
from demos.sst2.model import MiniLm
from trainers.core import torch_loop
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.core.text_model import MINILM, loaded, minilm_config, pretrained, take_pretrained
from trainers.sst2 import transfer
from trainers.sst2.fit import Recipe, fit, squared_error
from trainers.sst2.language_model import NAME, LanguageModel
from trainers.sst2.record import CHOSEN_ON, ORIGIN, OTHERS, Texts, as_trained

TEACHING = Recipe(epochs=3, batch=256, rate=2e-4, average=0.999)
WRITTEN = 120_000  # texts by the language model
NOTES = (
    f"Starts from {MINILM}, word embeddings frozen. Learns the logits (squared error) of {NAME}, "
    "fine-tuned on the same phrases, on these phrases, on phrases with words masked or replaced, "
    "on pairs of phrases, on texts that the language model wrote in their manner, and on sentences "
    "of other kinds."
)


def train_minilm(
    a: argparse.Namespace, run: Run, texts: list[str], labels: np.ndarray, rest: Texts
) -> Trained:
    """MiniLM with one logit on the mean of its tokens; its word embeddings stay as they are."""
    folder = pretrained()
    config = minilm_config(folder)
    net = MiniLm(config)
    take_pretrained(net.encoder, folder)
    if a.init:
        net.load_state_dict({**loaded(a.init, "embeddings"), **loaded(a.init, "model")})
    net.embedding.weight.requires_grad_(False)
    tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
    encode = wordpieces(tokenizer)
    given, answers = taught(a, run, texts, labels, rest)
    epochs = a.epochs or TEACHING.epochs
    net = fit(run, net, encode(given), answers, squared_error, TEACHING, seed=a.seed,
              epochs=epochs, rest=(encode(rest[0]), rest[1]))  # fmt: skip
    state = net.state_dict()
    name = "encoder.embeddings.word_embeddings.weight"
    return as_trained(
        run, given, None if a.init else rest,  # what --init brings may have seen them
        architecture=Architecture(
            name="MiniLm", arguments={"config": config}, parameters=torch_loop.parameters(net)
        ),
        epochs=epochs,
        files={
            # Apart, so that other models can use the same embeddings.
            "embeddings.safetensors": save({name: state.pop(name).half()}),
            "model.safetensors": save({k: v.half().contiguous() for k, v in state.items()}),
            "tokenizer.json": tokenizer.encode(),
        },
        origin=f"{ORIGIN}; {OTHERS}; starts from {MINILM}",
        notes=NOTES,
        chosen_on=CHOSEN_ON,
    )  # fmt: skip


def taught(
    a: argparse.Namespace, run: Run, texts: list[str], labels: np.ndarray, rest: Texts
) -> Texts:
    """The transfer set and the language model's logits on it; they lie in a folder of their
    own."""
    name = f"{'dry-' if a.dry_run else ''}teacher-seed{a.seed}"
    teacher = LanguageModel(run.folder.parent / name, a.seed, small=a.dry_run, resume=a.resume)
    written = teacher.write(sorted(set(texts)), 8 if a.dry_run else WRITTEN)
    given = transfer.texts(texts, written, a.seed, a.data, small=a.dry_run)
    answers = teacher.judge(texts, labels, given, rest)
    run.seconds_before += teacher.seconds_before
    return given, answers
