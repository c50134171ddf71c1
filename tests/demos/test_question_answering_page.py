"""Question answering: places in what was sent, the page's parts, documents, bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from demos.core import given, panels, runtime
from demos.core.documents import read as read_document
from demos.core.errors import UserError
from demos.question_answering import (
    DEMO,
    LONGEST,
    QUESTIONS,
    charts,
    documents,
    edits,
    page,
    without_us,
)
from demos.question_answering.predict import Predictor
from demos.question_answering.ranking import whole
from tests import shipped
from tests.conftest import ROOT

NAMES = ("Ada Thornbury", "Zoe\u0308 Cafe\u0301", "Ada\r\nThornbury", "İpek\n\n\nİz", "Ȧda ẞorn")
AROUND = (
    "",
    "🏗️👩🏽‍💻 ",
    "e\u0301\u0302 ",
    "\r\n\r\n",
    "灯台は。",
    "İİİ ǆ ﬁ ½ ",
    "\u202e\x00\ufeff ",
)


@pytest.fixture(scope="module")
def model() -> Predictor:
    return runtime.predictor(DEMO.name, DEMO.default)


def read(question: str, paragraph: str) -> tuple:
    return given.read(DEMO, (question, paragraph, None))


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("name", NAMES)
def test_places_are_those_of_what_was_sent(model: Predictor, name: str, around: str):
    """Whatever stands around it, an answer is cut out of the text just as it was sent."""
    text = f"{around}The lighthouse was built by {name}  \n {around}in 1874. {around}"
    question, sent, longest = read("Who built the lighthouse?", text)
    assert sent == text and longest == LONGEST
    found = model.predict(question, sent).to_json()
    assert len(found["candidates"]) >= 3
    for span in found["candidates"]:
        assert text[span["start"] : span["end"]] == span["text"] == span["text"].strip()
        assert (span["start"], span["end"]) == whole(text, span["start"], span["end"])
    assert found["answer"] and (name in found["answer"] or found["answer"] in name)


def test_an_accent_belongs_to_its_letter():
    text = "xe\u0301\u0302y 👩🏽‍💻!"
    assert whole(text, 1, 2) == (1, 4) and whole(text, 3, 4) == (1, 4)
    assert text[slice(*whole(text, 6, 7))] == "👩🏽‍💻" == text[slice(*whole(text, 8, 9))]
    assert whole("abc", 1, 2) == (1, 2)


@pytest.mark.parametrize("text", ["ひらがなだけのながいぶんしょう", "😀😀", "?!…", "the", "🏗️"])
def test_of_what_it_cannot_read_it_says_nothing(model: Predictor, text: str):
    found = model.predict("What is it?", text)
    assert found.answer is None and not found.spans
    json.dumps(found.to_json(), allow_nan=False)
    shown = details(found)
    assert set(shown) == set(PARTS)


def test_what_is_said_often_is_one_answer(model: Predictor):
    text = "The keeper, keeper the keeper. A KEEPER! " * 40 + "Ada rowed to Leeds with two dogs."
    found = model.predict("Who rowed?", text)
    words = [s.text.lower() for s in found.spans]
    assert len(words) == len(set(words)) == 5
    assert sum("keeper" in w for w in words) <= 4 and sum(s.share for s in found.spans) <= 1.0001


def test_an_answer_is_no_longer_than_asked_for(model: Predictor):
    text = "The old lighthouse was built by Ada Mary Anne Thornbury of Leeds in 1874."
    for longest in (1, 2, 30):
        found = model.predict("Who built the lighthouse?", text, longest)
        assert all(len(s.text.split()) <= longest for s in found.spans)
    assert found.answer.startswith("Ada Mary Anne Thornbury")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (("", "Some text.", 30), "no text yet"),
        (("Who?", " \n", 30), "no text yet"),
        (("Who?", "x" * 100_001, 30), "at most 100 kB"),
        (("Who?", "word " * 4100, 30), "at most 20,000"),
        (("Who? " * 80, "Ada did.", 30), "at most 300"),
        (("Who?", "Ada did.", 0), "from 1 to 30"),
        (("Who?", ["Ada did."], 30), "not text"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(values: tuple, sentence: str):
    with pytest.raises(UserError, match=sentence):
        given.read(DEMO, values)


def test_half_a_character_keeps_its_place():
    assert read("Who?", "a\ud83d b")[1] == "a\ufffd b"


PARTS = page.Parts._fields


def details(found) -> dict:
    """What the page shows of an answer, by part."""
    asked = shipped.Asked((found.question, found.paragraph, LONGEST), timed(found))
    shown: dict = {}
    for update in page.details(asked, page.Parts(*PARTS)):
        shown |= update
    return shown


def timed(found) -> runtime.Timed:
    return runtime.Timed(found, DEMO.default, 0.01, 0.0)


def test_all_parts_are_shown_and_escaped(model: Predictor):
    text = "<script>alert(1)</script> Ada <img src=x> built the {0} lighthouse. {{origin}} %s"
    shown = details(model.predict("Who <b>built</b> it?", text))
    assert set(shown) == set(PARTS)
    for part in ("passage", "spans", "why", "reads"):
        assert shown[part] and "<script" not in shown[part] and "<img" not in shown[part]
        assert "<b>built" not in shown[part]


def test_the_threshold_is_seen(model: Predictor):
    yes, no = (model.predict(*DEMO.example(n).inputs) for n in ("who", "nothing"))
    assert 'class="answered"' in charts.scale(yes) and 'class="refused"' in charts.scale(no)


def test_a_distracting_sentence_is_shown_before_and_after(model: Predictor):
    found = model.predict(*DEMO.example("who").inputs)
    asked = shipped.Asked(DEMO.example("who").inputs, timed(found))
    (shown,) = page.distracted(asked, edits.distraction(found.question))
    assert shown.count("<tr") == 4 and "At the beginning" in shown
    for wrong in (None, " "):
        with pytest.raises(UserError):
            list(page.distracted(asked if wrong else None, wrong))


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who built the lighthouse?", "In another town, Walter Higgs built the lighthouse."),
        ("How many boats came?", "In another town, 77 boats came."),
        ("How fast was the woman?", "In another town, the woman: 41 minutes."),
        ("What is it called?", "In another town, the blue heron is it called."),
        ("lighthouse?", "In another town, the blue heron and lighthouse."),
    ],
)
def test_a_distraction_looks_like_the_question(question: str, sentence: str):
    assert edits.distraction(question) == sentence


def test_suggested_questions_are_about_the_examples(model: Predictor):
    paragraphs = {e.inputs[1] for e in DEMO.examples}
    assert set(QUESTIONS) == paragraphs
    found = model.predict(*DEMO.example("who").inputs)
    assert page.more(found).count("<button") == len(QUESTIONS[found.paragraph])
    assert page.more(model.predict("Who?", "Ada did.")) == ""


def test_the_program_without_us_says_the_same(model: Predictor):
    done = subprocess.run(
        [sys.executable, "-c", without_us.PROGRAM], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-1000:]
    answer, _, margin = done.stdout.strip().partition(" with a margin of ")
    lines = [line for line in without_us.PROGRAM.splitlines() if line.startswith("paragraph = ")]
    paragraph = lines[0].split('"')[1]
    found = model.predict("Who built the lighthouse?", paragraph)
    assert answer == found.answer and float(margin) == pytest.approx(found.margin, abs=1e-3)
    assert "no longer has a pipeline" in panels.call(DEMO, without_us.shown())


def pdf(path: Path, pages: list[str], password: str = "") -> Path:
    """A PDF with a line of text on each page."""
    writer = PdfWriter()
    for text in pages:
        made = writer.add_blank_page(400, 200)
        if text:
            names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
            font = DictionaryObject({NameObject(k): NameObject(v) for k, v in names.items()})
            fonts = DictionaryObject({NameObject("/F1"): font})
            made[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
            content = DecodedStreamObject()
            content.set_data(f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode())
            made[NameObject("/Contents")] = writer._add_object(content)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(path)
    return path


def test_a_document_says_which_page_answers(tmp_path: Path):
    filler = "The road follows the river and climbs between fields of barley. " * 5
    pages = [filler, filler, "The bridge was built by Ada Thornbury in 1874.", filler]
    path = pdf(tmp_path / "a.pdf", pages)
    assert len(PdfReader(path).pages) == 4
    *before, last = page.look_through(DEMO.default, "Who built the bridge?", str(path))
    assert before and all("<progress" in b for b in before)
    assert "Ada Thornbury" in last and "page 3 of 4, window 1 of 1" in last


def test_a_text_is_read_over_windows(model: Predictor, tmp_path: Path):
    filler = "The road follows the river and climbs between fields of barley.\n"
    path = tmp_path / "a.md"
    path.write_text(filler * 300 + "The bridge was built by Ada Thornbury.\n" + filler * 20)
    steps = list(documents.answers(model, "Who built the bridge?", read_document(path)))
    last = steps[-1]
    assert last.found.answer == "Ada Thornbury" and last.window > 5 and len(steps) > 2
    assert [s.done for s in steps] == sorted(s.done for s in steps) and last.done == last.of
    alone = model.predict("Who built the bridge?", path.read_text())
    assert alone.spans == last.found.spans and np.isclose(alone.margin, last.found.margin)


def test_bad_documents_are_named(tmp_path: Path):
    broken = tmp_path / "b.pdf"
    broken.write_bytes(b"%PDF-1.7\nnothing of the kind")
    cut = tmp_path / "c.pdf"
    cut.write_bytes(pdf(tmp_path / "w.pdf", ["Some words."]).read_bytes()[:200])
    wrong = {
        broken: "damaged", cut: "damaged",
        pdf(tmp_path / "l.pdf", ["Secret words."], "secret"): "encrypted",
        pdf(tmp_path / "s.pdf", ["", ""]): "scanner",
        pdf(tmp_path / "m.pdf", ["x"] * 51): "51 pages",
    }  # fmt: skip
    for path, word in wrong.items():
        (shown,) = page.look_through(DEMO.default, "Who?", str(path))
        assert word in shown and 'role="alert"' in shown
    (shown,) = page.look_through(DEMO.default, "Who?", None)
    assert "no document yet" in shown
