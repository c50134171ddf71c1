"""“Teach it yourself”: pictures in and out, learning, testing by films, saving, opening again."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from PIL import Image
from scipy.stats import binomtest

from demos.core import runtime
from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.core.errors import UserError
from demos.transfer_learning import DEMO, board, drawings, lesson_file, teach
from demos.transfer_learning.learned import dealt, joined, learn, wilson
from demos.transfer_learning.lesson import MOST, NEGATIVE, Lesson, troubles
from demos.transfer_learning.predict import Predictor
from tests.conftest import ROOT


def cheap(pictures) -> np.ndarray:
    """Features that cost nothing, for what is not about features: mean colours of a 4 × 4 grid."""
    small = [
        np.asarray(Image.fromarray(p).resize((4, 4)), np.float32).ravel() + 1 for p in pictures
    ]
    found = np.stack(small)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def picture(path: Path, seed: int, colour: tuple[int, int, int] = (200, 60, 60)) -> Path:
    rng = np.random.default_rng(seed)
    rgb = np.clip(np.array(colour) + rng.normal(0, 25, (40, 56, 3)), 0, 255).astype(np.uint8)
    Image.fromarray(rgb).save(path)
    return path


def lesson_of(tmp_path: Path, counts: dict[str, int], features=cheap) -> Lesson:
    """A lesson with so many pictures of each class, each class of a colour of its own."""
    lesson, colours = Lesson(), [(200, 60, 60), (60, 200, 60), (60, 60, 200), (200, 200, 60)]
    for place, (name, count) in enumerate(counts.items()):
        lesson = lesson if name == NEGATIVE else lesson.with_class(name)
        for i in range(count):
            path = picture(tmp_path / f"{place}-{i}.png", 1000 * place + i, colours[place])
            lesson = lesson.with_file(path, path.name, name, features)
    return lesson


@pytest.fixture(scope="module")
def teaching() -> teach.Teaching:
    """The section as a page has it, with the networks that ship."""
    with gr.Blocks():
        return teach.build(runtime.Predictors(DEMO))


@pytest.fixture(scope="module")
def things(teaching) -> Lesson:
    """The ready-made set with one picture in a wrong class, taught the way a page does it."""
    *_, last = teaching._set("things")
    return last[teaching.lesson]


def test_the_wrong_picture_of_the_ready_made_set_is_found(things):
    worst = things.learned.wrong[0]
    assert (things.shots[worst.place].label, worst.said) == ("cup", "scissors")
    mended = things.relabelled([things.shots[worst.place].id], "scissors")
    assert not [one for one in mended.learned.wrong if one.place == worst.place]
    assert mended.learned.accuracy > things.learned.accuracy
    said = str(board.report(things))
    assert "looks like <b>scissors</b>" in said and "Move there" in said
    assert things.learned.seconds < 5


def test_the_other_ready_made_set_is_learned(teaching, tmp_path):
    made = drawings.pictures("leaves", 3)
    lesson = Lesson(tuple(drawings.SETS["leaves"].classes))
    for place, (label, image) in enumerate(made):
        image.save(tmp_path / f"{place}.png")
        lesson = lesson.with_file(tmp_path / f"{place}.png", f"{place}", label, teaching.features)
    assert len(lesson.shots) == 9 and lesson.learned.accuracy >= 0.75


@pytest.fixture(scope="module")
def few(things) -> Lesson:
    """The same set with the first two pictures of each class."""
    kept = {shot.id for name in things.classes for shot in things.of(name)[:2]}
    return things.without([shot.id for shot in things.shots if shot.id not in kept])


def test_what_is_none_of_these(things, teaching):
    """A picture of another kind, and then a negative of it, against pictures of the classes."""
    teapot = str(DEMO.example("teapot").inputs[0])
    said = str(teaching.judged(things, teapot))
    assert "None of these" in said and "Add as a negative" in said
    taught = things.with_file(teapot, "teapot.png", NEGATIVE, teaching.features)
    assert taught.labels[-1] == NEGATIVE
    share = taught.learned.probabilities(
        teaching.features([np.asarray(Image.open(teapot).convert("RGB"))])
    )[0]
    assert taught.labels[share.argmax()] == NEGATIVE


def test_deleting_and_relabelling_take_effect_at_once(tmp_path):
    lesson = lesson_of(tmp_path, {"a": 4, "b": 4})
    first = lesson.learned
    moved = lesson.relabelled([0, 1], "b")
    assert [s.label for s in moved.shots[:2]] == ["b", "b"] and moved.learned.counts == (2, 6)
    gone = moved.without([0, 1, 99])
    assert [s.id for s in gone.shots] == [2, 3, 4, 5, 6, 7] and gone.learned.counts == (2, 4)
    assert lesson.learned is first and lesson.learned.counts == (4, 4)  # what was is not touched
    with pytest.raises(UserError, match="no longer there"):
        lesson.relabelled([0], "zzz")


def test_names_of_classes(tmp_path):
    lesson = lesson_of(tmp_path, {"a": 1, "b": 1})
    for bad in ("", "   ", "A", "none of these", "x" * 41):
        with pytest.raises(UserError):
            lesson.with_class(bad)
    renamed = lesson.renamed("a", "  Tea   cup ")
    assert renamed.classes == ("Tea cup", "b") and renamed.shots[0].label == "Tea cup"
    assert lesson.without_class("a").learned is None
    full = Lesson()
    for i in range(10):
        full = full.with_class(f"c{i}")
    with pytest.raises(UserError, match="10 classes"):
        full.with_class("one more")
    hostile = Lesson().with_class('<img src=x onerror="1">')
    assert "<img src=x" not in str(board.classes(hostile))


def test_one_class_or_no_pictures_is_a_sentence(tmp_path, teaching):
    path = str(picture(tmp_path / "p.png", 0))
    for lesson in (Lesson(), Lesson().with_class("a"), lesson_of(tmp_path, {"a": 3})):
        assert lesson.learned is None and str(board.report(lesson)) == ""
        assert "two classes" in str(teaching.judged(lesson, path))
        with pytest.raises(UserError, match="nothing to save"):
            lesson_file.pack(lesson, open_checkpoint(DEMO.name, "best").card)
    with pytest.raises(UserError, match="Name a class"):
        Lesson().with_file(path, "p.png", "a", cheap)
    # One class and negatives are two things to tell apart.
    assert lesson_of(tmp_path, {"a": 3, NEGATIVE: 3}).learned.labels == ("a", NEGATIVE)


def test_an_unreadable_file_is_named_and_the_rest_kept(tmp_path, teaching):
    good = [str(picture(tmp_path / f"{i}.png", i)) for i in range(2)]
    bad = tmp_path / "notes.txt"
    bad.write_text("no picture")
    *_, last = teaching.add(Lesson().with_class("a"), "a", [good[0], str(bad), good[1]])
    assert len(last[teaching.lesson].shots) == 2
    assert "notes.txt" in str(last[teaching.status]) and "the rest was taken" in str(
        last[teaching.status]
    )


def test_the_picture_after_the_last_that_fits(tmp_path):
    lesson = lesson_of(tmp_path, {"a": 1, "b": 1})
    full = Lesson(lesson.classes, lesson.shots * (MOST // 2), MOST)
    with pytest.raises(UserError, match="500 pictures already"):
        full.with_file(picture(tmp_path / "x.png", 3), "x.png", "a", cheap)
    assert troubles([], 1) == ("1 picture was left out: a lesson holds 500 at most.",)


def test_the_same_picture_in_two_classes_is_named(tmp_path):
    lesson = lesson_of(tmp_path, {"a": 3, "b": 3})
    path = picture(tmp_path / "same.png", 77, (120, 120, 120))
    for name in ("a", "b"):
        lesson = lesson.with_file(path, path.name, name, cheap)
    assert [g for g in lesson.learned.conflicts if {6, 7} <= set(g)]
    assert "is in “a” and “b”: one of them is wrong" in str(board.report(lesson))


def test_a_hundred_against_one(tmp_path):
    """The one picture is not drowned, and the imbalance is said."""
    lesson = lesson_of(tmp_path, {"many": 100, "one": 1})
    learned = lesson.learned
    assert learned.probabilities(lesson.shots[-1].features[None])[0].argmax() == 1
    said = str(board.report(lesson))
    assert (
        "“many” has 100 pictures and “one” only 1" in said and "“one” comes from a single" in said
    )


def test_films_are_never_divided():
    """Randomised: in every fold, the pictures of one film, or nearly the same ones of a class, are
    together, and no class is left without training pictures."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        n, k = int(rng.integers(2, 60)), int(rng.integers(2, 5))
        labels = rng.integers(0, k, n)
        bursts = [f"{label}-{rng.integers(0, 6)}" for label in labels]
        same = rng.random((n, n)) < 0.02
        same |= same.T
        films = joined(bursts, labels, same)
        for burst in set(bursts):
            assert len({films[i] for i in range(n) if bursts[i] == burst}) == 1
        fold = dealt(films, labels)
        for film in np.unique(films):
            assert len(set(fold[films == film])) == 1
        for each in set(fold[fold >= 0]):
            assert set(labels[fold != each]) == set(labels)


