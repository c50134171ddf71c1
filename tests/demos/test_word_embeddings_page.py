"""The page of words: what each kind of answer shows, its panels, and that all of it is escaped."""

from __future__ import annotations

import csv
import io

import pytest

from demos.core.errors import UserError
from demos.word_embeddings import DEMO, GENRES, WINDOWS, bias, charts, page, tools
from tests import shipped

EVIL = "<img src=x onerror=alert(1)>"


def asked(variant: str, text: str):
    return shipped.ask(DEMO, variant, text)


def shown(variant: str, text: str) -> dict[str, str]:
    """Everything that the second event shows, as text, by the name of its part."""
    parts = page.Parts(*page.Parts._fields)
    found: dict[str, str] = {}
    for step in page.details(asked(variant, text), parts):
        found |= {part: str(value) for part, value in step.items()}
    return found


def test_a_genre_shows_what_decided_and_all_models():
    found = shown("genre_best", DEMO.example("hip_hop").inputs[0])
    assert "What each word adds to" in found["said"] and "Speaks" in found["said"]
    for name in ("genre_best", "genre_bow_nb", "genre_cnn"):
        assert DEMO.variant(name).title in found["compare"]


@pytest.mark.parametrize("variant", ["genre_cnn", "genre_avg_w2v"])
def test_a_model_that_is_no_sum_says_whose_words_are_shown(variant: str):
    found = shown(variant, DEMO.example("metal").inputs[0])
    assert "is no sum over words" in found["said"]


def test_words_are_shown_in_three_windows_with_counts():
    found = shown("w2v_2", "guitar")
    for name in WINDOWS:
        assert DEMO.variant(name).title.removeprefix("Words: ") in found["said"]
    assert "×" in found["said"] and "of 10" in found["said"]
    assert "data-name" in found["more"]


def test_a_direction_has_a_slider_with_its_ends_as_label():
    question = asked("w2v_10", "sad ↔ happy")
    parts = page.Parts(*page.Parts._fields)
    steps = [s for s in page.details(question, parts) if parts.slider in s]
    assert steps[-1][parts.slider]["label"] == "sad ↔ happy"
    ends = [str(page.moved(question, s)) for s in (-page.STEPS, page.STEPS)]
    assert "0 %" in ends[0] and "sad" in ends[0] and "100 %" in ends[1] and "happy" in ends[1]
    assert ends[0] != ends[1]


def test_the_slider_without_a_direction_says_so():
    for question in (None, asked("w2v_10", "guitar")):
        with pytest.raises(UserError, match="no direction"):
            page.moved(question, 0)


def test_a_mood_shows_how_it_was_judged():
    assert "the lexicon has it" in shown("sentiment_best", "happy")["said"]
    assert "not in the lexicon" in shown("sentiment_best", "heartwarming story")["said"]
    assert "no vector" in shown("sentiment_best", "heartwarmingness")["compare"]
    assert "Read as" not in shown("sentiment_best", "xqzvwk")["said"]


@pytest.mark.parametrize("variant", ["genre_best", "genre_bow_nb", "sentiment_best"])
def test_nothing_of_a_visitor_s_becomes_html(variant: str):
    text = f"{EVIL} love me in the night and hold me baby until the morning light"
    found = shown(variant, text)
    assert not [name for name, value in found.items() if EVIL in value or "<img" in value]
    assert "<img" not in str(page.answer(asked(variant, text)).beside)


def test_unknown_words_warn_with_suggestions():
    found = page.answer(asked("w2v_2", "guitr solo"))
    assert "guitar" in found.warning and "guitr" in found.warning


def test_the_map_hands_out_its_coordinates():
    import base64
    import re

    plot, note = tools.draw_map("love hate night day sun moon xyzzy", "w2v_10", "3")
    assert plot["visible"] and "xyzzy" in note
    content = base64.b64decode(re.search(r"base64,([^\"]+)", str(note))[1]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    assert rows[0] == ["word", "x", "y", "z", "mood"] and len(rows) == 7
    plot, note = tools.draw_map(f"{EVIL} love", "w2v_10", "2")
    assert not plot["visible"] and "<img" not in note and "at least 4" in note


def test_a_ruler_has_known_pairs_and_refuses_unknown_words():
    plot, note = tools.measure("night", "moon", "w2v_20")
    assert plot["visible"] and "night and moon" in note
    plot, note = tools.measure("night", EVIL, "w2v_20")
    assert not plot["visible"] and "<img" not in note


def test_many_moods_at_once_and_nonsense_has_none():
    table = str(tools.moods_of_many("happy\n#nohope\nxqzvwk\n=1+1", None))
    assert "the lexicon has it" in table and "no hope" in table and "unfamiliar" in table
    assert "no text yet" in str(tools.moods_of_many("", None))
    assert "at most 200" in str(tools.moods_of_many("love\n" * 300, None))


@pytest.mark.parametrize("genre", GENRES)
def test_every_genre_has_its_words(genre: str):
    table = str(tools.typical(genre))
    assert table.count("<tr") == 26
    others = [str(tools.typical(g)) for g in GENRES if g != genre]
    assert table not in others


def test_bias_on_the_page():
    table = str(tools.measure_bias(*bias.EXAMPLE, "w2v_10"))
    assert "p = " in table and "Words used" in table
    refused = str(tools.measure_bias("xyzzy", *bias.EXAMPLE[1:], "w2v_10"))
    assert "answer error" in refused and "p = " not in refused


def test_what_the_split_hid_has_all_splits_and_the_control():
    table = str(tools.hidden_by_the_split("genre_best", "genre_bow_nb"))
    for part in ("random folds", "by artist", "each source held out", "control"):
        assert table.count(part) == 2


@pytest.mark.parametrize("variant", [v.name for v in DEMO.variants])
def test_the_charts_of_every_variant(variant: str):
    from demos.core.checkpoint import open_checkpoint

    figure, tables = charts.errors(open_checkpoint(DEMO.name, variant))
    assert figure is not None or "<table" in str(tables)
