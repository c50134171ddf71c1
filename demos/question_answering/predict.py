"""From a question and a paragraph to the words that answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from demos.core import text_model
from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import Scale
from demos.core.windows import Pieces, pieces, windows
from demos.core.word_pieces import batches_of_one_length, tokenizer
from demos.question_answering import LONGEST
from demos.question_answering.model import Reader, possible, spans
from demos.question_answering.ranking import Candidates, best, telling, words_of
from demos.question_answering.result import Found, Matrix, Weights

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LENGTH, OVERLAP = 384, 128  # word pieces of a window, and how many two of them share
ASKED = 96  # word pieces of a question that are read
AROUND = 18  # word pieces on either side of the answer in the matrix
CLS, SEP = 101, 102
NOTHING = -99.0  # the margin where there is no span


@dataclass(frozen=True, eq=False)
class Window:
    """One look at the text. at: where its text begins in `ids`; part: which pieces it has."""

    ids: list[int]
    at: int
    part: slice


@dataclass(frozen=True, eq=False)
class Text:
    """A text in pieces, with what says which of its spans may be answers."""

    text: str
    pieces: Pieces
    words: np.ndarray
    telling: np.ndarray


def window_list(question: Sequence[int], text: Pieces) -> list[Window]:
    """The windows of a question over a text; of a very long question the end is not read."""
    question = list(question)[:ASKED]
    room = LENGTH - len(question) - 3
    return [
        Window([CLS, *question, SEP, *text.ids[part], SEP], len(question) + 2, part)
        for part in windows(len(text), room, OVERLAP)
    ]


class Predictor:
    """One variant, ready to read."""

    def __init__(self, checkpoint: Checkpoint):
        architecture = checkpoint.card.architecture
        self.parameters = architecture.parameters
        self.net = Reader(**architecture.arguments)
        self.net.load_state_dict(text_model.weights(checkpoint))
        self.net.eval().requires_grad_(False)
        self.tokenizer = tokenizer(text_model.tokenizer_of(checkpoint))
        found = checkpoint.evaluation
        self.threshold = found["margin"]["threshold"] if "margin" in found else 0.0
        self.temperature = found.get("temperature", 1.0)
        self.scale = Scale(tuple(found["scale"])) if "scale" in found else None

    def predict(self, question: str, paragraph: str, longest: float = LONGEST) -> Found:
        """The answer to a question (which may be empty) in a paragraph of any length, of at most
        `longest` words."""
        return self.answers([(question, paragraph, longest)])[0]

    def answers(self, asked: Sequence[tuple[str, str, float]]) -> list[Found]:
        """As `predict`, for many questions; those of one length go through the network together."""
        texts = {paragraph: self.text(paragraph) for _, paragraph, _ in asked}
        made = [self.windows(question, texts[paragraph]) for question, paragraph, _ in asked]
        heads = iter(self.heads([window for part in made for window in part]))
        return [
            self.found(
                q, texts[p], [candidates(texts[p], w, next(heads), most) for w in part], most
            )
            for (q, p, most), part in zip(asked, made, strict=True)
        ]

    def found(
        self, question: str, text: Text, parts: list[Candidates], longest: float = LONGEST
    ) -> Found:
        """The answer, from the spans of all windows."""
        together = Candidates.of(parts)
        known = None
        if self.scale:
            known = self.scale(familiar_score(self.tokenizer, question, text.text))
        return Found(
            question, text.text, best(together, text.text, text.pieces, self.temperature),
            float(together.margins.max(initial=NOTHING)), self.threshold, known, int(longest),
        )  # fmt: skip

    def outputs(self, asked: Sequence[tuple[str, str, float]]) -> list[dict[str, np.ndarray]]:
        """`head` (pieces, numbers) of each question: what spans are scored from, window after
        window."""
        made = [self.windows(question, self.text(paragraph)) for question, paragraph, *_ in asked]
        heads = iter(self.heads([w for part in made for w in part]))
        return [{"head": torch.cat([next(heads) for _ in part]).numpy()} for part in made]

    def matrix(self, found: Found) -> Matrix:
        """The shares of starts and ends around the best span."""
        text = self.text(found.paragraph)
        window, head = self._best_window(found, text)
        scores = spans(head)
        able = allowed(text, window, found.longest)
        shares = (torch.cat([scores[:1, 0], scores[able]]) / self.temperature).softmax(0)[1:]
        whole = torch.full(scores.shape, float("nan"))
        whole[able] = shares
        whole = whole[window.at : -1, window.at : -1]
        first = int(whole.nan_to_num(-1).argmax()) // max(1, len(whole))
        part = slice(max(0, first - AROUND), first + AROUND)
        places = text.pieces.places[window.part][part]
        return Matrix([found.paragraph[a:b] for a, b in places], whole[part, part].numpy())

    def explain(self, found: Found) -> Weights:
        """What each word adds to the best span's margin: gradient × input (Shrikumar 2016)."""
        text = self.text(found.paragraph)
        window, head = self._best_window(found, text)
        scores = spans(head).masked_fill(~allowed(text, window, found.longest), -torch.inf)
        first, last = divmod(int(scores.argmax()), len(scores))
        ids, types = _tensors([window])
        with torch.enable_grad():
            x = self.net.embedding(ids).detach().requires_grad_(True)
            again = spans(self.net.read(x, types)[0])
            (again[first, last] - again[0, 0]).backward()
        values = (x.grad * x)[0].sum(-1).detach().numpy()
        asked = pieces(self.tokenizer, found.question)
        n = window.at - 2
        return Weights(
            per_word(found.question, asked.places[:n], values[1 : 1 + n]),
            per_word(found.paragraph, text.pieces.places[window.part], values[window.at : -1]),
        )

    def excerpt(self, found: Found) -> str:
        """The part of the paragraph that the window with the best span shows."""
        text = self.text(found.paragraph)
        places = text.pieces.places[self._best_window(found, text)[0].part]
        return found.paragraph[places[0, 0] : places[-1, 1]] if len(places) else ""

    def text(self, text: str) -> Text:
        """A text in pieces."""
        made = pieces(self.tokenizer, text)
        return Text(text, made, words_of(text, made), telling(text, made))

    def windows(self, question: str, text: Text) -> list[Window]:
        return window_list(pieces(self.tokenizer, question).ids, text.pieces)

    @torch.inference_mode()
    def heads(self, made: Sequence[Window]) -> list[torch.Tensor]:
        """What spans are scored from, for each window."""
        found: list[torch.Tensor] = [torch.empty(0)] * len(made)
        # Windows of one length need no padding, so that an answer depends on no other.
        for batch in batches_of_one_length([len(w.ids) for w in made]):
            heads = self.net(*_tensors([made[i] for i in batch]))
            for i, head in zip(batch, heads, strict=True):
                found[i] = head.clone()
        return found

    def _best_window(self, found: Found, text: Text) -> tuple[Window, torch.Tensor]:
        made = self.windows(found.question, text)
        heads = self.heads(made)
        tops = [
            float(candidates(text, w, h, found.longest).margins.max(initial=-np.inf))
            for w, h in zip(made, heads, strict=True)
        ]
        return made[int(np.argmax(tops))], heads[int(np.argmax(tops))]