def test_frames_of_one_film_are_no_test_of_each_other():
    """Two classes that are told apart by the film alone: single frames would be judged rightly,
    whole films are not."""
    rng = np.random.default_rng(0)
    films, frames, wide = 8, 6, 40
    place = rng.normal(0, 1, (films, wide))
    x = np.repeat(place, frames, 0) + rng.normal(0, 0.05, (films * frames, wide))
    x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
    labels = np.repeat(np.arange(films) % 2, frames)
    one_film_each = [f"f{i // frames}" for i in range(len(x))]
    found = learn(x, labels, one_film_each, ("a", "b"))
    assert found.films == films and found.accuracy < 0.8
    low, high = found.swing
    assert high - low > 0.4


def test_the_swing_is_wilsons():
    for right, n in ((0, 1), (3, 4), (20, 25), (25, 25)):
        expected = binomtest(right, n).proportion_ci(0.95, method="wilson")
        assert np.allclose(wilson(right, n), (expected.low, expected.high), atol=1e-3)


def test_bursts_are_known_by_their_names(tmp_path):
    lesson = Lesson().with_class("a")
    for name in ("burst-k3x9-00.jpg", "burst-k3x9-01.jpg", "burst-zz-00.jpg", "holiday.jpg"):
        path = picture(tmp_path / name, len(lesson.shots))
        lesson = lesson.with_file(path, name, "a", cheap)
    assert [s.burst for s in lesson.shots] == ["k3x9", "k3x9", "zz", "photo 3"]


