"""“Teach it yourself” on the page: what the visitor does, and what they see of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from demos.core import markup
from demos.core.checkpoint import open_checkpoint
from demos.core.errors import UserError
from demos.core.events import EACH, LATEST, MODEL, PRIVATE, sentence, stream
from demos.core.images import Picture, decode
from demos.core.inputs import html, temporary_folder
from demos.core.runtime import Predictors
from demos.transfer_learning import DEMO, board, drawings, lesson_file
from demos.transfer_learning.lesson import MOST, NEGATIVE, Lesson, troubles

if TYPE_CHECKING:
    from demos.transfer_learning.predict import Predictor

TEACHER = "best"  # whose backbones a lesson uses
KEPT = 3600  # seconds that a lesson is kept while nothing is done with it
EVERY = 6  # pictures between two signs of progress


class Teaching:
    """The section of one page: its parts, and what each event does with them."""

    def __init__(self, models: Predictors[Predictor]):
        self.models = models
        with gr.Column(elem_classes="teach"):
            html(board.heading())
            self.lesson = gr.State(Lesson(), time_to_live=KEPT)
            self.tried = gr.State(None, time_to_live=KEPT)  # the path of the picture tried last
            self.status = html(board.status(Lesson()), elem_classes="teach-status")
            self.board = html(board.classes(Lesson()), js_on_load=board.SELECT)
            with gr.Row(elem_classes="teach-rows"):
                with gr.Column(scale=5, min_width=300):
                    html(board.trial())
                with gr.Column(scale=7, min_width=300):
                    self.result = html(elem_classes="teach-result")
            self.report = html()
            with gr.Row(elem_classes="teach-files"):
                with gr.Column(scale=5, min_width=300):
                    self.save = gr.Button("Save as a zip", size="sm")
                    self.saved = gr.File(label="Your lesson", visible=False, height=96)
                with gr.Column(scale=7, min_width=300):
                    self.open = gr.File(label="Open a lesson, or a zip of class folders (20 MB)",
                                        height=128, file_types=[".zip"])  # fmt: skip
            # What the browser gives: files for a class, and one picture to try.
            with gr.Column(elem_classes="feed"):
                self.target = gr.Textbox(label="Class that is fed", elem_classes="feed-target")
                self.files = gr.File(label="Pictures for it", file_count="multiple",
                                     elem_classes="feed-files")  # fmt: skip
                self.one = gr.File(label="A picture to try", elem_classes="feed-one")
        self._wire()

    def _wire(self) -> None:
        quiet = {**MODEL, **PRIVATE, **EACH, "show_progress": "hidden"}
        shown = [self.lesson, self.board, self.status, self.report, self.files, self.open]
        self.files.upload(stream(self.add), [self.lesson, self.target, self.files], shown, **quiet)
        self.open.upload(stream(self.reopen), [self.open], shown, **quiet)
        self.one.upload(stream(self.try_one), [self.lesson, self.one],
                        [self.result, self.tried, self.one], **{**quiet, **LATEST})  # fmt: skip
        self.board.select(stream(self.act), [self.lesson, self.tried], shown, **quiet).then(
            stream(self.try_again), [self.lesson, self.tried], [self.result], **quiet
        )
        self.save.click(stream(self.write), self.lesson, [self.saved, self.status], **quiet)

    def features(self, pictures: Any) -> np.ndarray:
        """What the teacher's head would see."""
        return self.models[TEACHER].features(pictures)

    def shown(self, lesson: Lesson, said: tuple[str, ...] = ()) -> dict[Any, Any]:
        """All that changes with a lesson."""
        return {
            self.lesson: lesson,
            self.board: board.classes(lesson),
            self.status: board.status(lesson, said),
            self.report: board.report(lesson),
            self.files: None,
            self.open: None,
        }

    def add(self, lesson: Lesson, target: str, paths: list[str] | None) -> Iterator[dict]:
        """Pictures for a class, one after the other; what cannot be read is named."""
        unreadable, left_over = [], 0
        for place, path in enumerate(paths or []):
            if place % EVERY == 0:
                yield {self.status: markup.progress(place, len(paths), "looked at")}
            if len(lesson.shots) >= MOST:
                left_over += 1
                continue
            try:
                lesson = lesson.with_file(path, Path(path).name, target, self.features)
            except UserError as error:
                if target not in (*lesson.classes, NEGATIVE):
                    yield self.shown(lesson, (str(error),))
                    return
                unreadable.append(Path(path).name)
        yield self.shown(lesson, troubles(unreadable, left_over))

    def reopen(self, path: str | None) -> Iterator[dict]:
        """A saved lesson, or a zip of folders, in place of what there was."""
        try:
            lesson, files = lesson_file.unpack(path)
        except UserError as error:
            yield {self.status: board.trouble(str(error)), self.open: None}
            return
        unreadable, left_over = [], max(0, len(files) - MOST)
        found = lesson_file.restored(lesson, files[:MOST], self.features)
        for place, (after, failed) in enumerate(found):
            lesson = after
            unreadable += [failed] if failed else []
            if place % EVERY == 0:
                yield {self.status: markup.progress(place, len(files), "looked at")}
        yield self.shown(lesson, troubles(unreadable, left_over))

    def act(self, lesson: Lesson, tried: str | None, event: gr.EventData) -> Iterator[dict]:
        """What a button on the board, in the report or beside the trial asks for."""
        asked = event._data or {}
        name, value = str(asked.get("name", "")), asked.get("value")
        try:
            if name == "set" and value in drawings.SETS:
                yield from self._set(value)
                return
            if name == "keep" and tried and Path(tried).is_file():
                file = Path(tried).name
                lesson = lesson.with_file(tried, file, str(value), self.features)
            yield self.shown(changed(lesson, name, value, asked))
        except UserError as error:
            yield {self.status: board.status(lesson, (sentence(error),))}

    def _set(self, name: str) -> Iterator[dict]:
        """A ready-made set, by the way that every picture takes."""
        lesson, folder = Lesson(tuple(drawings.SETS[name].classes)), temporary_folder()
        made = drawings.pictures(name)
        for place, (label, image) in enumerate(made):
            if place % EVERY == 0:
                yield {self.status: markup.progress(place, len(made), "looked at")}
            path = folder / f"{label}-{place:02}.png"
            image.save(path)
            lesson = lesson.with_file(path, path.name, label, self.features)
        yield self.shown(lesson, (drawings.SETS[name].about,))

    def try_one(self, lesson: Lesson, path: str | None) -> Iterator[dict]:
        """A picture to try: from a file, the clipboard or the webcam."""
        yield {self.result: self.judged(lesson, path), self.tried: path, self.one: None}

    def try_again(self, lesson: Lesson, path: str | None) -> Iterator[dict]:
        """The same picture after the lesson has changed."""
        if path and Path(path).is_file():
            yield {self.result: self.judged(lesson, path)}

    def judged(self, lesson: Lesson, path: str | None) -> Any:
        """What the lesson says of a picture file."""
        try:
            picture: Picture = decode(path)
        except UserError as error:
            return board.trouble(str(error))
        learned = lesson.learned
        if learned is None:
            return board.trouble("Nothing is learned yet: give two classes a picture each.")
        features = self.features([picture.rgb])
        share = learned.probabilities(features)[0]
        return board.judged(picture, lesson, share, learned.familiarity(features[0]))

    def write(self, lesson: Lesson) -> Iterator[dict]:
        """The lesson as a zip, in the folder whose content is deleted within an hour."""
        try:
            content = lesson_file.pack(lesson, open_checkpoint(DEMO.name, TEACHER).card)
        except UserError as error:
            yield {self.status: board.status(lesson, (str(error),))}
            return
        path = temporary_folder() / "lesson.zip"
        path.write_bytes(content)
        yield {self.saved: gr.update(value=str(path), visible=True)}


def changed(lesson: Lesson, name: str, value: Any, asked: dict[str, Any]) -> Lesson:
    """The lesson after one of the steps that need no network. Raises UserError."""
    ids = [i for i in asked.get("ids") or [] if isinstance(i, int)]
    steps = {
        "class": lambda: lesson.with_class(str(value or "")),
        "rename": lambda: lesson.renamed(str(asked.get("label")), str(value or "")),
        "drop": lambda: lesson.without_class(str(value)),
        "delete": lambda: lesson.without(ids),
        "move": lambda: lesson.relabelled(ids, str(value)),
        "reset": Lesson,
    }
    return steps.get(name, lambda: lesson)()


def build(models: Predictors[Predictor]) -> Teaching:
    """Lay out the section and wire it."""
    return Teaching(models)