def _tensors(made: Sequence[Window]) -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.tensor([w.ids for w in made])
    at = torch.tensor([[w.at] for w in made])
    return ids, (torch.arange(ids.shape[1])[None] >= at).long()


def allowed(text: Text, window: Window, longest: float) -> torch.Tensor:
    """Which spans (T, T) of a window may be answers: of at most so many words, and of
    something that tells."""
    inside = torch.zeros(len(window.ids), dtype=torch.bool)
    inside[window.at : -1] = True
    found = possible(inside)
    part, at = window.part, slice(window.at, len(window.ids) - 1)
    words = torch.from_numpy(text.words[part])
    known = torch.from_numpy(text.telling[part.start : part.stop + 1])
    found[at, at] &= words[None] - words[:, None] < longest
    found[at, at] &= known[None, 1:] > known[:-1, None]
    return found


def candidates(
    text: Text, window: Window, head: torch.Tensor, longest: float = LONGEST
) -> Candidates:
    """All spans of a window that may be answers."""
    scores = spans(head)
    first, last = allowed(text, window, longest).nonzero(as_tuple=True)
    margins = scores[first, last] - scores[0, 0]
    shift = window.part.start - window.at
    return Candidates(margins.numpy(), first.numpy() + shift, last.numpy() + shift)


def per_word(text: str, places: np.ndarray, values: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Values of word pieces added up over words, which end where a space follows."""
    words: list[str] = []
    sums: list[float] = []
    end = -1
    for (start, stop), value in zip(places.tolist(), values.tolist(), strict=True):
        if words and start == end:
            words[-1] += text[start:stop]
            sums[-1] += value
        else:
            words.append(text[start:stop])
            sums.append(value)
        end = stop
    return words, np.array(sums)


def familiar_score(tokenizer: Tokenizer, question: str, paragraph: str) -> float:
    """How few word pieces a word of the question and the paragraph's beginning needs: other
    languages and noise break into many. Letters that the encoder has no piece for count as five."""
    words = f"{question} {paragraph[:2000]}"
    found = tokenizer.encode(words, add_special_tokens=False).ids
    unknown = sum(i == 100 for i in found)
    return -(len(found) + 4 * unknown) / max(1, len(words.split()))
