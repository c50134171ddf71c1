"""What the six panels under a page say. All numbers come from the cards."""

from __future__ import annotations

import importlib
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from demos.core import markup, plots
from demos.core.checkpoint import Card, Checkpoint
from demos.core.demo import Demo, Input
from demos.core.errors import CheckpointError

# The page knows its own address; the text has this in its place.
ORIGIN = "{{origin}}"
NOTHING_MORE = Markup("")
CALL_TEMPLATE = (
    "${value.replaceAll('{' + '{origin}' + '}', location.origin + location.pathname)}".replace(
        "location.origin + location.pathname",
        "(location.origin + location.pathname).replace(/\\/$/, '')",
    )
)


@dataclass(frozen=True)
class Parameter:
    """One parameter of an endpoint for “Call it”: its name, and an example value.

    `is_file` values are addresses below the gallery's own address.
    """

    name: str
    value: Any
    is_file: bool = False


def about(demo: Demo) -> tuple[str, str]:
    """The two sections of a demo's about.md: how it works, where it fails (Markdown)."""
    (folder,) = importlib.import_module(demo.package).__path__
    path = Path(folder) / "about.md"
    text = path.read_text(encoding="utf-8")
    _, _, how = text.partition("# How it works\n")
    how, _, where = how.partition("# Where it fails\n")
    if not how.strip() or not where.strip():
        raise ValueError(f"{path} needs the sections “How it works” and “Where it fails”")
    return how.strip(), where.strip()


def broken(demo: Demo, variant: str, error: CheckpointError) -> Markup:
    """What a tab shows when a checkpoint cannot be used."""
    return Markup('<div class="notice" role="alert"><p>{}</p>{}</div>').format(
        str(error), markup.code(train_command(demo, variant), "sh")
    )


def train_command(demo: Demo, variant: str) -> str:
    out = f"assets/checkpoints/{demo.name}/{variant}"
    return f"python -m trainers.{demo.name} train --variant {variant} --out {out}"


def model_card(demo: Demo, checkpoints: dict[str, Checkpoint]) -> Markup:
    """All variants of a demo in tables: measured numbers first, then what they rest on."""
    cards = {name: checkpoint.card for name, checkpoint in checkpoints.items()}
    if not cards:
        return Markup("<p>No checkpoint of this demo can be read.</p>")
    rows = [
        (c.title, m.name.replace("_", " "), m.split, f"{m.n:,}", markup.metric_value(m), m.note)
        for c in cards.values()
        for m in c.metrics
    ]
    measured = markup.table(
        ("Variant", "Measure", "Split", "n", "Value", "Note"), rows, text_columns=3
    )
    return Markup('<div class="card">{}{}{}</div>').format(
        measured, _references(cards), markup.join(_facts(c) for c in cards.values())
    )


def _references(cards: dict[str, Card]) -> Markup:
    seen: dict[tuple[str, str, float], tuple[Any, ...]] = {}
    for card in cards.values():
        for r in card.references:
            note = ("comparable" if r.comparable else "not comparable") + (
                f": {r.note}" if r.note else ""
            )
            seen[(r.who, r.metric, r.value)] = (r.who, r.metric, f"{r.value:g}", r.source, note)
    if not seen:
        return Markup("")
    return Markup("<h3>What others achieved</h3>") + markup.table(
        ("Who", "Measure", "Value", "Source", "Comparable?"), seen.values(), text_columns=2
    )


def _facts(card: Card) -> Markup:
    splits = ", ".join(f"{name} {n:,}" for name, n in card.data.splits.items())
    tests = "; ".join(f"{t.date}: {t.metric} {t.value:.4f}" for t in card.test_evaluations)
    total = sum(f.bytes for f in card.files.values())
    facts = (
        ("Network", f"{card.architecture.name}, {markup.count(card.architecture.parameters)} "
                    f"parameters, {markup.size(total)}"),
        ("Data", f"{card.data.name} ({splits}). {card.data.protocol}"),
        ("Origin", card.data.origin),
        ("Chosen on", card.chosen_on),
        ("Test split looked at", tests or "never"),
        ("Uses", ", ".join(card.uses.values()) or "nothing else"),
        ("Licence of the weights", card.licence),
        ("Limits", card.limits),
    )  # fmt: skip
    items = markup.join(Markup("<dt>{}</dt><dd>{}</dd>").format(*fact) for fact in facts)
    return Markup("<h3>{}</h3><p>{}</p><dl>{}</dl>").format(card.title, card.summary, items)


def rebuild(demo: Demo, checkpoints: dict[str, Checkpoint]) -> Markup:
    """Per variant: the exact command, how long it took and on what hardware."""
    parts = []
    for checkpoint in checkpoints.values():
        how = checkpoint.card.training
        libraries = ", ".join(f"{name} {version}" for name, version in how.libraries.items())
        parts.append(
            Markup("<h3>{}</h3>{}<p>{} epochs, {} {}, {}, with {}. {}</p>").format(
                checkpoint.card.title,
                markup.code(how.command, "sh"),
                how.epochs,
                markup.duration(how.seconds),
                how.where,
                how.date,
                libraries,
                how.notes,
            )
        )
    check = f"python -m trainers.{demo.name} evaluate --variant {demo.default}"
    parts.append(
        Markup(
            "<h3>Measure it</h3><p>This prints the numbers above from the shipped files.</p>{}"
        ).format(markup.code(check, "sh"))
    )
    return Markup('<div class="card">{}</div>').format(markup.join(parts))


