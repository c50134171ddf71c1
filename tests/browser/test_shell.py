"""The shell in a real browser: address, tabs, examples, errors, presentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from demos import GALLERY
from demos.core.events import BUSY
from tests.conftest import Server
from tests.load import full_queue

# What is shown is what is tested, not how fast a busy machine shows it.
expect.set_options(timeout=30_000)
PICTURES = [demo for demo in GALLERY if demo.takes == "picture"]


@pytest.fixture
def page(browser, server: Server) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    opened.foreign, opened.failures = [], []
    local = (server.url, "data:", "blob:")
    opened.on("request", lambda r: r.url.startswith(local) or opened.foreign.append(r.url))
    opened.on("pageerror", lambda error: opened.failures.append(str(error)))
    yield opened
    assert not opened.foreign, "the page asked another host"
    assert not opened.failures
    context.close()


def visit(page: Page, server: Server, address: str = "/") -> None:
    page.goto(server.url + address)
    page.locator(".wall, .title").first.wait_for(state="attached")


def answer(page: Page):
    return page.locator(".answer:not(.waiting):visible")


@pytest.fixture(params=GALLERY, ids=lambda d: d.name)
def demo(request):
    return request.param


def test_overview_leads_to_the_demos(page: Page, server: Server):
    visit(page, server)
    labels = page.locator(".wall-label")
    expect(labels).to_have_count(len(GALLERY))
    for demo in GALLERY:
        label = page.locator(f'[data-open="{demo.slug}"]')
        expect(label.locator(".ours dd")).not_to_be_empty()
    page.locator(f'[data-open="{GALLERY[0].slug}"]').click()
    expect(page.locator(f'.title[data-demo="{GALLERY[0].slug}"]')).to_be_visible()
    assert f"demo={GALLERY[0].slug}" in page.url


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


def test_an_opened_step_is_filled_and_run(page: Page, server: Server, demo):
    visit(page, server, f"/?demo={demo.slug}&step=2")
    expect(page.locator(".tour [aria-current]:visible")).to_have_text("2")
    expect(page.locator("[data-caption='2']:visible")).to_have_text(demo.tour[1].text)
    expect(answer(page)).to_contain_text(f"by {demo.variant(demo.tour[1].variant).title}")
    expect(answer(page)).to_contain_text("ms")


def test_every_example_runs_in_one_click(page: Page, server: Server, demo):
    visit(page, server, f"/?demo={demo.slug}")
    for example in demo.examples:
        page.locator(f'.examples [data-name="{example.name}"]:visible').click()
        expect(page.locator(".answer .beside:visible")).to_be_visible()
        expect(page.locator(".answer.error:visible")).to_have_count(0)
        expect(page.locator(".stage .compare tr.chosen:visible")).to_have_count(1)


def test_all_variants_answer(page: Page, server: Server, demo):
    visit(page, server, f"/?demo={demo.slug}&example={demo.examples[0].name}")
    expect(answer(page)).to_contain_text("by ")
    for variant in demo.variants:
        page.locator(".controls:visible").get_by_label(variant.title, exact=True).check()
        expect(answer(page)).to_contain_text(f"by {variant.title}")
        expect(page.locator(".summary:visible")).to_have_text(variant.summary)


@pytest.mark.parametrize("demo", PICTURES, ids=lambda d: d.slug)
def test_a_bad_upload_is_answered_by_a_sentence(page: Page, server: Server, demo, tmp_path: Path):
    bad = tmp_path / "text.png"
    bad.write_text("no picture")
    visit(page, server, f"/?demo={demo.slug}")
    page.locator(".inputs input[type=file]").first.set_input_files(bad)
    expect(page.locator(".answer.error:visible")).to_contain_text("could not be read")
    page.locator(f'.examples [data-name="{demo.examples[0].name}"]:visible').click()
    expect(page.locator(".answer .beside:visible")).to_be_visible()


def test_no_input_is_answered_by_a_sentence(page: Page, server: Server, demo):
    visit(page, server, f"/?demo={demo.slug}")
    page.locator("button.primary:visible").click()
    expect(page.locator(".answer.error:visible")).to_contain_text(f"There is no {demo.takes} yet")


def test_who_finds_no_place_reads_that_the_gallery_is_busy(page: Page, server: Server):
    """In the place of an older answer; the next request is answered as always."""
    demo = PICTURES[0]
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


def test_panels_open(page: Page, server: Server, demo):
    visit(page, server, f"/?demo={demo.slug}")
    for title, inside in (
        ("How it works", ".prose"),
        ("Model card", ".card .compare"),
        ("Training curves and errors", ".js-plotly-plot"),
        ("Where it fails", ".prose"),
        ("Rebuild it", ".code"),
        ("Call it", ".code"),
    ):
        panel = page.locator(".panels > *", has=page.get_by_role("button", name=title)).last
        panel.get_by_role("button", name=title).click()
        expect(panel.locator(inside).first).to_be_visible()
        if title == "Call it":
            expect(panel).to_contain_text(server.url)
            expect(panel).not_to_contain_text("{{")


def test_presentation_walks_all_steps(page: Page, server: Server):
    first, second = GALLERY[0], GALLERY[1]
    visit(page, server, f"/?demo={first.slug}&step=1&present=1")
    expect(page.locator(".masthead")).to_be_hidden()
    expect(answer(page)).to_be_in_viewport()
    for n in range(2, len(first.tour) + 1):
        page.keyboard.press("ArrowRight")
        page.wait_for_url(f"**step={n}*")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**demo={second.slug}*step=1*")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"**demo={first.slug}*step={len(first.tour)}*")
    page.keyboard.press("p")
    expect(page.locator(".masthead")).to_be_visible()
    assert "present" not in page.url


def test_the_words_of_a_figure_grow_for_a_presentation(page: Page, server: Server):
    """Whether it was drawn before or after the presentation began."""
    demo = next(d for d in GALLERY if d.name == "sst2")
    words = page.locator(".stage .js-plotly-plot:visible .xtick text").first
    for part, size in (("", "14px"), ("&present=1", "20px")):
        visit(page, server, f"/?demo={demo.slug}&step=1{part}")
        expect(words).to_have_css("font-size", size)
        page.keyboard.press("p")
        expect(words).to_have_css("font-size", "14px" if part else "20px")


@pytest.mark.parametrize("address", ["/", *(f"/?demo={d.slug}&step=1" for d in GALLERY)])
def test_nothing_scrolls_sideways_on_a_phone(page: Page, server: Server, address: str):
    page.set_viewport_size({"width": 390, "height": 800})
    visit(page, server, address)
    if "step" in address:
        expect(page.locator(".stage .compare:visible").first).to_be_visible()
    page.wait_for_timeout(500)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    expect(page.get_by_role("tab", name=GALLERY[-1].tab, exact=True).last).to_be_visible()
