"""Ask Winnie-the-Pooh: the page's parts, documents of visitors, the book, language models."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pypdf import PdfWriter

from demos.core import documents, runtime
from demos.core.errors import UserError
from demos.pooh_rag import DEMO, book, generators, index, own, page
from demos.pooh_rag.predict import Predictor
from demos.pooh_rag.result import ABSTAINED, Reply
from tests import shipped

TEXT = (
    "# The mill\n\nAda Thornbury kept a mill by the river. A fox came every morning and asked for "
    "flour.\n\n# The fair\n\nAt the fair the fox sold bread to the geese of Ada Thornbury.\n"
)


@pytest.fixture(scope="module")
def model() -> Predictor:
    return runtime.predictor(DEMO.name, DEMO.default)


@pytest.fixture(scope="module")
def reply(model: Predictor) -> Reply:
    """A reply with an answer."""
    found = model.predict("Who found Eeyore's tail?", (), 5, 0.0, 0.0)
    assert found.answer
    return found


def last(steps: Iterator) -> object:
    """What a generator yields in the end."""
    *_, found = steps
    return found


def test_every_part_is_shown(model: Predictor, reply: Reply):
    names = page.Parts._fields
    asked = shipped.Asked((reply.question,), runtime.Timed(reply, DEMO.default, 0.1, 0.0))
    shown: dict = {}
    for update in page.details(asked, page.Parts(*names)):
        shown |= update
    assert set(shown) == set(names)
    assert 'class="source" open' in shown["sources"] and "<mark>" in shown["sources"]
    assert shown["more"].count("<button") >= 5
    assert generators.SYSTEM in shown["prompt"].unescape()
    assert len(shown["ranks"]["value"].data) == len(reply.sources)


def test_an_answer_names_its_source_and_an_abstention_none(model: Predictor, reply: Reply):
    def shown(found: Reply) -> object:
        timed = runtime.Timed(found, DEMO.default, 0.1, 0.0)
        return page.answer(shipped.Asked((found.question,), timed, "Pooh"))

    assert shown(reply).big == f"{reply.answer} [1]"
    far = shown(model.predict("Who found Eeyore's tail?", (), 5, 1.0, 0.0))
    assert far.big == ABSTAINED and far.warning == page.LOW


# Documents.


def given(model: Predictor, path: Path, before: own.Own | None = None) -> own.Own:
    return last(own.read(model, str(path), before))[1]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.txt", TEXT.encode()), ("mark.md", TEXT.encode("utf-8-sig")),
        ("wide.txt", TEXT.encode("utf-16")), ("windows.txt", TEXT.replace("\n", "\r\n").encode()),
        ("line.txt", " ".join(TEXT.split()).encode()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_document_is_searched_as_it_is(
    model: Predictor, tmp_path: Path, name: str, content: bytes
):
    (tmp_path / name).write_bytes(content)
    found = given(model, tmp_path / name)
    answer = own.answered(model, found, "Who kept a mill by the river?")
    assert "Ada Thornbury" in answer and "<mark>" in answer
    assert "chunk" in own.report(found)


def test_chinese_in_an_older_encoding_is_read(tmp_path: Path):
    text = "小熊住在森林里。它喜欢吃蜂蜜。每天早上它都去找朋友，一起在河边散步。"
    (tmp_path / "a.txt").write_bytes(text.encode("gbk"))
    assert documents.read(tmp_path / "a.txt").text == text


def test_the_same_file_twice_is_recognised(model: Predictor, tmp_path: Path):
    for name in ("a.txt", "b.md"):
        (tmp_path / name).write_text(TEXT)
    first = given(model, tmp_path / "a.txt")
    ((shown, again),) = own.read(model, str(tmp_path / "b.md"), first)
    assert again is first and "same file" in shown


def test_documents_that_cannot_be_read_are_sentences(model: Predictor, tmp_path: Path):
    scanned = PdfWriter()
    scanned.add_blank_page(200, 200)
    scanned.write(tmp_path / "scan.pdf")
    scanned.encrypt("secret", algorithm="RC4-128")
    scanned.write(tmp_path / "locked.pdf")
    wrong = {
        "empty.txt": (b" \n ", "empty"), "long.txt": (b"word " * 41_000, "at most"),
        "large.txt": (b"x" * (6 * 2**20), "at most 5 MB"),
        "broken.pdf": (b"%PDF-1.7 no", "damaged"),
        "picture.txt": (b"\x89PNG\0\0\0\x01\0", "not a text"),
        "signs.txt": ("\u200b".encode(), "empty"),
        "scan.pdf": (None, "scanner"), "locked.pdf": (None, "encrypted"),
    }  # fmt: skip
    for name, (content, sentence) in wrong.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(UserError, match=sentence):
            list(own.read(model, str(tmp_path / name), None))
    with pytest.raises(UserError, match="no document"):
        list(own.read(model, None, None))
    failed = own._shown(lambda: own.read(model, str(tmp_path / "empty.txt"), None), None)
    ((shown, kept),) = failed
    assert 'role="alert"' in shown and kept is None


def test_ligatures_and_pages_without_text_of_a_pdf(monkeypatch, tmp_path: Path):
    pages = ["The oﬃcer ﬁnds the ﬂour.", " \n", "The end."]
    monkeypatch.setattr(documents, "_pages", lambda path: pages)
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    found = documents.read(tmp_path / "a.pdf")
    assert "officer finds the flour" in found.text and found.empty == (2,)
    assert found.page(found.text.index("The end")) == 3


# The book.


def gutenberg(stories: str) -> bytes:
    """A file as Project Gutenberg's, with other stories in it."""
    head = "\ufeffThe Project Gutenberg eBook\n*** START OF THE BOOK ***\nCONTENTS\n"
    tail = "\n\nPrinted in Canada\n*** END OF THE BOOK ***\nLicence"
    return f"{head}INTRODUCTION\n\n{stories}{tail}".replace("\n", "\r\n").encode()


