"""How to use the checkpoint without this gallery: what “Call it” shows, and a test runs."""

from __future__ import annotations

from markupsafe import Markup

from demos.core import markup

PROGRAM = """\
import json, torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

folder, question = "assets/checkpoints", "Who built the lighthouse?"
paragraph = "The lighthouse was built in 1874 by Ada Thornbury, an engineer from Leeds."
card = json.load(open(f"{folder}/question_answering/minilm/card.json"))
weights = load_file(f"{folder}/question_answering/minilm/model.safetensors")
weights |= load_file(f"{folder}/{card['uses']['embeddings']}/embeddings.safetensors")
weights = {name.removeprefix("encoder."): value.float() for name, value in weights.items()}
head = weights.pop("head.weight"), weights.pop("head.bias")
config = BertConfig(**card["architecture"]["arguments"]["config"])
encoder = BertModel(config, add_pooling_layer=False).eval()
encoder.load_state_dict(weights)
tokenizer = PreTrainedTokenizerFast(
    tokenizer_file=f"{folder}/{card['uses']['embeddings']}/tokenizer.json")
found = tokenizer(question, paragraph, return_tensors="pt", return_offsets_mapping=True,
                  return_token_type_ids=True)
places = found.pop("offset_mapping")[0]
with torch.inference_mode():
    read = torch.nn.functional.linear(encoder(**found).last_hidden_state[0], *head)
start, end, first, second = read.split([1, 1, 64, 64], -1)
scores = start + end.T + first @ second.T / 8
inside = (found["token_type_ids"][0] == 1) & (places[:, 1] > places[:, 0])
allowed = inside[:, None] & inside & torch.ones_like(scores).triu().tril(29).bool()
i, j = divmod(int(scores.masked_fill(~allowed, -1e9).argmax()), len(scores))
print(paragraph[places[i, 0]:places[j, 1]], "with a margin of", float(scores[i, j] - scores[0, 0]))
"""


def shown() -> Markup:
    """The program with a sentence in front."""
    return Markup(
        "<h3>Without this gallery</h3><p>Transformers 5 no longer has a pipeline for question "
        "answering. This program reads the checkpoint with transformers alone; run it in the "
        "project's folder.</p>{}"
    ).format(markup.code(PROGRAM, "py"))