def curves(checkpoint: Checkpoint) -> Any:
    """The training curves of a variant."""
    history = checkpoint.evaluation.get("curves", [])
    return plots.curves(history, f"Training of {checkpoint.card.title}")


def reliability(checkpoint: Checkpoint) -> Any:
    """How often answers of a variant came true, over how sure it was."""
    bins = checkpoint.evaluation.get("reliability", [])
    return plots.reliability(bins, f"Reliability of {checkpoint.card.title}")


def parameters(demo: Demo, example: int = 0, variant: str | None = None) -> list[Parameter]:
    """The parameters of a demo's endpoint with an example's values."""
    values = demo.examples[example].inputs
    found = [_parameter(demo, i, v) for i, v in zip(demo.inputs, values, strict=True)]
    return [*found, Parameter("variant", variant or demo.default)]


def _parameter(demo: Demo, of: Input, value: Any) -> Parameter:
    if of.kind in ("picture", "document"):
        return Parameter(of.name, f"examples/{demo.name}/{Path(value).name}", is_file=True)
    return Parameter(of.name, value)


def call(demo: Demo, more: Markup = NOTHING_MORE) -> str:
    """How to call the demo's endpoint from Python, JavaScript, curl and MCP, and what there is
    `more` to say."""
    shown = parameters(demo)
    blocks = (
        ("Python", "python", python_call(demo, shown)),
        ("JavaScript", "javascript", javascript_call(demo, shown)),
        ("curl", "sh", curl_call(demo, shown)),
        ("MCP", "json", mcp_settings()),
    )
    out = markup.join(
        Markup("<h3>{}</h3>{}").format(title, markup.code(text, language))
        for title, language, text in blocks
    )
    files = "; files are given as addresses" if any(p.is_file for p in shown) else ""
    tool = Markup("<p>The MCP tool is called <code>{}</code>{}.</p>").format(demo.endpoint, files)
    return str(Markup('<div class="card">{}{}{}</div>').format(out, tool, more))


def python_call(demo: Demo, parameters: Sequence[Parameter]) -> str:
    arguments = [
        f"    handle_file({_quoted(p)})," if p.is_file else f"    {_quoted(p)}," for p in parameters
    ]
    return "\n".join(
        [
            "from gradio_client import Client, handle_file",
            "",
            f'client = Client("{ORIGIN}")',
            "print(client.predict(",
            *arguments,
            f'    api_name="/{demo.endpoint}",',
            "))",
        ]
    )


def javascript_call(demo: Demo, parameters: Sequence[Parameter]) -> str:
    return "\n".join(
        [
            f'const call = "{ORIGIN}/gradio_api/call/{demo.endpoint}";',
            "const body = JSON.stringify({data: [",
            *(f"  {json.dumps(payload(p))}," for p in parameters),
            "]});",
            'const headers = {"Content-Type": "application/json"};',
            'const sent = await fetch(call, {method: "POST", headers, body});',
            "const {event_id} = await sent.json();",
            "const answer = await (await fetch(`${call}/${event_id}`)).text();",
            'console.log(JSON.parse(answer.split("data: ").pop())[0]);',
        ]
    )


def curl_call(demo: Demo, parameters: Sequence[Parameter]) -> str:
    body = json.dumps({"data": [payload(p) for p in parameters]})
    url = f"{ORIGIN}/gradio_api/call/{demo.endpoint}"
    return "\n".join(
        [
            f"ID=$(curl -s {url} -H 'Content-Type: application/json' \\",
            f"  -d {shlex.quote(body)} | cut -d '\"' -f 4)",
            f"curl -sN {url}/$ID",
        ]
    )


def mcp_settings() -> str:
    return json.dumps({"mcpServers": {"gallery": {"url": f"{ORIGIN}/gradio_api/mcp/"}}}, indent=2)


def _quoted(p: Parameter) -> str:
    value = f"{ORIGIN}/{p.value}" if p.is_file else p.value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def payload(p: Parameter) -> Any:
    """An argument as the HTTP interface takes it, with ORIGIN for the gallery's own address."""
    if not p.is_file:
        return p.value
    return {"path": f"{ORIGIN}/{p.value}", "meta": {"_type": "gradio.FileData"}}


def wild(checkpoint: Checkpoint) -> Markup:
    """The main measure under changes to the input that must not change the answer, as
    `evaluate --wild` measured it."""
    found = checkpoint.evaluation.get("wild")
    if not found:
        return Markup("")
    fixed = ("kind", "name", "strength", "n", "clean", "changed", "difference")
    more = [name for name in found["rows"][0] if name not in fixed]
    rows = [
        (
            row["kind"], row["name"], row["strength"], f"{row['n']:,}", f"{row['changed']:.3f}",
            markup.signed(row["difference"], 3), *(f"{row[name]:.3f}" for name in more),
        )
        for row in found["rows"]
    ]  # fmt: skip
    metric = found["metric"].replace("_", " ")
    head = ("Change", "How", "Strength", "n", metric, "Difference", *more)
    caption = (
        f"{checkpoint.card.title} in the wild: {metric} on {found['split']} data when the input is "
        f"changed; unchanged, it is {found['rows'][0]['clean']:.3f}"
    )
    return markup.table(head, rows, text_columns=3, caption=caption)
