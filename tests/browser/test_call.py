"""“Call it”: every snippet is read off the page and run exactly as it stands there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import Any

import pytest

from demos import GALLERY
from demos.core import panels
from tests.browser.conftest import Visit

MCP = """
import asyncio, json, sys
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client
address, tool, arguments = json.loads(sys.argv[1])
async def main():
    async with streamablehttp_client(address) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            found = await session.call_tool(tool, arguments)
            print(json.dumps([[t.name for t in tools], found.isError, found.content[0].text]))
asyncio.run(main())
"""


@pytest.fixture
def snippets(visit: Visit) -> dict[str, str]:
    """What the panel shows: {language: text}, and the MCP tool's name under `tool`."""
    visit.goto()
    panel = visit.panel("Call it")
    panel.locator(".code").first.wait_for()
    shown = {
        block.get_attribute("data-language"): block.text_content()
        for block in panel.locator(".code").all()
    }
    assert set(shown) >= {"python", "javascript", "sh", "json"}  # a demo may add its own
    return {**shown, "tool": panel.locator("p code").first.text_content()}


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


def test_every_way_to_call_it_answers(visit: Visit, snippets):
    demo, page = visit.demo, visit.page
    assert f"'variant': '{demo.default}'" in run(sys.executable, "-c", snippets["python"])
    with page.expect_console_message(lambda m: m.type == "log", timeout=60_000) as waiting:
        page.add_script_tag(content=snippets["javascript"], type="module")
    assert waiting.value.args[0].json_value()["variant"] == demo.default
    if shutil.which("curl"):
        event, _, data = run("bash", "-c", snippets["sh"]).strip().rpartition("data: ")
        assert "event: complete" in event
        assert json.loads(data)[0]["variant"] == demo.default


def test_mcp(visit: Visit, snippets):
    demo, address = visit.demo, json.loads(snippets["json"])["mcpServers"]["gallery"]["url"]
    arguments: dict[str, Any] = {
        p.name: f"{visit.server.url}/{p.value}" if p.is_file else p.value
        for p in panels.parameters(demo)
    }
    out = run(sys.executable, "-c", MCP, json.dumps([address, snippets["tool"], arguments]))
    tools, failed, text = json.loads(out)
    assert sorted(tools) == sorted(d.endpoint for d in GALLERY)
    assert not failed and f"'variant': '{demo.default}'" in text.replace('"', "'")
