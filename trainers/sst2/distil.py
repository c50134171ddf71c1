"""The BiLSTM that learns from the shipped MiniLM."""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np
import torch
from safetensors.torch import load_file

from demos.core.checkpoint import Architecture, open_checkpoint
from demos.core.text_model import answers as logits
from demos.core.word_pieces import wordpieces
from demos.sst2.model import BiLstm
from trainers.core import torch_loop
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.core.text_model import loaded, pretrained, principal_components
from trainers.core.wild_texts import no_stop, typo
from trainers.sst2 import additions, teacher, transfer
from trainers.sst2.calibrate import fitted_temperature
from trainers.sst2.fit import Recipe, fit, squared_error
from trainers.sst2.record import CHOSEN_ON, ORIGIN, OTHERS, Texts, as_trained

TEACHER = "minilm"
STUDYING = Recipe(epochs=3, batch=128, rate=2e-3, average=0.998)
SIZES = transfer.Sizes(varied=60_000, joined=25_000, other=8_000)
TYPED, WITH_EMOJI = 15_000, 3_000  # texts that are added with a typo, with an emoji
WORDS, STATES, HIDDEN, DENSE = 192, 64, 192, 128
LABEL = 6.0  # the logit of a phrase's true label, about as sure as the teacher is
OWN = 0.1  # what the true label weighs beside the teacher's answer
NO_REVIEW = 0.5  # what is left of the teacher's logit where a text is not a review
NOTES = (
    "Learns (squared error of the logit) what the shipped MiniLM answers, which was not trained on "
    "the held-out sentences either: to the phrases (their labels weigh a tenth), to phrases with "
    "words masked or replaced, to pairs of phrases, to short opinions from patterns, and half of "
    "its logits on sentences of other kinds; the same answers where a text has a typo, lacks its "
    "full stop or is followed by an emoji of the same mood; zero on function words, fragments and "
    "plain statements. "
    "Its embeddings start as principal components of MiniLM's embeddings and of the teacher's "
    "states for single word pieces. The temperature is fitted on the held-out sentences."
)


def train_bilstm(
    a: argparse.Namespace, run: Run, texts: list[str], labels: np.ndarray, rest: Texts
) -> Trained:
    """A BiLSTM over MiniLM's word pieces; its embeddings start from what MiniLM knows of them."""
    folder = pretrained()
    tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
    encode = wordpieces(tokenizer)
    words = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"].float()
    given, targets, states = lesson(a, run, texts, labels)
    arguments = {"vocabulary": len(words), "width": WORDS + STATES, "hidden": HIDDEN,
                 "dense": DENSE}  # fmt: skip
    net = BiLstm(**arguments)
    net.embedding.weight.data = torch.cat(
        [principal_components(words, WORDS), principal_components(states, STATES)], 1
    )
    if a.init:
        net.load_state_dict(loaded(a.init, "model"))
    epochs = a.epochs or STUDYING.epochs
    validating = encode(rest[0]), rest[1]
    with torch.backends.mkldnn.flags(enabled=False):  # a third faster in this net's training
        net = fit(run, net, encode(given), targets, squared_error, STUDYING, seed=a.seed,
                  epochs=epochs, rest=validating)  # fmt: skip
    temperature = fitted_temperature(logits(net, validating[0]), rest[1])
    return as_trained(
        run, given, None if a.init else rest,  # what --init brings may have seen them
        architecture=Architecture(
            name="BiLstm", arguments={**arguments, "temperature": temperature},
            parameters=torch_loop.parameters(net),
        ),
        epochs=epochs,
        files={
            "model.safetensors": torch_loop.weights(net, half=True),
            "tokenizer.json": tokenizer.encode(),
        },
        origin=f"{ORIGIN}; {OTHERS}",
        notes=NOTES,
        chosen_on=CHOSEN_ON,
    )  # fmt: skip


def lesson(
    a: argparse.Namespace, run: Run, phrases: list[str], labels: np.ndarray
) -> tuple[list[str], np.ndarray, torch.Tensor]:
    """All texts that the net learns from, the logits (n,) float32 that it is to give, and the
    teacher's states (vocabulary, hidden) of the word pieces."""
    rng = np.random.default_rng([a.seed, 7])
    share, some = (0.001, slice(None, None, 100)) if a.dry_run else (1.0, slice(None))
    sizes = transfer.Sizes(SIZES.varied, SIZES.joined, 0)
    labelled = labels_of(phrases, labels)
    own = teacher.ask(run, open_checkpoint("sst2", TEACHER), list(labelled), a.dry_run)
    labelled = {
        text: OWN * label + (1 - OWN) * said
        for (text, label), said in zip(labelled.items(), own.logits.tolist(), strict=True)
    }
    opinions = additions.opinions()[some]
    new = [
        text
        for text in transfer.texts(phrases, opinions, a.seed, a.data, sizes, a.dry_run)
        if text not in labelled
    ]
    other = [] if a.dry_run else transfer.allowed(transfer.others(rng, SIZES.other), a.data)
    told = teacher.ask(run, open_checkpoint("sst2", TEACHER), [*new, *other], a.dry_run)
    neutral = additions.neutral(phrases)[some]
    named, named_targets = additions.emoji_names()
    # Where a text is judged here, neither label nor teacher counts.
    ours = {*neutral, *named}
    learned = {**labelled, **dict(zip(new, told.logits.tolist(), strict=False))}
    learned = {text: logit for text, logit in learned.items() if text not in ours}
    reviews, known = list(learned), np.array(list(learned.values()), np.float32)
    typed, typed_targets = changed(reviews, known, rng, round(TYPED * share))
    ended, ended_targets = additions.with_emoji(reviews, known, rng, round(WITH_EMOJI * share))
    texts = [*reviews, *other, *typed, *neutral, *named, *ended]
    targets = np.concatenate(
        [known, NO_REVIEW * told.logits[len(new) :], typed_targets,
         np.full(len(neutral), additions.NEUTRAL), named_targets, ended_targets]
    )  # fmt: skip
    return texts, targets.astype(np.float32), torch.from_numpy(told.states)


def labels_of(phrases: list[str], labels: np.ndarray) -> dict[str, float]:
    """Each different phrase with the logit of its label; the mean where it has both."""
    found: dict[str, list[float]] = defaultdict(list)
    for phrase, label in zip(phrases, labels, strict=True):
        found[phrase].append(LABEL * (2 * float(label) - 1))
    return {phrase: sum(logits) / len(logits) for phrase, logits in found.items()}


def changed(
    texts: list[str], targets: np.ndarray, rng: np.random.Generator, n: int
) -> tuple[list[str], np.ndarray]:
    """`n` of the texts of four words and more with a typo, a third of them without their full
    stop, and their targets (n,): those of the texts as they were."""
    long = np.array([i for i, text in enumerate(texts) if text.count(" ") >= 3])
    chosen = rng.choice(long, n)
    found = [
        no_stop(typo(texts[i], rng), rng) if number % 3 == 0 else typo(texts[i], rng)
        for number, i in enumerate(chosen)
    ]
    return found, targets[chosen]
