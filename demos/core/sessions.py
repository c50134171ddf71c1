"""What the server keeps of each visitor: the last results, and no copy of the page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

# Visitors whose last result is kept for what they ask about it next; Gradio's own 10,000 would
# hold gigabytes.
SESSIONS = 256
CLOSED = 60  # seconds that results are kept once their page is closed or has lost its connection


class Session(SessionState):
    """A session without the copy of all parts of the page and their values.

    Gradio makes one for its deep links, which are not offered here: 20 ms for every new visitor
    and every API call, and all figures of all visitors in memory.
    """

    def __init__(self, page: gr.Blocks):
        super().__init__(SimpleNamespace(default_config=page.default_config, blocks={}))
        self.STATE_TTL_WHEN_CLOSED = CLOSED

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


class Sessions(StateHolder):
    """The sessions of a page. Every API call is one too, and goes before any that has results."""

    def __getitem__(self, session_id: str) -> SessionState:
        with self.lock:
            if session_id not in self.session_data:
                self.session_data[session_id] = Session(self.blocks)
        session = super().__getitem__(session_id)
        session.is_closed = False  # a page that asks again was not closed
        return session

    def update(self, session_id: str) -> None:
        with self.lock:
            if session_id in self.session_data:
                self.session_data.move_to_end(session_id)
            if len(self.session_data) > self.capacity:
                others = [i for i in self.session_data if i != session_id]
                empty = (i for i in others if not self.session_data[i].state_data)
                evicted = next(empty, others[0])
                del self.session_data[evicted]
                self.time_last_used.pop(evicted, None)


def keep(page: gr.Blocks) -> None:
    """Let a page that is already mounted keep its visitors' results in this way."""
    page.state_holder.capacity = SESSIONS
    page.state_holder.__class__ = Sessions
