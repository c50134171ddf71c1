"""The trainer of SST-2: what is held out, batches, the transfer set, the seed's vocabulary."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from demos.sst2.reading import VOCABULARY
from trainers.sst2 import data, train, transfer

PHRASES = [
    "a good film", "good film", "good", "a", "a good film by a friend", "by a friend",
    "bad", "a bad one", "one", "the end", "good", "end of a good film",
]  # fmt: skip


def inside(part: str, whole: str) -> bool:
    return part != whole and f" {part} " in f" {whole} "


def test_sentences_are_contained_in_no_other():
    unique = set(PHRASES)
    expected = {p for p in unique if not any(inside(p, other) for other in unique)}
    assert set(data.sentences(PHRASES)) == expected
    assert "a good film" not in expected and "the end" in expected


def test_nothing_of_a_held_out_sentence_is_trained_on():
    chosen, allowed = data.held_out(PHRASES, 2)
    held = [p for p, c in zip(PHRASES, chosen, strict=True) if c]
    left = [p for p, a in zip(PHRASES, allowed, strict=True) if a]
    assert len(held) == 2 and left
    assert not any(p == h or inside(p, h) for p in left for h in held)
    assert not (chosen & allowed).any()


def test_the_held_out_part_is_fixed(data_folder):
    phrases, labels = data.read("train")
    assert len(phrases) == 67_349 and len(set(phrases)) == 66_978
    assert len(data.sentences(phrases)) == 6_885
    chosen, allowed = data.held_out(phrases)
    assert (chosen.sum(), allowed.sum()) == (1000, 56_336)
    assert set(labels) == {0, 1}


@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)])
def test_batches_have_one_length_and_hold_everything_once(rng):
    lengths = np.random.default_rng(1).integers(1, 9, 500)
    found = data.buckets(lengths, 16, rng)
    assert all(len(set(lengths[b])) == 1 and len(b) <= 16 for b in found)
    assert sorted(np.concatenate(found)) == list(range(500))
    assert len(found) == len(data.buckets(lengths, 16, None))


def test_the_transfer_set_shares_no_five_tokens_with_the_test(data_folder, monkeypatch):
    for name in ("VARIED", "JOINED", "OTHER"):
        monkeypatch.setattr(transfer, name, 2000)
    phrases, _ = data.read("train")
    # A language model may write what it never read: the same rule holds for its texts.
    test_like = [f"{s} indeed" for s in data.read("validation")[0]] + ["I didn't LIKE it!"]
    found = transfer.texts(phrases[:20_000], test_like, 0, None)
    test = [f" {s} " for s in data.read("validation")[0]]
    assert len(found) > 20_000 and len(set(found)) == len(found)
    everything = "\n".join(test)
    for text in found[::7]:
        tokens = text.split()
        for i in range(len(tokens) - 4):
            assert f" {' '.join(tokens[i : i + 5])} " not in everything
    assert sum("[MASK]" in t for t in found) > 200
    assert "i did n't like it !" in found


def test_joined_phrases_are_two():
    phrases = ["a good film .", "by a friend"]
    for text in transfer.joined(phrases, np.random.default_rng(0), 40):
        assert sum(part in text for part in ("a good film", "by a friend")) >= 1
        assert any(join in text for join in transfer.JOINS)


def test_the_vocabulary_is_keras_tokenizer_s():
    """By frequency, the first seen first; 10,000 numbers, two of which are no words."""
    assert train.vocabulary(["B, a b!", "a c"]) == ["b", "a", "c"]
    many = [" ".join(f"w{i}" for i in range(VOCABULARY + 5))]
    assert len(train.vocabulary(many)) == VOCABULARY - 2


def test_principal_components_keep_what_differs():
    rng = torch.Generator().manual_seed(0)
    vectors = torch.randn(200, 8, generator=rng) * torch.tensor([9.0, 5, 3, 0, 0, 0, 0, 0])
    found = train.principal_components(vectors, 3)
    assert found.shape == (200, 3)
    assert torch.allclose(
        torch.cdist(found, found) * (torch.pdist(vectors)[0] / torch.pdist(found)[0]),
        torch.cdist(vectors, vectors), rtol=1e-3, atol=1e-2,
    )  # fmt: skip


@pytest.fixture
def data_folder():
    import os

    if not os.environ.get("GALLERY_DATA"):
        pytest.skip("needs data: name its folder in $GALLERY_DATA")
