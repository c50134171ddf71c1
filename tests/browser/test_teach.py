"""“Teach it yourself” in a real browser: pictures by file and webcam, learning, mending, saving and
opening again."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from demos.transfer_learning import DEMO
from tests.browser.conftest import goto
from tests.conftest import Server

# A webcam that sees red on its left and blue on its right.
CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement('canvas');
  canvas.width = 320; canvas.height = 240;
  const pen = canvas.getContext('2d');
  setInterval(() => {
    pen.fillStyle = '#d02020'; pen.fillRect(0, 0, 160, 240);
    pen.fillStyle = '#2020d0'; pen.fillRect(160, 0, 160, 240);
  }, 40);
  return canvas.captureStream(20);
};
"""


def example(name: str) -> str:
    return str(DEMO.example(name).inputs[0])


def zone(page: Page, name: str):
    return page.locator(f'.teach [data-zone="{name}"]:visible')


def feed(page: Page, name: str, *files: str | Path) -> None:
    zone(page, name).locator("[data-choose]").set_input_files([str(f) for f in files])


@pytest.fixture
def lesson(page: Page, server: Server) -> Page:
    """The page with two classes that have a picture each."""
    page.add_init_script(CAMERA)
    goto(page, server, f"/?demo={DEMO.slug}")
    for name in ("bird", "pot"):
        page.locator("[data-new]:visible").fill(name)
        page.locator("[data-new]:visible").press("Enter")
        expect(zone(page, name)).to_be_visible()
    feed(page, "bird", example("flamingo"))
    expect(zone(page, "bird").locator(".shot")).to_have_count(1)
    feed(page, "pot", example("teapot"))
    expect(zone(page, "pot").locator(".shot")).to_have_count(1)
    return page


def test_a_visitor_teaches_it(lesson: Page, tmp_path: Path):
    page = lesson
    expect(page.locator(".teach-line:visible")).to_contain_text("2 pictures in 2 classes")
    feed(page, "", example("flamingo_photo"))
    expect(page.locator(".judged .big:visible")).to_be_visible()
    # What cannot be read is named, the rest is taken.
    bad = tmp_path / "notes.txt"
    bad.write_text("no picture")
    feed(page, "bird", example("flamingo_photo"), bad)
    expect(zone(page, "bird").locator(".shot")).to_have_count(2)
    expect(page.locator(".teach-trouble:visible").first).to_contain_text("notes.txt")
    # The picture that was tried becomes a negative; marked pictures change their class or go.
    page.locator(".judged [data-ask=keep]:visible").last.click()
    expect(zone(page, "none of these").locator(".shot")).to_have_count(1)
    zone(page, "none of these").locator(".shot").click()
    page.locator("[data-move]:visible").select_option("bird")
    expect(zone(page, "bird").locator(".shot")).to_have_count(3)
    zone(page, "bird").locator(".shot").first.click()
    page.locator(".selection [data-ask=delete]:visible").click()
    expect(zone(page, "bird").locator(".shot")).to_have_count(2)
    page.locator("[data-rename=pot]:visible").fill("tea pot")
    page.locator("[data-rename=pot]:visible").press("Enter")
    expect(zone(page, "tea pot")).to_be_visible()
    saved_and_opened(page, tmp_path)


def saved_and_opened(page: Page, tmp_path: Path) -> None:
    page.get_by_role("button", name="Save as a zip").click()
    with page.expect_download() as waiting:
        page.locator(".teach-files a[download]:visible").first.click()
    path = tmp_path / "lesson.zip"
    waiting.value.save_as(path)
    names = zipfile.ZipFile(path).namelist()
    assert sum(n.endswith(".webp") for n in names) == 3 and "classifier/card.json" in names
    page.locator("[data-ask=reset]:visible").click()
    expect(page.locator(".teach .shot")).to_have_count(0)
    page.locator(".teach-files input[type=file]").set_input_files(path)
    expect(zone(page, "tea pot").locator(".shot")).to_have_count(1)
    expect(zone(page, "bird").locator(".shot")).to_have_count(2)


def test_the_webcam_is_stored_as_it_is_seen(lesson: Page, tmp_path: Path):
    """The preview is a mirror, the pictures are not; a film is one burst."""
    page = lesson
    zone(page, "pot").locator("[data-camera]").click()
    button = page.locator("[data-film]:visible")
    page.wait_for_function("document.querySelector('.camera video').videoWidth > 0")
    button.focus()
    page.keyboard.down("Enter")
    expect(button).to_contain_text("3 pictures")
    page.keyboard.up("Enter")
    expect(zone(page, "pot").locator(".shot").nth(3)).to_be_visible()
    page.locator("[data-camera-close]:visible").click()
    page.get_by_role("button", name="Save as a zip").click()
    with page.expect_download() as waiting:
        page.locator(".teach-files a[download]:visible").first.click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        last = sorted(n for n in archive.namelist() if n.startswith("train/pot/"))[-1]
        rgb = np.asarray(Image.open(io.BytesIO(archive.read(last))).convert("RGB")).astype(int)
    left, right = rgb[:, 20].mean(0), rgb[:, -20].mean(0)
    assert left[0] > left[2] + 80 and right[2] > right[0] + 80
    page.locator(".trial [data-camera]:visible").click()
    expect(page.locator(".judged .big:visible")).to_contain_text("pot")


def test_a_ready_made_set_shows_its_mistake(page: Page, server: Server):
    goto(page, server, f"/?demo={DEMO.slug}")
    page.locator("[data-ask=set][data-value=things]:visible").click()
    offender = page.locator(".offenders figure:visible").first
    expect(offender).to_contain_text("looks like scissors")
    expect(zone(page, "cup").locator(".shot.wrong")).to_have_count(1)
    offender.get_by_role("button", name="Move there").click()
    expect(zone(page, "scissors").locator(".shot")).to_have_count(9)
    expect(zone(page, "cup").locator(".shot.wrong")).to_have_count(0)


def test_a_cell_of_the_confusions_shows_its_photos(page: Page, server: Server):
    goto(page, server, f"/?demo={DEMO.slug}")
    page.get_by_role("button", name="Training curves and errors").locator("visible=true").click()
    cell = page.locator("[data-cell]:visible").first
    name = cell.get_attribute("data-cell")
    cell.click()
    shown = page.locator(f'[data-photos="{name}"]')
    expect(shown).to_be_visible()
    expect(shown.locator("img").first).to_be_visible()
    expect(page.locator("[data-photos]:visible")).to_have_count(1)
