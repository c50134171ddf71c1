"""Named entities: words, places, windows, lists, and what visitors paste."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from demos.core import given, runtime
from demos.core.errors import UserError
from demos.named_entities import DEMO, FIND, GIVEN
from demos.named_entities.decode import boundaries, labelled
from demos.named_entities.encode import MOST, Encoder, spelling
from demos.named_entities.labels import (
    CONLL,
    WIKIANN,
    Entity,
    by_name,
    entities,
    face_value,
    strict_entities,
)
from demos.named_entities.predict import Predictor
from demos.named_entities.tagging import tag
from demos.named_entities.windows import joined, windows
from demos.named_entities.words import given_words, sentences, words

FAMILY = "👨‍👩‍👧‍👦"  # seven code points
PARTS = (
    "Anna", "Ulm", "😀", FAMILY, "İstanbul", "\u1100\u1161\u11a8", "5.975,74", " ?", " ", "\n",
    "\r\n", "\t", "(", "''", "“", "n't", "U.S.", "…", "\u200d", "\u200f", "مرحبا", "don’t", "a/b",
    "#Oslo", "@x", "--", "e\u0301", "\u00a0",
)  # fmt: skip
ODD = (
    f"😀 Anna met Ben in {FAMILY} Ulm.",
    "İstanbul and \u1100\u1161\u11a8 lie far apart, Anna wrote.",
    "The lake holds 5.975,74 litres, said Anna Keller ?",
    "First line.\nBen Ek lives here.\nThird line.\n\nFourth line.",
    "שלום Anna مرحبا",
    "Anna\tKeller\u200dson left\u200b.",
    "x" * 3000,
    "?!…",
    "😀",
    "\u0301",
)


@pytest.fixture(scope="module")
def model() -> Predictor:
    return runtime.predictor(DEMO.name, DEMO.default)


def names(model: Predictor, text: str) -> list[tuple[str, str]]:
    return [(n.text, n.kind) for n in model.predict(text, FIND).names]


def test_words_are_slices_that_leave_out_nothing_but_space():
    rng = np.random.default_rng(0)
    for _ in range(400):
        text = "".join(rng.choice(PARTS, int(rng.integers(1, 12))))
        found = words(text)
        assert all(a < b for a, b in found)
        assert all(a.end <= b.start for a, b in itertools.pairwise(found))
        assert "".join(text[a:b] for a, b in found) == "".join(text.split())
        cuts = sentences(text, found)
        assert [i for c in cuts for i in range(c.start, c.stop)] == list(range(len(found)))
        apart = [text[a:b] for a, b in given_words(text)]
        assert apart == text.split()


def test_punctuation_is_cut_off_and_abbreviations_are_not():
    text = "St. Mary's (Sandusky, Ohio) isn't in the U.S., Dr. J. Smith says. #Paris 5.975,74 km"
    assert [text[a:b] for a, b in words(text)] == [
        "St.", "Mary", "'s", "(", "Sandusky", ",", "Ohio", ")", "is", "n't", "in", "the", "U.S.",
        ",", "Dr.", "J.", "Smith", "says", ".", "#", "Paris", "5.975,74", "km",
    ]  # fmt: skip


def test_sentences_end_at_marks_empty_lines_and_short_lines():
    long = "This line is long enough to be a part of a paragraph that goes on\nin the next one."
    text = f"Berlin\nParis\n\n{long} Is it? Yes"
    found = words(text)
    said = [" ".join(text[a:b] for a, b in found[c]) for c in sentences(text, found)]
    assert said[:2] == ["Berlin", "Paris"] and said[3:] == ["Is it ?", "Yes"]
    assert said[2].startswith("This line") and said[2].endswith("next one .")


def test_face_value_and_by_name():
    assert face_value(CONLL, WIKIANN)[3] == "B-ORG" and by_name(CONLL, WIKIANN)[3] == "B-PER"
    assert face_value(CONLL, WIKIANN)[7:] == ("O", "O")
    assert by_name(CONLL, WIKIANN)[1:3] == ("O", "O")
    assert set(by_name(CONLL, WIKIANN)) == set(WIKIANN)
    assert face_value(WIKIANN, WIKIANN) == by_name(WIKIANN, WIKIANN) == WIKIANN


def test_names_of_labels_as_seqeval_has_them():
    labels = ["I-PER", "I-PER", "B-PER", "I-LOC", "O", "B-ORG", "I-ORG"]
    assert entities(labels) == [
        Entity("PER", 0, 2), Entity("PER", 2, 3), Entity("LOC", 3, 4), Entity("ORG", 5, 7)
    ]  # fmt: skip
    assert strict_entities(labels) == [Entity("PER", 2, 3), Entity("ORG", 5, 7)]


def test_labels_and_names_are_the_same():
    rng = np.random.default_rng(1)
    for _ in range(200):
        cuts = sorted({*rng.integers(0, 30, 8).tolist()})
        found = [
            Entity(str(rng.choice(["PER", "ORG", "LOC"])), a, b)
            for a, b in itertools.pairwise(cuts)
            if rng.random() < 0.6
        ]
        assert entities(labelled(found, 30)) == found == strict_entities(labelled(found, 30))


def test_the_likeliest_edges_are_those_of_all_sequences():
    """Viterbi against trying everything."""
    rng = np.random.default_rng(2)
    for _ in range(30):
        shares = rng.dirichlet(np.ones(len(WIKIANN)) * 0.5, int(rng.integers(1, 6)))
        parts = np.stack([shares[:, :1].sum(1), shares[:, 1::2].sum(1), shares[:, 2::2].sum(1)], 1)
        able = [
            path
            for path in itertools.product(range(3), repeat=len(shares))
            if path[0] != 2 and all((a, b) != (0, 2) for a, b in itertools.pairwise(path))
        ]
        best = max(able, key=lambda p: sum(np.log(parts[i, k]) for i, k in enumerate(p)))
        expected = entities(["OBI"[k] + "-x" if k else "O" for k in best])
        assert boundaries(shares, WIKIANN) == [(e.start, e.end) for e in expected]


@pytest.mark.parametrize("text", ODD)
def test_places_are_those_of_what_was_sent(predictors: dict[str, Predictor], text: str):
    for model in predictors.values():
        found = model.predict(*given.read(DEMO, (text, None)))
        assert found.text == text and len(found.labels) == len(found.words)
        sent = found.to_json()
        assert json.loads(json.dumps(sent, allow_nan=False)) == sent
        units = text.encode("utf-16-le")
        for name in sent["names"]:
            assert text[name["start"] : name["end"]] == name["text"] == name["text"].strip()
            part = units[2 * name["start_utf16"] : 2 * name["end_utf16"]]
            assert part.decode("utf-16-le") == name["text"]


def test_emoji_do_not_move_names(model: Predictor):
    for front in ("😀 ", f"{FAMILY} ", "🏗️🏗️ "):
        text = f"{front}Angela Merkel was born in Hamburg."
        assert names(model, text) == [("Angela Merkel", "PER"), ("Hamburg", "LOC")]
    assert names(model, "Angela Merkel 😀 was born in Hamburg.")[0] == ("Angela Merkel", "PER")


def test_a_name_on_the_second_of_four_lines(model: Predictor):
    text = "Notes of the day.\nAngela Merkel was here.\n\nNothing else.\nThe end."
    (name,) = (n for n in model.predict(text).names if n.text == "Angela Merkel")
    assert text[name.end :] == text.partition("Merkel")[2]


def test_every_mention_is_marked_where_it_stands(model: Predictor):
    text = DEMO.example("johns").inputs[0]
    found = [n for n in model.predict(text).names if n.text.split()[0] == "John"]
    assert [n.start for n in found] == [i for i in range(len(text)) if text.startswith("John", i)]
    assert {n.kind for n in found} == {"PER"}


def test_a_word_that_cannot_be_read_keeps_its_name_whole(model: Predictor):
    """Characters without any word piece stand in a name, and it stays one."""
    text = "Angela \u200d Merkel was born in Hamburg."
    found = model.predict(text)
    assert len(found.labels) == len(found.words) == len(words(text))
    (first, *_) = found.names
    assert first.start == 0 and text[first.end - 6 : first.end] == "Merkel"
    (read,) = model.encode([["Angela", "\u200d", "Merkel"]])
    assert len(read.firsts) == 3 and sorted({*read.owners}) == [-1, 0, 1, 2]


def test_one_word_of_3000_characters_is_read_in_part_and_that_is_said(model: Predictor):
    word = "ab-" * 1000
    found = model.predict(f"Angela Merkel met {word} in Hamburg.")
    assert found.read < found.of and found.of - found.read > 1000
    assert ("Angela Merkel", "PER") in [(n.text, n.kind) for n in found.names]
    short = model.predict("Angela Merkel was born in Hamburg.")
    assert short.read == short.of >= 7
    assert len(spelling(word)) == len(spelling("a")) and MOST < 100


def test_windows_cover_every_word_and_fit():
    rng = np.random.default_rng(3)
    encode = Encoder(runtime.predictor(DEMO.name, DEMO.default).encode.tokenizer)
    vocabulary = ("Anna", "of", "Szczepankowska", "Hafenbehörde", "x" * 150, "5.975,74")
    for _ in range(20):
        (s,) = encode([rng.choice(vocabulary, int(rng.integers(1, 200))).tolist()])
        cuts = windows(s, 60, 20)
        assert cuts[0].start == 0 and cuts[-1].stop == len(s.words)
        ends = [*s.firsts[1:], len(s.ids) - 1]
        for a, b in itertools.pairwise(cuts):
            assert a.start < b.start < a.stop < b.stop
            assert ends[a.stop - 1] - s.firsts[b.start] >= 20 or b.start == a.start + 1
        for c in cuts:
            assert ends[c.stop - 1] - s.firsts[c.start] <= 60 or c.stop == c.start + 1


@pytest.mark.parametrize("before", range(60, 100, 5))
def test_a_name_across_an_edge_is_what_one_pass_finds(before: int):
    model = runtime.predictor(DEMO.name, "conll")
    filler = ["and", "then", "the", "road", "went", "on", "along", "the", "river", "again"]
    front = (filler * 20)[:before]
    tokens = [*front, "until", "Angela", "Merkel", "of", "Hamburg", *(filler * 12)]
    (s,) = model.encode([tokens])
    cuts = windows(s, 90, 40)
    assert len(cuts) > 1
    read = model.encode([tokens[c] for c in cuts])
    apart = joined(cuts, tag(model.net, read, model.labels, model.kinds))
    (whole,) = tag(model.net, [s], model.labels, model.kinds)
    wanted = Entity("PER", before + 1, before + 3)
    assert wanted in apart.names and wanted in whole.names
    assert apart.shares.shape == whole.shares.shape


def test_long_texts_lose_nothing(model: Predictor):
    text = ("Angela Merkel was born in Hamburg. " * 200)[:5000]
    found = model.predict(*given.read(DEMO, (text, None)))
    assert found.read == found.of
    whole = text.count("Angela Merkel was born in Hamburg.")
    assert [(n.text, n.kind) for n in found.names][: 2 * whole] == [
        ("Angela Merkel", "PER"), ("Hamburg", "LOC")
    ] * whole  # fmt: skip


def test_a_sentence_beside_it_changes_nothing(model: Predictor):
    sentence = "Angela Merkel was born in Hamburg."
    alone = names(model, sentence)
    for before, after in (("Hello there. ", ""), ("", " See you!"), ("So.\n\n", "\nThe end.")):
        found = model.predict(before + sentence + after).names
        inside = range(len(before), len(before) + len(sentence))
        assert [(n.text, n.kind) for n in found if n.start in inside] == alone


def test_words_that_stand_apart_already(model: Predictor):
    text = "Angela Merkel , born in Hamburg , is n't here ."
    found = model.predict(*given.read(DEMO, (text, GIVEN)))
    assert found.to_json()["words"] == text.split()
    assert model.predict("U.S.A.-based", GIVEN).tokens == ["U.S.A.-based"]


def test_together_as_alone(model: Predictor):
    asked = [e.inputs for e in DEMO.examples]
    for each, found in zip(asked, model.outputs(asked), strict=True):
        (alone,) = model.outputs([each])
        np.testing.assert_allclose(found["shares"], alone["shares"], atol=1e-4)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (("", FIND), "no text yet"),
        ((" \n\u200b", FIND), "no text yet"),
        (("x" * 5001, FIND), "at most 5,000"),
        (("x" * 100_001, FIND), "at most 100 kB"),
        ((["Anna"], FIND), "not text"),
        (("Anna", "somehow"), "choose one of"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(values: tuple, sentence: str):
    with pytest.raises(UserError, match=sentence):
        given.read(DEMO, values)


@pytest.mark.parametrize(
    "variant, other", [("wikiann", "german"), ("wikiann", "tweet"), ("aligned", "german")]
)
def test_what_is_unfamiliar(predictors: dict[str, Predictor], variant: str, other: str):
    model = predictors[variant]
    assert model.predict(DEMO.example("lists").inputs[0]).familiarity.familiar
    found = model.predict(DEMO.example(other).inputs[0])
    assert not found.familiarity.familiar
    assert all(n["confidence"] is None for n in found.to_json()["names"])
