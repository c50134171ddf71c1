"""“Call it”: every snippet is read off the page and run exactly as it stands there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import Page

from demos import GALLERY
from demos.core.demo import Demo
from tests.browser.test_shell import demo, page, visit  # noqa: F401 - fixtures
from tests.conftest import Server, parameters

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
def snippets(page: Page, server: Server, demo: Demo) -> dict[str, str]:  # noqa: F811
    """What the panel shows: {language: text}, and the MCP tool's name under `tool`."""
    visit(page, server, f"/?demo={demo.slug}")
    panel = page.locator(".panels > *", has=page.get_by_role("button", name="Call it")).last
    panel.get_by_role("button", name="Call it").click()
    panel.locator(".code").first.wait_for()
    shown = {
        block.get_attribute("data-language"): block.text_content()
        for block in panel.locator(".code").all()
    }
    assert set(shown) == {"python", "javascript", "sh", "json"}
    return {**shown, "tool": panel.locator("p code").text_content()}


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


def test_python(snippets, demo: Demo):  # noqa: F811
    assert f"'variant': '{demo.default}'" in run(sys.executable, "-c", snippets["python"])


def test_javascript(page: Page, snippets, demo: Demo):  # noqa: F811
    with page.expect_console_message(lambda m: m.type == "log", timeout=60_000) as waiting:
        page.add_script_tag(content=snippets["javascript"], type="module")
    assert waiting.value.args[0].json_value()["variant"] == demo.default


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_curl(snippets, demo: Demo):  # noqa: F811
    answer = run("bash", "-c", snippets["sh"])
    event, _, data = answer.strip().rpartition("data: ")
    assert "event: complete" in event
    assert json.loads(data)[0]["variant"] == demo.default


def test_mcp(server: Server, snippets, demo: Demo):  # noqa: F811
    address = json.loads(snippets["json"])["mcpServers"]["gallery"]["url"]
    arguments: dict[str, Any] = {
        p.name: f"{server.url}/{p.value}" if p.is_file else p.value for p in parameters(demo)
    }
    out = run(sys.executable, "-c", MCP, json.dumps([address, snippets["tool"], arguments]))
    tools, failed, text = json.loads(out)
    assert sorted(tools) == sorted(d.endpoint for d in GALLERY)
    assert not failed and f"'variant': '{demo.default}'" in text.replace('"', "'")
