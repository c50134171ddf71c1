"""Making the retriever, and indexes over texts that use it.

The retriever is the public MiniLM with a projection of its tokens; its weights are stored in 8
bits and its word embeddings are those of sst2/minilm. An index needs no training: the text is
encoded, and rules for answering are fitted on questions for choosing (`calibrate`).
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from demos.core.checkpoint import Architecture, Data, Metric, Reference
from demos.core.runtime import open_checkpoint, predictor
from demos.core.word_pieces import tokenizer
from demos.pooh_rag import book, index
from demos.pooh_rag.encode import Encode
from demos.pooh_rag.index import Index, Note
from demos.pooh_rag.model import WIDTH, Encoder
from demos.pooh_rag.passages import split
from demos.pooh_rag.predict import READER, encoder_of
from demos.pooh_rag.search import Weights
from trainers.core import torch_loop
from trainers.core.data import Source, load
from trainers.core.publish import Trained
from trainers.core.run import Run
from trainers.core.text_model import (
    MINILM,
    in_eight_bits,
    minilm_config,
    pretrained,
    take_pretrained,
)
from trainers.pooh_rag import calibrate, data

FAIRYTALES = Source(name="fairytale_qa", hub="GEM/FairytaleQA")
SECTIONS = 60  # of fairy tales, in whose tokens the projection's directions are found
USES = {"encoder": "pooh_rag/retriever", "reader": "/".join(READER)}
REFERENCES = [
    Reference(
        who="Windows of 150 words, MiniLM alone", metric="hit_at_5", value=0.52,
        source="48 natural questions on the book, measured before this demo was built",
        comparable=False, note="other questions than ours",
    ),
    Reference(
        who="Windows of 150 words, BM25 alone", metric="hit_at_5", value=0.60,
        source="48 natural questions on the book, measured before this demo was built",
        comparable=False, note="other questions than ours",
    ),
]  # fmt: skip
ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth",
            "Tenth")  # fmt: skip
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
LIMITS = (
    "English. It answers what stands in one place: nothing is counted, compared or joined from two "
    "passages. Questions about characters who were exchanged are often answered all the same. "
    "Answers are quotations, so that who speaks and of whom must be read in the passage."
)


def train(a: argparse.Namespace, run: Run) -> Trained:
    """One of `retriever`, `companion` and `book`."""
    if a.variant == "retriever":
        return retriever(a)
    return indexed(a, run)


def retriever(a: argparse.Namespace) -> Trained:
    """MiniLM, and the 128 directions in which its tokens on fairy tales vary most."""
    folder = pretrained()
    config = minilm_config(folder)
    net = Encoder(config)
    take_pretrained(net.encoder, folder)
    net.eval()
    pieces = tokenizer((folder / "tokenizer.json").read_text(encoding="utf-8"))
    if a.dry_run:
        texts = [f"The fox met {n} geese at the mill and wished them good day." for n in range(20)]
    else:
        rows = load(FAIRYTALES, "train", a.data)
        texts = list(dict.fromkeys(rows["section_text"]))[:SECTIONS]
    net.projection.weight.data = directions(net, Encode(net, pieces), texts)
    state = net.state_dict()
    state.pop("encoder.embeddings.word_embeddings.weight")
    return Trained(
        architecture=_architecture(config, torch_loop.parameters(net)),
        data=Data(
            name="FairytaleQA", origin=f"{len(texts)} sections (Xu et al. 2022); weights of "
            f"{MINILM}", licence="Apache-2.0", splits={"train": len(texts)},
            protocol="Only the directions of the projection come from the data; no question of any "
            "evaluation was seen.",
        ),
        epochs=0,
        chosen_on="nothing: the width of 128 was fixed beforehand",
        metrics=[],
        files={f"{name}.safetensors": in_eight_bits(part) for name, part in halves(state).items()},
        evaluation={"curves": []},
        licence="Apache-2.0, as MiniLM",
        limits="Made for the indexes of this demo; English.",
        uses={"embeddings": "sst2/minilm"},
        notes="The encoder is not trained further: its weights are rounded to 8 bits a row.",
    )  # fmt: skip


def halves(state: dict[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    """The weights in two files, each below the 10 MB that a plain push to the Hub takes."""
    upper = tuple(f"encoder.encoder.layer.{n}." for n in (3, 4, 5))
    return {
        "lower": {k: v for k, v in state.items() if not k.startswith(upper)},
        "upper": {k: v for k, v in state.items() if k.startswith(upper)},
    }


def _architecture(config: dict[str, Any], parameters: int) -> Architecture:
    return Architecture(name="Encoder", arguments={"config": config}, parameters=parameters)


@torch.inference_mode()
def directions(net: Encoder, encode: Encode, texts: list[str]) -> torch.Tensor:
    """(WIDTH, H): along which the tokens of some texts vary most, so that products of projected
    tokens are nearly those of whole ones."""
    states = []
    for text in texts:
        ids = [101, *encode.tokenizer.encode(text, add_special_tokens=False).ids[:200], 102]
        found = net.encoder(torch.tensor([ids])).last_hidden_state[0, 1:-1]
        states.append(nn.functional.normalize(found, dim=-1))
    together = torch.cat(states)
    _, _, axes = torch.linalg.svd(together.T @ together)
    return axes[:WIDTH].clone()


def indexed(a: argparse.Namespace, run: Run) -> Trained:
    """An index over the companion, the book, or the text that `--data` names."""
    of = open_checkpoint("pooh_rag", "retriever")
    encode = encoder_of(of)
    text, known, about = material(a)
    if about == "companion":
        known = companion_notes(text, encode, data.notes()[0])
    made = index.build(
        text, encode, known, size=a.size, overlap=a.overlap, progress=_progress
    )  # fmt: skip
    print()
    if about == "book":
        made.settings["book"] = True
    rules = (
        calibrate.fit(made, encode, data.QUESTIONS["book"], _kept(run))
        if about == "book"
        else calibrate.borrowed(plain=about == "own")
    )
    files = index.files(made)
    if a.variant == "book" and a.without_text:
        made = notes_index(encode, known)
        files = {**index.files(made), "notes.json": data.NOTES.read_bytes()}
    return Trained(
        architecture=_architecture(
            of.card.architecture.arguments["config"],
            of.card.architecture.parameters + predictor(*READER).parameters,
        ),
        data=_data(a, about, text, made),
        epochs=0,
        chosen_on=rules.pop("chosen_on"),
        metrics=[Metric(**m) for m in rules.pop("metrics")],
        files=files,
        evaluation={"curves": [], "weights": asdict(Weights()), **rules},
        licence="MIT, as the code: text and notes are ours; the encoder is Apache-2.0, the reader "
        "CC BY-SA 4.0",
        limits=LIMITS,
        references=REFERENCES,
        uses=USES,
        notes="Nothing is trained: the text is encoded and the rules for answering are fitted. The "
        "notes on the book were written before any question of the evaluation.",
    )  # fmt: skip


def _kept(run: Run) -> Path:
    """Where the reader's answers wait for --resume."""
    run.folder.mkdir(parents=True, exist_ok=True)
    path = run.folder / "reads.json"
    if not run.resume:
        path.unlink(missing_ok=True)
    return path


