"""What visitors type that SST-2 has not: emoji, lengthened words, text that is no opinion."""

from __future__ import annotations

import pytest

from demos.core.checkpoint import open_checkpoint
from demos.sst2.familiar import FILE, Model
from demos.sst2.normalise import normalise
from demos.sst2.predict import Predictor
from demos.sst2.reading import UNKNOWN, WordReader, shortened

FREQUENT = ["so", "good", "to", "too", "god", "long", "really", "soo"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("🙂", "slightly smiling face"),
        ("😡", "enraged face"),
        ("Great👍🏽!", "great thumbs up !"),
        ("👨‍👩‍👧", "family man woman girl"),
        ("🇫🇷", "france"),
        ("1️⃣", "1"),
        ("I ❤️ it.", "i red heart it ."),
        ("🏽", "medium skin tone"),
        ("a fine film .", "a fine film ."),
    ],
)
def test_an_emoji_is_read_by_its_name(text, expected):
    assert normalise(text) == expected
    assert normalise(normalise(text)) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [("soooo", "so"), ("goooood", "good"), ("reaaallly", "really"), ("looong", "long"),
     ("good", "good"), ("zzz", "z"), ("xxyyyxx", "xxyxx")],
)  # fmt: skip
def test_a_lengthened_word_is_read_as_the_word(word, expected):
    numbers = {w: i for i, w in enumerate(FREQUENT)}
    assert shortened(word, numbers.get) == expected


def test_a_known_word_with_a_run_stays():
    assert shortened("www", {"www": 5, "w": 1}.get) == "www"


def test_the_reader_shows_the_word_as_it_was_typed():
    reader = WordReader(FREQUENT)
    found, plain = reader.read("soooo goooood"), reader.read("so good")
    assert found.words == ("soooo", "goooood") and found.ids == plain.ids
    assert not found.unknown and reader.read("zzz").ids[0] == UNKNOWN


@pytest.fixture(scope="module")
def default():
    return Predictor(open_checkpoint("sst2", "bilstm_distilled"))


def test_an_emoji_alone_is_answered(default):
    glad, sad = default.probabilities(["🙂😀👍", "😡😢👎"])
    assert glad > 0.5 > sad
    assert all(p > 0.5 for p in default.probabilities(list("🙂😀👍🎉")))
    assert all(p < 0.5 for p in default.probabilities(list("😡😢👎🤮")))


def test_function_words_lie_in_the_middle(default):
    found = default.probabilities(["A", "the", "of", "it", "and", "this", "to", "I"])
    assert all(0.3 <= p <= 0.7 for p in found)


@pytest.fixture(scope="module")
def familiarity():
    return Model.read(open_checkpoint("sst2", "bilstm_distilled").read(FILE))


@pytest.mark.parametrize(
    "text",
    ["I loved it", "what a mess", "😡", "🙂", "So good!", "The acting was terrible.", "Not bad",
     "One of the best films of the year."],
)  # fmt: skip
def test_short_opinions_are_familiar(familiarity, text):
    assert familiarity(text).familiar


@pytest.mark.parametrize(
    "text",
    ["Today is Thursday", "Give me my water bottle", "C'est nul", "我喜欢", "asdf qwer",
     "The 9:42 to Oxford leaves from platform 3.", "for i in range(10): print(i)"],
)  # fmt: skip
def test_what_is_no_opinion_is_not(familiarity, text):
    assert not familiarity(text).familiar
