"""Errors on their way to a visitor and to the log."""

from __future__ import annotations

import logging
import re

import gradio as gr
import pytest

from demos.core.errors import CheckpointError, UserError
from demos.core.events import public, sentence, stream

SECRET = "/tmp/gradio/what-a-visitor-sent.png"


def fails(value: str) -> str:
    raise ValueError(f"cannot use {value}")


def fails_in_a_chain(value: str) -> str:
    try:
        return fails(value)
    except ValueError as error:
        raise RuntimeError(f"again {value}") from error


@pytest.mark.parametrize("handler", [fails, fails_in_a_chain])
def test_an_internal_error_is_a_reference_without_values(handler, caplog):
    with caplog.at_level(logging.DEBUG), pytest.raises(gr.Error) as caught:
        public(handler)(SECRET)
    shown = re.fullmatch(
        r"Something went wrong here \(reference ([0-9a-f]{6})\)\.", caught.value.message
    )
    assert shown and shown[1] in caplog.text and handler.__name__ in caplog.text
    assert SECRET not in caplog.text and not caught.value.print_exception
    # Nothing carries the original along to whoever prints the error.
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize("kind", [UserError, CheckpointError])
def test_what_a_person_can_mend_is_shown_and_not_logged(kind, caplog):
    def refuses(_: str) -> str:
        raise kind("This is too large: send less.")

    with caplog.at_level(logging.DEBUG), pytest.raises(gr.Error) as caught:
        public(refuses)(SECRET)
    assert caught.value.message == "This is too large: send less."
    assert not caplog.records


def test_references_differ():
    assert sentence(ValueError()) != sentence(ValueError())


def test_a_stream_is_guarded_at_every_step():
    def half(value: str):
        yield 1
        fails(value)

    steps = stream(half)(SECRET)
    assert next(steps) == 1
    with pytest.raises(gr.Error, match="reference"):
        next(steps)


def test_handlers_keep_their_name_and_description():
    """API and MCP clients read them."""
    assert public(fails).__name__ == "fails" and stream(test_references_differ).__wrapped__
