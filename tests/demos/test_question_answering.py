"""Question answering: answers, offsets, windows, and what visitors paste."""

import itertools

import numpy as np
import pytest

from demos.core import runtime
from demos.core.errors import UserError
from demos.core.windows import pieces, windows
from demos.question_answering import DEMO, edits
from demos.question_answering.charts import passage
from demos.question_answering.predict import Predictor

ODD = (
    "İstanbul'da Ada Thornbury 🏗️ built it.",
    "Cafe\u0301 Zoe\u0308 opened in 1874.",
    "Ada\r\nThornbury\n\n\nbuilt   the lighthouse.",
    "灯台は1874年に建てられた。",
    "他在伦敦出生。他的姐姐住在巴黎。",
    "ﬁve ﬂoors, ½ mile, Straße, ΑΒΓΔ",
    "x" * 500,
    "a",
    "?!…",
)
FILLER = "The road follows the river and then climbs between fields of barley. "


@pytest.fixture(scope="module")
def model() -> Predictor:
    return runtime.predictor(DEMO.name, DEMO.default)


@pytest.mark.parametrize("name", ["who", "how_many", "distraction", "nothing", "long"])
def test_examples_are_answered_as_their_truth_says(model: Predictor, name: str):
    example = next(e for e in DEMO.examples if e.name == name)
    answer = model.predict(*example.inputs).answer
    if example.truth == "no answer":
        assert answer is None
    else:
        assert answer is not None and answer.removeprefix("the ") in example.truth


@pytest.mark.parametrize("text", ODD)
def test_spans_are_pieces_of_the_text_as_it_was_given(model: Predictor, text: str):
    found = model.predict("Who built it?", text)
    seen = set()
    for span in found.spans:
        assert 0 <= span.start < span.end <= len(text)
        assert text[span.start : span.end] == span.text == span.text.strip()
        assert span.text.lower() not in seen
        seen.add(span.text.lower())
    ordered = sorted(found.spans, key=lambda s: s.start)
    assert all(a.end <= b.start for a, b in itertools.pairwise(ordered))
    assert str(passage(found)).count("<mark") == len(found.spans)


@pytest.mark.parametrize("text", ["灯台は1874年に建てられた。", "他在伦敦出生。他的姐姐住在巴黎。"])
def test_never_the_whole_text_of_another_script(model: Predictor, text: str):
    assert model.predict("When was it built?", text).answer != text


def test_another_language_is_unfamiliar(model: Predictor):
    text = "Der Leuchtturm wurde 1874 von einer Ingenieurin aus Leeds errichtet, nachdem drei "
    assert not model.predict("Wer errichtete den Leuchtturm?", text).familiarity.familiar
    assert model.predict(*DEMO.examples[0].inputs).familiarity.familiar


def test_five_spans_where_there_are_five(model: Predictor):
    question, text, _ = DEMO.examples[0].inputs
    assert len(model.predict(question, text).spans) == 5
    assert len(model.predict("Who?", "Ada.").spans) <= 2
    shares = [s.share for s in model.predict(question, text).spans]
    assert 0 < sum(shares) <= 1 and shares[1:] == sorted(shares[1:], reverse=True)


@pytest.mark.parametrize("before", [0, 50, 100])
def test_a_fact_among_many_sentences_is_found(model: Predictor, before: int):
    text = FILLER * before + "The bridge was built by Ada Thornbury. " + FILLER * (100 - before)
    found = model.predict("Who built the bridge?", text)
    assert found.answer == "Ada Thornbury"
    assert text[found.spans[0].start :].startswith("Ada Thornbury.")


def test_together_as_alone(model: Predictor):
    asked = [e.inputs for e in DEMO.examples]
    together = model.outputs(asked)
    for each, found in zip(asked, together, strict=True):
        (alone,) = model.outputs([each])
        np.testing.assert_allclose(found["head"], alone["head"], atol=1e-4, rtol=1e-4)


def test_a_question_longer_than_the_paragraph(model: Predictor):
    found = model.predict("Who on earth was it that built the old lighthouse? " * 5, "Ada did.")
    assert found.spans[0].text.startswith("Ada")


def test_windows_cover_every_piece_and_share_some():
    parts = windows(1000, 300, 100)
    assert np.unique(np.concatenate([np.arange(1000)[p] for p in parts])).size == 1000
    assert all(a.stop - b.start >= 100 for a, b in itertools.pairwise(parts))
    assert windows(0, 300, 100) == [slice(0, 0)] and windows(300, 300, 100) == [slice(0, 300)]
    with pytest.raises(UserError, match="smaller overlap"):
        windows(1000, 128, 128)


def test_pieces_lie_where_they_stand(model: Predictor):
    for text in ODD:
        places = pieces(model.tokenizer, text).places
        assert (places[:, 1] > places[:, 0]).all() and places.max() <= len(text)


def test_the_matrix_peaks_at_the_answer(model: Predictor):
    question, text, _ = DEMO.examples[0].inputs
    found = model.matrix(model.predict(question, text))
    first, last = np.unravel_index(np.nanargmax(found.shares), found.shares.shape)
    assert (found.words[first], found.words[last]) == ("Ada", "bury")
    assert np.isnan(found.shares[last, first]) and np.nansum(found.shares) <= 1.0001


def test_weights_are_of_the_words(model: Predictor):
    question, text, _ = DEMO.examples[0].inputs
    found = model.explain(model.predict(question, text))
    assert " ".join(found.question[0]) == question
    assert "".join(found.paragraph[0]) == text.replace(" ", "")


def test_the_shortest_question_keeps_the_answer(model: Predictor):
    found = model.predict(*DEMO.examples[0].inputs)
    short = edits.shortest(model, found, found.paragraph)
    assert len(short.split()) < len(found.question.split())
    assert model.predict(short, found.paragraph).spans[0].text == found.spans[0].text
    assert edits.negated("Who was the keeper?") == "Who was not the keeper?"
