"""The public interface: what callers may rely on is written down, and is what the server says.

`python -m tests.test_api` writes tests/api.json again.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from gradio_client import Client, handle_file

from demos import GALLERY
from demos.core.demo import Demo
from tests.conftest import ROOT, Server, get

STORED = Path(__file__).with_name("api.json")
RENEW = "the interface changed: if that is meant, run `python -m tests.test_api`"
# The rest is Gradio's own: snippets with the server's address, pictures on other hosts.
OF_PARAMETERS = (
    "label", "parameter_name", "parameter_has_default", "parameter_default", "type", "python_type",
)  # fmt: skip


def interface(server: Server) -> dict[str, Any]:
    """Each public endpoint as HTTP and Python clients see it, and each tool as MCP clients do."""
    named = json.loads(get(f"{server.url}/gradio_api/info"))["named_endpoints"]
    tools = json.loads(get(f"{server.url}/gradio_api/mcp/schema"))
    return {
        "endpoints": {
            name: {
                "description": endpoint["description"],
                "parameters": [{k: p[k] for k in OF_PARAMETERS} for p in endpoint["parameters"]],
                "returns": endpoint["returns"],
            }
            for name, endpoint in sorted(named.items())
        },
        "tools": {
            tool["name"]: {"description": tool["description"], "inputSchema": tool["inputSchema"]}
            for tool in sorted(tools, key=lambda tool: tool["name"])
        },
    }


@pytest.fixture(scope="module")
def found(server: Server) -> dict[str, Any]:
    return interface(server)


def test_the_interface_is_the_stored_one(found):
    assert found == json.loads(STORED.read_text(encoding="utf-8")), RENEW


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_every_parameter_is_typed_and_described(found, demo: Demo):
    endpoint = found["endpoints"][f"/{demo.endpoint}"]
    names = [p["parameter_name"] for p in endpoint["parameters"]]
    assert names == [*(i.name for i in demo.inputs), "variant"]
    for parameter in endpoint["parameters"]:
        assert parameter["type"] and len(parameter["python_type"]["description"]) > 10
    variant = endpoint["parameters"][-1]
    assert variant["type"]["enum"] == [v.name for v in demo.variants]
    assert variant["parameter_default"] == demo.default
    # The sentence for people names them as well.
    text = variant["python_type"]["description"]
    assert all(v.name in text for v in demo.variants)
    assert len(endpoint["description"]) > 20 and len(endpoint["returns"]) == 1


@pytest.mark.parametrize("demo", GALLERY, ids=lambda d: d.name)
def test_answers_have_the_published_type(server: Server, found, demo: Demo):
    """With every variant: a network without a map leaves fields empty, say."""
    (returned,) = found["endpoints"][f"/{demo.endpoint}"]["returns"]
    client = Client(server.url, verbose=False, httpx_kwargs={"timeout": 300})
    files = [i.kind in ("picture", "document") for i in demo.inputs]
    values = zip(demo.examples[0].inputs, files, strict=True)
    given = [handle_file(value) if is_file else value for value, is_file in values]
    for variant in demo.variants:
        answer = client.predict(*given, variant.name, api_name=f"/{demo.endpoint}")
        jsonschema.validate(answer, returned["type"])
        assert answer["variant"] == variant.name


def test_fields_are_described_to_all_callers(found):
    for name, endpoint in found["endpoints"].items():
        fields = endpoint["returns"][0]["type"].get("properties", {})
        tool = next(t for n, t in found["tools"].items() if n.endswith(name[1:]))
        for field, schema in fields.items():
            assert schema["description"] in tool["description"], field


def renew() -> None:
    """Write the stored interface from a server of this working tree."""
    server = Server(Path(tempfile.mkdtemp()) / "log.txt")
    try:
        text = json.dumps(interface(server), indent=1, ensure_ascii=False)
    finally:
        server.stop()
    STORED.write_text(text + "\n", encoding="utf-8")
    print(STORED.relative_to(ROOT))


if __name__ == "__main__":
    renew()
