"""Text from visitors: cleaned, limited, read from files, written so that nothing is executed.

Escaping is markupsafe's, where text becomes HTML (`core.markup`).
"""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from demos.core.errors import UserError

MAX_BYTES = 100_000  # of one text, before anything is done with it
MAX_FILE_BYTES = 5 * 2**20
NO_TEXT = "There is no text yet: write or paste some first."
TEXT_COLUMNS = ("text", "sentence", "review", "phrase", "comment", "body")


def clean(text: str | None, limit: int) -> str:
    """A visitor's text without control characters and with single spaces.

    Raises UserError when nothing is left, or when there is more than MAX_BYTES or `limit`
    characters: nothing is cut off silently.
    """
    text = _received(text, limit)
    return _within(" ".join(visible(text).split()), limit)


def verbatim(text: str | None, limit: int) -> str:
    """A visitor's text as it was sent, character by character: positions in it stay valid.

    Half a character (a lone surrogate) becomes one replacement character. Raises UserError as
    `clean` does.
    """
    text = _received(text, limit)
    if not visible(text).strip():
        raise UserError(NO_TEXT)
    return _within("".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text), limit)


def _received(text: str | None, limit: int) -> str:
    text = text or ""
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise UserError(
            f"This text is {size / 1000:,.0f} kB; at most {MAX_BYTES // 1000} kB are accepted, so "
            f"please send at most {limit:,} characters."
        )
    return text


def _within(text: str, limit: int) -> str:
    if not text:
        raise UserError(NO_TEXT)
    if len(text) > limit:
        raise UserError(
            f"This text has {len(text):,} characters; at most {limit:,} are accepted, so please "
            "choose a part of it."
        )
    return text


def only(value: object) -> str:
    """The value if it is text (nothing counts as an empty one), else UserError."""
    if value is None or isinstance(value, str):
        return value or ""
    raise UserError("This is not text: send text in quotation marks.")


def visible(text: str) -> str:
    """The text in composed form, control and direction marks left out, other white space kept."""
    text = unicodedata.normalize("NFC", text)
    kept = []
    for c in text:
        kind = unicodedata.category(c)
        if kind in ("Cc", "Cs", "Co", "Cn"):
            kept.append(" ")
        elif kind != "Cf" or c == "\u200d":  # a joiner holds some emoji together
            kept.append(c)
    return "".join(kept)


def read_lines(path: str | Path, most: int) -> list[str]:
    """The texts of a file: a CSV or TSV's text column, or one text per line.

    The text column is the one called `text`, `sentence`, `review` and the like, else the only one.
    Empty lines are left out. Raises UserError for what is not text, has no text column, or holds
    more than `most` texts.
    """
    path = Path(path)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UserError(
            f"This file is {path.stat().st_size / 2**20:.1f} MB; at most "
            f"{MAX_FILE_BYTES // 2**20} MB are accepted, so please split it."
        )
    content = _decoded(path.read_bytes())
    if path.suffix.lower() not in (".csv", ".tsv"):
        return limited(content.splitlines(), most)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(content)
    csv.field_size_limit(MAX_FILE_BYTES)
    try:
        rows = [row for row in csv.reader(io.StringIO(content), delimiter=delimiter) if any(row)]
    except csv.Error:
        raise UserError("This file could not be read as a table: save it as CSV again.") from None
    if not rows:
        raise UserError("This file has no lines in it.")
    head = [name.strip().lower() for name in rows[0]]
    column = next((head.index(name) for name in TEXT_COLUMNS if name in head), None)
    if column is not None:
        rows = rows[1:]
    elif len(head) == 1 and any(any(c.isalpha() for c in row[0]) for row in rows):
        column = 0
    else:
        raise UserError(
            "This table has no text column: name one “text” (its columns are "
            f"{', '.join('“' + name[:20] + '”' for name in head[:5])})."
        )
    return limited((row[column] if column < len(row) else "" for row in rows), most)


def read_document(path: str | Path | None, limit: int) -> str:
    """The text of a document (plain text or Markdown), at most `limit` characters. Line breaks
    stay. Raises UserError for what is missing, too large, empty or not text."""
    if path is None:
        raise UserError("There is no document yet: upload one.")
    path = Path(path)
    if not path.is_file():
        raise UserError("This document is no longer on the server: please upload it again.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UserError(
            f"This file is {path.stat().st_size / 2**20:.1f} MB; at most "
            f"{MAX_FILE_BYTES // 2**20} MB are accepted, so please split it."
        )
    content = _decoded(path.read_bytes())
    if not visible(content).strip():
        raise UserError("This document is empty: choose one with text in it.")
    if len(content) > limit:
        raise UserError(
            f"This document has {len(content):,} characters; at most {limit:,} are accepted, so "
            "please choose a part of it."
        )
    return content


def limited(texts: Iterable[str], most: int) -> list[str]:
    """The texts that are not empty; UserError if there are none or more than `most`."""
    found = [t for t in texts if visible(t).strip()]
    if not found:
        raise UserError("There is no text yet: paste one text per line, or upload a file.")
    if len(found) > most:
        raise UserError(
            f"There are {len(found):,} texts here; at most {most:,} are accepted at once, so "
            "please split them."
        )
    return found


def write_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as CSV (UTF-8 with a byte order mark, for spreadsheets) in which nothing is executed.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP
    recommends against CSV injection.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([_harmless(v) if isinstance(v, str) else v for v in row])
    return codecs.BOM_UTF8 + out.getvalue().encode()


def _harmless(cell: str) -> str:
    return "'" + cell if cell.lstrip()[:1] in tuple("=+-@|") or cell[:1] in "\t\r" else cell


def _delimiter(content: str) -> str:
    """What the first line has most of: commas, semicolons or tabs."""
    first = content.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _decoded(content: bytes) -> str:
    if content.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        # UTF-16 without its mark has a zero in every other byte of plain text.
        odd = content[1:2000:2].count(0) > len(content[:2000]) // 4
        encoding = "utf-16-le" if odd else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = _chinese(content) or content.decode("cp1252", "replace")
        text = text if b"\0" not in content else "\0"
    if "\0" in text:
        raise UserError("This is not a text file: save it as CSV or plain text in UTF-8.")
    return text


def _chinese(content: bytes) -> str:
    """The text if its bytes are Chinese in GBK, as older programs write it, else nothing."""
    try:
        found = content.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    signs = [c for c in found if c > "\x7f"]
    known = "，。、；：？！“”‘’（）《》—…\u3000"
    common = sum("\u4e00" <= c <= "\u9fa5" or c in known for c in signs)
    return found if common >= 0.9 * len(signs) and len(signs) > 8 else ""
