"""From a question and what was said before to an answer with the passages it stands on.

The steps are LangChain runnables, one after the other, and every one of them is below: nothing is
asked of anybody behind the scenes, and no prompt is hidden.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from demos.core import runtime, text_model
from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import Scale
from demos.core.word_pieces import tokenizer
from demos.pooh_rag import SEARCH, SHOWN, answering, book, follow_ups, index, search, words
from demos.pooh_rag.answering import Read, Rules
from demos.pooh_rag.encode import Encode
from demos.pooh_rag.index import Index
from demos.pooh_rag.model import Encoder
from demos.pooh_rag.result import Reply, Source
from demos.pooh_rag.search import Scores, Weights
from demos.pooh_rag.support import is_supported

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

# Nothing leaves this machine: LangChain would send traces where its environment says so.
os.environ["LANGSMITH_TRACING"] = os.environ["LANGCHAIN_TRACING_V2"] = "false"
READER = ("question_answering", "minilm")
MOST_MEMORY = 6  # messages of a conversation that are looked at


@dataclass(frozen=True, eq=False)
class Trace:
    """What is known of a question on its way through the steps."""

    question: str
    before: tuple[follow_ups.Turn, ...]
    passages: int
    wanted: float
    threshold: float
    asked: str = ""
    vector: np.ndarray | None = None
    tokens: np.ndarray | None = None
    others: tuple[dict[str, float], ...] = ()
    scores: Scores | None = None
    order: tuple[int, ...] = ()
    read: tuple[Read, ...] = ()
    reply: Reply | None = None
    extra: dict[str, Any] = field(default_factory=dict)


def encoder_of(checkpoint: Checkpoint) -> Encode:
    """The encoder of a checkpoint, one for all indexes that use it."""
    return _encoder(checkpoint.folder, tuple(f.sha256 for f in checkpoint.card.files.values()))


@lru_cache(maxsize=2)
def _encoder(folder: Path, _: tuple[str, ...]) -> Encode:
    checkpoint = Checkpoint(folder)
    net = Encoder(**checkpoint.card.architecture.arguments)
    net.load_state_dict(text_model.weights(checkpoint))
    net.eval().requires_grad_(False)
    return Encode(net, tokenizer(checkpoint.uses("embeddings").read("tokenizer.json").decode()))


class Predictor:
    """One text with its index, ready to be asked."""

    def __init__(self, checkpoint: Checkpoint):
        self.parameters = checkpoint.card.architecture.parameters
        self.encode = encoder_of(checkpoint.uses("encoder"))
        self.net = self.encode.net
        self.reader: Any = runtime.predictor(*READER)
        found = checkpoint.evaluation
        self.rules = Rules.of(found["rules"]) if "rules" in found else Rules()
        self.plain = Rules.of(found["rules_plain"]) if "rules_plain" in found else self.rules
        self.weights = Weights(**found["weights"]) if "weights" in found else Weights()
        self.scale = Scale(tuple(found["scale"])) if "scale" in found else None
        self._index = index.load(checkpoint.read)
        self.checkpoint = checkpoint
        self._whole: tuple[Path, float, Index] | None = None

    @property
    def index(self) -> Index:
        """The index that is searched: of the book itself, once it is on this machine."""
        if self.checkpoint.card.variant != "book" or "book" in self._index.settings:
            return self._index
        self._whole = book.whole(self._whole)
        return self._whole[2] if self._whole else self._index

    @property
    def own_words(self) -> bool:
        """Whether the text that is searched is our notes on the book, for want of it."""
        return self.checkpoint.card.variant == "book" and self.index is self._index and (
            "book" not in self._index.settings
        )  # fmt: skip

    def predict(
        self, question: str, conversation: Sequence[follow_ups.Turn] = (), passages: float = SHOWN,
        wanted: float = SEARCH, threshold: float = 0.5,
    ) -> Reply:  # fmt: skip
        """The answer of this text; see `about`."""
        found = self.about(self.index, question, conversation, passages, wanted, threshold)
        return replace(found, own_words=self.own_words)

    def about(
        self, text: Index, question: str, conversation: Sequence[follow_ups.Turn] = (),
        passages: float = SHOWN, wanted: float = SEARCH, threshold: float = 0.5,
    ) -> Reply:  # fmt: skip
        """The answer of any index to a question after what was said before.

        passages: how many are shown; wanted: the least relevance, threshold: the least certainty
        of an answer that is given.
        """
        if not len(text):
            return Reply(question, question, None, "none", (), 0.0, threshold, 0.0, wanted, False)
        start = Trace(
            question, tuple(conversation)[-MOST_MEMORY:], int(passages), wanted, threshold
        )
        return self.pipeline(text).invoke(start).reply

    def pipeline(self, text: Index) -> Runnable[Trace, Trace]:
        """The steps over one index, in their order."""
        from langchain_core.runnables import RunnableLambda

        def rewrite(t: Trace) -> Trace:
            return replace(t, asked=follow_ups.rewrite(t.question, t.before, text.names))

        def embed(t: Trace) -> Trace:
            about_others = follow_ups.exchanged(t.asked, text.cast)
            found = self.encode([t.asked, *about_others])
            others = tuple(
                search.closeness(text, question, vector, tokens)
                for question, vector, tokens in zip(
                    about_others, found.vectors[1:], found.tokens[1:], strict=True
                )
            )
            return replace(t, vector=found.vectors[0], tokens=found.tokens[0], others=others)

        def retrieve(t: Trace) -> Trace:
            scores = search.search(text, t.asked, t.vector, t.tokens, self.weights)
            order = tuple(search.order(text, scores.fused, answering.READ))
            return replace(t, scores=scores, order=order)

        def read(t: Trace) -> Trace:
            return replace(t, read=tuple(self.read(text, t.asked, t.order)))

        def rerank(t: Trace) -> Trace:
            best = answering.reranked(t.order, t.scores, t.read, self.rules_for(text))
            first = answering.prepared(text, t.scores, self.rules_for(text))
            order, found = [t.order[i] for i in best], [t.read[i] for i in best]
            if first is not None:
                order, found = put_first(text, order, found, first)
            return replace(t, order=tuple(order), read=tuple(found), extra={"prepared": first})

        def answer(t: Trace) -> Trace:
            return replace(t, reply=self.reply(text, t))

        steps = [RunnableLambda(step) for step in (rewrite, embed, retrieve, read, rerank, answer)]
        chain = steps[0]
        for step in steps[1:]:
            chain = chain | step
        return chain

    def relevance(self, text: Index, question: str) -> float:
        """How near the nearest part of a text comes to a question; nothing is read."""
        found = self.encode([question])
        vector, tokens = found.vectors[0], found.tokens[0]
        return search.search(text, question, vector, tokens, self.weights).nearest

    def rules_for(self, text: Index) -> Rules:
        """Texts without written questions have rules of their own."""
        return self.rules if text.asked else self.plain

    def read(self, text: Index, question: str, order: Sequence[int]) -> list[Read]:
        """What the reader finds in each passage."""
        asked = [(question, text.passage(i).replace("_", " "), 30) for i in order]
        found = []
        for i, answer in zip(order, self.reader.answers(asked), strict=True):
            first = text.split.chunks[i].first
            span = answer.spans[0] if answer.spans else None
            place = (first + span.start, first + span.end) if span else (first, first)
            found.append(Read(*place, answer.margin))
        return found

    def reply(self, text: Index, t: Trace) -> Reply:
        """The words that answer, if it is certain enough that there are any."""
        told = answering.features(t.scores, t.read, t.others)
        certainty = self.rules_for(text).certainty(told)
        how, said_so, marks = self._words(text, t)
        sources = tuple(
            self._source(text, t, n, marks if n == 0 else None)
            for n in range(min(t.passages, len(t.order)))
        )
        supported = bool(said_so) and is_supported(said_so, [s.passage for s in sources])
        said = certainty >= t.threshold and t.scores.nearest >= t.wanted and supported
        return Reply(
            t.question, t.asked, said_so if said else None, how, sources, certainty, t.threshold,
            t.scores.nearest, t.wanted, supported if said else False,
            self.scale(t.scores.nearest) if self.scale else None, len(t.before), features=told,
        )  # fmt: skip

    def _words(self, text: Index, t: Trace) -> tuple[str, str, tuple[int, int]]:
        """How the answer was found, its words, and where they stand in the first passage."""
        if not t.order:
            return "none", "", (0, 0)
        if t.extra["prepared"] is not None:
            _, start, end = t.extra["prepared"]
            return "prepared", answering.tidy(text.text[start:end]), (start, end)
        best = t.read[0]
        if best.end > best.start and best.margin > answering.HARDLY:
            return "reader", answering.tidy(text.text[best.start : best.end]), (
                best.start, best.end)  # fmt: skip
        similar = text.vectors @ t.vector
        start, end = answering.sentence(text, similar, t.order[0])
        return "quote", answering.tidy(text.text[start:end]), (start, end)

    def _source(self, text: Index, t: Trace, n: int, marks: tuple[int, int] | None) -> Source:
        chunk = t.order[n]
        here = text.split.chunks[chunk]
        if marks is None or not here.first <= marks[0] <= marks[1] <= here.last:
            marks = answering.sentence(text, text.vectors @ t.vector, chunk)
        ranks = {
            name: 1 + int((scores > scores[chunk]).sum())
            for name, scores in (("words", t.scores.words), ("dense", t.scores.dense),
                                 ("late", t.scores.late), ("fused", t.scores.fused))
        }  # fmt: skip
        return Source(
            chunk, text.split.sections[here.section].title, here.first, here.last, *marks,
            text.passage(chunk), float(t.scores.fused[chunk]), t.read[n].margin,
            {**ranks, "reranked": n + 1},
        )  # fmt: skip

    def met(
        self, text: Index, reply: Reply
    ) -> tuple[list[str], list[tuple[int, float, str]], list[str]]:
        """Which word of the first passage each word of the question met: the question's words,
        (place, similarity, word) for each, and the passage's words."""
        if not reply.sources:
            return [], [], []
        chunk = reply.sources[0].chunk
        here = text.split.chunks[chunk]
        said = [m for m in words.WORD.finditer(text.text, here.start, here.end)]
        own = np.flatnonzero(text.token_owner == chunk)
        found = self.encode([reply.asked])
        asked, met = [], []
        if not said or not len(own):
            return [], [], []
        starts = np.array([m.start() for m in said])
        for m in words.WORD.finditer(reply.asked):
            of = [n for n, (a, b) in enumerate(found.places[0].tolist())
                  if a < m.end() and b > m.start()]  # fmt: skip
            if not of or m.group().lower() in words.STOP:
                continue
            alike = (text.wide_tokens[own] @ found.tokens[0][of].T).mean(1)
            best = int(alike.argmax())
            place = int(np.searchsorted(starts, text.token_place[own[best], 0], side="right")) - 1
            asked.append(m.group())
            met.append((max(0, place), float(alike[best]), said[max(0, place)].group()))
        return asked[:14], met[:14], [m.group() for m in said]

    def map(self, text: Index, reply: Reply) -> tuple[np.ndarray, list[int], list[str], np.ndarray,
                                                     list[int]]:  # fmt: skip
        """The chunks in the two directions in which they vary most, (n, 2), with their chapters
        and first words; the question's place (2,); which chunks are shown."""
        chosen = np.flatnonzero(text.kind == index.TEXT)
        order = chosen[np.argsort(text.owner[chosen], kind="stable")]
        vectors = text.vectors[order]
        middle = vectors.mean(0)
        _, _, axes = np.linalg.svd(vectors - middle, full_matrices=False)
        axes = np.resize(axes, (2, axes.shape[1])) if len(axes) < 2 else axes[:2]
        asked = (self.encode([reply.asked]).vectors[0] - middle) @ axes.T
        labels = [" ".join(text.chunk(i).split()[:9]) + " …" for i in range(len(text))]
        return ((vectors - middle) @ axes.T, [c.section for c in text.split.chunks], labels, asked,
                [s.chunk for s in reply.sources])  # fmt: skip

    def outputs(self, asked: Sequence[tuple[Any, ...]]) -> list[dict[str, np.ndarray]]:
        """What each way of searching says of every chunk, (n,) each, before anything is chosen."""
        text = self.index
        questions = [follow_ups.rewrite(q, before, text.names) for q, before, *_ in asked]
        found = self.encode(questions)
        made = []
        for q, vector, tokens in zip(questions, found.vectors, found.tokens, strict=True):
            scores = search.search(text, q, vector, tokens, self.weights)
            made.append({name: scores.parts[name] for name in ("words", "text", "late")})
        return made

    @cached_property
    def floor(self) -> float:
        """The least relevance that 95 % of held-out questions reach."""
        return self.scale.quantiles[len(self.scale.quantiles) // 20] if self.scale else 0.0


def put_first(
    text: Index, order: list[int], read: list[Read], first: tuple[int, int, int]
) -> tuple[list[int], list[Read]]:
    """The passage that holds a marked answer at the front; it takes the last one's place if it
    was not there."""
    chunk, start, end = first
    chunks = [text.split.chunks[i] for i in order]
    holders = [n for n, c in enumerate(chunks) if c.first <= start and end <= c.last]
    if holders:
        n = holders[0]
        kept = [n, *(i for i in range(len(order)) if i != n)]
        return [order[i] for i in kept], [read[i] for i in kept]
    most = len(order)
    return [chunk, *order][:most], [Read(start, end, 0.0), *read][:most]
