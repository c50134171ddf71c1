"""SST-2's familiarity: the file that the trainer writes is read back as it was learned."""

from __future__ import annotations

import numpy as np
import pytest

from demos.sst2.familiar import BUCKETS, FIGURES, Model
from trainers.sst2 import additions, familiarity

GOOD = ["a fine , warm film", "a dull mess", "moving and funny", "tedious and long", "i loved it",
        "the acting is wonderful", "a waste of time", "an unforgettable story"]  # fmt: skip
PLAIN = ["the bus leaves at noon", "add two eggs", "where is my umbrella ?", "import os",
         "the shop is in berlin", "call me on monday", "x = [ 1 ]", "my desk is blue"]  # fmt: skip


@pytest.fixture
def small(monkeypatch):
    """A model that was taught on sixteen texts."""
    texts = (GOOD + PLAIN, np.repeat([1, 0], 8), np.ones(16))
    monkeypatch.setattr(familiarity, "examples", lambda *_: texts)
    monkeypatch.setattr(familiarity, "_but", lambda known, _: known)
    content = familiarity.learned(GOOD, [], GOOD * 3)
    assert len(content) < 300_000
    return Model.read(content)


def test_a_model_is_read_back(small):
    assert small.weights.shape == (BUCKETS,) and small.of_figures.shape == (FIGURES,)
    assert min(map(small.score, GOOD)) > max(map(small.score, PLAIN))
    assert small("a warm and funny story").familiar and not small("add two eggs").familiar


def test_what_has_no_known_word_is_not_familiar_at_all(small):
    for text in ("我喜欢", "qwrtz pqpq", "", "!?", "12 34"):
        assert small(text).share == 0 and not small(text).familiar


def test_outsiders_differ_and_are_halved():
    teaching, reporting = familiarity.outsiders()
    everything = [*teaching, *reporting]
    assert len(everything) >= 300 and len(set(everything)) == len(everything)
    assert abs(len(teaching) - len(reporting)) <= 1
    plain = set(additions.plain())
    assert not plain & set(everything)


def test_the_model_sees_what_the_trainer_saw(small):
    from demos.sst2.familiar import buckets, figures

    words = GOOD[0].split()
    seen = familiarity.matrix([GOOD[0]], set(words)).toarray()[0]
    assert seen[:BUCKETS].sum() == pytest.approx(np.sqrt(len(buckets(words))))
    assert np.allclose(seen[BUCKETS:], figures(words, np.ones(len(words), bool)))
