"""Our Gradio input components: they hand over files as they came, not as Gradio converts them.

`gr.Image` opens and converts an upload before the handler sees it (16-bit depth is lost, a bad
file raises a generic error). Here the handler gets a path and `core.images` does the decoding.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import gradio as gr
from gradio import image_utils
from gradio.components.image_editor import EditorData
from gradio.context import LocalContext
from gradio.data_classes import GradioRootModel
from gradio.utils import get_upload_folder

from demos.core import text
from demos.core.demo import ASSETS, Input
from demos.core.errors import UserError
from demos.core.events import PRIVATE
from demos.core.images import MAX_BYTES

PICTURE, DRAWING = "Picture", "Drawing"

_BASE64_BYTES = MAX_BYTES * 4 // 3 + 64


def html(value: str = "", **options) -> gr.HTML:
    """A piece of our own HTML, without the prose style that Gradio gives to such pieces."""
    return gr.HTML(value, apply_default_css=False, padding=False, **options)


def temporary_folder() -> Path:
    """A new folder for files that a page hands out; it is deleted within an hour."""
    folder = Path(get_upload_folder()) / secrets.token_hex(32)
    folder.mkdir(parents=True)
    return folder


class Template:
    """For an input that uses the front end of the Gradio component that it extends."""

    is_template = True

    def get_block_name(self) -> str:
        return self._extended().__name__.lower()

    def get_config(self, cls: type | None = None) -> dict:
        return super().get_config(self._extended())  # the front end wants all of its parameters

    def _extended(self) -> type:
        return next(c for c in type(self).__mro__ if c.__module__.startswith("gradio."))


class Fetched(Template):
    """For an input that is a file: callers may send an address, even of one of our own examples."""

    kind = "file"

    async def async_move_resource_to_block_cache(self, url_or_file_path):
        """The local copy of what a caller sent as a path or an address."""
        address = str(url_or_file_path)
        if url_or_file_path is None or not address.startswith(("http://", "https://")):
            return await super().async_move_resource_to_block_cache(url_or_file_path)
        # Gradio fetches public addresses only, and a gallery in a classroom has none of its own.
        own = _own_example(address)
        try:
            return await super().async_move_resource_to_block_cache(own or address)
        except Exception:
            raise gr.Error(
                f"The {self.kind} at this address could not be fetched: give the address of a "
                f"public {self.kind}, or upload the file.",
                print_exception=False,
            ) from None


class PictureInput(Fetched, gr.Image):
    """A picture by upload, clipboard, optionally webcam; the handler gets the file's path."""

    kind = "picture"

    def __init__(self, label: str, *, webcam: bool = False, height: int = 320, **options):
        sources = ["upload", "webcam", "clipboard"] if webcam else ["upload", "clipboard"]
        super().__init__(
            label=label,
            type="filepath",
            sources=sources,
            height=height,
            buttons=[],
            format="png",
            placeholder="Drop a picture here, or click to choose one (at most 20 MB)",
            **options,
        )

    def preprocess(self, payload: image_utils.ImageData | None) -> str | None:
        """The path of the file as it was uploaded; a `data:` address becomes a file first."""
        if payload is None:
            return None
        if payload.url and payload.url.startswith("data:"):
            if len(payload.url) > _BASE64_BYTES:
                raise gr.Error(
                    f"This picture is larger than {MAX_BYTES // 2**20} MB; please send a smaller "
                    "one.",
                    print_exception=False,
                )
            return image_utils.decode_base64_to_file(payload.url, self.GRADIO_CACHE, "png")
        return payload.path


class CanvasInput(gr.Sketchpad):
    """A canvas to draw on; the handler gets the path of what was drawn, or None if nothing was."""

    is_template = True

    def __init__(self, label: str, *, size: int = 280, **options):
        super().__init__(
            label=label,
            type="filepath",
            canvas_size=(size, size),
            fixed_canvas=True,
            height=size + 96,
            layers=False,
            transforms=(),
            buttons=[],
            format="png",
            brush=gr.Brush(default_size=14, colors=["#000000"], color_mode="fixed"),
            **options,
        )

    def get_config(self, cls: type | None = None) -> dict:
        return super().get_config(gr.Sketchpad)

    def get_block_name(self) -> str:
        return "imageeditor"  # the front end that Sketchpad, itself a template, uses

    def preprocess(self, payload: EditorData | None) -> str | None:
        """The path of the flattened drawing (black strokes on white)."""
        drawn = super().preprocess(payload)
        return drawn["composite"] if drawn else None


class TextInput(Template, gr.Textbox):
    """A field for text; callers that send a number or a list are told that it takes text."""

    def preprocess(self, payload: Any) -> str:
        """The text as it was written."""
        try:
            return text.only(payload)
        except UserError as error:
            raise gr.Error(str(error), print_exception=False) from None


