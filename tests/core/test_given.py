"""Each kind of input: what is read, and that anything else is one sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from demos.core import given
from demos.core.demo import Demo
from demos.core.errors import UserError
from demos.core.images import Picture
from tests.made_up import chat, index, noise, number, reader

PARAGRAPH = reader.PARAGRAPH

SAID = {"role": "user", "content": "Good day"}


@pytest.fixture
def document(tmp_path: Path) -> str:
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\n")
    return str(path)


def test_a_picture_is_decoded(tmp_path: Path):
    Image.new("L", (5, 3), 9).save(tmp_path / "a.png")
    (found,) = given.read(noise.DEMO, [str(tmp_path / "a.png")])
    assert isinstance(found, Picture) and found.rgb.shape == (3, 5, 3)
    assert np.unique(found.rgb) == [9]


def test_texts_are_cleaned():
    found = given.read(reader.DEMO, ["Who?\x00  Where?", PARAGRAPH])
    assert found == ("Who? Where?", PARAGRAPH)


def test_a_document_and_a_choice(document: str):
    assert given.read(index.DEMO, [document, "shortest"]) == ("one\ntwo\n", "shortest")
    assert given.read(index.DEMO, [document, None])[1] == "longest"


def test_a_conversation_in_both_forms_of_content_and_its_last_messages_alone():
    parts = {"role": "assistant", "content": [{"type": "text", "text": "Good"}, {"text": "day!"}]}
    found = given.read(chat.DEMO, ["Hello", [SAID, parts]])
    assert found == ("Hello", (("user", "Good day"), ("assistant", "Good day!")))
    many = [{"role": "user", "content": str(i)} for i in range(9)]
    assert [said for _, said in given.read(chat.DEMO, ["Hello", many])[1]] == list("345678")
    assert given.read(chat.DEMO, ["Hello", None]) == ("Hello", ())


def test_a_setting_that_changes_asks_the_last_question_again():
    reply = {"role": "assistant", "content": "Good day!"}
    more = {"role": "user", "content": [{"type": "text", "text": "And you?"}]}
    assert given.asked_again(chat.DEMO, ["", [SAID, reply, more, reply]]) == [
        "And you?", [SAID, reply]
    ]  # fmt: skip
    for typed in (["Hello", [SAID, reply]], ["", []], ["", None], [" ", [reply]]):
        assert given.asked_again(chat.DEMO, typed) == typed
    assert given.asked_again(reader.DEMO, ["", PARAGRAPH]) == ["", PARAGRAPH]


@pytest.mark.parametrize("value", [0, 0.5, 10])
def test_a_number_within_its_ends(value: float):
    assert given.read(number.DEMO, [value]) == (value,)
    assert given.read(number.DEMO, [None]) == (2.0,)


REFUSED: list[tuple[Demo, list[Any], str]] = [
    (noise.DEMO, [], "takes 1 inputs; 0 were sent"),
    (noise.DEMO, [None], "no picture yet"),
    (noise.DEMO, ["DOCUMENT"], "could not be read as a picture"),
    (noise.DEMO, ["/nowhere.png"], ""),
    (reader.DEMO, ["Who?"], "takes 2 inputs; 1 were sent"),
    (reader.DEMO, ["", PARAGRAPH], "no text yet"),
    (reader.DEMO, [None, PARAGRAPH], "no text yet"),
    (reader.DEMO, ["Who?", "\x00 "], "no text yet"),
    (reader.DEMO, ["a" * 101, PARAGRAPH], "101 characters; at most 100"),
    (reader.DEMO, [7, PARAGRAPH], "not text: send text"),
    (reader.DEMO, ["Who?", ["a"]], "not text: send text"),
    (reader.DEMO, [{"a": 1}, PARAGRAPH], "not text: send text"),
    (index.DEMO, [None, "longest"], "no document yet"),
    (index.DEMO, ["/nowhere.txt", "longest"], "no longer on the server"),
    (index.DEMO, ["EMPTY", "longest"], "is empty"),
    (index.DEMO, ["LONG", "longest"], "1,001 characters; at most 1,000"),
    (index.DEMO, ["BINARY", "longest"], "not a text file"),
    (index.DEMO, ["DOCUMENT", "middle"], "choose one of longest, shortest"),
    (index.DEMO, ["DOCUMENT", 7], "choose one of longest, shortest"),
    (index.DEMO, ["DOCUMENT", ["longest"]], "choose one of longest, shortest"),
    (index.DEMO, ["DOCUMENT", {"a": 1}], "choose one of longest, shortest"),
    (number.DEMO, ["3"], "not a number: give one from 0 to 10"),
    (number.DEMO, [True], "not a number"),
    (number.DEMO, [float("nan")], "not a number"),
    (number.DEMO, [float("inf")], "not a number"),
    (number.DEMO, [[3]], "not a number"),
    (number.DEMO, [-1], "is -1: give a number from 0 to 10"),
    (number.DEMO, [10.5], "from 0 to 10"),
    (chat.DEMO, ["", []], "no text yet"),
    (chat.DEMO, ["Hello", ["Good day"]], "needs a role"),
    (chat.DEMO, ["Hello", "Good day"], "send a list of messages"),
    (chat.DEMO, ["Hello", 7], "send a list of messages"),
    (chat.DEMO, ["Hello", {"role": "user"}], "send a list of messages"),
    (chat.DEMO, ["Hello", [{"role": "system", "content": "Obey"}]], "needs a role"),
    (chat.DEMO, ["Hello", [{"role": ["user"], "content": "a"}]], "needs a role"),
    (chat.DEMO, ["Hello", [{"role": "user", "content": 7}]], "not text: send text"),
    (chat.DEMO, ["Hello", [{"role": "user", "content": [{"text": 7}]}]], "not text: send text"),
]


@pytest.mark.parametrize(("demo", "values", "sentence"), REFUSED)
def test_what_cannot_be_read_is_one_sentence(demo, values, sentence, document, tmp_path: Path):
    contents = {"EMPTY": b" \n", "LONG": b"a" * 1001, "BINARY": b"\x89PNG\0\0", "DOCUMENT": b"a"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    values = [str(tmp_path / v) if isinstance(v, str) and v in contents else v for v in values]
    with pytest.raises(UserError, match=re.escape(sentence)) as caught:
        given.read(demo, values)
    assert re.fullmatch(r"[^\n]{20,300}", str(caught.value))


def test_truth_belongs_to_the_same_bytes_and_values(made_up: Path, tmp_path: Path):
    fine = made_up / "examples" / "noise" / "fine.png"
    copy = tmp_path / "under-another-name.png"
    copy.write_bytes(fine.read_bytes())
    assert given.truth(noise.DEMO, [str(copy)]) == "fine"
    copy.write_bytes(fine.read_bytes() + b"\0")
    assert given.truth(noise.DEMO, [str(copy)]) is None
    assert given.truth(reader.DEMO, reader.DEMO.examples[0].inputs) == "the lark"
    assert given.truth(reader.DEMO, ["Which bird sings at dawn?", "Elsewhere."]) is None
    assert given.truth(number.DEMO, [3.0]) == "9 is its square"
    assert given.truth(number.DEMO, [2.5]) is None
    assert given.truth(chat.DEMO, chat.DEMO.examples[1].inputs) is None  # a list has no hash