def _progress(done: int, of: int) -> None:
    print(f"\r  {done} of {of} texts encoded", end="", flush=True)


def material(a: argparse.Namespace) -> tuple[str, list[Note], str]:
    """The text to index, our notes on it, and what it is: `companion`, `book` or `own`."""
    if a.dry_run:
        return SAMPLE, [], "own"
    if a.variant == "book" or a.data:
        text = data.read_text(a.data) if a.data else data.read_book()
        notes, about = data.notes()
        if book.digest(text) == about:
            return text, notes, "book"
        return text, [], "own"
    return data.COMPANION.read_text(encoding="utf-8"), [], "companion"


SAMPLE = (
    "# The mill\n\nAda kept a mill by the river. A fox came every morning and asked for flour. One "
    "day Ada was away, and the fox ground the corn himself.\n\n# The fair\n\nAt the fair the fox "
    "sold bread to the geese. They paid with feathers, because they had no coins.\n"
)


def notes_index(encode: Encode, notes: list[Note]) -> Index:
    """An index over our notes, which stands in for the book where its text is not at hand."""
    text, about = "", []
    for note in notes:
        title = chapter_of(note)
        if title:
            text += f"\n\n# {title}\n\n"
        start = len(text)
        text += f"{note.summary}\n\n"
        questions = tuple((question, None) for question, _ in note.questions)
        about.append(Note(start, start + len(note.summary), "", questions))
    # The context would say what the text says.
    return index.build(text, encode, about, with_context=False)


def companion_notes(text: str, encode: Encode, notes: list[Note]) -> list[Note]:
    """Our questions on the book, each with the chunk of the retold chapter that comes nearest to
    it and to the summary of the passage that it was written for."""
    parts = split(text)
    vectors = encode([text[c.start : c.end] for c in parts.chunks]).vectors
    asked = [f"{note.summary} {q}" for note in notes for q, _ in note.questions]
    wanted = encode(asked).vectors
    found: list[Note] = []
    chapter, n = "", 0
    for note in notes:
        chapter = chapter_of(note) or chapter
        titles = [parts.sections[c.section].title.split(".")[0] for c in parts.chunks]
        own = [i for i, title in enumerate(titles) if f"Chapter {title}" == chapter]
        for question, _ in note.questions:
            if own:
                here = parts.chunks[own[int((vectors[own] @ wanted[n]).argmax())]]
                found.append(Note(here.start, here.end, "", ((question, None),)))
            n += 1
    return found


def chapter_of(note: Note) -> str:
    """The heading before a note, where a chapter begins with it."""
    for n, word in enumerate(ORDINALS, 1):
        if note.summary.startswith(f"{word} chapter"):
            return f"Chapter {ROMAN[n - 1]}"
    return "Introduction" if note.start < 30 else ""


def _data(a: argparse.Namespace, about: str, text: str, made: Index) -> Data:
    names = {
        "companion": "ten stories retold for this gallery, about 600 words each",
        "book": "Winnie-the-Pooh (A. A. Milne, 1926), with our notes on 243 passages",
        "own": "a text that was given with --data",
    }
    origins = {
        "companion": "our own words",
        "book": f"Project Gutenberg 67098, {book.HOME}; sha256 of the stories {book.digest(text)}",
        "own": f"sha256 {book.digest(text)}",
    }
    return Data(
        name=names[about], origin=origins[about],
        licence="public domain in the US; not part of the project" if about == "book" else
        "MIT, our own" if about == "companion" else "the owner's of the text",
        splits={"chunks": len(made), "words": len(text.split())},
        protocol="Half of our questions choose (validation), the other half is reported (test). "
        "The notes hold no sentence of the book and were written before the questions.",
    )  # fmt: skip
