"""The public interface: answers are typed records, and callers can read what each field means."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from demos.core.demo import Demo, Input
from demos.core.runtime import Timed

LIMITS = {
    "picture": "at most {} megapixels",
    "text": "at most {:,} characters",
    "document": "at most {:,} characters",
    "conversation": "of which the last {} messages are read",
}
TYPES: dict[str, Any] = {"number": float, "conversation": list[dict[str, Any]]}


class ApiAnswer(BaseModel):
    """What every endpoint answers; a demo's own class adds its fields, each with a description."""

    model_config = ConfigDict(extra="forbid")

    variant: str = Field(description="the variant that answered")
    seconds: float = Field(description="how long the model took, not counting loading", ge=0)
    familiar: bool | None = Field(
        description="whether the input is like the data that the variant was trained on; if not, "
        "the answer is a guess; null if the variant cannot say"
    )
    familiarity: float | None = Field(
        description="the share of held-out data that is no more familiar; below 0.05 an input is "
        "unfamiliar; null if the variant cannot say",
        ge=0,
        le=1,
    )

    @classmethod
    def of(cls, timed: Timed[Any]) -> ApiAnswer:
        """The answer to one timed prediction, whose `to_json` has this class's own fields."""
        found = timed.result.familiarity
        return cls(
            **timed.result.to_json(),
            variant=timed.variant,
            seconds=round(timed.seconds, 4),
            familiar=None if found is None else found.familiar,
            familiarity=None if found is None else round(found.share, 4),
        )


def about(of: Input) -> str:
    """What callers read about an input: what it is, its limit, its choices."""
    more = [LIMITS[of.kind].format(of.limit)] if of.limit and of.kind in LIMITS else []
    if of.kind == "number":
        more.append(f"from {of.low:g} to {of.high:g}")
    said = ", ".join([of.about.rstrip("."), *more])
    if of.kind == "choice":
        said += ": " + " or ".join(filter(None, [", ".join(of.choices[:-1]), of.choices[-1]]))
    return said + "."


def handler(
    demo: Demo, answer: type[ApiAnswer], predict: Callable[[Sequence[Any], str], Timed[Any]]
) -> Callable[..., dict[str, Any]]:
    """The function behind a demo's endpoint: its inputs in their order, then the variant.

    predict(values, variant) does the work. Gradio and MCP read the signature and docstring, which
    say what each parameter and each field of the answer mean.
    """
    names = [v.name for v in demo.variants]
    variant = f"Which model answers: {', '.join(names[:-1])} or {names[-1]}."
    if len(names) == 1:
        variant = f"Which model answers: {names[0]}."

    def answered(*values: Any) -> dict[str, Any]:
        *given, chosen = values
        return answer.of(predict(given, chosen)).model_dump(mode="json")

    answered.__name__ = demo.endpoint
    answered.__doc__ = "\n".join(
        [
            demo.does,
            "",
            "Args:",
            *(f"    {i.name}: {about(i)}" for i in demo.inputs),
            f"    variant: {variant}",
            "",
            "Returns:",
            *fields(answer),
        ]
    )
    types = {i.name: TYPES.get(i.kind, str) for i in demo.inputs}
    types["variant"] = Literal[tuple(names)]
    answered.__annotations__ = {**types, "return": answer}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    answered.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, kind, annotation=type_) for name, type_ in types.items()],
        return_annotation=answer,
    )
    return answered


def document(endpoint: dict[str, Any], handler: Callable[..., Any], about: dict[str, str]) -> None:
    """Add to Gradio's description of an endpoint what a parameter and the answer mean.

    about: {parameter: its description}.
    """
    for parameter in endpoint["parameters"]:
        name = parameter["parameter_name"]
        parameter["python_type"]["description"] = about.get(name, "")
    kind = typing.get_type_hints(inspect.unwrap(handler)).get("return")
    if inspect.isclass(kind) and issubclass(kind, ApiAnswer):
        described = {"type": "dict", "description": "; ".join(fields(kind))}
        (returned,) = endpoint["returns"]
        returned.update(label="answer", type=kind.model_json_schema(), python_type=described)


def fields(kind: type[ApiAnswer]) -> list[str]:
    """Each field of an answer with what it means, one line each."""
    return [f"{name}: {field.description}" for name, field in kind.model_fields.items()]
