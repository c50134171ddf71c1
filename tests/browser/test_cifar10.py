"""CIFAR-10 in a real browser: sliders and their ends, reasons, the zip, cells of confusions."""

from __future__ import annotations

import io
import zipfile

import pytest
from playwright.sync_api import Page, expect

from demos.cifar10 import DEMO
from demos.core.checkpoint import open_checkpoint
from tests import load, shipped
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


def test_a_number_out_of_range_is_put_back_with_a_sentence(ship: Page):
    for value, end in (("99", "8"), ("-3", "0")):
        slide(ship, "Shift to the right, in pixels", value)
        note = ship.get_by_role("alert").locator("visible=true")
        expect(note).to_have_text(f"{value} is out of range: it was put back to {end}.")
        number = ship.get_by_label("number input for Shift to the right").locator("visible=true")
        expect(number).to_have_value(end)
        expect(ship.locator(".answer.error:visible")).to_have_count(0)
    slide(ship, "Shift to the right, in pixels", "2")
    expect(ship.locator(".out-of-range:visible")).to_have_count(0)


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [(1, 1.5, "is 1.5: give a number from 0 to 1"), (1, -0.1, "from 0 to 1"),
     (2, 101, "is 101: give a number from 0 to 100"), (2, "all", "is not a number"),
     (3, 9, "is 9: give a number from 0 to 8"), (3, -1, "from 0 to 8")],
)  # fmt: skip
def test_callers_are_told_of_the_limits_of_the_sliders(server: Server, place, value, sentence):
    sent = shipped.sent(server.url, DEMO)
    sent[place] = value
    answered = load.ask(server, DEMO, *sent)
    assert "event: error" in answered and sentence in answered


def test_a_click_on_a_confusion_shows_what_is_in_it(ship: Page):
    ship.get_by_role("button", name="Confusions of two networks").locator("visible=true").click()
    shown = ship.locator(".panels [data-photos]:visible")
    expect(ship.locator(".panels [data-cell]:visible")).to_have_count(10)
    expect(shown).to_have_count(0)
    plot = ship.locator(".panels .js-plotly-plot:visible")
    ship.locator('input[type=radio][value="fcn_seed"]:visible').last.check()
    expect(ship.locator(".panels .cells:visible")).to_contain_text("Original, first does")
    x, y = plot.evaluate(
        "({_fullLayout: {xaxis, yaxis}}) => [xaxis.d2p('truck'), yaxis.d2p('cat')]"
    )
    area = plot.locator(".nsewdrag")
    area.hover(position={"x": x, "y": y})  # as Plotly wants it before a click
    expect(plot.locator(".hovertext")).to_contain_text("true cat, predicted truck")
    area.click(position={"x": x, "y": y})
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("cat taken for truck")
    # By keyboard, and with a drawing of ours in it.
    drawings = open_checkpoint(DEMO.name, "fcn_seed").evaluation["drawings"]
    wrong = next(d for d in drawings if d["true"] != d["predicted"])
    shown_of = f'[data-photos="{wrong["true"]}|{wrong["predicted"]}"]'
    button = ship.locator(".panels [data-cell]:visible").first
    button.focus()
    ship.keyboard.press("Enter")
    expect(shown).to_have_attribute("data-photos", button.get_attribute("data-cell"))
    expect(ship.locator(f"{shown_of} img").first).to_have_attribute(
        "src", f"examples/{DEMO.name}/{wrong['name']}.png"
    )
