"""Genre by word vectors: logistic regression on their mean, plain or weighted, and a
convolutional network (Kim 2014) over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from safetensors.torch import save
from sklearn.linear_model import LogisticRegression
from torch.nn import functional as F

from demos.word_embeddings import GENRES
from demos.word_embeddings.model import Convolutions, MeanLinear
from demos.word_embeddings.space import Space
from trainers.core import torch_loop
from trainers.core.run import Run
from trainers.word_embeddings.data import Labelled
from trainers.word_embeddings.genre import out_of_fold, softmax

STRENGTH = 30.0  # of the regression, as scikit-learn's C
READ, BATCH, EPOCHS, RATE = 96, 32, 2, 2e-3  # words that the network trains on, and how


def ids_of(texts: Sequence[str], space: Space) -> list[np.ndarray]:
    """The places of each text's known lemmas."""
    places = space.vocabulary.places
    return [np.array([places[w] for w in space.vocabulary.known(t)], np.int64) for t in texts]


def rarity(ids: Sequence[np.ndarray], words: int) -> np.ndarray:
    """(words,) inverse document frequency over some texts."""
    has = np.zeros(words)
    for found in ids:
        has[np.unique(found)] += 1
    return 1 + np.log((1 + len(ids)) / (1 + has))


def means(ids: Sequence[np.ndarray], space: Space, weights: np.ndarray) -> np.ndarray:
    """(n, d) weighted means of unit vectors, of length 1; 0 where no word is known."""
    found = np.zeros((len(ids), space.unit.shape[1]))
    for i, words in enumerate(ids):
        if len(words):
            found[i] = weights[words] @ space.unit[words]
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def mean_model(
    given: Labelled, space: Space, weighted: bool
) -> tuple[MeanLinear, bytes, np.ndarray]:
    """The network, its file without the vectors, and its answers out of fold (n, 7)."""
    ids = ids_of(given.texts, space)
    train = np.flatnonzero(~given.test)
    weights = np.ones(len(space.unit))
    if weighted:
        weights = rarity([ids[i] for i in train], len(space.unit))
    x = means(ids, space, weights)

    def fitted(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(x[rows], given.labels[rows])
        w, b = np.zeros((len(GENRES), x.shape[1])), np.full(len(GENRES), -30.0)
        w[model.classes_], b[model.classes_] = model.coef_, model.intercept_
        return w, b

    def answer(rows: np.ndarray, asked: np.ndarray) -> np.ndarray:
        w, b = fitted(rows)
        return softmax(x[asked] @ w.T + b)

    shares = out_of_fold(given, answer)
    w, b = fitted(train)
    net = MeanLinear(len(space.unit), len(GENRES), space.unit.shape[1], weighted)
    state = {
        "weight": torch.from_numpy(weights).float(), "linear.weight": torch.from_numpy(w).float(),
        "linear.bias": torch.from_numpy(b).float(),
    }  # fmt: skip
    return net, save({k: v.contiguous() for k, v in state.items()}), shares


def padded(ids: Sequence[np.ndarray], rng: np.random.Generator | None = None) -> torch.Tensor:
    """(B, T) at most READ words of each text, a random run of a longer one; the most frequent word
    fills up."""
    parts = []
    for words in ids:
        start = int(rng.integers(max(1, len(words) - READ + 1))) if rng is not None else 0
        parts.append(torch.from_numpy(words[start : start + READ]))
    return torch.nn.utils.rnn.pad_sequence(parts, batch_first=True)


def batches(
    ids: Sequence[np.ndarray], labels: np.ndarray, rows: np.ndarray, seed: int
) -> Callable[[int], Iterator[tuple[torch.Tensor, torch.Tensor]]]:
    """Batches of texts of about one length."""

    def drawn(epoch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        rng = torch_loop.epoch_generator(seed, epoch)
        lengths = np.array([len(ids[i]) for i in rows]) + rng.integers(0, 20, len(rows))
        order = rows[np.argsort(lengths, kind="stable")]
        parts = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        for k in rng.permutation(len(parts)):
            part = parts[k]
            yield padded([ids[i] for i in part], rng), torch.from_numpy(labels[part])

    return drawn


def convolutions(
    run: Run, given: Labelled, space: Space, seed: int, epochs: int, rows: np.ndarray
) -> Convolutions:
    """The network trained on some rows, its vectors frozen."""
    ids = [words if len(words) else np.array([0]) for words in ids_of(given.texts, space)]
    torch.manual_seed(seed)
    net = Convolutions(len(space.unit), len(GENRES), space.unit.shape[1])
    net.table.weight = torch.nn.Parameter(torch.from_numpy(space.unit), requires_grad=False)
    optimizer = torch.optim.AdamW(
        [p for p in net.parameters() if p.requires_grad], lr=RATE, weight_decay=0.01
    )
    steps = epochs * -(-len(rows) // BATCH)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: max(0.02, 1 - s / steps))
    return torch_loop.fit(
        run, net, epochs=epochs, batches=batches(ids, given.labels, rows, seed),
        loss=lambda net, batch: F.cross_entropy(net(batch[0]), batch[1], label_smoothing=0.05),
        optimizer=optimizer, scheduler=scheduler, clip=1.0,
    )  # fmt: skip


def without_table(net: torch.nn.Module) -> bytes:
    """A network's file without the vectors that another checkpoint ships."""
    state = net.state_dict()
    return save({k: v.half().contiguous() for k, v in state.items() if not k.startswith("table")})
