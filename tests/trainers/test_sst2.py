"""The trainer of SST-2: what is held out, batches, the transfer set, the teacher, calibration."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.sst2.normalise import normalise
from demos.sst2.reading import VOCABULARY
from trainers.core import text_model
from trainers.core.run import Run
from trainers.core.text_model import buckets
from trainers.sst2 import additions, data, distil, seed, teacher, transfer
from trainers.sst2.calibrate import calibration_error, fitted_temperature, with_temperature

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
    found = buckets(lengths, 16, rng)
    assert all(len(set(lengths[b])) == 1 and len(b) <= 16 for b in found)
    assert sorted(np.concatenate(found)) == list(range(500))
    assert len(found) == len(buckets(lengths, 16, None))


def test_the_transfer_set_shares_no_five_tokens_with_the_test(data_folder):
    phrases, _ = data.read("train")
    # A language model may write what it never read: the same rule holds for its texts.
    test_like = [f"{s} indeed" for s in data.read("validation")[0]] + ["I didn't LIKE it!"]
    found = transfer.texts(phrases[:20_000], test_like, 0, None, transfer.Sizes(2000, 2000, 2000))
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
    assert seed.vocabulary(["B, a b!", "a c"]) == ["b", "a", "c"]
    many = [" ".join(f"w{i}" for i in range(VOCABULARY + 5))]
    assert len(seed.vocabulary(many)) == VOCABULARY - 2


def test_principal_components_keep_what_differs():
    rng = torch.Generator().manual_seed(0)
    vectors = torch.randn(200, 8, generator=rng) * torch.tensor([9.0, 5, 3, 0, 0, 0, 0, 0])
    found = text_model.principal_components(vectors, 3)
    assert found.shape == (200, 3)
    assert torch.allclose(
        torch.cdist(found, found) * (torch.pdist(vectors)[0] / torch.pdist(found)[0]),
        torch.cdist(vectors, vectors), rtol=1e-3, atol=1e-2,
    )  # fmt: skip


def test_a_phrase_with_both_labels_is_neither():
    found = distil.labels_of(["fun", "fun", "dull"], np.array([1, 0, 0], np.float32))
    assert found == {"fun": 0.0, "dull": -distil.LABEL}


def test_what_says_nothing_holds_no_word_of_praise_or_blame():
    found = additions.fragments(["the film is a mess and i was not amused", "such a good one"])
    assert "the film is a" in found and "and i was" in found and "such a" in found
    assert not any({"mess", "good", "not", "amused"} & set(text.split()) for text in found)


def test_added_texts_have_the_form_of_the_data():
    texts = [*additions.opinions(), *additions.plain(), *additions.emoji_names()[0]]
    assert [t for t in set(texts) if normalise(t) != t] == []


def test_an_emoji_behind_a_text_is_of_its_mind():
    texts, targets = additions.with_emoji(
        ["a fine film", "a dull film"], np.array([5.0, -5.0], np.float32),
        np.random.default_rng(0), 40,
    )  # fmt: skip
    for text, target in zip(texts, targets, strict=True):
        assert ("fine" in text) == (target == 6.0) and ("dull" in text) == (target == -6.0)


def test_the_teacher_is_asked_once_and_another_text_is_another_question(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(teacher, "_states", lambda *_: np.zeros((3, 2), np.float32))
    monkeypatch.setattr(
        teacher, "_logits", lambda _, ids: asked.append(len(ids)) or np.arange(len(ids))
    )
    minilm = open_checkpoint("sst2", "minilm")
    for texts in (["fine", "dull"], ["fine", "dull"], ["dull", "fine"]):
        told = teacher.ask(Run(tmp_path / "run"), minilm, texts)
        assert told.logits.tolist() == [0, 1] and told.states.shape == (3, 2)
    assert asked == [2, 2]
    assert len(list((tmp_path / "run").glob("answers-*.npz"))) == 2
    assert not list((tmp_path / "run").glob("*.tmp"))


def test_the_fitted_temperature_undoes_too_much_confidence():
    rng = np.random.default_rng(0)
    true = rng.normal(0, 2, 20_000)
    labels = (rng.random(20_000) < 1 / (1 + np.exp(-true))).astype(np.float32)
    found = fitted_temperature(3 * true, labels)
    assert found == pytest.approx(3, rel=0.05)
    assert calibration_error(1 / (1 + np.exp(-true)), labels) < 0.01
    assert calibration_error(1 / (1 + np.exp(-3 * true)), labels) > 0.05


def test_the_calibration_error_is_the_gap_of_the_bins():
    """Two bins: confidence 0.9 and three of four right, 0.6 and all of two right."""
    probabilities = np.array([0.9, 0.9, 0.9, 0.1, 0.6, 0.4])
    labels = np.array([1, 1, 0, 0, 1, 0])
    assert calibration_error(probabilities, labels) == pytest.approx((4 * 0.15 + 2 * 0.4) / 6)


def test_a_temperature_is_written_on_the_card(tmp_path):
    import shutil

    folder = tmp_path / "sst2" / "minilm"
    shutil.copytree(open_checkpoint("sst2", "minilm").folder, folder)
    found = with_temperature(Checkpoint(folder), 1.5)
    assert found.card.architecture.arguments["temperature"] == 1.5
    found.verify()


@pytest.fixture
def data_folder():
    import os

    if not os.environ.get("GALLERY_DATA"):
        pytest.skip("needs data: name its folder in $GALLERY_DATA")
