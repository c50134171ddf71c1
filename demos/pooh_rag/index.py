"""An index over one text: chunks with their context, vectors of texts and of tokens, BM25."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from demos.pooh_rag import words
from demos.pooh_rag.bm25 import BM25
from demos.pooh_rag.follow_ups import named
from demos.pooh_rag.passages import Split, names, speakers, split

if TYPE_CHECKING:
    from demos.pooh_rag.encode import Encode

TEXT, SENTENCE, SUMMARY, QUESTION = range(4)  # what a vector stands for
COMMON, FEW = 5, 64  # directions that are left out, and vectors that are too few for it
CAST = 8  # names that are exchanged for one another, to see whether a question fits another better
CONTEXT = 40  # words of context in front of a chunk, at most


@dataclass(frozen=True)
class Note:
    """What we wrote about a part of a text, in our own words.

    questions: what this part answers, each with the characters of the answer, if it is marked.
    """

    start: int
    end: int
    summary: str
    questions: tuple[tuple[str, tuple[int, int] | None], ...] = ()

    @classmethod
    def of(cls, found: dict[str, Any]) -> Note:
        asked = tuple((q, tuple(place) if place else None) for q, place in found["questions"])
        return cls(found["start"], found["end"], found["summary"], asked)


@dataclass(frozen=True, eq=False)
class Index:
    """Everything that a search needs.

    context: what stands before each chunk (chapter, who speaks, summary). vectors (m, H) of
    length one, `kind` (m,) and `owner` (m,) the chunk of each, `place` (m, 2) its characters, or
    those of the answer of a written question (0, 0 without one). tokens (t, WIDTH) int8, each
    with its chunk and its characters; `asked` are the written questions.
    """

    text: str
    split: Split
    context: tuple[str, ...]
    vectors: np.ndarray
    kind: np.ndarray
    owner: np.ndarray
    place: np.ndarray
    tokens: np.ndarray
    token_owner: np.ndarray
    token_place: np.ndarray
    asked: tuple[str, ...] = ()
    summaries: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.split.chunks)

    def chunk(self, number: int) -> str:
        """The words of a chunk."""
        found = self.split.chunks[number]
        return self.text[found.start : found.end]

    def passage(self, number: int) -> str:
        """The words of the passage around a chunk, at most 150."""
        found = self.split.chunks[number]
        return self.text[found.first : found.last]

    @cached_property
    def bm25(self) -> BM25:
        """Over chunks with their context, written questions counted as words of the chunk."""
        extra = [Counter() for _ in range(len(self))]
        numbers = np.flatnonzero(self.kind == QUESTION)
        for question, number in zip(self.asked, numbers, strict=True):
            extra[self.owner[number]].update(words.content(question))
        bags = []
        for i in range(len(self)):
            bag = Counter(words.content(self.chunk(i)))
            bag.update(words.content(self.context[i]))
            bag.update(set(extra[i]))  # once each: a word is not truer for being asked twice
            bags.append(bag)
        return BM25(bags)

    @cached_property
    def common(self) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """What short texts of one kind have in common: their mean (H,) and the COMMON directions
        in which they vary most (COMMON, H). In a book these say who is named, which tells nothing,
        and hide what is asked (“all but the top”, Mu and Viswanath 2018)."""
        found = {}
        for kind in (SENTENCE, QUESTION):
            some = self.vectors[self.kind == kind]
            if len(some) >= FEW:
                mean = some.mean(0)
                squares = (some - mean).T @ (some - mean)
                found[kind] = mean, np.linalg.eigh(squares)[1][:, : -COMMON - 1 : -1].T
        return found

    def without_common(self, vectors: np.ndarray, kind: int) -> np.ndarray:
        """(n, H) without what vectors of a kind have in common, of length one again."""
        if kind in self.common:
            mean, axes = self.common[kind]
            vectors = vectors - mean
            vectors = vectors - vectors @ axes.T @ axes
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    @cached_property
    def flat(self) -> dict[int, Any]:
        """The vectors of each kind in FAISS, compared one by one (Douze et al. 2024)."""
        import faiss

        faiss.omp_set_num_threads(1)
        found = {}
        for kind in (TEXT, SENTENCE, SUMMARY, QUESTION):
            some = self.vectors[self.kind == kind]
            found[kind] = faiss.IndexFlatIP(self.vectors.shape[1])
            if len(some):
                kept = self.without_common(some, kind)
                found[kind].add(np.ascontiguousarray(kept, np.float32))
        return found

    def similar(self, vector: np.ndarray) -> np.ndarray:
        """(m,) how alike a question's vector (H,) and each of the vectors are, without what those
        of a kind have in common."""
        found = np.zeros(len(self.kind))
        for kind, flat in self.flat.items():
            own = np.flatnonzero(self.kind == kind)
            if len(own):  # all are asked for, so that no number is -1
                asked = self.without_common(vector[None], kind).astype(np.float32)
                values, numbers = flat.search(asked, len(own))
                found[own[numbers[0]]] = values[0]
        return found

    @cached_property
    def written(self) -> tuple[np.ndarray, list[str], list[set[str]]]:
        """The numbers of the written questions' vectors, the word that each asks with, and the
        names in it."""
        return (
            np.flatnonzero(self.kind == QUESTION),
            [words.way(question) for question in self.asked],
            [named(question, self.names) for question in self.asked],
        )

    @cached_property
    def cast(self) -> tuple[str, ...]:
        """The names of those who are spoken of most, at most CAST."""
        found: list[str] = []
        for name in self.names:
            if not any(name in other or other in name for other in found):
                found.append(name)
        return tuple(found[:CAST])

    @cached_property
    def wide_tokens(self) -> np.ndarray:
        """The tokens' vectors in float32."""
        return self.tokens.astype(np.float32) / 127


