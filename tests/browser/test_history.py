"""The address under overlapping steps back and forward: the right tab, and nothing is added."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from demos import GALLERY
from demos.core.demo import Demo
from tests.browser.conftest import goto as visit
from tests.conftest import Server

# Entries of pages that were not yet opened: restoring one takes the time until its tab is drawn.
ADD = """addresses => {
  for (const address of addresses) history.pushState(null, '', address);
  window.pushed = 0;
  const push = history.pushState.bind(history);
  history.pushState = (...values) => { window.pushed += 1; push(...values); };
}"""
# Each step is taken as soon as the browser has arrived at the one before, which is while the page
# still restores it.
WALK = """async steps => {
  for (const step of steps) {
    const arrived = new Promise(done => addEventListener('popstate', done, {once: true}));
    history.go(step);
    await arrived;
  }
}"""


@pytest.mark.parametrize(
    ("steps", "ends"),
    [((-1, -1, 1), 2), ((-1, -1, -1, 1, 1, -1), 1), ((-3, 3, -3, 3), 3), ((-1, 1), 3), ((-3,), 0)],
    ids=str,
)
def test_overlapping_steps_end_where_the_address_says(
    page: Page,
    server: Server,
    steps: tuple[int, ...],
    ends: int,
):
    visit(page, server)
    demos = [by_name(name) for name in ("sst2", "fashion_mnist", "cell_counting")]
    addresses = [f"/?demo={demo.slug}&step={n}" for n, demo in enumerate(demos, 1)]
    page.evaluate(ADD, addresses)
    length = page.evaluate("history.length")
    page.evaluate(WALK, steps)
    if ends == 0:
        expect(page.locator(".wall")).to_be_visible()
    else:
        demo = demos[ends - 1]
        expect(page.locator(f'.title[data-demo="{demo.slug}"]')).to_be_visible()
        expect(page.locator(".tour [aria-current]:visible")).to_have_text(str(ends))
        expect(page.locator(".answer .beside:visible")).to_be_visible()
    expect(page.locator(".title:visible, .wall:visible")).to_have_count(1)
    assert page.evaluate("[location.pathname + location.search, history.length, pushed]") == [
        ["/", *addresses][ends],
        length,
        0,
    ]


def by_name(name: str) -> Demo:
    return next(demo for demo in GALLERY if demo.name == name)


def test_a_click_while_a_step_back_is_restored_counts(page: Page, server: Server):
    """The visitor's own choice ends the restoring, and is an entry of its own."""
    visit(page, server)
    first, second = by_name("sst2"), by_name("fashion_mnist")
    page.evaluate(ADD, [f"/?demo={first.slug}&step=1", "/?demo=nowhere"])
    page.evaluate(WALK, [-1])
    page.locator(f'[role=tab][data-tab-id="{second.slug}"]').last.evaluate("tab => tab.click()")
    expect(page.locator(f'.title[data-demo="{second.slug}"]')).to_be_visible()
    page.wait_for_url(f"**/?demo={second.slug}")
    assert page.evaluate("pushed") == 1
    page.go_back()
    expect(page.locator(f'.title[data-demo="{first.slug}"]')).to_be_visible()
    expect(page.locator(".tour [aria-current]:visible")).to_have_text("1")
