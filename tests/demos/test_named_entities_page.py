"""The page of named entities: marks, lists, tables, corrections, files, and what is escaped."""

from __future__ import annotations

import csv
import io
import re
from base64 import b64decode
from pathlib import Path

import pytest
from markupsafe import Markup

from demos.core import given, runtime
from demos.core.text import visible
from demos.named_entities import DEMO, FIND, correct, page, show, story
from demos.named_entities.labels import CONLL, WIKIANN
from demos.named_entities.predict import Predictor
from tests import shipped
from trainers.named_entities.data import read_conll

TEXT = DEMO.example("lists").inputs[0]
EVIL = '<img src=x onerror="alert(1)"> Angela Merkel was born in Hamburg & "Ulm".'
PARTS = page.Parts(*page.Parts._fields)


@pytest.fixture(scope="module")
def model() -> Predictor:
    return runtime.predictor(DEMO.name, DEMO.default)


def details(text: str, variant: str = DEMO.default) -> dict[str, str]:
    """The parts of the page in the end."""
    shown: dict[str, str] = {}
    for step in page.details(shipped.ask(DEMO, variant, text, FIND), PARTS):
        shown |= {part: str(value) for part, value in step.items()}
    return shown


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    return details(TEXT)


def plain(html: str) -> str:
    return str(Markup(re.sub(r"<[^>]+>", "", html)).unescape())


def test_every_part_is_filled_and_cleared_again(shown: dict[str, str]):
    assert set(shown) == set(PARTS)
    assert all(shown[p] for p in PARTS if p != "mentions")
    empty = details("?")
    assert set(empty) == set(PARTS) and not empty["forms"].count("<mark")


def test_the_text_is_shown_as_it_is(model: Predictor):
    for text in (TEXT, EVIL, "a\n\n  b", "Angela Merkel\nof Hamburg"):
        found = model.predict(text)
        marked = show.marked(text, [(n.start, n.end, n.kind) for n in found.names])
        assert plain(str(marked)) == text
        assert str(marked).count("<mark") == len(found.names)


def test_what_a_visitor_sent_is_escaped(shown: dict[str, str]):
    for html in details(EVIL).values():
        assert "<img" not in html and 'onerror="' not in html


def test_each_kind_has_a_tick_with_its_count(model: Predictor, shown: dict[str, str]):
    found = model.predict(TEXT)
    for kind in {n.kind for n in found.names}:
        count = sum(n.kind == kind for n in found.names)
        assert re.search(rf"<b>{kind}</b>[^<]*· {count}</label>", shown["names"])


def test_the_switch_shows_each_way_with_its_lists(shown: dict[str, str]):
    html = shown["story"]
    assert html.count('type="radio"') == html.count('class="way"') == len(story.WAYS)
    pictures = re.findall(r'<svg class="lists".*?</svg>', html)
    faced, named, trained, aligned = pictures
    # Seven of nine numbers have another meaning, two have none.
    assert faced.count('<path class="wrong"') == 6 and faced.count('<path class="lost"') == 2
    assert named.count('<path class="right"') == 7 and named.count('<path class="lost"') == 2
    assert trained == faced and aligned.count('<path class="right"') == 7
    for picture in pictures:
        assert all(f">{label}</text>" in picture for label in WIKIANN)
    assert all(f">{label}</text>" in faced for label in CONLL)


def test_the_same_numbers_read_by_another_list(predictors: dict[str, Predictor]):
    """At face value, people become organisations and organisations places; by name they stay."""
    found = predictors["conll"].predict(TEXT)
    kinds = {n.text: n.kind for n in found.names}
    assert kinds["Ada Lovett"] == "PER" and kinds["Oslo"] == "LOC"
    faced, named = (story.read(found, way.reads) for way in story.WAYS[:2])
    assert 'data-kind="ORG">Ada Lovett</mark>' in faced
    assert 'data-kind="PER">Ada Lovett</mark>' in named
    assert ">Oslo</mark>" not in faced and 'data-kind="LOC">Oslo</mark>' in named
    chain = " ".join(plain(str(story.first(found, story.WAYS[0]))).split())
    assert chain == "“Ada” the model says 3 in its list B-PER read as B-ORG"


