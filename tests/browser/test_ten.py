"""The overview with ten demos: what a projector shows at once, and what a phone holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from demos import GALLERY
from tests.conftest import Server

expect.set_options(timeout=120_000)  # what is shown is tested, not how fast


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["desktop", "phone"])
def page(request, browser, server: Server) -> Iterator[Page]:
    width, height = request.param
    opened = browser.new_page(viewport={"width": width, "height": height})
    opened.goto(server.url)
    expect(opened.locator(".wall-label")).to_have_count(len(GALLERY))
    yield opened
    opened.close()


def tops(page: Page, selector: str) -> list[int]:
    """Where the visible elements begin, from the top of the page: one number a row."""
    return [round(e.bounding_box()["y"]) for e in page.locator(selector).all() if e.is_visible()]


def test_ten_labels_and_ten_tabs(page: Page):
    """Two rows of five labels and one row of tabs on a desk; on a phone nothing scrolls sideways,
    and every tab is to be seen."""
    expect(page.locator(".wall-label .picture").first).to_be_visible()
    tabs = [page.locator(f'[role=tab][data-tab-id="{demo.slug}"]').last for demo in GALLERY]
    for tab in tabs:
        expect(tab).to_be_visible()
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    right = [tab.bounding_box() for tab in tabs]
    assert max(box["x"] + box["width"] for box in right) <= width
    labels = tops(page, ".wall-label")
    if width >= 1280:
        assert sorted(labels.count(top) for top in set(labels)) == [5, 5]
        assert len({round(box["y"]) for box in right}) == 1
    else:
        assert len(set(labels)) == len(GALLERY)


def test_a_label_leads_to_its_demo(page: Page):
    last = GALLERY[-1]
    page.locator(f'[data-open="{last.slug}"]').click()
    expect(page.locator(f'.title[data-demo="{last.slug}"]')).to_contain_text(last.title)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
