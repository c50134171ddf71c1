"""One visit to each demo, as a visitor goes on from one thing to the next in one page."""

from __future__ import annotations

import importlib
import inspect
import json
import re
from typing import Any

import pytest
from playwright.sync_api import Response, expect

from demos import GALLERY
from demos.core.demo import Demo
from tests.browser.checks import ALL_HAVE_NUMBERS, axe, check, focus, numbers_of
from tests.browser.conftest import DESKTOP, Visit, answer, goto

PHONE = {"width": 390, "height": 800}
DRAWN, FAILS = "Training curves and errors", "Where it fails"
PANELS = {
    "How it works": ".prose",
    "Model card": ".card .compare",
    DRAWN: ".js-plotly-plot",
    FAILS: ".prose",
    "Rebuild it": ".code",
}
NO_TEXT = "too long " * 20_000
NO_FILE = {"picture": ("notes.png", "image/png"), "document": ("notes.txt", "text/plain")}


def test_the_overview_leads_to_the_demo(visit: Visit):
    page, demo = visit.page, visit.demo
    goto(page, visit.server)
    expect(page.locator(".wall-label")).to_have_count(len(GALLERY))
    label = page.locator(f'[data-open="{demo.slug}"]')
    expect(label.locator(".ours dd")).not_to_be_empty()
    label.click()
    expect(page.locator(f'.title[data-demo="{demo.slug}"]')).to_be_visible()
    page.wait_for_url(f"**/?demo={demo.slug}")


def test_nothing_serious_before_an_answer(visit: Visit):
    axe(visit.page)


def test_no_input_is_a_sentence_and_announced(visit: Visit):
    visit.page.locator("button.primary:visible").click()
    expect(visit.page.locator(".answer.error:visible")).to_contain_text("There is no")
    alert = visit.page.get_by_role("alert").locator("visible=true")
    expect(alert).to_contain_text("There is no")


ANNOUNCED = """() => {
  const said = document.querySelector('#announcer').textContent;
  const big = [...document.querySelectorAll('.answer .big')].find(part => part.offsetParent);
  return big && said.includes(big.textContent.trim()) && said.includes('by ');
}"""


def test_every_example_runs_in_one_click(visit: Visit):
    """Its answer is announced in one live region that was there before: one that is new itself is
    not read out."""
    page = visit.page
    region = page.locator("[aria-live=polite]#announcer")
    before = region.element_handle()
    for number, example in enumerate(visit.demo.examples):
        visit.choose(number).click()
        page.wait_for_url(f"**/?demo={visit.demo.slug}&example={example.name}")
        current = page.locator(".example[aria-current]:visible")
        expect(current).to_have_attribute("data-name", example.name)
        expect(page.locator(".answer .beside:visible")).to_be_visible()
        expect(page.locator(".answer.error:visible")).to_have_count(0)
        expect(visit.compared()).to_have_count(1)
        if number < 2:
            # Both at once: until the new answer is there, the older one is.
            page.wait_for_function(ANNOUNCED)
    assert before.evaluate("e => e === document.querySelector('#announcer')")
    # Seen by nobody, but not hidden from screen readers.
    assert region.evaluate("e => getComputedStyle(e).display !== 'none' && e.offsetWidth <= 1")


def test_the_numbers_follow_the_answer(visit: Visit):
    """An open table is that of the figure now drawn."""
    page = visit.page
    visit.goto(f"&example={visit.demo.examples[0].name}")
    expect(visit.compared()).to_have_count(1)
    module = importlib.import_module(f"{visit.demo.package}.page")
    if "gr.Plot(" not in inspect.getsource(module):
        pytest.skip("no figure beside this demo's answer")
    plot = page.locator(".stage .js-plotly-plot:visible").first
    expect(plot).to_be_visible()
    before = numbers_of(plot)
    shown = page.locator(".stage .numbers[open]:visible tbody")
    text = shown.text_content()
    visit.choose(another(visit.demo)).click()
    expect(shown).not_to_have_text(text)
    check(plot)
    assert numbers_of(plot) != before


def another(demo: Demo) -> int:
    """The place of a further example that is meant for the first one's variant."""
    meant = [example.variant for example in demo.examples]
    return meant.index(meant[0], 1)


def test_every_variant_answers(visit: Visit):
    page = visit.page
    visit.goto(f"&example={visit.demo.examples[0].name}")
    expect(visit.compared()).to_have_count(1)
    for variant in visit.demo.variants:
        page.locator(".controls:visible").get_by_label(variant.title, exact=True).check()
        expect(answer(page)).to_contain_text(f"by {variant.title}")
        expect(page.locator(".summary:visible")).to_have_text(variant.summary)


def test_an_opened_step_is_filled_and_run(visit: Visit):
    page, step = visit.page, visit.demo.tour[1]
    visit.goto("&step=2")
    expect(page.locator(".tour [aria-current]:visible")).to_have_text("2")
    expect(page.locator("[data-caption='2']:visible")).to_have_text(step.text)
    expect(answer(page)).to_contain_text(f"by {visit.demo.variant(step.variant).title}")
    expect(answer(page)).to_contain_text(re.compile(r"\d m?s, (warm|cold)"))
    expect(visit.compared()).to_have_count(1)


