"""Calls over HTTP that name no event, or pass too few values: refused with a sentence and 4xx.

Gradio answers them with 500, some only after they have waited in the queue.
"""

from __future__ import annotations

import re
from typing import Any

import gradio as gr
from fastapi import HTTPException, Request
from gradio.block_function import BlockFunction
from gradio.components.api_component import Api
from gradio_client.utils import construct_args

UNKNOWN = "There is no such call here: “Call it” on each demo's page shows those that there are."
TOO_FEW = "This call has too few values: “Call it” on the demo's page shows what it takes."
NO_TEXT = "This is not text: send text, in quotation marks, where text is asked for."
_CALL = re.compile(r"/gradio_api/(run|api|call/v2|call|queue/join)(/[^/]+)?/?$")


async def check(page: gr.Blocks, request: Request) -> None:
    """Raise HTTPException if this request calls no event of `page`, or with too few values."""
    found = _CALL.search(request.url.path) if request.method == "POST" else None
    if not found:
        return
    try:
        body = await request.json()
    except ValueError:
        return  # FastAPI itself says so
    if not isinstance(body, dict):
        return
    kind, name = found[1], request.path_params.get("api_name")
    if kind == "call/v2":
        _check_named(page, name, body)
        return
    event = _event(page, name, body.get("fn_index") if kind != "call" else None)
    if isinstance(body.get("data"), list) and not event.cancels:
        # Where only the API calls, what the server itself keeps may be left out.
        asked = [part for part in event.inputs if kind != "call" or not part.skip_api]
        if len(body["data"]) < len(asked):
            raise HTTPException(400, TOO_FEW)


def takes_text(part: Any) -> bool:
    """Whether an input takes any text (and not one of some choices)."""
    if not isinstance(part, gr.Textbox | Api):
        return False
    kind = part.api_info()
    return kind.get("type") == "string" and "enum" not in kind


def _event(page: gr.Blocks, name: str | None, index: Any) -> BlockFunction:
    if index is None:
        found = [event for event in page.fns.values() if event.api_name == name]
    else:
        found = [event for number, event in page.fns.items() if str(number) == str(index)]
    if not found:
        raise HTTPException(404, UNKNOWN)
    return found[0]


def _check_named(page: gr.Blocks, name: str | None, body: dict[str, Any]) -> None:
    endpoint = page.get_api_info()["named_endpoints"].get(f"/{name}")
    if endpoint is None:
        raise HTTPException(404, UNKNOWN)
    try:
        construct_args(endpoint["parameters"], (), body)
    except (TypeError, ValueError):  # one is missing, or has no such name
        raise HTTPException(400, TOO_FEW) from None
