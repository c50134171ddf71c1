"""What stands between a browser event and a page's handler: errors in one place."""

from __future__ import annotations

import errno
import functools
import inspect
import logging
import secrets
import traceback
from collections.abc import Callable
from typing import Any

import gradio as gr
from fastapi import Request
from gradio.block_function import BlockFunction
from gradio.context import LocalContext
from gradio.utils import get_function_description

from demos.core import api, calls
from demos.core.errors import UserError

log = logging.getLogger("gallery")

# Two cores cannot do more: one group for all model calls of all demos.
MODEL = {"concurrency_id": "model", "concurrency_limit": 1}
PRIVATE = {"api_visibility": "private"}
# While an event runs, Gradio drops a further one of its kind, and the page would go on showing the
# answer to what was asked before. The latest is asked afterwards; of several, each in its turn.
LATEST = {"trigger_mode": "always_last"}
EACH = {"trigger_mode": "multiple"}
QUEUE_SIZE = 64
BUSY = "The gallery is busy: more people are asking than it can answer. Try again in a moment."
# What writing to a full or read-only disk raises.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES}


def sentence(error: BaseException) -> str:
    """What a visitor reads of an error; all but UserError is logged under a reference number.

    The log gets the exception's type and frames, never its message: that may carry what the
    visitor sent.
    """
    if isinstance(error, UserError):
        return str(error)
    reference = secrets.token_hex(3)
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("reference %s: %s\n%s", reference, type(error).__name__, frames)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return (
            "This machine has no room for files at the moment: tell whoever runs the gallery "
            f"(reference {reference})."
        )
    return f"Something went wrong here (reference {reference})."


class GuardedBlocks(gr.Blocks):
    """Blocks that guard what happens before and after a handler as well.

    Gradio checks and converts values there, and would print its exceptions with the visitor's
    values to the log and show their text on the page.
    """

    def queue(self, *values: Any, **options: Any) -> GuardedBlocks:
        """The queue, with our own sentence for whoever finds no place in it."""
        super().queue(*values, **options)
        push = self._queue.push

        async def pushed(*values: Any, **options: Any) -> tuple[bool, Any, str]:
            success, said, state = await push(*values, **options)
            return success, BUSY if state == "queue_full" else said, state

        self._queue.push = pushed
        return self

    def get_api_info(self, *values: Any, **options: Any) -> Any:
        """Gradio's, with what it leaves out: what parameters mean, and the types of an answer."""
        info = super().get_api_info(*values, **options)
        for event in self.fns.values():
            endpoint = info["named_endpoints"].get(f"/{event.api_name}")
            if endpoint and event.fn:
                api.document(endpoint, event.fn, get_function_description(event.fn)[1])
        return info

    async def check_call(self, request: Request) -> None:
        """Refuse a call of no event, or with too few values (for all routes that call one)."""
        await calls.check(self, request)

    def validate_inputs(self, block_fn: BlockFunction, inputs: list[Any]) -> None:
        """Gradio's own check names handlers, and would turn what is not text into text."""
        if len(inputs) < len(block_fn.inputs):
            raise gr.Error(calls.TOO_FEW, print_exception=False)
        for part, value in zip(block_fn.inputs, inputs, strict=False):
            if calls.takes_text(part) and not isinstance(value, str | None):
                raise gr.Error(calls.NO_TEXT, print_exception=False)

    async def process_api(self, *values: Any, **options: Any) -> Any:
        LocalContext.request.set(options.get("request"))  # Gradio sets it for handlers only
        try:
            return await super().process_api(*values, **options)
        except gr.Error as error:
            error.print_exception = False
            raise
        except Exception as error:
            raise gr.Error(sentence(error), print_exception=False) from None


def public(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a handler of the API: errors reach the caller as one sentence."""

    @functools.wraps(handler)
    def guarded(*values: Any) -> Any:
        try:
            return handler(*values)
        except gr.Error:
            raise
        except Exception as error:
            raise gr.Error(sentence(error), print_exception=False) from None

    return guarded


def stream(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a handler that yields updates step by step, in the same way."""
    if not inspect.isgeneratorfunction(handler):
        return public(handler)

    @functools.wraps(handler)
    def guarded(*values: Any) -> Any:
        try:
            yield from handler(*values)
        except gr.Error:
            raise
        except Exception as error:
            raise gr.Error(sentence(error), print_exception=False) from None

    return guarded