def test_what_has_the_focus_is_seen(visit: Visit):
    for selector in (".tour button", ".example", ".panels button"):
        focus(visit.page, selector)
        style = "getComputedStyle(document.activeElement).outlineStyle"
        assert visit.page.evaluate(style) == "solid", selector


def test_panels_open_and_every_figure_has_its_numbers(visit: Visit):
    page = visit.page
    drawn = 0
    for title, inside in PANELS.items():
        if title in (DRAWN, FAILS):
            with page.expect_response(is_drawing) as waiting:
                panel = visit.panel(title)
            drawn += figures(waiting.value)
        else:
            panel = visit.panel(title)
        expect(panel.locator(inside).first).to_be_visible()
    expect(page.locator(".panels .js-plotly-plot:visible")).to_have_count(drawn)
    for plot in page.locator(".js-plotly-plot:visible").all():
        page.wait_for_function(ALL_HAVE_NUMBERS)  # figures beside the answer may still arrive
        assert plot.get_attribute("aria-label")
        check(plot)


def is_drawing(response: Response) -> bool:
    """Whether this is what the server drew for a panel."""
    return "/gradio_api/run/" in response.url


def figures(response: Response) -> int:
    """How many figures there are in an answer of the server."""

    def is_figure(value: Any) -> bool:
        return isinstance(value, dict) and "plot" in value

    return sum(is_figure(value) for value in json.loads(response.text())["data"])


def test_nothing_serious_with_an_answer_and_open_panels(visit: Visit):
    axe(visit.page)


def test_nothing_scrolls_sideways_on_a_phone(visit: Visit):
    page = visit.page
    page.set_viewport_size(PHONE)
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
    for demo in GALLERY:
        expect(page.get_by_role("tab", name=demo.tab, exact=True).last).to_be_visible()
    page.set_viewport_size(DESKTOP)


def test_a_presentation_walks_all_steps_and_on_to_the_next_demo(visit: Visit):
    page, demo = visit.page, visit.demo
    visit.goto("&step=1&present=1")
    expect(page.locator(".masthead")).to_be_hidden()
    expect(answer(page)).to_be_in_viewport()
    for n in range(2, len(demo.tour) + 1):
        page.keyboard.press("ArrowRight")
        asked = demo.tour[n - 1].guess
        if asked:
            expect(page.locator(".guess:visible > p")).to_have_text(asked.question)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.keyboard.press("ArrowRight")
        page.wait_for_url(f"**step={n}*")
    following = GALLERY[GALLERY.index(demo) + 1 :]
    if following:
        page.keyboard.press("ArrowRight")
        asked = following[0].tour[0].guess
        if asked:
            expect(page.locator(".guess:visible > p")).to_have_text(asked.question)
            page.keyboard.press("ArrowRight")
        page.wait_for_url(f"**demo={following[0].slug}*step=1*")
        page.keyboard.press("ArrowLeft")
        page.wait_for_url(f"**demo={demo.slug}*step={len(demo.tour)}*")
    expect(answer(page)).to_contain_text("by ")
    page.keyboard.press("p")
    expect(page.locator(".masthead")).to_be_visible()
    assert "present" not in page.url


@pytest.mark.parametrize("kind", ["picture", "document", "text"])
def test_bad_input_is_a_sentence_and_the_next_is_answered(visit: Visit, kind: str):
    page = visit.page
    if kind not in [i.kind for i in visit.demo.inputs]:
        pytest.skip(f"this demo takes no {kind}")
    visit.goto()
    if kind == "text":
        page.locator(".inputs textarea:visible").first.fill(NO_TEXT)
        page.locator("button.primary:visible").click()
    else:
        name, mime = NO_FILE[kind]
        bad = {"name": name, "mimeType": mime, "buffer": b"\x00\xff no such file"}
        page.locator(".inputs input[type=file]").first.set_input_files(bad)
    sentence = "at most" if kind == "text" else "could not be read"
    expect(page.locator(".answer.error:visible")).to_contain_text(sentence)
    visit.choose(0).click()
    expect(page.locator(".answer .beside:visible")).to_be_visible()
    expect(page.locator(".answer.error:visible")).to_have_count(0)


def test_the_keyboard_alone_leads_from_the_overview_to_a_result(visit: Visit):
    """By tab, example and another variant; then what the result says can be read."""
    page, demo = visit.page, visit.demo
    goto(page, visit.server)
    focus(page, f'[role=tab][data-tab-id="{demo.slug}"]')
    page.keyboard.press("Enter")
    expect(page.locator(f'.title[data-demo="{demo.slug}"]')).to_be_visible()
    example = demo.examples[1]
    focus(page, f'.example[data-name="{example.name}"]')
    page.keyboard.press("Enter")
    expect(answer(page)).to_contain_text(f"by {demo.variants[0].title}")
    current = page.locator(".example[aria-current]:visible")
    expect(current).to_have_attribute("data-name", example.name)
    if len(demo.variants) > 1:
        focus(page, f'.controls input[value="{demo.default}"]', "Shift+Tab")
        page.keyboard.press("ArrowRight")
        other = demo.variants[1]
        expect(answer(page)).to_contain_text(f"by {other.title}")
        expect(visit.compared()).to_contain_text(other.title)
    visit.button("How it works").evaluate("e => e.setAttribute('data-goal', '')")
    focus(page, "[data-goal]")  # and on, past the result
    page.keyboard.press("Enter")
    expect(page.locator(".panels .prose:visible").first).to_be_visible()
