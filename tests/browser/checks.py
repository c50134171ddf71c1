"""What is looked at on many pages: axe's rules, focus, and the numbers of figures."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

# What axe finds on Gradio's own parts, out of our reach: {rule: (part of the element, reason)}.
KNOWN = {
    "aria-prohibited-attr": (
        'aria-label="Empty value"',
        "the place of a figure that is still to come has a label and no role",
    ),
}
# What a figure draws, as Plotly itself lays it out point by point, hidden lines left out.
DRAWN_NUMBERS = """plot => plot.calcdata.filter(c => c[0].trace.visible === true).flatMap(c =>
  c[0].trace.type === 'heatmap'
    ? [...(c[0].trace.text ?? c[0].z)].flatMap(row => [...row])
    : c.map(point => point.y))"""
# In one step: a figure that is being drawn anew brings its table with it.
OPENED = "plot => plot.numbers?.open"
SHOWN_NUMBERS = """plot => [...plot.numbers.querySelectorAll('tbody tr')].map(row =>
  [...row.cells].map(cell => cell.textContent))"""
ALL_HAVE_NUMBERS = """() => [...document.querySelectorAll('.js-plotly-plot')]
  .filter(plot => plot.offsetParent).every(plot => plot.numbers?.offsetParent)"""


def axe(page: Page) -> None:
    """Nothing serious, in light and in dark."""
    from axe_playwright_python.sync_playwright import Axe

    # Colours that fade into one another would be judged halfway.
    page.add_style_tag(content="*, *::before, *::after { transition: none !important }")
    for dark in (False, True):
        found = [
            (v["id"], n["html"][:160], n["failureSummary"])
            for v in Axe().run(page).response["violations"]
            if v["impact"] in ("serious", "critical")
            for n in v["nodes"]
            if KNOWN.get(v["id"], ("\0",))[0] not in n["html"]
        ]
        assert not found, ("dark" if dark else "light", found)
        page.get_by_role("button", name="Light / dark").click()
        expect(page.locator("body.dark")).to_have_count(int(not dark))


def focus(page: Page, selector: str, key: str = "Tab", most: int = 150) -> None:
    """Press the key until what has the focus lies within `selector`."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate("s => document.activeElement.closest(s) !== null", selector):
            return
    raise AssertionError(f"{most} times {key} do not lead to {selector}")


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