def build(
    text: str, encode: Encode, notes: Sequence[Note] = (), *, with_context: bool = True,
    progress: Callable[[int, int], None] | None = None, **settings: Any,
) -> Index:  # fmt: skip
    """The index of a text. settings: `size` and `overlap` of chunks; notes: what we know of it.

    progress(done, of) is told how many texts were encoded.
    """
    parts = split(text, **settings)
    known = names(text)
    summaries: list[list[str]] = [[] for _ in parts.chunks]
    questions: list[tuple[int, str, tuple[int, int]]] = []
    for note in notes:
        for i in range(parts.chunk_at(note.start), len(parts.chunks)):
            here = parts.chunks[i]
            if here.start >= note.end:
                break
            shared = min(note.end, here.end) - max(note.start, here.start)
            if note.summary and shared >= min(
                0.34 * (note.end - note.start), 0.5 * (here.end - here.start)
            ):
                summaries[i].append(note.summary)
        for question, place in note.questions:
            middle = (note.start + note.end) // 2
            owner = parts.chunk_at(place[0] if place else middle)
            questions.append((owner, question, place or (0, 0)))
    context = [
        _context(text, parts, i, known, summaries[i]) if with_context else ""
        for i in range(len(parts.chunks))
    ]
    todo: list[tuple[int, int, tuple[int, int], str]] = []
    for i, chunk in enumerate(parts.chunks):
        todo.append((TEXT, i, (chunk.start, chunk.end), text[chunk.start : chunk.end]))
        todo += [(SUMMARY, i, (0, 0), summary) for summary in summaries[i]]
    for a, b in parts.sentences:
        todo.append((SENTENCE, parts.chunk_at(a), (a, b), text[a:b]))
    todo.sort(key=lambda row: row[0] == SENTENCE)
    todo += [(QUESTION, owner, place, question) for owner, question, place in questions]
    before = [f"{context[i]} " if kind == TEXT and context[i] else "" for kind, i, _, _ in todo]
    found = encode(
        [b + _flat(t) for b, (_, _, _, t) in zip(before, todo, strict=True)], progress=progress
    )
    tokens, owners, places = [], [], []
    for row, (kind, i, (start, _), _) in enumerate(todo):
        if kind == TEXT:
            kept = found.places[row][:, 0] >= len(before[row])
            tokens.append(found.tokens[row][kept])
            owners += [i] * int(kept.sum())
            places.append(found.places[row][kept] + start - len(before[row]))
    width = found.tokens[0].shape[1] if found.tokens else 1
    return Index(
        text, parts, tuple(context), found.vectors,
        np.array([k for k, *_ in todo], np.uint8), np.array([i for _, i, *_ in todo], np.int32),
        np.array([p for _, _, p, _ in todo], np.int32).reshape(-1, 2),
        eight_bits(np.concatenate(tokens) if tokens else np.zeros((0, width))),
        np.array(owners, np.int32),
        np.concatenate(places).astype(np.int32) if places else np.zeros((0, 2), np.int32),
        tuple(q for _, q, _ in questions),
        tuple(" ".join(s) for s in summaries), tuple(known),
        {**settings, "with_context": with_context},
    )  # fmt: skip


def _context(text: str, parts: Split, i: int, known: Sequence[str], summary: list[str]) -> str:
    """Chapter, who is there, and what we say about it, in at most CONTEXT words."""
    chunk = parts.chunks[i]
    title = parts.sections[chunk.section].title
    # Who was named before goes on speaking.
    there = speakers(text[max(parts.sections[chunk.section].start, chunk.start - 600) : chunk.end],
                     known[:25])  # fmt: skip
    pieces = [p for p in (" ".join(summary), title, ", ".join(there[:6])) if p]
    return " ".join(" | ".join(pieces).split()[:CONTEXT]) + (" |" if pieces else "")


def _flat(text: str) -> str:
    """The text with spaces for line breaks and emphasis marks, as long as it was."""
    return text.replace("\n", " ").replace("_", " ")


def eight_bits(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length one as int8: 127 is one."""
    return np.clip(np.rint(vectors * 127), -127, 127).astype(np.int8)


ARRAYS = ("vectors", "kind", "owner", "place", "tokens", "token_owner", "token_place")


def files(index: Index) -> dict[str, bytes]:
    """An index as files of a checkpoint: the text, vectors in safetensors, the rest in JSON."""
    from safetensors.numpy import save

    arrays = {name: np.ascontiguousarray(getattr(index, name)) for name in ARRAYS}
    arrays["vectors"] = eight_bits(arrays["vectors"])
    known = {
        "context": index.context, "asked": index.asked, "summaries": index.summaries,
        "names": index.names, "settings": index.settings,
    }  # fmt: skip
    return {
        "text.txt": index.text.encode(),
        "vectors.safetensors": save(arrays),
        "index.json": json.dumps(known, ensure_ascii=False).encode(),
    }


def load(read: Callable[[str], bytes]) -> Index:
    """The index from its files; read(name) returns the bytes of one."""
    from safetensors.numpy import load as arrays_of

    arrays, known = arrays_of(read("vectors.safetensors")), json.loads(read("index.json"))
    arrays["vectors"] = arrays["vectors"].astype(np.float32) / 127
    text = read("text.txt").decode()
    settings = known["settings"]
    parts = split(text, **{k: v for k, v in settings.items() if k in ("size", "overlap", "most")})
    return Index(
        text, parts, tuple(known["context"]), **arrays, asked=tuple(known["asked"]),
        summaries=tuple(known["summaries"]), names=tuple(known["names"]), settings=settings,
    )  # fmt: skip
