"""The public interface: answers are typed records, and callers read what each field means."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from demos.core.runtime import Timed


class ApiAnswer(BaseModel):
    """What every endpoint answers; a demo's own class adds its fields, each with a description."""

    model_config = ConfigDict(extra="forbid")

    variant: str = Field(description="the variant that answered")
    seconds: float = Field(description="how long the model took, loading apart", ge=0)

    @classmethod
    def of(cls, timed: Timed[Any]) -> ApiAnswer:
        """The answer to one timed prediction, whose `to_json` has this class's own fields."""
        own = timed.result.to_json()
        return cls(**own, variant=timed.variant, seconds=round(timed.seconds, 4))


def answer_type(handler: Callable[..., Any]) -> type[ApiAnswer] | None:
    """The class that a handler says it returns, or None if it returns a plain dictionary."""
    found = typing.get_type_hints(inspect.unwrap(handler)).get("return")
    return found if inspect.isclass(found) and issubclass(found, ApiAnswer) else None


def as_json(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a handler so that its answer leaves as plain JSON and its docstring lists the fields.

    MCP clients know of an answer what the docstring says under “Returns”.
    """
    kind = answer_type(handler)
    if kind is None:
        return handler

    @functools.wraps(handler)
    def answered(*values: Any) -> dict[str, Any]:
        return handler(*values).model_dump(mode="json")

    answered.__doc__ = "\n".join(
        [inspect.cleandoc(handler.__doc__ or ""), "", "Returns:", *_fields(kind)]
    )
    return answered


def document(endpoint: dict[str, Any], handler: Callable[..., Any], about: dict[str, str]) -> None:
    """Add to Gradio's description of an endpoint what a parameter and the answer mean.

    about: {parameter: its description}.
    """
    for parameter in endpoint["parameters"]:
        name = parameter["parameter_name"]
        parameter["python_type"]["description"] = about.get(name, "")
        if parameter["component"] == "Api":  # Gradio's label is “1st”, “2nd”
            parameter["label"] = name
    kind = answer_type(handler)
    if kind is not None:
        described = {"type": "dict", "description": "; ".join(_fields(kind))}
        (returned,) = endpoint["returns"]
        returned.update(label="answer", type=kind.model_json_schema(), python_type=described)


def _fields(kind: type[ApiAnswer]) -> list[str]:
    return [f"{name}: {field.description}" for name, field in kind.model_fields.items()]
