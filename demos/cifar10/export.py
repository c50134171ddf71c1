"""A network to take away: its code and its weights in a zip, and how to use them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import gradio as gr

from demos.cifar10 import DEMO
from demos.core import markup
from demos.core.checkpoint import CARD, open_checkpoint
from demos.core.events import PRIVATE, public
from demos.core.frame import Frame
from demos.core.inputs import html, temporary_folder

MODEL = Path(__file__).with_name("model.py")
USE = '''"""python classify.py picture.png: the three likeliest classes (needs torch and Pillow)."""

import sys

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

from model import CLASSES, build

net = build({name!r}, {arguments!r})
net.load_state_dict({{k: v.float() if v.is_floating_point() else v
                     for k, v in load_file("model.safetensors").items()}})
net.eval()
image = Image.open(sys.argv[1]).convert("RGB")
side = min(image.size)
left, top = (image.width - side) // 2, (image.height - side) // 2
image = image.crop((left, top, left + side, top + side)).resize((32, 32), Image.LANCZOS)
x = torch.from_numpy(np.asarray(image, np.float32) / 255).permute(2, 0, 1)[None]
with torch.inference_mode():
    shares = (net(x)[0] / {temperature!r}).softmax(0)
for i in shares.argsort(descending=True)[:3].tolist():
    print(f"{{CLASSES[i]}} {{shares[i]:.4f}}")
'''


def build(frame: Frame) -> None:
    """The panel: a few lines of code, and a zip with them, the network and its weights."""
    with gr.Accordion("Take it away", open=False) as panel:
        lines = html(markup.code(code(DEMO.default), "python"))
        button = gr.Button("Make the zip")
        file = gr.File(label="Code and weights", visible=False, interactive=False)
    gr.on(
        [panel.expand, frame.variant.change],
        public(lambda name: (markup.code(code(name), "python"), gr.update(visible=False))),
        frame.variant, [lines, file], queue=False, show_progress="hidden", **PRIVATE,
    )  # fmt: skip
    button.click(
        public(lambda name: gr.update(value=str(archive(name, temporary_folder())), visible=True)),
        frame.variant, file, **PRIVATE,
    )  # fmt: skip


def code(variant: str) -> str:
    """The lines that answer with a variant's exported weights; a sentence where it is broken."""
    try:
        checkpoint = open_checkpoint(DEMO.name, variant)
    except Exception as error:  # the tab says what is wrong
        return f"# {error}"
    architecture = checkpoint.card.architecture
    return USE.format(
        name=architecture.name,
        arguments=architecture.arguments,
        temperature=checkpoint.evaluation.get("temperature", 1.0),
    )


def archive(variant: str, folder: Path) -> Path:
    """The zip of a variant in `folder`: model.py, classify.py, weights and card. Raises
    CheckpointError."""
    checkpoint = open_checkpoint(DEMO.name, variant)
    path = folder / f"cifar10_{variant}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as held:
        held.writestr("model.py", MODEL.read_text(encoding="utf-8"))
        held.writestr("classify.py", code(variant))
        held.writestr("model.safetensors", checkpoint.read("model.safetensors"))
        held.writestr(CARD, checkpoint.card.model_dump_json(indent=2))
    return path
