"""What is particular to each page, in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from demos import sst2
from tests.browser.conftest import answer, goto
from tests.conftest import Server


def test_cells_map_points_box_and_files(page: Page, server: Server):
    goto(page, server, "/?demo=cell-counting&example=typical")
    plot = page.locator(".stage .js-plotly-plot:visible")
    expect(plot).to_be_visible()
    expect(answer(page)).to_contain_text("true count")
    layer = "document.querySelector('.stage .js-plotly-plot').data"
    assert page.evaluate(f"{layer}[1].visible") is False
    page.locator(".points input:visible").check()
    page.wait_for_function(f"{layer}[1].visible === true")
    page.locator("#box-right input").fill("256")
    page.locator("#box-bottom input").fill("256")
    page.locator("#box-bottom input").press("Tab")
    whole = float(page.locator(".answer .big:visible").inner_text())
    box = page.locator(".note b:visible").first
    expect(page.locator(".note:visible", has_text="cells inside")).to_contain_text("0–256 × 0–256")
    assert abs(float(box.inner_text()) - whole) <= 0.6
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    lines = waiting.value.path().read_text("utf-8-sig").splitlines()
    assert lines[0] == "x,y" and len(lines) > 50
    with page.expect_download() as waiting:
        page.get_by_role("link", name="PNG").click()
    assert waiting.value.path().read_bytes().startswith(b"\x89PNG")


def test_cells_a_network_without_a_map_says_so(page: Page, server: Server):
    goto(page, server, "/?demo=cell-counting&example=typical")
    expect(answer(page)).to_be_visible()
    page.locator(".controls:visible").get_by_label("Baseline", exact=True).check()
    expect(page.locator(".note:visible", has_text="cannot say where")).to_be_visible()


def test_fashion_draws_and_refuses_an_empty_canvas(page: Page, server: Server):
    goto(page, server, "/?demo=fashion-mnist")
    page.locator(".controls:visible").get_by_label("Drawing", exact=True).check()
    canvas = page.locator(".inputs canvas:visible").first
    canvas.wait_for()
    page.get_by_role("button", name="What is it?").click()
    expect(page.locator(".answer.error:visible")).to_contain_text(
        "canvas is empty", use_inner_text=True
    )
    page.get_by_role("button", name="Brush").click()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    undo = page.get_by_role("button", name="Undo").locator("visible=true")
    for _ in range(20):  # a stroke before the brush is ready leaves nothing that could be undone
        page.mouse.move(x - 30, y - 80)
        page.mouse.down()
        for step in range(12):
            page.mouse.move(x + 30 * (-1) ** step, y - 80 + 14 * step, steps=3)
        page.mouse.up()
        if undo.is_enabled():
            break
    page.get_by_role("button", name="What is it?").click()
    expect(page.locator(".answer .beside:visible")).to_be_visible()
    expect(page.locator(".seen img:visible").first).to_be_visible()


def test_sentiment_marks_edits_and_judges_many(page: Page, server: Server, tmp_path):
    goto(page, server, "/?demo=sst2")
    box = page.locator(".inputs textarea:visible").first
    box.fill("A warm <b>film</b>, zxqv!")
    box.press("Enter")
    expect(answer(page)).to_contain_text(f"by {sst2.DEMO.variant(sst2.DEMO.default).title}")
    expect(page.locator(".words:visible")).to_contain_text("<b>film</b>")
    edited = page.locator(".edit:visible", has_text="Negate it")
    expect(edited).to_be_visible()
    expect(page.locator(".stage .js-plotly-plot:visible")).to_be_visible()
    edited.click()
    expect(box).to_have_value("not a warm <b>film</b> , zxqv !")
    expect(page.locator(".words:visible")).to_contain_text("not a warm")
    original = sst2.DEMO.variant("bilstm_seed").title
    page.locator(".controls:visible").get_by_label(original, exact=True).check()
    expect(page.locator(".words .unknown:visible", has_text="zxqv")).to_be_visible()
    page.get_by_role("button", name="Many texts at once").click()
    path = tmp_path / "many.csv"
    path.write_text("id,text\n1,A warm film.\n2,=1+1\n")
    page.locator(".panels input[type=file]").first.set_input_files(path)
    expect(page.locator(".panels .file-preview:visible")).to_contain_text("many")
    page.get_by_role("button", name="Judge them all").click()
    expect(page.get_by_role("link", name="Download as CSV")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download as CSV").click()
    text = waiting.value.path().read_text("utf-8-sig").splitlines()
    assert text[0] == "label,probability_positive,familiar,text" and text[2].endswith(",'=1+1")


def test_questions_are_suggested_distracted_and_put_to_a_document(
    page: Page, server: Server, tmp_path
):
    goto(page, server, "/?demo=question-answering&example=who")
    expect(page.locator(".passage mark:visible").first).to_be_visible()
    page.get_by_role("button", name="How high is it?").click()
    box = page.locator(".inputs textarea:visible").first
    expect(box).to_have_value("How high is it?")
    expect(page.locator(".answer .big:visible")).to_contain_text("31")
    added = page.get_by_label("A distracting sentence", exact=False).locator("visible=true")
    expect(added).to_have_value(re.compile(r"\w"))
    added.fill("The church on the hill is 50 metres high.")
    page.get_by_role("button", name="Add it and ask again").click()
    beside = page.locator(".compare:visible", has_text="Without it")
    expect(beside).to_contain_text("At the beginning")
    page.get_by_role("button", name="Your own document").click()
    path = tmp_path / "notes.txt"
    filler = "The road follows the river for a while and then climbs between fields. " * 80
    path.write_text(f"{filler}The ferry was named after Petra Olsen. {filler}")
    page.locator(".panels input[type=file]:not([disabled])").first.set_input_files(path)
    expect(page.locator(".panels .file-preview:visible")).to_contain_text("notes")
    asked = page.locator(".panels").get_by_label("Question", exact=True).locator("visible=true")
    asked.fill("Who was the ferry named after?")
    page.get_by_role("button", name="Look through it").click()
    found = page.locator(".panels .answer:visible")
    expect(found).to_contain_text("Petra Olsen")
    expect(found).to_contain_text("window")


def test_words_slide_along_a_direction_and_ask_again(page: Page, server: Server):
    goto(page, server, "/?demo=word-embeddings&example=direction")
    # The example brings the model that it is meant for.
    expect(answer(page)).to_contain_text("by Words: window 10")
    expect(answer(page)).to_contain_text("↔")
    along = page.locator(".along:visible")
    expect(along).to_contain_text("50 %")
    slider = page.locator(".stage input[type=range]:visible")
    slider.focus()
    slider.press("End")
    expect(along).to_contain_text("100 %")
    page.locator(".pick:visible").first.click()
    expect(answer(page)).to_contain_text("similarity")
    expect(slider).to_be_hidden()
    page.get_by_role("button", name="Bias, measured").click()
    page.get_by_role("button", name="Measure it").click()
    expect(page.locator(".panels .answer:visible")).to_contain_text("standard deviations")
