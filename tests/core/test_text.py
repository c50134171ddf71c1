"""Odd and bad texts: cleaned, or refused with one sentence; files of texts; harmless CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from demos.core import text
from demos.core.errors import UserError


def test_control_and_direction_marks_are_left_out():
    assert text.clean("a\x00b\x1b[31m\u202ec\u200b d\n\te", 100) == "a b [31mc d e"
    assert text.clean("e\u0301t\u00e9", 10) == "été"
    assert (
        text.clean("  \u05e9\u05dc\u05d5\u05dd мир film ", 30)
        == "\u05e9\u05dc\u05d5\u05dd мир film"
    )
    assert text.clean("👩\u200d💻", 10) == "👩\u200d💻"


@pytest.mark.parametrize("given", [None, "", " \n\t ", "\x00\x01", "\u200b\u202e"])
def test_nothing_is_one_sentence(given):
    with pytest.raises(UserError, match="no text yet"):
        text.clean(given, 100)


def test_too_long_is_refused_and_not_cut():
    assert text.clean("a" * 100, 100) == "a" * 100
    with pytest.raises(UserError, match="101 characters; at most 100"):
        text.clean("a" * 101, 100)
    with pytest.raises(UserError, match="400 kB; at most 100 kB"):
        text.clean("😀" * 100_000, 1_000_000)


def saved(folder: Path, content: bytes, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_text_column_is_found(tmp_path: Path, encoding: str, delimiter: str):
    rows = f"id{delimiter}Review\n1{delimiter}“café” — fine\n\n2{delimiter}bad\n"
    path = saved(tmp_path, rows.encode(encoding))
    assert text.read_lines(path, 10) == ["“café” — fine", "bad"]


def test_one_column_needs_no_name_and_lines_need_no_table(tmp_path: Path):
    assert text.read_lines(saved(tmp_path, b"good\nbad\n"), 10) == ["good", "bad"]
    assert text.read_lines(saved(tmp_path, b"a, b\n\nc", "a.txt"), 10) == ["a, b", "c"]
    quoted = b'text\n"two\nlines"\n'
    assert text.read_lines(saved(tmp_path, quoted), 10) == ["two\nlines"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"id,stars\n1,5\n", "no text column"),
        (b"1\n2\n", "no text column"),
        (b"", "no lines"),
        (b"text\n", "no text yet"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "not a text file"),
        (b"text\n" + b"a\n" * 100_000, "100,000 texts here; at most 10"),
        (b"x" * (text.MAX_FILE_BYTES + 1), "at most 5 MB"),
    ],
)
def test_what_is_no_list_of_texts_is_one_sentence(tmp_path: Path, content: bytes, sentence: str):
    with pytest.raises(UserError, match=sentence) as caught:
        text.read_lines(saved(tmp_path, content), 10)
    assert "\n" not in str(caught.value)


def test_no_cell_of_a_download_is_a_formula():
    cells = ["=1+1", "+1", "-1", "@A1", "\t=1", "  =1", "a=1", "|x", 'say "x", y\nz']
    content = text.write_csv(("text",), [(c,) for c in cells])
    assert content.startswith(b"\xef\xbb\xbf")
    found = [row[0] for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))][1:]
    assert found == ["'=1+1", "'+1", "'-1", "'@A1", "'\t=1", "'  =1", "a=1", "'|x", cells[-1]]