class DocumentInput(Fetched, gr.File):
    """A document by upload; the handler gets the file's path."""

    kind = "document"


class Sent(GradioRootModel):
    """Messages as they were sent; `core.given` says what is wrong with them."""

    root: Any


class AsSent(Template):
    """For an input that is handed over as it was sent: `core.given` says what is wrong with it,
    where Gradio has another sentence or an exception."""

    def preprocess(self, payload: Any) -> Any:
        return payload.root if isinstance(payload, Sent) else payload


class ChoiceInput(AsSent, gr.Radio):
    """One of several."""


class NumberInput(AsSent, gr.Slider):
    """A number between two ends."""


class ConversationInput(AsSent, gr.Chatbot):
    """What was said; callers may give the content of a message as plain text too."""

    def api_info(self) -> dict[str, Any]:
        return MESSAGES


# Gradio's own model would refuse plain text, with an exception instead of a sentence.
ConversationInput.data_model = Sent
MESSAGES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "role": {"enum": ["user", "assistant"]},
            "content": {"type": "string"},
        },
        "required": ["role", "content"],
    },
}


@dataclass(frozen=True)
class Field:
    """One input on the page.

    parts: the components that hold it, in the order in which events read them; main: the one of
    them that stands for it in the API; fill(value) gives each part its value for an example;
    given(*values) is what a visitor gave; starts: the events that start a run.
    """

    of: Input
    parts: tuple[gr.components.Component, ...]
    main: gr.components.Component
    starts: tuple[Any, ...] = ()
    fill: Callable[[Any], Sequence[Any]] = lambda value: (value,)
    given: Callable[..., Any] = lambda value: value


def field(of: Input) -> Field:
    """Lay out one input."""
    return _FIELDS[of.kind](of)


def _picture(of: Input) -> Field:
    if not of.drawable:
        picture = _uploaded(of)
        return Field(of, (picture,), picture, (picture.upload,))
    source = gr.Radio([PICTURE, DRAWING], value=PICTURE, label="Input", elem_classes="controls")
    picture = _uploaded(of)
    canvas = CanvasInput(DRAWING, visible=False)
    source.change(
        lambda s: (gr.update(visible=s == PICTURE), gr.update(visible=s == DRAWING)),
        source,
        [picture, canvas],
        queue=False,
        show_progress="hidden",
        **PRIVATE,
    )

    def given(source: str, path: str | None, drawing: str | None) -> str | None:
        if source == DRAWING and drawing is None:
            raise UserError("The canvas is empty: draw something on it first.")
        return drawing if source == DRAWING else path

    return Field(
        of,
        (source, picture, canvas),
        picture,
        (picture.upload,),
        fill=lambda path: (PICTURE, path, None),
        given=given,
    )


def _uploaded(of: Input) -> PictureInput:
    picture = PictureInput(of.label, webcam=of.webcam)
    if of.webcam:
        html(
            '<p class="note insecure-note">The webcam works only over https or on this machine.</p>'
        )
    return picture


def _text(of: Input) -> Field:
    box = TextInput(
        label=of.label, lines=of.lines, max_lines=max(8, of.lines), placeholder=of.placeholder,
        value=of.default,
    )  # fmt: skip
    return Field(of, (box,), box, (box.submit,))


def _document(of: Input) -> Field:
    file = DocumentInput(label=of.label, file_types=[".txt", ".md"], height=120)
    return Field(of, (file,), file, (file.upload,))


def _choice(of: Input) -> Field:
    radio = ChoiceInput(list(of.choices), value=of.default, label=of.label)
    return Field(of, (radio,), radio, (radio.input,))


def _number(of: Input) -> Field:
    slider = NumberInput(of.low, of.high, of.default, step=of.step, label=of.label)
    return Field(of, (slider,), slider, (slider.release,))


def _conversation(of: Input) -> Field:
    """What was said so far; the frame adds each question and its answer."""
    chat = ConversationInput(label=of.label, height=320, buttons=[])
    return Field(of, (chat,), chat, fill=lambda value: (value or [],))


_FIELDS = {
    "picture": _picture,
    "text": _text,
    "document": _document,
    "choice": _choice,
    "number": _number,
    "conversation": _conversation,
}


def _own_example(address: str) -> str | None:
    """The file behind the address of one of this gallery's own examples, or None."""
    request = LocalContext.request.get(None)
    parts = urlsplit(address)
    if request is None or parts.netloc != request.headers.get("host"):
        return None
    folder = ASSETS / "examples"
    found = folder / unquote(parts.path).rpartition("/examples/")[2]
    return str(found) if found.resolve().is_relative_to(folder) and found.is_file() else None
