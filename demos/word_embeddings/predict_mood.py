"""The mood of a term, by the vectors of its words or by what it is to another demo's network."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
import torch
from safetensors.numpy import load as load_arrays
from safetensors.torch import load

from demos.core import text_model
from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import Familiarity, Scale
from demos.core.word_pieces import batches_of_one_length, wordpieces
from demos.word_embeddings import files, queries
from demos.word_embeddings.model import Encoder, Kernel, MeanRegression
from demos.word_embeddings.result import Mood
from demos.word_embeddings.terms import Terms

SHAPE = ("shift", "step")
TEMPLATES = ("{}", "i feel {} .", "so {} !", "not {} .")


class MoodByVectors:
    """A regression on the mean of a term's word vectors."""

    def __init__(self, checkpoint: Checkpoint):
        architecture = checkpoint.card.architecture
        self.parameters = architecture.parameters
        space = files.space(checkpoint.uses("vectors"))
        self.vocabulary, table = space.vocabulary, torch.from_numpy(space.unit)
        self.net = MeanRegression(**architecture.arguments)
        weights = {k: v.float() for k, v in load(checkpoint.read(files.WEIGHTS)).items()}
        self.net.load_state_dict({**weights, "table.weight": table})
        self.net.requires_grad_(False)

    def predict(self, text: str) -> Mood:
        """The mood of a term. Raises UserError where no word has a vector."""
        found = self.vocabulary.read(text)
        known = [w.lemma for w in found if w.lemma is not None]
        unknown = tuple(dict.fromkeys(w.written for w in found if w.lemma is None))
        share = len(known) / max(1, len(found)) if len(known) <= 8 else 0.0
        return Mood(
            float(np.clip(self.outputs([(text,)])[0]["score"], -1, 1)), " ".join(known),
            "the mean of the vectors of its words", familiarity=Familiarity(share), unknown=unknown,
        )  # fmt: skip

    def outputs(self, asked: Sequence[tuple[str]]) -> list[dict[str, np.ndarray]]:
        """`score` () of each text."""
        found = []
        for (text,) in asked:
            known = self.vocabulary.known(text)
            if not known:
                raise queries.no_vector(text, self.vocabulary)
            ids = torch.tensor([self.vocabulary.places[w] for w in known])
            found.append({"score": self.net(ids).numpy()})
        return found


class MoodByEncoder:
    """MiniLM, which learned to judge films, and a kernel regression on what a term is to it."""

    def __init__(self, checkpoint: Checkpoint):
        architecture = checkpoint.card.architecture
        self.parameters = architecture.parameters
        teacher = checkpoint.uses("encoder")
        self.encoder = Encoder(teacher.card.architecture.arguments["config"])
        self.encoder.load_state_dict(text_model.weights(teacher))
        self.encoder.eval().requires_grad_(False)
        tokenizer = teacher.read("tokenizer.json").decode()
        self.pieces = wordpieces(tokenizer)
        found = load(checkpoint.read(files.WEIGHTS))
        self.net = Kernel(**architecture.arguments)
        self.net.load_state_dict({k: v.float() for k, v in found.items() if k not in SHAPE})
        self.shift, self.step = (found[k].float() for k in SHAPE)
        self.terms = read_terms(checkpoint, whole_words(tokenizer))
        self.lexicon: dict[str, float] = json.loads(checkpoint.read("lexicon.json"))

    def features(self, texts: Sequence[str]) -> torch.Tensor:
        """(n, H) what terms are to the encoder: the mean over templates of its last layer but
        one."""
        return encoded(self.encoder, self.pieces, [self.terms.read(t) for t in texts])

    def scores(self, texts: Sequence[str]) -> np.ndarray:
        """(n,) moods of many terms."""
        return self.net((self.features(texts) - self.shift) * self.step).numpy()

    def predict(self, text: str) -> Mood:
        """The mood of a term of one to eight words; of anything else a guess, and said so."""
        read = self.terms.read(text)
        familiarity = self.terms.familiarity(text)
        known = self.lexicon.get(read) if familiarity.familiar else None
        how = (
            "the lexicon has it" if known is not None else "not in the lexicon: judged by likeness"
        )
        return Mood(
            float(np.clip(self.scores([text])[0], -1, 1)), read, how, known,
            familiarity,
        )  # fmt: skip

    def outputs(self, asked: Sequence[tuple[str]]) -> list[dict[str, np.ndarray]]:
        """`score` () of each text."""
        return [{"score": s} for s in self.scores([text for (text,) in asked])]


@torch.inference_mode()
def encoded(
    encoder: Encoder, pieces: Callable[[Sequence[str]], list[list[int]]], terms: Sequence[str]
) -> torch.Tensor:
    """(n, H) the mean over templates of the encoder's last layer but one, each of length 1; terms
    of one length go through it together."""
    ids = pieces([template.format(term)[:2000] for term in terms for template in TEMPLATES])
    ids = [i[:512] for i in ids]
    found = torch.zeros(len(ids), encoder.head.in_features)
    for part in batches_of_one_length([len(i) for i in ids]):
        layers = encoder(torch.tensor([ids[i] for i in part]))
        found[part] = torch.nn.functional.normalize(layers[:, -2], dim=1)
    return found.view(len(terms), len(TEMPLATES), -1).mean(1)


def read_terms(checkpoint: Checkpoint, whole: frozenset[str]) -> Terms:
    """How terms are read, from sentiment_best's checkpoint."""
    found = load_arrays(checkpoint.read("terms.safetensors"))
    scale = Scale(tuple(found["quantiles"].tolist()))
    costs = json.loads(checkpoint.read("costs.json"))
    return Terms(costs, found["trigrams"].astype(np.float32), scale, whole)


def whole_words(tokenizer: str) -> frozenset[str]:
    """The words that a tokenizer has one piece for."""
    pieces = json.loads(tokenizer)["model"]["vocab"]
    return frozenset(p for p in pieces if p.isalpha() and p.isascii())
