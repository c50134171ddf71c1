"""Super-resolution in a real browser: the slider, the lens, files."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Page, expect

from demos.super_resolution import DEMO
from tests.browser.conftest import goto
from tests.conftest import Server

DRAWN = """name => {
  const crop = [...document.querySelectorAll(`canvas[data-crop="${name}"]`)].at(-1);
  const all = crop.getContext('2d').getImageData(0, 0, 128, 128).data;
  return all.reduce((sum, value, i) => (sum * 31 + value) % 1000003, 0);
}"""


def test_two_pictures_a_slider_and_a_lens(page: Page, server: Server):
    goto(page, server, f"/?demo={DEMO.slug}&example=fence")
    view = page.locator(".sr-view:visible")
    expect(view.locator("canvas")).to_have_count(len(DEMO.variants) + 2)
    expect(page.locator(".stage .compare tr.chosen:visible")).to_have_count(1)
    page.wait_for_function("document.querySelector('.sr-lens').style.width !== ''")
    # Any two of them.
    expect(view.locator("img.left")).to_have_attribute("data-picture", "bicubic")
    view.get_by_label("Left").select_option("true")
    view.get_by_label("Right").select_option("srcnn_mse")
    expect(view.locator("img.left")).to_have_attribute("data-picture", "true")
    expect(view.locator("img.right")).to_have_attribute("data-picture", "srcnn_mse")
    view.locator("[data-cut]").fill("20")
    clip = "getComputedStyle(document.querySelector('.sr-stage img.right')).clipPath"
    assert "20%" in page.evaluate(clip)
    # The lens shows the same place of all, where the pointer is and where the keys move it.
    stage = view.locator(".sr-stage")
    stage.hover(position={"x": 40, "y": 60})
    left = "document.querySelector('.sr-lens').style.left"
    first, before = page.evaluate(left), page.evaluate(DRAWN, "best")
    assert page.evaluate(DRAWN, "bicubic") != before
    stage.hover(position={"x": 200, "y": 240})
    page.wait_for_function(f"{left} !== '{first}'")
    assert page.evaluate(DRAWN, "best") != before
    second = page.evaluate(left)
    stage.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"{left} !== '{second}'")
    assert "step" not in page.url  # the arrows moved nothing else


def test_another_model_keeps_place_and_cut(page: Page, server: Server):
    goto(page, server, f"/?demo={DEMO.slug}&example=roof")
    expect(page.locator(".stage .compare tr.chosen:visible")).to_have_count(1)
    page.locator(".sr-view:visible [data-cut]").fill("30")
    other = DEMO.variants[1]
    page.locator(".controls:visible").get_by_label(other.title, exact=True).check()
    expect(page.locator(".stage .compare tr.chosen:visible")).to_contain_text(other.title)
    expect(page.locator(".sr-view:visible [data-cut]")).to_have_value("30")


def test_the_result_is_saved_without_loss(page: Page, server: Server):
    goto(page, server, f"/?demo={DEMO.slug}&example=jpeg")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download this one as PNG").click()
    assert waiting.value.suggested_filename == "enlarged-best-x2.png"
    assert Image.open(waiting.value.path()).size == (512, 512)


def test_own_pictures_are_enlarged(page: Page, server: Server):
    goto(page, server, f"/?demo={DEMO.slug}")
    page.get_by_role("button", name="Enlarge mine").click()
    held = io.BytesIO()
    Image.linear_gradient("L").resize((50, 30)).save(held, "PNG")
    file = {"name": "Ö gradient.png", "mimeType": "image/png", "buffer": held.getvalue()}
    page.locator(".panels input[type=file]:not([disabled])").first.set_input_files(file)
    expect(page.locator(".panels .compare:visible")).to_contain_text("100 × 60")
    page.get_by_role("button", name="Enlarge them").click()
    expect(page.locator(".panels:visible")).to_contain_text("1 of 1 enlarged by Best")
    with page.expect_download() as waiting:
        page.locator(".panels a[download$='best-x2.png']:visible").first.click()
    assert Image.open(waiting.value.path()).size == (100, 60)
