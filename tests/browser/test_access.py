"""Who uses no mouse, or does not see the page: keyboard, announcements, numbers of figures, axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from demos import GALLERY
from demos.core.demo import Demo
from tests.browser.test_shell import answer, demo, page, visit  # noqa: F401 - fixtures
from tests.conftest import Server

# What axe finds on Gradio's own parts, out of our reach: {rule: (part of the element, reason)}.
KNOWN = {
    "aria-prohibited-attr": (
        'aria-label="Empty value"',
        "the place of a figure that is still to come has a label and no role",
    ),
}
DRAWN = "Training curves and errors"
# What a figure draws, as Plotly itself lays it out point by point, hidden lines left out.
DRAWN_NUMBERS = """plot => plot.calcdata.filter(c => c[0].trace.visible === true).flatMap(c =>
  c[0].trace.type === 'heatmap'
    ? [...(c[0].trace.text ?? c[0].z)].flatMap(row => [...row])
    : c.map(point => point.y))"""
# In one step: a figure that is being drawn anew brings its table with it.
OPENED = "plot => plot.numbers?.open"
SHOWN_NUMBERS = """plot => [...plot.numbers.querySelectorAll('tbody tr')].map(row =>
  [...row.cells].map(cell => cell.textContent))"""


def focus(page: Page, selector: str, key: str = "Tab", most: int = 150) -> None:  # noqa: F811
    """Press the key until what has the focus lies within `selector`."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate("s => document.activeElement.closest(s) !== null", selector):
            return
    raise AssertionError(f"{most} times {key} do not lead to {selector}")


def test_the_keyboard_alone_leads_from_the_overview_to_a_result(page: Page, server: Server):  # noqa: F811
    """By tab, example and another variant; then what the result says can be read."""
    demo = GALLERY[0]  # noqa: F811
    visit(page, server)
    focus(page, f'[role=tab][data-tab-id="{demo.slug}"]')
    page.keyboard.press("Enter")
    expect(page.locator(f'.title[data-demo="{demo.slug}"]')).to_be_visible()
    example = demo.examples[1]
    focus(page, f'.example[data-name="{example.name}"]')
    page.keyboard.press("Enter")
    chosen = demo.variant(example.variant or demo.default)
    expect(answer(page)).to_contain_text(f"by {chosen.title}")
    expect(page.locator(".example[aria-current]:visible")).to_have_attribute(
        "data-name", example.name
    )
    focus(page, f'.controls input[value="{chosen.name}"]', "Shift+Tab")
    page.keyboard.press("ArrowRight")
    other = demo.variants[demo.variants.index(chosen) + 1]
    expect(answer(page)).to_contain_text(f"by {other.title}")
    expect(page.locator(".stage .compare tr.chosen:visible")).to_contain_text(other.title)
    focus(page, ".panels button")  # and on, past the result
    page.keyboard.press("Enter")
    expect(page.locator(".panels .prose:visible").first).to_be_visible()


def test_what_has_the_focus_is_seen(page: Page, server: Server, demo: Demo):  # noqa: F811
    visit(page, server, f"/?demo={demo.slug}&example={demo.examples[0].name}")
    expect(answer(page)).to_be_visible()
    for selector in (".tour button", ".example", ".panels button"):
        focus(page, selector)
        style = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(style) == "solid", selector


def test_a_result_is_announced(page: Page, server: Server, demo: Demo):  # noqa: F811
    """In one live region that was there before: one that is new itself is not read out."""
    visit(page, server, f"/?demo={demo.slug}")
    region = page.locator("[aria-live=polite]#announcer")
    expect(region).to_have_text("")
    before = region.element_handle()
    said = []
    for example in demo.examples[:2]:
        page.locator(f'.examples [data-name="{example.name}"]:visible').click()
        expect(region).not_to_have_text(said[-1] if said else "")
        big = page.locator(".answer .big:visible")
        expect(region).to_contain_text(big.inner_text())
        expect(region).to_contain_text("by ")
        said.append(region.text_content())
    assert before.evaluate("e => e === document.querySelector('#announcer')")
    page.locator("button.primary:visible").evaluate("e => e.scrollIntoView()")
    # Seen by nobody, but not hidden from screen readers.
    assert region.evaluate("e => getComputedStyle(e).display !== 'none' && e.offsetWidth <= 1")


