"""A page in a real browser: a new one for what needs it, and one long visit to each demo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from demos import GALLERY
from demos.core.demo import Demo
from tests.conftest import Server

# What is shown is what is tested, not how fast a busy machine shows it.
expect.set_options(timeout=120_000)
DESKTOP = {"width": 1280, "height": 800}


def opened(browser: Browser, server: Server) -> Iterator[Page]:
    """A page of its own, which asks no other host and raises no error as long as it is open."""
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.set_default_timeout(120_000)  # what is shown is tested, not how fast
    foreign: list[str] = []
    failures: list[str] = []
    local = (server.url, "data:", "blob:")
    page.on("request", lambda r: r.url.startswith(local) or foreign.append(r.url))
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    context.close()
    assert not foreign, "the page asked another host"
    assert not failures


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    yield from opened(browser, server)


def goto(page: Page, server: Server, address: str = "/") -> None:
    """Open an address below the gallery's own, and wait until the page is built."""
    page.goto(server.url + address)
    page.locator(".wall, .title").first.wait_for(state="attached")


def answer(page: Page) -> Locator:
    """The answer that is shown."""
    return page.locator(".answer:not(.waiting):visible")


@dataclass(frozen=True)
class Visit:
    """One demo in one page, in which test follows test."""

    demo: Demo
    page: Page
    server: Server

    def goto(self, rest: str = "") -> None:
        """Open the demo's own address."""
        goto(self.page, self.server, f"/?demo={self.demo.slug}{rest}")

    def choose(self, number: int = 0) -> Locator:
        """The tile of an example, to be clicked."""
        name = self.demo.examples[number].name
        return self.page.locator(f'.examples [data-name="{name}"]:visible')

    def compared(self) -> Locator:
        """The row of the variant that answered, in the table of all."""
        return self.page.locator(".stage .compare tr.chosen:visible")

    def button(self, title: str) -> Locator:
        return self.page.get_by_role("button", name=title).locator("visible=true")

    def panel(self, title: str) -> Locator:
        """The panel with this title, which is opened if it is not."""
        found = self.page.locator(".panels > *", has=self.button(title)).last
        if self.button(title).get_attribute("aria-expanded") != "true":
            self.button(title).click()
        return found


@pytest.fixture(scope="session", params=GALLERY, ids=lambda demo: demo.name)
def visit(request, browser: Browser, server: Server) -> Iterator[Visit]:
    """One visit for all tests of a demo in a browser."""
    for page in opened(browser, server):
        yield Visit(request.param, page, server)
