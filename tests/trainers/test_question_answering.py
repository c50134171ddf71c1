"""The trainer of question answering: measures, features, losses, splits."""

import numpy as np
import pytest
import torch

from demos.core.word_pieces import tokenizer
from demos.question_answering.model import WIDTH, possible, spans
from demos.question_answering.predict import Predictor
from trainers.core.cli import parser
from trainers.core.publish import publish, training_record
from trainers.core.run import Run
from trainers.core.squad import best, exact_match, f1, normalised
from trainers.core.text_model import pretrained
from trainers.question_answering import data
from trainers.question_answering.__main__ import TRAINER
from trainers.question_answering.answering import share
from trainers.question_answering.calibrate import surprise
from trainers.question_answering.evaluate import kind_of, type_of
from trainers.question_answering.features import ASKED, LENGTH, Encoder, batches, tensors
from trainers.question_answering.near import neighbours
from trainers.question_answering.train import loss, train
from trainers.question_answering.wild import outsiders


@pytest.fixture(scope="module")
def encode() -> Encoder:
    return Encoder(tokenizer((pretrained() / "tokenizer.json").read_text(encoding="utf-8")))


def test_the_measures_are_those_of_squad():
    assert normalised("The  Eiffel-Tower, a tower!") == "eiffeltower tower"
    assert exact_match("the Seine", "Seine.") == 1 and exact_match("Seine river", "Seine") == 0
    assert f1("the river Seine", "Seine river bank") == pytest.approx(0.8)
    assert f1("Loire", "Seine") == 0
    assert best(f1, "Seine", ["Loire", "the Seine"]) == 1


def test_answers_are_moved_to_where_they_stand():
    text = "In Paris, in Paris and in Rome"
    given = {"answer_start": [9, 0, 4], "text": [" Paris ", "Berlin", "  "]}
    assert data.answers_of(text, given) == ((13, "Paris"),)


def test_held_out_texts_take_all_their_questions():
    made = [data.Question(str(i), "?", f"text {i // 3}", ()) for i in range(30)]
    held = data.held_out(made, 4)
    assert held.sum() == 12 and (held.reshape(10, 3).all(1) == held.reshape(10, 3).any(1)).all()


def test_features_point_at_the_answer(encode: Encoder):
    text = "word " * 400 + "Ada Thornbury built it. " + "word " * 100
    q = data.Question("1", "who built it? " * 40, text, ((2000, "Ada Thornbury"),))
    made = encode(q)
    assert len(made) > 2 and all(len(f.ids) <= LENGTH and f.at == ASKED + 2 for f in made)
    right = [f for f in made if len(f.spans)]
    assert right
    for f in right:
        first, last = f.spans[0]
        assert encode.tokenizer.decode(f.ids[first : last + 1]) == "ada thornbury"
    assert not any(len(f.spans) for f in encode(q, "another text"))


def test_batches_hold_every_feature_once(encode: Encoder):
    made = [f for q in data.generated() for f in encode(q)]
    found = batches(made, 200, np.random.default_rng(0))
    assert sorted(i for part in found for i in part) == list(range(len(made)))
    assert all(len(p) * max(len(made[i].ids) for i in p) <= 200 for p in found)


def test_the_loss_falls_with_the_right_span(encode: Encoder):
    made = [encode(q)[0] for q in data.generated(4)]
    batch = tensors(made)
    ids, _, _, inside, goals = batch
    assert torch.allclose(goals.sum((1, 2)), torch.ones(4))
    right = torch.zeros(*ids.shape, 2 + 2 * WIDTH)
    right[..., 0] = 20 * goals.sum(2)
    right[..., 1] = 20 * goals.sum(1)
    assert loss(lambda *_: right, batch) < 0.1 < loss(lambda *_: 0 * right, batch)
    assert not possible(inside)[0, 0, 0]


def test_spans_are_start_end_and_both():
    found = torch.zeros(3, 2 + 2 * WIDTH)
    found[0, 0], found[2, 1] = 1.5, 2.0
    found[0, 2], found[2, 2 + WIDTH] = 4.0, 2.0
    scores = spans(found)
    assert scores[0, 2] == pytest.approx(1.5 + 2.0 + 8.0 / WIDTH**0.5)
    assert scores[2, 0] == 0


def test_a_near_text_shares_words():
    texts = ["ships and harbours", "bread and ovens", "harbours with old ships", "ovens for bread"]
    near = neighbours(texts, 1)
    assert near[0] == [texts[2]] and near[1] == [texts[3]]


def test_kinds_of_questions_and_answers():
    assert [kind_of(q) for q in ("How many are there?", "In which year?", "Name it")] == [
        "how many", "which", "other",
    ]  # fmt: skip
    assert [type_of(a) for a in ("in 1874", "Ada Thornbury", "by boat")] == [
        "a number or date", "a name", "other words",
    ]  # fmt: skip


def test_a_share_is_what_overlaps():
    margins = torch.full((1, 4, 4), -torch.inf)
    margins[0, 1, 1], margins[0, 1, 2], margins[0, 3, 3] = 1.0, 0.0, 0.5
    e = np.exp
    one = share(margins, torch.tensor([1]), torch.tensor([1]), 1.0).item()
    assert one == pytest.approx((e(1) + 1) / (e(1) + 1 + e(0.5) + 1))
    warm = share(margins, torch.tensor([1]), torch.tensor([1]), 2.0).item()
    assert warm == pytest.approx((e(0.5) + 1) / (e(0.5) + 1 + e(0.25) + 1))


def test_the_temperature_is_the_one_that_surprises_least():
    right = np.arange(100) < 70
    shares = [np.full(100, p) for p in (0.5, 0.7, 0.9)]
    assert np.argmin([surprise(s, right) for s in shares]) == 1


def test_outsiders_are_pairs_of_which_none_is_english():
    made = outsiders()
    assert len(made) >= 40 and all(question and text for question, text in made)
    assert not any(" the " in f" {question} {text} " for question, text in made)


def test_another_encoder_stands_alone(tmp_path, capsys):
    """A small BERT in a folder, as `save_pretrained` writes it, takes the place of MiniLM."""
    from transformers import BertConfig, BertForMaskedLM

    config = BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64,
    )  # fmt: skip
    BertForMaskedLM(config).save_pretrained(tmp_path / "bert")
    words = (pretrained() / "tokenizer.json").read_bytes()
    (tmp_path / "bert" / "tokenizer.json").write_bytes(words)
    a = parser(TRAINER).parse_args(["train", "--base", str(tmp_path / "bert"), "--dry-run"])
    torch.manual_seed(0)
    made = train(a, Run(tmp_path / "run", resume=False))
    checkpoint = publish(
        tmp_path / "out", "question_answering", "minilm", "", "", made,
        training_record(0, 1, 1.0, 1, "", "CPU"),
    )  # fmt: skip
    assert not checkpoint.card.uses and checkpoint.card.architecture.parameters < 2_000_000
    found = Predictor(checkpoint).predict("Who carried the lamp?", data.generated(1)[0].text)
    assert found.spans and found.spans[0].text in found.paragraph
