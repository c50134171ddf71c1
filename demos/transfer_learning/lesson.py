"""“Teach it yourself”: the pictures of a visitor's own classes, and what is learned from them.

A lesson never changes: every step makes a new one, and what was learned belongs to the pictures it
was learned from. Features are taken when a picture arrives, so that learning is a fraction of a
second; no network is known here.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from demos.core import images
from demos.core.errors import UserError
from demos.transfer_learning.learned import Learned, learn

MOST, CLASSES = 500, 10  # pictures and classes of a lesson
NAME = 40  # characters of a class's name
SIDE, LONGEST = 288, 1152  # pixels: the sides of a picture that is kept are no longer
NEGATIVE = "none of these"
BURST = re.compile(r"^burst[-_](\w+?)[-_]")  # how the page names the frames of one film
LIMITS = (
    f"At most {MOST} pictures in {CLASSES} classes; they stay on the machine that serves this "
    "page and are gone with your visit, unless you save them."
)
Features = Callable[[Sequence[np.ndarray]], np.ndarray]  # pictures (h, w, 3) to (n, width)


@dataclass(frozen=True, eq=False)
class Shot:
    """One picture of a lesson: `content` is the WebP that is kept, `features` (width,) are of what
    that decodes to; `burst` says which film it is a frame of, a photo being a film of its own."""

    id: int
    name: str
    label: str
    content: bytes
    features: np.ndarray
    burst: str

    @cached_property
    def thumbnail(self) -> str:
        """A square of 64 pixels as a `data:` address."""
        small = ImageOps.fit(Image.open(io.BytesIO(self.content)).convert("RGB"), (64, 64))
        return images.data_uri(np.asarray(small), 70)

    @property
    def rgb(self) -> np.ndarray:
        """(height, width, 3) uint8."""
        return np.asarray(Image.open(io.BytesIO(self.content)).convert("RGB"))


@dataclass(frozen=True, eq=False)
class Lesson:
    """Classes by name, pictures in the order in which they came, and how many ever came."""

    classes: tuple[str, ...] = ()
    shots: tuple[Shot, ...] = ()
    came: int = 0

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes that have pictures, the negatives last if there are any."""
        some = {shot.label for shot in self.shots}
        return tuple(name for name in (*self.classes, NEGATIVE) if name in some)

    def of(self, label: str) -> list[Shot]:
        """The pictures of a class."""
        return [shot for shot in self.shots if shot.label == label]

    @cached_property
    def learned(self) -> Learned | None:
        """What the pictures teach; None while fewer than two classes have any."""
        if len(self.labels) < 2:
            return None
        started = time.perf_counter()
        labels = np.array([self.labels.index(shot.label) for shot in self.shots])
        features = np.stack([shot.features for shot in self.shots])
        found = learn(features, labels, [shot.burst for shot in self.shots], self.labels)
        return replace(found, seconds=time.perf_counter() - started)

    def with_class(self, name: str) -> Lesson:
        """With one more class. Raises UserError."""
        name = self._new_name(name)
        if len(self.classes) >= CLASSES:
            raise UserError(f"There are {CLASSES} classes already: remove one first.")
        return replace(self, classes=(*self.classes, name))

    def renamed(self, old: str, new: str) -> Lesson:
        """With a class called otherwise. Raises UserError."""
        if old == " ".join(new.split()) or old not in self.classes:
            return self
        new = self._new_name(new)
        shots = tuple(replace(s, label=new) if s.label == old else s for s in self.shots)
        classes = tuple(new if name == old else name for name in self.classes)
        return replace(self, classes=classes, shots=shots)

    def without_class(self, name: str) -> Lesson:
        """Without a class and its pictures."""
        kept = tuple(shot for shot in self.shots if shot.label != name)
        return replace(self, classes=tuple(c for c in self.classes if c != name), shots=kept)

    def without(self, ids: Iterable[int]) -> Lesson:
        """Without these pictures."""
        gone = set(ids)
        return replace(self, shots=tuple(s for s in self.shots if s.id not in gone))

    def relabelled(self, ids: Iterable[int], label: str) -> Lesson:
        """With these pictures in another class. Raises UserError."""
        if label not in (*self.classes, NEGATIVE):
            raise UserError("This class is no longer there: choose another one.")
        moved = set(ids)
        shots = (replace(s, label=label) if s.id in moved else s for s in self.shots)
        return replace(self, shots=tuple(shots))

    def with_file(
        self, path: str | Path, name: str, label: str, features: Features, burst: str = ""
    ) -> Lesson:
        """With one more picture of a class: the one way in for uploads, webcam and what was saved.
        Raises UserError."""
        if label not in (*self.classes, NEGATIVE):
            raise UserError("Name a class first, then give it pictures.")
        if len(self.shots) >= MOST:
            raise UserError(f"There are {MOST} pictures already, the most there can be.")
        film = BURST.match(name)
        burst = burst or (film[1] if film else f"photo {self.came}")
        shot = Shot(self.came, name[:80], label, kept(path), np.zeros(0, np.float32), burst)
        shot = replace(shot, features=features([shot.rgb])[0])
        return replace(self, shots=(*self.shots, shot), came=self.came + 1)

    def _new_name(self, name: str) -> str:
        name = " ".join(name.split())
        if not name:
            raise UserError("A class needs a name: write one, “cup” say.")
        if len(name) > NAME:
            raise UserError(f"This name is too long: {NAME} characters are enough.")
        if name.casefold() in {c.casefold() for c in (*self.classes, NEGATIVE)}:
            raise UserError(f"There is a class called “{name}” already.")
        return name


def kept(path: str | Path) -> bytes:
    """A picture file as it is kept: a WebP, its shorter side 288 pixels at most; one that is so
    already, byte for byte. Raises UserError."""
    image = Image.fromarray(images.decode(path).rgb)
    scale = SIDE / min(image.size)
    content = Path(path).read_bytes()
    if (
        scale >= 1
        and max(image.size) <= LONGEST
        and content[8:12] == b"WEBP"
        and len(content) < 2**18
    ):
        return content
    # Of a panorama or a strip only the middle is ever looked at.
    box = _middle(image.size)
    size = [
        max(1, round((high - low) * min(scale, 1))) for low, high in zip(box, box[2:], strict=False)
    ]
    image = image.resize(size, Image.Resampling.LANCZOS, box=box)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=88, method=2)
    return buffer.getvalue()


def _middle(size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The part of a picture that is kept: all of it, or the middle of one that is very long."""
    width, height = (min(n, 4 * min(size)) for n in size)
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    return left, top, left + width, top + height


def troubles(unreadable: Sequence[str], left_over: int) -> tuple[str, ...]:
    """Sentences that name what could not be taken; the rest was."""
    found = []
    if unreadable:
        names = ", ".join(f"“{name}”" for name in unreadable[:5])
        more = f" and {len(unreadable) - 5} more" if len(unreadable) > 5 else ""
        verb = "is no picture" if len(unreadable) == 1 else "are no pictures"
        found.append(f"{names}{more} {verb} that can be read; the rest was taken.")
    if left_over:
        noun = "picture was" if left_over == 1 else "pictures were"
        found.append(f"{left_over} {noun} left out: a lesson holds {MOST} at most.")
    return tuple(found)
