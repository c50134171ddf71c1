"""The shell in a real browser: address, a full queue, presentation."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from demos import GALLERY
from demos.core.events import BUSY
from tests.browser.checks import axe
from tests.browser.conftest import goto as visit
from tests.conftest import Server
from tests.load import full_queue


@pytest.fixture(params=GALLERY, ids=lambda d: d.name)
def demo(request):
    return request.param


def test_nothing_serious_on_the_overview(page: Page, server: Server):
    visit(page, server)
    expect(page.locator(".wall-label")).to_have_count(len(GALLERY))
    axe(page)
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")


def test_address_follows_and_is_restored(page: Page, server: Server, demo):
    visit(page, server)
    page.get_by_role("tab", name=demo.tab, exact=True).last.click()
    page.wait_for_url(f"**/?demo={demo.slug}")
    example = demo.examples[0]
    page.locator(f'.examples [data-name="{example.name}"]:visible').click()
    page.wait_for_url(f"**/?demo={demo.slug}&example={example.name}")
    page.locator('.tour [data-name="2"]:visible').click()
    page.wait_for_url(f"**/?demo={demo.slug}&step=2")
    page.go_back()
    expect(page.locator(".example[aria-current]:visible")).to_have_attribute(
        "data-name", example.name
    )
    page.go_back()
    page.go_back()
    expect(page.locator(".wall")).to_be_visible()
    page.go_forward()
    expect(page.locator(f'.title[data-demo="{demo.slug}"]')).to_be_visible()


def test_who_finds_no_place_reads_that_the_gallery_is_busy(page: Page, server: Server):
    """In the place of an older answer; the next request is answered as always."""
    demo = next(d for d in GALLERY if d.inputs[0].kind == "picture")
    visit(page, server, f"/?demo={demo.slug}&example={demo.examples[0].name}")
    expect(page.locator(".stage .compare:visible").first).to_be_visible()
    again = page.locator(f'.examples [data-name="{demo.examples[1].name}"]:visible')
    with full_queue(server) as sentence:
        assert sentence == BUSY
        again.click()
        expect(page.locator('.busy[role="alert"]:visible')).to_have_text(BUSY)
        expect(page.locator(".answer:visible")).to_have_count(1)
        expect(page.locator(".stage .compare:visible")).to_have_count(0)
        expect(page.get_by_test_id("toast-body")).to_have_count(0)
    again.click()
    expect(page.locator(".answer .beside:visible")).to_be_visible()
    expect(page.locator(".busy")).to_have_count(0)
    expect(page.locator(".stage .compare tr.chosen:visible")).to_have_count(1)


def test_the_words_of_a_figure_grow_for_a_presentation(page: Page, server: Server):
    """Whether it was drawn before or after the presentation began."""
    demo = next(d for d in GALLERY if d.name == "sst2")
    words = page.locator(".stage .js-plotly-plot:visible .xtick text").first
    for part, size in (("", "14px"), ("&present=1", "20px")):
        visit(page, server, f"/?demo={demo.slug}&step=1{part}")
        expect(words).to_have_css("font-size", size)
        page.keyboard.press("p")
        expect(words).to_have_css("font-size", "14px" if part else "20px")