def test_saved_and_opened_again_it_is_the_same(few, tmp_path, teaching):
    path = tmp_path / "lesson.zip"
    path.write_bytes(lesson_file.pack(few, open_checkpoint(DEMO.name, "best").card))
    *_, last = teaching.reopen(str(path))
    again = last[teaching.lesson]
    assert again.classes == few.classes
    assert [s.content for s in again.shots] == [s.content for s in sorted_like(few, again)]
    for a, b in zip(again.shots, sorted_like(few, again), strict=True):
        assert (a.label, a.name, a.burst) == (b.label, b.name, b.burst)
        assert np.abs(a.features - b.features).max() < 1e-6
    x = np.stack([s.features for s in few.shots])
    assert np.abs(again.learned.probabilities(x) - few.learned.probabilities(x)).max() < 1e-3


def sorted_like(lesson: Lesson, other: Lesson) -> list:
    by_name = {(s.name, s.label): s for s in lesson.shots}
    return [by_name[(s.name, s.label)] for s in other.shots]


def test_the_download_says_what_the_page_says(few, tmp_path, teaching):
    """The ten lines, run in a process of their own, on a picture that is new to the lesson; and the
    trainer's `evaluate` takes the checkpoint."""
    folder = tmp_path / "mine"
    with zipfile.ZipFile(
        io.BytesIO(lesson_file.pack(few, open_checkpoint(DEMO.name, "best").card))
    ) as z:
        z.extractall(folder)
    picture_file = str(DEMO.example("teapot").inputs[0])
    done = subprocess.run(
        [sys.executable, folder / "classify.py", picture_file], cwd=ROOT, capture_output=True,
        text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1500:]
    said = json.loads(done.stdout)
    rgb = np.asarray(Image.open(picture_file).convert("RGB"))
    share = few.learned.probabilities(teaching.features([rgb]))[0]
    assert list(said) == list(few.learned.labels)
    assert np.abs(np.array([*said.values()]) - share).max() < 1e-4
    predictor = Predictor(Checkpoint(folder / "classifier"))
    assert np.abs(predictor.from_features(predictor.features([rgb]))[0] - share).max() < 1e-4
    known = few.learned.familiarity(teaching.features([rgb])[0])
    assert predictor.familiarity(predictor.features([rgb])[0]).share == pytest.approx(
        known.share, abs=1e-3
    )
    measured(folder)


