"""CIFAR-10 in a real browser: the sliders, a class to explain, a filter switched off, the zip."""

from __future__ import annotations

import io
import zipfile

import pytest
from playwright.sync_api import Page, expect

from demos.cifar10 import DEMO
from tests.browser.conftest import answer, goto
from tests.conftest import Server


@pytest.fixture
def ship(page: Page, server: Server) -> Page:
    """The page with the answer to the ship, its last part included."""
    goto(page, server, f"/?demo={DEMO.slug}&example=ship")
    expect(answer(page)).to_contain_text("Ship")
    expect(page.locator(".parts img:visible")).to_have_count(8)
    return page


def slide(page: Page, label: str, value: str) -> None:
    """Move a slider by its number, as a keyboard user does."""
    number = page.get_by_label(f"number input for {label}").locator("visible=true")
    number.fill(value)
    page.locator("button.primary:visible").click()


def test_a_slider_changes_what_is_seen(ship: Page):
    caption = ship.locator(".crop-pair figcaption:visible").first
    expect(caption).not_to_contain_text("shuffled")
    slide(ship, "Pixels shuffled, in per cent", "100")
    expect(caption).to_contain_text("100 % of its pixels shuffled")
    twins = ship.locator(".stage .compare:visible", has_text="Trained on shuffled pixels")
    expect(twins.locator("tbody tr")).to_have_count(2)
    slide(ship, "Pixels shuffled, in per cent", "0")
    slide(ship, "Shift to the right, in pixels", "4")
    expect(caption).to_contain_text("shifted by 4 pixels")
    expect(twins).to_have_count(0)


def test_a_class_is_explained_and_a_filter_switched_off(ship: Page):
    ship.locator('.stage input[type=radio][value="truck"]:visible').check()
    expect(ship.locator("figcaption:visible", has_text="speaks for truck")).to_have_count(1)
    ship.locator('.stage input[type=radio][value^="Block 1"]:visible').check()
    expect(ship.locator(".note:visible", has_text="Of 32 filters")).to_have_count(1)
    switch = ship.locator('input[type=radio][value^="filter"]:visible').first
    name = switch.get_attribute("value")
    switch.check()
    changed = ship.locator(".stage .compare:visible", has_text=f"Without {name}: ship changes by")
    expect(changed).to_have_count(1)


def test_the_network_can_be_taken_away(ship: Page):
    ship.get_by_role("button", name="Take it away").locator("visible=true").click()
    expect(ship.locator(".panels .code:visible").first).to_contain_text("AirNetwork")
    ship.get_by_role("button", name="Make the zip").click()
    link = ship.locator(".panels a[download]:visible").first
    with ship.expect_download() as waiting:
        link.click()
    with open(waiting.value.path(), "rb") as file:
        names = zipfile.ZipFile(io.BytesIO(file.read())).namelist()
    assert {"model.py", "classify.py", "model.safetensors", "card.json"} <= {*names}