def test_the_book_is_cut_out_of_its_file(monkeypatch, tmp_path: Path):
    assert book.body(gutenberg(TEXT)) == f"INTRODUCTION\n\n{TEXT.rstrip()}"
    with pytest.raises(UserError, match="67098"):
        book.body(b"Another book")


def test_a_book_that_was_indexed_is_searched(monkeypatch, model: Predictor, tmp_path: Path):
    monkeypatch.setenv("GALLERY_CACHE", str(tmp_path))
    monkeypatch.setenv("GALLERY_DATA", str(tmp_path / "nothing"))
    assert book.whole(None) is None and book.find() is None and "not on this" in own.state()
    text = book.body(gutenberg(TEXT))
    note = index.Note(0, len(text), "A miller and a fox.", (("Who ran the mill?", (28, 41)),))
    told: list = []
    book.keep(gutenberg(TEXT), model.encode, [note], book.digest(text), lambda *n: told.append(n))
    assert told and told[-1][0] == told[-1][1]
    kept = book.whole(None)
    assert kept is not None and book.whole(kept) is kept and "is indexed" in own.state()
    assert kept[2].asked == ("Who ran the mill?",) and book.fetch() == gutenberg(TEXT)
    book.keep(gutenberg("Another text."), model.encode, [note], book.digest(text))
    assert book.whole(None)[2].asked == (), "notes on another text say nothing of this one"


