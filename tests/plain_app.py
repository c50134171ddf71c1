"""What one would build without us: `python -m tests.plain_app NAME` serves one demo's default
variant on one plain Gradio page, and loads it when it is imported. `make bench` compares with it.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import gradio as gr

from demos.core import given
from demos.core.checkpoint import open_checkpoint

demo = importlib.import_module(f"demos.{sys.argv[1]}").DEMO
module = importlib.import_module(f"demos.{sys.argv[1]}.predict")
predictor = module.Predictor(open_checkpoint(demo.name, demo.default))

PARTS = {
    "picture": lambda: gr.Image(type="filepath"),
    "text": gr.Textbox,
    "document": gr.File,
    "choice": gr.Textbox,
    "number": gr.Number,
    "conversation": gr.Chatbot,
}


def predict(*values: Any) -> dict[str, Any]:
    """The default variant's answer; the last value, which names a variant, is not looked at."""
    return predictor.predict(*given.read(demo, values[:-1])).to_json()


with gr.Blocks(analytics_enabled=False) as page:
    parts = [PARTS[i.kind]() for i in demo.inputs]
    gr.Button().click(predict, [*parts, gr.Textbox()], gr.JSON(), api_name=demo.endpoint)

if __name__ == "__main__":
    port = int(os.environ["GRADIO_SERVER_PORT"])
    page.launch(server_name="127.0.0.1", server_port=port, quiet=True)
