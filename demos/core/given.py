"""What a visitor gave, turned from what the page or a caller sent into what a predictor takes."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from demos.core import images, text
from demos.core.demo import Demo, Input
from demos.core.errors import UserError


def read(demo: Demo, values: Sequence[Any]) -> tuple[Any, ...]:
    """The inputs of one prediction, checked and decoded, in the order of `demo.inputs`.

    A picture becomes a `Picture`, a document its text, a conversation a tuple of (role, text).
    Raises UserError with one sentence.
    """
    if len(values) != len(demo.inputs):
        raise UserError(f"This demo takes {len(demo.inputs)} inputs; {len(values)} were sent.")
    return tuple(_READERS[i.kind](i, v) for i, v in zip(demo.inputs, values, strict=True))


def asked_again(demo: Demo, values: Sequence[Any]) -> list[Any]:
    """In a chat whose field for questions is empty: the last question and what was said before it.

    A model or a setting that is changed is asked what the one before it was. Raises UserError.
    """
    found, kinds = list(values), [i.kind for i in demo.inputs]
    if "conversation" not in kinds:
        return found
    field, chat = kinds.index("text"), kinds.index("conversation")
    turns = _conversation(demo.inputs[chat], found[chat])
    asked = [n for n, (role, _) in enumerate(turns) if role == "user"]
    if not asked or str(found[field] or "").strip():
        return found
    before = turns[: asked[-1]]
    found[field] = turns[asked[-1]][1]
    found[chat] = [{"role": role, "content": said} for role, said in before]
    return found


def truth(demo: Demo, values: Sequence[Any]) -> Any:
    """What is known about these values because they are an example's, files byte for byte.

    Numbers and choices behind the first input are settings: what is true of a picture stays true.
    """
    if demo.name not in _truths:
        _truths[demo.name] = {_digest(demo.inputs, e.inputs): e.truth for e in demo.examples}
    return _truths[demo.name].get(_digest(demo.inputs, values))


_truths: dict[str, dict[str, Any]] = {}  # by demo; examples may hold lists, which have no hash


def _digest(inputs: tuple[Input, ...], values: Sequence[Any]) -> str:
    """Over one input after another; only what was declared as a file is read as one."""
    digest = hashlib.sha256()
    for place, (of, value) in enumerate(zip(inputs, values, strict=True)):
        if place and of.kind in ("number", "choice"):
            continue
        is_file = of.kind in ("picture", "document") and value and Path(value).is_file()
        digest.update(Path(value).read_bytes() if is_file else repr(value).encode())
    return digest.hexdigest()


def _picture(of: Input, value: Any) -> Any:
    return images.decode(value, background=of.background)


def _text(of: Input, value: Any) -> Any:
    if value is None and of.optional:
        return of.default
    read = text.verbatim if of.verbatim else text.clean
    return read(text.only(value), of.limit)


def _document(of: Input, value: Any) -> Any:
    return text.read_document(value, of.limit)


def _choice(of: Input, value: Any) -> Any:
    value = of.default if value is None else value
    if value not in of.choices:
        raise UserError(f"{of.label} is unknown: choose one of {', '.join(of.choices)}.")
    return value


def _number(of: Input, value: Any) -> Any:
    if value is None:
        return of.default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise UserError(f"{of.label} is not a number: give one from {of.low:g} to {of.high:g}.")
    if not of.low <= value <= of.high:
        raise UserError(f"{of.label} is {value:g}: give a number from {of.low:g} to {of.high:g}.")
    return value


def _conversation(of: Input, value: Any) -> Any:
    """Messages as Gradio and callers send them: {"role", "content"}, content a text or parts."""
    if value is not None and not isinstance(value, (list, tuple)):
        raise UserError("This is not a conversation: send a list of messages.")
    found = []
    for message in value or ():
        if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
            raise UserError("Each message of a conversation needs a role: user or assistant.")
        content = message.get("content")
        parts = content if isinstance(content, list) else [content]
        said = " ".join(
            text.only(p.get("text") if isinstance(p, dict) else p) for p in parts if p is not None
        )
        found.append((message["role"], said))
    return tuple(found[-of.limit :])


_READERS = {
    "picture": _picture,
    "text": _text,
    "document": _document,
    "choice": _choice,
    "number": _number,
    "conversation": _conversation,
}
