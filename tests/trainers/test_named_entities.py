"""The trainer of named entities: measures, files, features, weights in 8 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load

from demos.core.text_model import dequantised
from demos.core.word_pieces import tokenizer
from demos.named_entities.encode import Encoder
from demos.named_entities.labels import WIKIANN, entities
from demos.named_entities.model import SpanTypes
from trainers.core.data import DataError
from trainers.core.text_model import in_eight_bits, pretrained
from trainers.named_entities import calibrate, data, features, wild
from trainers.named_entities.data import Tagged
from trainers.named_entities.measures import accuracy, boundaries, by_kind, everything, scores


@pytest.fixture(scope="module")
def encode() -> Encoder:
    return Encoder(tokenizer((pretrained() / "tokenizer.json").read_text(encoding="utf-8")))


def test_measures_by_hand():
    gold = [["B-PER", "I-PER", "O", "B-LOC"], ["B-ORG", "I-ORG"]]
    ours = [["B-PER", "I-PER", "O", "B-ORG"], ["O", "B-ORG"]]
    found = scores(ours, gold)
    assert found == {"precision": pytest.approx(1 / 3), "recall": pytest.approx(1 / 3),
                     "f1": pytest.approx(1 / 3)}  # fmt: skip
    assert boundaries(ours, gold) == pytest.approx(2 / 3)
    assert accuracy(ours, gold) == pytest.approx(3 / 6)
    assert by_kind(ours, gold)["LOC"] == {"precision": 0, "recall": 0, "f1": 0, "n": 1}
    assert scores([["O"]], [["O"]])["f1"] == 0


def test_a_name_that_begins_with_i_counts_by_default_and_not_strictly():
    gold, ours = [["B-PER", "I-PER"]], [["I-PER", "I-PER"]]
    found = everything(ours, gold)
    assert found["f1"] == 1 and found["f1_strict"] == 0


def test_conll_files_come_back_as_they_were(tmp_path: Path):
    made = data.generated(10)
    path = tmp_path / "train.txt"
    path.write_text(data.write_conll(made), encoding="utf-8")
    assert data.read_conll(path) == made == data.read("wikiann", "train", str(tmp_path))
    path.write_text("-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\nrejects VBZ I-VP O\n", "utf-8")
    assert data.read_conll(path) == [Tagged(("EU", "rejects"), ("B-ORG", "O"))]
    path.write_text("EU NNP I-NP B-FOO\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 1"):
        data.read_conll(path)


def test_sentences_that_were_seen():
    made = data.generated(24)
    other = Tagged(("Nobody", "here"), ("O", "O"))
    assert data.seen([made[0], other], made).tolist() == [True, False]


def test_labels_stand_on_first_pieces(encode: Encoder):
    s = Tagged(("Szczepankowska", "of", "Ulm", "\u200d"), ("B-PER", "O", "B-LOC", "O"))
    (read,) = encode([s.words])
    ids = {label: i for i, label in enumerate(WIKIANN)}
    *_, targets, spans, kinds = features.batch([read], [s], ids, ("PER", "ORG", "LOC"))
    assert targets.shape == (1, len(read.ids)) and len(read.ids) > 8
    kept = (targets[0] != features.IGNORED).nonzero().flatten().tolist()
    assert kept == read.firsts and targets[0, kept].tolist() == [1, 0, 5, 0]
    assert spans.tolist() == [[0, 1, 1], [0, read.firsts[2], read.firsts[2]]]
    assert kinds.tolist() == [0, 2]


def test_batches_hold_every_sentence_once():
    lengths = np.random.default_rng(0).integers(3, 80, 200).tolist()
    found = features.batches(lengths, 256, np.random.default_rng(1))
    assert sorted(i for part in found for i in part) == list(range(200))
    assert all(len(p) * max(lengths[i] for i in p) <= 256 for p in found)


def test_names_are_exchanged_for_others_of_their_kind():
    made = data.generated(24)
    pool = {(e.kind, s.words[e.start : e.end]) for s in made for e in entities(s.labels)}
    mixed = features.Mixer(made, 1.0, 0.0)(np.random.default_rng(0))
    assert mixed != made
    for before, after in zip(made, mixed, strict=True):
        a, b = entities(before.labels), entities(after.labels)
        assert [e.kind for e in a] == [e.kind for e in b]
        assert {(e.kind, after.words[e.start : e.end]) for e in b} <= pool
        rest = [w for w, label in zip(after.words, after.labels, strict=True) if label == "O"]
        assert rest == [w for w, label in zip(before.words, before.labels, strict=True)
                        if label == "O"]  # fmt: skip
    cased = features.Mixer(made, 0.0, 1.0)(np.random.default_rng(0))
    assert [s.labels for s in cased] == [s.labels for s in made]
    assert [[w.lower() for w in s.words] for s in cased] == [
        [w.lower() for w in s.words] for s in made
    ]


def test_eight_bits_are_near_and_small():
    torch.manual_seed(0)
    state = {
        "a.weight": torch.randn(40, 300) * torch.logspace(-3, 1, 40)[:, None],
        "a.bias": torch.randn(40),
        "zero": torch.zeros(3, 4),
        "n": torch.arange(5),
    }
    content = in_eight_bits(state)
    back = dequantised(load(content))
    assert set(back) == set(state)
    error = (back["a.weight"] - state["a.weight"]).abs().amax(1)
    assert (error <= state["a.weight"].abs().amax(1) / 127 / 2 * 1.01).all()
    assert torch.equal(back["zero"], state["zero"]) and torch.equal(back["n"], state["n"].float())
    assert len(content) < 2 * 40 * 300


def test_a_span_is_read_from_its_own_words():
    torch.manual_seed(0)
    net = SpanTypes(8, 3).eval()
    hidden = torch.randn(2, 6, 8)
    spans = torch.tensor([[0, 2, 3], [1, 2, 3]])
    before = net(hidden, spans)
    hidden[0, 5] += 1  # behind the span
    after = net(hidden, spans)
    assert torch.allclose(before, after, atol=1e-6)
    hidden[1, 3] += 1
    assert not torch.allclose(net(hidden, spans)[1], after[1])


def test_platt_scaling_mends_what_is_too_sure():
    rng = np.random.default_rng(0)
    true = rng.uniform(0.3, 0.9, 4000)
    right = rng.random(4000) < true
    logit = 3 * np.log(true / (1 - true))
    shares = 1 / (1 + np.exp(-logit))
    before, _ = calibrate.reliability(shares, right, 1.0, 0.0)
    after, bins = calibrate.reliability(shares, right, *calibrate.fitted(shares, right))
    assert after < 0.03 < before and sum(b["n"] for b in bins) == 4000
    assert calibrate.fitted(shares, np.ones(4000, bool)) == (1.0, 0.0)


def test_changes_keep_track_of_the_names():
    rng_words = np.random.default_rng(0)
    made = [wild.sentence(s) for s in data.generated(12)]
    for change in wild.CHANGES:
        for i, s in enumerate(made):
            written = change(s, i).written()
            assert len(written.names) == len(s.names)
            for e in written.names:
                name = written.text[e.start : e.end]
                assert name == name.strip() and "#" not in name and "@" not in name
    text = made[int(rng_words.integers(12))].written()
    assert all(text.text[e.start : e.end] for e in text.names)


def test_a_refitted_checkpoint_reports_on_what_it_was_not_trained_on():
    made = data.generated(40)
    given, held = data.refit(made[:20], made[20:])
    assert given == made[:36] and held == made[36:]
