"""The data of SST-2: phrases and their labels, the held-out sentences, batches of one length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from trainers.core.data import Source, load

SOURCE = Source(name="sst2", hub="stanfordnlp/sst2")
HELD_OUT = 1000  # whole sentences, on which all choices are made


def read(split: str, folder: str | None = None) -> tuple[list[str], np.ndarray]:
    """Phrases in the data's own form and labels (n,) float32 (1 is positive) of `train` or
    `validation`, the data's name for the 872 sentences that test. Raises DataError."""
    rows = load(SOURCE, split, folder)
    return [s.strip() for s in rows["sentence"]], np.asarray(rows["label"], np.float32)


def spans(text: str, shortest: int = 1) -> Iterator[str]:
    """Every run of at least `shortest` tokens of a text, itself included."""
    tokens = text.split()
    for start in range(len(tokens)):
        for end in range(start + shortest, len(tokens) + 1):
            yield " ".join(tokens[start:end])


def sentences(phrases: Sequence[str]) -> list[str]:
    """The phrases that no other contains: the whole sentences of the treebank, sorted."""
    unique = set(phrases)
    inside = {s for phrase in unique for s in spans(phrase) if s != phrase and s in unique}
    return sorted(unique - inside)


def held_out(phrases: Sequence[str], n: int = HELD_OUT) -> tuple[np.ndarray, np.ndarray]:
    """Two masks (len(phrases),): `n` sentences that are held out, and what may be trained on.

    What may be trained on is every phrase that is not part of a held-out sentence: SST-2 lists the
    phrases of a sentence as separate examples, so a random split leaks.
    """
    found = sentences(phrases)
    chosen = np.random.default_rng(0).permutation(len(found))[:n]
    held = {found[i] for i in chosen}
    parts = {s for sentence in held for s in spans(sentence)}
    return (
        np.array([p in held for p in phrases]),
        np.array([p not in parts for p in phrases]),
    )


def generated(n: int = 60) -> tuple[list[str], np.ndarray]:
    """A handful of samples for --dry-run."""
    good, bad = (
        ("a fine , warm film", "moving and funny"),
        ("a dull mess", "tedious , long and sad"),
    )
    texts = [f"{(bad, good)[i % 2][i // 2 % 2]} number {i // 4} ." for i in range(n)]
    return texts, (np.arange(n) % 2).astype(np.float32)