def test_files_to_take_away(model: Predictor):
    text = "😀 Angela Merkel was born in Hamburg."
    found = model.predict(text)
    links = re.findall(r'href="data:([^;]+);base64,([^"]+)"', str(show.table(found)))
    assert [kind for kind, _ in links] == ["application/json", "text/csv"]
    rows = list(csv.DictReader(io.StringIO(b64decode(links[1][1]).decode("utf-8-sig"))))
    assert [(r["text"], int(r["start"]), int(r["start_utf16"])) for r in rows] == [
        ("Angela Merkel", 2, 3), ("Hamburg", 28, 29)
    ]  # fmt: skip


def test_a_corrected_sentence_is_what_the_trainer_reads(model: Predictor, tmp_path: Path):
    text = "Angela Merkel was born in Hamburg.\n\nShe left."
    found = model.predict(text)
    (tmp_path / "train.txt").write_text(correct.conll(found), encoding="utf-8")
    read = read_conll(tmp_path / "train.txt")
    assert [list(s.words) for s in read] == [found.tokens[cut] for cut in found.sentences]
    assert [label for s in read for label in s.labels] == list(found.labels)
    html = str(correct.shown(found, model.kinds))
    assert html.count("data-label=") == len(found.words)


def test_a_word_in_pieces(model: Predictor):
    found = model.predict(DEMO.example("pieces").inputs[0])
    at = page.striking(found)
    read = model.pieces(found, at, at + 1)
    assert found.tokens[at] == "Szczepankowska" and len(read) >= 5
    assert [p.first for p in read] == [True, *[False] * (len(read) - 1)]
    assert "".join(p.text.removeprefix("##") for p in read) == "szczepankowska"
    # In the whole sentence the first piece says what the word was given.
    best = max(range(len(model.labels)), key=lambda i: read[0].shares[i])
    assert model.labels[best][2:] == found.labels[at][2:]
    html = str(show.pieces(found, read, model.labels))
    assert html.count("−100") == len(read) - 1
    assert str(show.pooled(read, model.labels)).count("<tr") == 4


def test_context_is_hidden_until_the_word_is_alone(model: Predictor):
    found = model.predict(DEMO.example("washington").inputs[0])
    at = page.striking(found)
    assert found.tokens[at] == "Washington"
    steps = model.context(found, at).steps
    assert steps[0][0] == "all there" and 3 < len(steps) <= 13
    cut = next(c for c in found.sentences if c.start <= at < c.stop)
    hidden = sorted(word for name, _ in steps[1:] for word in name.split())
    assert hidden == sorted(t for i, t in enumerate(found.tokens[cut], cut.start) if i != at)
    for _, shares in steps:
        assert sum(shares.values()) == pytest.approx(1, abs=1e-4)
    assert steps[0][1] != steps[-1][1]


def test_other_capitals_and_other_models(shown: dict[str, str]):
    rows = shown["forms"].count("<tr")
    assert rows == 5 and "as typed" in shown["forms"]
    assert all(v.title in shown["lanes"] for v in DEMO.variants)
    assert "names differ" in shown["lanes"]


def test_names_that_return_are_compared(model: Predictor):
    found = model.predict(DEMO.example("johns").inputs[0])
    table = plain(str(show.mentions(found)))
    assert "Leeds2" in table and table.count("yes") + table.count("no") == 1
    assert not show.mentions(model.predict(TEXT))


def test_many_texts_and_bad_ones(model: Predictor):
    *_, last = page.find_many(DEMO.default, "Angela Merkel left.\n\nBen Ek came to Ulm.", None)
    content = b64decode(re.search(r'base64,([^"]+)"', str(last))[1]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [r["number"] for r in rows] == ["1", "2", "2"]
    assert all(r["text"][int(r["start"]) : int(r["end"])] == r["name"] for r in rows)
    (only,) = page.find_many(DEMO.default, "", None)
    assert "There is no text yet" in only


def test_answers_count_their_kinds():
    asked = shipped.ask(DEMO, DEMO.default, "Angela Merkel was born in Hamburg.", FIND)
    found = page.answer(asked)
    assert (found.big, found.unit) == ("2 names", "1 person, 1 place")
    assert page.answer(shipped.ask(DEMO, DEMO.default, "?", FIND)).big == "No names"


def test_text_list_of_the_contract(model: Predictor):
    for text in ("a", "?!", "\t\t a", "مرحبا بالعالم", "ﬁ ½ Straße", "a\ud83db"):
        values = given.read(DEMO, (text, None))
        assert visible(model.predict(*values).text)