def measured(folder: Path) -> None:
    from trainers.core import cli
    from trainers.transfer_learning.__main__ import TRAINER

    arguments = ["evaluate", "--checkpoint", str(folder / "classifier"), "--data", str(folder),
                 "--split", "train", "--json"]  # fmt: skip
    out = io.StringIO()
    before, sys.stdout = sys.stdout, out
    try:
        cli.main(TRAINER, arguments)
    finally:
        sys.stdout = before
    found = json.loads(out.getvalue())
    assert found["variant"] == "lesson" and found["n"] == 6 and found["metrics"]["accuracy"] > 0.9


def zipped(tmp_path: Path, files: dict[str, bytes]) -> str:
    path = tmp_path / "given.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return str(path)


def test_a_zip_of_folders_with_text_files_in_it(tmp_path, teaching):
    """Any zip of class folders opens; what is no picture is named, what is hidden is not."""
    content = picture(tmp_path / "p.png", 0).read_bytes()
    other = picture(tmp_path / "q.png", 1, (30, 90, 200)).read_bytes()
    path = zipped(tmp_path, {
        "all/cats/1.png": content, "all/cats/readme.txt": b"words", "all/dogs/1.png": other,
        "__MACOSX/all/cats/._1.png": b"x", "all/dogs/.DS_Store": b"x",
    })  # fmt: skip
    *_, last = teaching.reopen(path)
    lesson = last[teaching.lesson]
    assert lesson.classes == ("cats", "dogs") and len(lesson.shots) == 2
    status = str(last[teaching.status])
    assert "readme.txt" in status and "DS_Store" not in status


def test_zips_that_cannot_be_opened(tmp_path):
    bomb = zipped(tmp_path, {f"a/{i}.png": b"0" for i in range(2001)})
    with pytest.raises(UserError, match="too large"):
        lesson_file.unpack(bomb)
    many = zipped(tmp_path, {f"class {i}/1.png": b"0" for i in range(11)})
    with pytest.raises(UserError, match="11 folders"):
        lesson_file.unpack(many)
    for content in (b"no zip", Path(many).read_bytes()[:-30]):
        path = tmp_path / "bad.zip"
        path.write_bytes(content)
        with pytest.raises(UserError, match="not a zip that can be read"):
            lesson_file.unpack(path)
    broken = zipped(tmp_path, {"lesson.json": b"{", "train/a/1.png": b"0"})
    with pytest.raises(UserError, match="damaged"):
        lesson_file.unpack(broken)


def test_large_files_are_kept_small_and_as_they_are_seen(tmp_path):
    """A photo is made smaller once, not turned over, and what is kept decides its features."""
    wide = np.zeros((600, 2400, 3), np.uint8)
    wide[:, :1200] = 220  # light on the left
    Image.fromarray(wide).save(tmp_path / "wide.png")
    lesson = Lesson().with_class("a").with_file(tmp_path / "wide.png", "wide.png", "a", cheap)
    rgb = lesson.shots[0].rgb
    assert min(rgb.shape[:2]) == 288 and max(rgb.shape[:2]) == 1152
    assert rgb[100, 50].mean() > 200 > 30 > rgb[100, -50].mean()
    assert (lesson.shots[0].features == cheap([rgb])[0]).all()


def test_drawings_are_the_same_every_time():
    for name in drawings.SETS:
        first, second = drawings.pictures(name, 2), drawings.pictures(name, 2)
        assert [label for label, _ in first] == [label for label, _ in second]
        assert all(
            (np.asarray(a) == np.asarray(b)).all()
            for (_, a), (_, b) in zip(first, second, strict=True)
        )