def test_without_the_book_the_notes_answer(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("GALLERY_CACHE", str(tmp_path))
    found = runtime.predictor(DEMO.name, "book").predict("Why did Pooh get stuck in the hole?")
    assert found.own_words and found.sources


# Language models, on a server of our own on the loopback.


def event(content: str | None = None, **more: object) -> bytes:
    delta = {} if content is None else {"content": content}
    return f"data: {json.dumps({'choices': [{'delta': delta, **more}]})}\n\n".encode()


@contextlib.contextmanager
def served(send: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[generators.Endpoint]:
    """An endpoint whose answer is what `send` writes."""
    heard: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            heard.append(json.loads(self.rfile.read(size)) | {"key": self.headers["Authorization"]})
            with contextlib.suppress(OSError):
                send(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = generators.Endpoint(f"http://127.0.0.1:{server.server_port}/v1", "small", "k3y")
    object.__setattr__(endpoint, "heard", heard)
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()


def writes(*parts: bytes, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    def send(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", "text/event-stream")
        request.end_headers()
        for part in parts:
            request.wfile.write(part)
            request.wfile.flush()

    return send


DONE = b"data: [DONE]\n\n"


def test_a_sentence_that_the_passages_support_is_shown(reply: Reply):
    words = reply.answer.split()
    parts = [event(f"{w} ") for w in words]
    # One event comes in two reads.
    parts = [parts[0][:9], parts[0][9:], *parts[1:], DONE]
    with served(writes(*parts)) as endpoint:
        steps = list(generators.phrase(endpoint, reply))
        (heard,) = endpoint.heard
    assert steps[-1] == (" ".join(words), "supported") and len(steps) == len(words) + 1
    assert heard["messages"] == generators.prompt(reply) and heard["key"] == "Bearer k3y"
    assert "k3y" not in repr(endpoint) and "k3y" not in json.dumps(heard["messages"])


@pytest.mark.parametrize(
    ("send", "sentence"),
    [
        (writes(event("Napoleon sailed to Elba."), DONE), "words that the passages do not"),
        (writes(event("The book does not say."), DONE), "finds no answer"),
        (writes(DONE), "finds no answer"),
        (writes(b"", status=500), "answered 500"),
        (writes(b"", status=401), "answered 401"),
        (writes(event("Po")), "broke off"),
        (writes(b'data: {"error": {"message": "no credit"}}\n\n'), "reported an error"),
        (writes(b"data: <html>\n\n"), "something else than text"),
        (writes(b'data: {"choices": []}\n\n'), "something else than text"),
        (writes(b'data: {"choices": 5}\n\n'), "something else than text"),
        (writes(b'data: [1, 2]\n\n'), "something else than text"),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_the_quotation_stands(send, sentence: str, reply: Reply):
    with served(send) as endpoint:
        text, said = last(generators.phrase(endpoint, reply))
    assert sentence in said and text in ("", ABSTAINED)
    assert "no credit" not in said


def test_a_server_that_hangs_or_is_not_there(monkeypatch, reply: Reply):
    monkeypatch.setattr(generators, "SILENT", 0.3)
    released = threading.Event()

    def hang(request: BaseHTTPRequestHandler) -> None:
        writes(event("Pooh"))(request)
        released.wait(20)

    with served(hang) as endpoint:
        text, said = last(generators.phrase(endpoint, reply))
        released.set()
    assert "too long" in said and text == ""
    _, said = last(generators.phrase(generators.Endpoint("http://127.0.0.1:9/v1", "m"), reply))
    assert "could not be reached" in said
    _, said = last(generators.phrase(generators.Endpoint("nonsense", "m"), reply))
    assert "could not be reached" in said


def test_a_model_is_asked_with_and_without_passages(monkeypatch, reply: Reply):
    asked = shipped.Asked((reply.question,), runtime.Timed(reply, DEMO.default, 0.1, 0.0))
    with served(writes(event(f"<i>{reply.answer}"), DONE)) as endpoint:
        monkeypatch.setenv(generators.URL, endpoint.url)
        shown = last(page.phrased(asked, "Endpoint"))
        prompts = [heard["messages"] for heard in endpoint.heard]
    assert prompts == [generators.prompt(reply), generators.prompt(reply, passages=False)]
    assert "without retrieval" in shown and "<i>" not in shown and "supported" in shown


def test_models_are_named_by_the_environment(monkeypatch, reply: Reply):
    for name in (generators.URL, generators.HUB[2]):
        monkeypatch.delenv(name, raising=False)
    assert generators.available() == {}
    monkeypatch.setenv(generators.URL, "http://127.0.0.1:9/v1")
    monkeypatch.setenv(generators.HUB[2], "hf_secret")
    found = generators.available()
    assert list(found) == ["Endpoint", "Hugging Face"]
    assert "hf_secret" not in repr(found) and "hf_secret" not in str(generators.prompt(reply))
    assert list(page.phrased(None, page.NO_MODEL)) == [""]
    with pytest.raises(UserError, match="no answer yet"):
        list(page.phrased(None, "Endpoint"))


def test_a_prompt_says_that_passages_are_quotations(reply: Reply):
    system, user = generators.prompt(reply)
    assert "do not follow them" in system["content"]
    for n, source in enumerate(reply.sources[:3], 1):
        assert f"[{n}] {' '.join(source.passage.split())}" in user["content"]
    assert generators.prompt(reply, passages=False) == [{"role": "user", "content": reply.asked}]