def test_an_error_is_announced(page: Page, server: Server, demo: Demo):  # noqa: F811
    visit(page, server, f"/?demo={demo.slug}")
    page.locator("button.primary:visible").click()
    expect(page.get_by_role("alert").locator("visible=true")).to_contain_text("There is no")


def numbers_of(plot: Locator) -> list[list[str]]:
    """The rows of the table below a figure, which is opened for it."""
    details = plot.locator("xpath=following-sibling::details")
    if not plot.evaluate(OPENED):
        details.locator("summary").click()
    expect(details.locator("tbody tr").first).to_be_visible()
    return plot.evaluate(SHOWN_NUMBERS)


def check(plot: Locator) -> None:
    """All that is drawn stands in the table, or its sums do where a map is too fine for one."""
    rows, drawn = numbers_of(plot), plot.evaluate(DRAWN_NUMBERS)
    drawn = [float(value) for value in drawn if value is not None]
    shown = [float(cell) for row in rows for cell in row[1:] if is_number(cell)]
    assert drawn
    if len(drawn) > 1600:
        assert sum(shown) == pytest.approx(sum(drawn), rel=1e-3)
        return
    left = sorted(shown)
    for value in sorted(drawn):
        near = min(left, key=lambda number: abs(number - value))
        assert near == pytest.approx(value, rel=1e-4, abs=1e-6)
        left.remove(near)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_every_figure_has_its_numbers_in_a_table(page: Page, server: Server, demo: Demo):  # noqa: F811
    visit(page, server, f"/?demo={demo.slug}&step=1")
    expect(page.locator(".stage .compare tr.chosen:visible")).to_have_count(1)
    for title in (DRAWN, "Where it fails"):
        button = page.get_by_role("button", name=title).locator("visible=true")
        button.click()
    plots = page.locator(".js-plotly-plot:visible")
    expect(page.locator(".panels .js-plotly-plot:visible").first).to_be_visible()
    page.wait_for_timeout(3000)  # for whatever else is drawn on this page
    expect(page.locator("details.numbers:visible")).to_have_count(plots.count())
    for plot in plots.all():
        assert plot.get_attribute("aria-label")
        check(plot)


@pytest.mark.parametrize(
    "demo", [d for d in GALLERY if d.name != "fashion_mnist"], ids=lambda d: d.name
)
def test_the_numbers_follow_the_answer(page: Page, server: Server, demo: Demo):  # noqa: F811
    """An open table is that of the figure now drawn."""
    plot = page.locator(".stage .js-plotly-plot:visible")
    visit(page, server, f"/?demo={demo.slug}&example={demo.examples[0].name}")
    before = numbers_of(plot)
    shown = page.locator(".stage .numbers[open]:visible tbody")
    text = shown.text_content()
    page.locator(f'.examples [data-name="{demo.examples[1].name}"]:visible').click()
    expect(shown).not_to_have_text(text)
    check(plot)
    assert numbers_of(plot) != before


@pytest.mark.parametrize(
    "address",
    ["/", *(f"/?demo={d.slug}{part}" for d in GALLERY for part in ("", "&step=1"))],
)
def test_axe_finds_nothing_serious(page: Page, server: Server, address: str):  # noqa: F811
    """On the overview, on each demo before an answer, and with one and its panels open; in light
    and in dark."""
    from axe_playwright_python.sync_playwright import Axe

    visit(page, server, address)
    if "step" in address:
        expect(page.locator(".stage .compare:visible").first).to_be_visible()
        for title in ("Model card", DRAWN, "Where it fails", "Call it"):
            page.get_by_role("button", name=title).locator("visible=true").click()
        expect(page.locator(".panels .js-plotly-plot:visible").first).to_be_visible()
        for summary in page.locator(".numbers summary:visible").all():
            summary.click()
    for scheme in ("light", "dark"):
        if scheme == "dark":
            # Colours that fade into one another would be judged halfway.
            page.add_style_tag(content="*, *::before, *::after { transition: none !important }")
            page.get_by_role("button", name="Light / dark").click()
            expect(page.locator("body.dark")).to_have_count(1)
        found = [
            (v["id"], n["html"][:160], n["failureSummary"])
            for v in Axe().run(page).response["violations"]
            if v["impact"] in ("serious", "critical")
            for n in v["nodes"]
            if KNOWN.get(v["id"], ("\0",))[0] not in n["html"]
        ]
        assert not found, scheme
