"""Super-resolution: what the page shows of an answer, and the panel for one's own pictures."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demos.core.checkpoint import open_checkpoint
from demos.super_resolution import DEMO, ENLARGE, HALVE, QUARTER, charts, mine, page, scale, view
from demos.super_resolution.familiar import TRAITS
from tests import shipped

DEFAULT = DEMO.default


@pytest.fixture(scope="module")
def known():
    """An answer to which the truth is known."""
    return shipped.ask(DEMO, DEFAULT, *DEMO.example("roof").inputs)


@pytest.fixture(scope="module")
def unknown():
    """One to which it is not."""
    return shipped.ask(DEMO, DEFAULT, *DEMO.example("jpeg").inputs)


def test_the_answer_says_what_was_won(known, unknown):
    found = page.answer(known)
    said = " ".join(map(str, found.beside))
    assert found.big == "512 × 512" and "from 256 × 256" in said
    won = known.result.psnr - known.result.psnr_bicubic
    assert f"{known.result.psnr:.2f} dB" in said and f"+{won:.2f}" in said
    said = " ".join(map(str, page.answer(unknown).beside))
    assert "PSNR" not in said and "shrunk again" in said and "megapixels a second" in said


def test_the_answer_for_callers_holds_the_picture(known, unknown):
    answer = known.result.to_json()
    assert answer["width"] == answer["height"] == 512
    assert answer["picture"].startswith("data:image/png;base64,")
    assert unknown.result.to_json()["psnr"] is None
    assert set(answer) == set(page.EnlargedAnswer.model_fields) - {
        "variant", "seconds", "familiar", "familiarity"
    }  # fmt: skip


def test_all_variants_stand_in_the_table_and_in_the_view(known):
    found: dict = {}
    table = str(page.side_by_side(known, found))
    assert [*found] == [v.name for v in DEMO.variants] and "Bicubic" in table
    assert found[DEFAULT] is known.result
    shown = str(view.pictures(DEFAULT, known.result, found))
    for name in (*found, view.BICUBIC, view.TRUE):
        assert shown.count(f'data-picture="{name}"') == shown.count(f'data-crop="{name}"') == 1
        assert shown.count(f'<option value="{name}"') == 2
    assert shown.count('class="left"') == shown.count('class="right"') == 1


def test_without_the_truth_none_is_shown(unknown):
    shown = str(view.pictures(DEFAULT, unknown.result, {DEFAULT: unknown.result}))
    assert f'data-picture="{view.TRUE}"' not in shown
    assert "What was missing" not in view.added(unknown.result)


def test_a_large_picture_goes_through_the_chosen_model_alone(monkeypatch, known):
    monkeypatch.setattr(page, "SIDE_BY_SIDE", 1000)
    found: dict = {}
    assert "chosen model alone" in page.side_by_side(known, found) and not found


def test_what_was_added_is_grey_where_nothing_was(known):
    same = view.difference(known.result.bicubic, known.result.bicubic)
    assert (same == 128).all()
    brighter = np.clip(known.result.bicubic.astype(int) + 3, 0, 255).astype(np.uint8)
    assert view.difference(brighter, known.result.bicubic).max() == 128 + 3 * view.GAIN


def test_the_spectrum_shows_what_halving_took():
    """A fine wave is strong where it is, and bicubic interpolation has nothing of it."""
    x = np.arange(128)
    wave = (128 + 60 * np.sin(2 * np.pi * 0.35 * x))[None, :, None]
    rgb = np.broadcast_to(wave, (128, 128, 3)).round().astype(np.uint8)
    at, before = charts.power(rgb)
    assert at[int(np.argmax(before))] == pytest.approx(0.35, abs=0.02)
    _, after = charts.power(scale.doubled(scale.halved(rgb)))
    place = int(np.argmax(before))
    assert after[place] < before[place] - 10


def test_charts_come_from_the_cards():
    checkpoint = open_checkpoint(DEMO.name, DEFAULT)
    figure, tables = charts.errors(checkpoint)
    theirs, ours, in_time, bicubic = figure.data
    titles = [v.title for v in DEMO.variants]
    assert len(theirs.x) >= 8 and list(ours.text) == list(in_time.text) == titles
    card = checkpoint.card
    value, seconds = card.metric("psnr_y", "test").value, card.metric("latency_p50", "example")
    assert value in ours.y and value in in_time.y and "butterfly" in tables
    assert in_time.x[0] == pytest.approx(1000 * seconds.value) and in_time.xaxis == "x2"
    assert list(bicubic.text) == ["Bicubic"] and 0 < bicubic.x[0] < min(in_time.x)
    assert bicubic.y[0] == card.metric("psnr_y_bicubic", "test").value
    # What it was measured on is said under the axis.
    assert re.search(r"\d+ cores?\)", seconds.note) and " core" in figure.layout.xaxis2.title.text
    assert len(charts.fails(checkpoint).data[0].x) == 7


# --- one's own pictures --------------------------------------------------------------------------


def files(folder: Path) -> list[str]:
    """Two pictures of one name, one that is too large for four times, and one that is none."""
    found = []
    for place, size in (("a", (40, 30)), ("b", (33, 21)), ("c", (1300, 1200))):
        (folder / place).mkdir()
        path = folder / place / "wave.png"
        Image.linear_gradient("L").resize(size).convert("RGB").save(path)
        found.append(str(path))
    (folder / "notes.png").write_bytes(b"no picture")
    return [*found, str(folder / "notes.png")]


def test_sizes_are_said_before_the_work_starts(tmp_path):
    table = str(mine.plan(files(tmp_path), mine.FOUR))
    assert "40 × 30" in table and "160 × 120" in table
    assert "at most 1.5 can be enlarged 4 times" in table and "could not be read" in table
    assert "2600 × 2400" in mine.plan([str(tmp_path / "c" / "wave.png")], mine.TWICE)
    assert mine.plan(None, mine.TWICE) == ""
    huge = tmp_path / "huge.png"
    Image.new("1", (5000, 4900)).save(huge)
    assert "24.5 megapixels; at most 24" in mine.plan([str(huge)], mine.TWICE)


def test_own_pictures_come_back_as_a_zip(tmp_path):
    steps = [*mine.run(page.MODELS, files(tmp_path), mine.FOUR, False, DEFAULT)]
    assert "left" in steps[0][0] and steps[0][1] == mine.HIDE
    said, shown = steps[-1]
    assert "2 of 4 enlarged by Best" in said and "could not be read" in said
    (archive,) = shown["value"]
    assert Path(archive).name == "enlarged-best-x4.zip"
    with zipfile.ZipFile(archive) as inside:
        assert inside.namelist() == ["wave-best-x4.png", "wave-best-x4-2.png"]
        with inside.open("wave-best-x4.png") as one:
            assert Image.open(one).size == (160, 120)


def test_one_picture_comes_back_by_itself(tmp_path):
    (path, *_) = files(tmp_path)
    _, shown = [*mine.run(page.MODELS, [path], mine.TWICE, False, DEFAULT)][-1]
    (made,) = shown["value"]
    assert Path(made).name == "wave-best-x2.png" and Image.open(made).size == (80, 60)


def test_no_pictures_or_too_many_are_a_sentence():
    for paths, sentence in ((None, "no pictures yet"), (["a.png"] * 21, "at most 20")):
        ((said, shown),) = mine.run(page.MODELS, paths, mine.TWICE, False, DEFAULT)
        assert sentence in said and shown == mine.HIDE


def test_examples_are_halved_but_for_the_jpeg_and_one_that_is_quartered():
    tasks = {e.name: e.inputs[1] for e in DEMO.examples}
    assert tasks.pop("jpeg") == ENLARGE and tasks.pop("four") == QUARTER
    assert {*tasks.values()} == {HALVE}


# --- what is unlike a photo, and four times ------------------------------------------------------


def test_every_trait_has_its_warning(known, unknown):
    assert {*page.UNLIKE} == {*TRAITS}
    assert page.answer(known).warning == ""
    assert unknown.result.unlike == "compressed" == unknown.result.to_json()["unlike"]
    assert page.answer(unknown).warning == page.UNLIKE["compressed"]


def test_four_times_says_so():
    asked = shipped.ask(DEMO, DEFAULT, *DEMO.example("four").inputs)
    found = page.answer(asked)
    assert found.big == "512 × 512" and "from 128 × 128" in found.beside
    assert f'download="enlarged-{DEFAULT}-x4.png"' in page.download(asked)
    (line,) = charts.spectrum(asked.result, "Best").layout.shapes
    assert line.x0 == 0.125  # nothing beyond it was in the small picture
