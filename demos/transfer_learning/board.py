"""What a lesson looks like: classes with their pictures, what was learned, and what is wrong."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from demos.core import images, markup
from demos.core.familiarity import Familiarity
from demos.core.images import Picture
from demos.transfer_learning import drawings
from demos.transfer_learning.learned import Learned
from demos.transfer_learning.lesson import LIMITS, NEGATIVE, Lesson, Shot

SHOWN = 36  # pictures of a class; all others are there, too
OFFENDERS = 8
OPTIONAL = "Optional: pictures of anything else."
# The page's own script says what was asked; this only tells Gradio about it.
SELECT = """
element.addEventListener('ask', event => trigger('select', event.detail));
"""


def heading() -> Markup:
    """What this is, and its limits, said beforehand."""
    sets = markup.join(
        Markup(
            '<button type="button" class="small" data-ask="set" data-value="{}">{}</button>'
        ).format(name, one.title)
        for name, one in drawings.SETS.items()
    )
    return Markup(
        '<h3>Teach it yourself</h3><p class="teach-lead">Name two classes or more, show a few '
        "pictures of each, and try it: nothing is trained but a linear head on what ImageNet "
        "taught "
        'the backbones, so it learns in a moment.</p><p class="note">{} No camera, no pictures? '
        'Start with drawings of ours: <span class="teach-sets">{}<button type="button" '
        'class="small" data-ask="reset">Start over</button></span></p>'
        '<div class="camera" hidden><video muted playsinline aria-label="The webcam, as a '
        'mirror"></video><div><p class="note" data-camera-of></p><button type="button" '
        'class="small" data-film>Hold to film</button> <button type="button" class="small" '
        "data-camera-close>Close</button></div></div>"
    ).format(LIMITS, sets)


def status(lesson: Lesson, said: Sequence[str] = ()) -> Markup:
    """One line on where the lesson stands, and a sentence for each trouble."""
    learned = lesson.learned
    count = len(lesson.shots)
    if learned is None:
        line = "Give two classes a picture each, and it learns." if count else "No pictures yet."
    else:
        line = (
            f"{count} pictures in {len(lesson.labels)} classes: learned and tested in "
            f"{markup.duration(learned.seconds)}."
        )
    more = markup.join(Markup('<p class="teach-trouble">{}</p>').format(s) for s in said)
    return Markup('<p class="teach-line" role="status" data-token="{}">{}</p>{}').format(
        secrets.token_hex(4), line, more
    )


def trouble(text: str) -> Markup:
    return Markup('<p class="teach-trouble" role="alert" data-token="{}">{}</p>').format(
        secrets.token_hex(4), text
    )


def classes(lesson: Lesson) -> Markup:
    """A column for each class, one for what is none of these, and a field for the next class."""
    wrong = {one.place for one in lesson.learned.wrong} if lesson.learned else set()
    ids = {lesson.shots[place].id for place in wrong}
    columns = markup.join(_class(lesson, name, ids) for name in lesson.classes)
    negative = _class(lesson, NEGATIVE, ids) if lesson.classes else ""
    return Markup(
        '<div class="board">{}{}<div class="new-class"><label>New class<input type="text" '
        'maxlength="40" placeholder="cup" data-new></label>'
        '<button type="button" class="small" data-ask="class">Add</button></div>{}</div>'
    ).format(columns, negative, _selection(lesson) if lesson.shots else "")


def _class(lesson: Lesson, name: str, wrong: set[int]) -> Markup:
    shots = lesson.of(name)
    order = sorted(shots, key=lambda s: (s.id not in wrong, -s.id))
    more = f"and {len(shots) - SHOWN} more" if len(shots) > SHOWN else ""
    if name == NEGATIVE:
        title = Markup('<b class="class-name">None of these</b>')
        remove = Markup("")
    else:
        title = Markup(
            '<input class="class-name" value="{}" maxlength="40" aria-label="Name of the class {}" '
            'data-rename="{}">'
        ).format(name, name, name)
        remove = Markup(
            '<button type="button" class="small" data-ask="drop" data-value="{}" '
            'aria-label="Remove the class {}">Remove</button>'
        ).format(name, name)
    hint = "" if shots else (OPTIONAL if name == NEGATIVE else "Drop or paste pictures here.")
    return Markup(
        '<section class="class-column{}" data-zone="{}" tabindex="0" aria-label="Pictures of {}">'
        '<header>{}<span class="count">{}</span></header>'
        '<div class="shots">{}</div><p class="note">{}{}</p>'
        '<div class="zone-tools"><label class="small">Choose<input type="file" multiple '
        'accept="image/*" data-choose aria-label="Choose pictures of {}"></label>'
        '<button type="button" class="small needs-camera" data-camera aria-label="Film {}">Film'
        "</button>{}</div></section>"
    ).format(
        " negative" if name == NEGATIVE else "", name, name, title, len(shots),
        markup.join(_shot(s, s.id in wrong) for s in order[:SHOWN]), hint, more, name, name, remove,
    )  # fmt: skip


def _shot(shot: Shot, wrong: bool) -> Markup:
    return Markup(
        '<button type="button" class="shot{}" aria-pressed="false" data-shot="{}" title="{}{}">'
        '<img alt="{}" src="{}" loading="lazy"></button>'
    ).format(
        " wrong" if wrong else "", shot.id, shot.name,
        ", taken for another class when left out" if wrong else "", shot.name, shot.thumbnail,
    )  # fmt: skip


def _selection(lesson: Lesson) -> Markup:
    """What can be done with the pictures that are marked."""
    options = markup.join(
        Markup('<option value="{}">{}</option>').format(name, name)
        for name in (*lesson.classes, NEGATIVE)
    )
    return Markup(
        '<div class="selection" hidden><span data-marked></span>'
        '<button type="button" class="small" data-ask="delete">Delete</button>'
        '<label>Move to <select data-move><option value="">…</option>{}</select></label></div>'
    ).format(options)


def trial() -> Markup:
    """Where a new picture is tried."""
    return Markup(
        '<section class="class-column trial" data-zone="" tabindex="0" aria-label="A picture to '
        'try"><header><b class="class-name">Try it</b></header>'
        '<p class="note">Drop or paste a new picture here, choose one, or hold something up to the '
        'webcam.</p><div class="zone-tools"><label class="small">Choose<input type="file" '
        'accept="image/*" data-choose aria-label="Choose a picture to try"></label>'
        '<button type="button" class="small needs-camera" data-camera>Webcam</button></div>'
        '<p class="note insecure-note">The webcam works only over https or on this machine.</p>'
        "</section>"
    )


def judged(picture: Picture, lesson: Lesson, share: np.ndarray, familiarity: Familiarity) -> Markup:
    """What the lesson says of a picture, and what can be made of the picture."""
    names = lesson.learned.labels
    order = np.argsort(-share, kind="stable")[:5]
    best = names[order[0]]
    known = familiarity.familiar and best != NEGATIVE
    big = best if known else NEGATIVE.capitalize()
    unit = markup.percent(float(share[order[0]])) if known else ""
    if not known and best != NEGATIVE:
        unit = f"nearest: {best}"
    bars = markup.join(
        Markup('<div class="share{}"><span>{}</span><i style="--share:{:.1f}%"></i><b>{}</b></div>')
        .format("" if known else " unsure", names[i], 100 * share[i],
                markup.percent(float(share[i])) if known else "")
        for i in order
    )  # fmt: skip
    keep = markup.join(
        Markup('<button type="button" class="small" data-ask="keep" data-value="{}">{}</button>')
        .format(name, f"Add to “{name}”" if name != NEGATIVE else "Add as a negative")
        for name in (*lesson.classes, NEGATIVE)
    )  # fmt: skip
    return Markup(
        '<div class="judged" data-token="{}"><img alt="The picture that was tried" src="{}"><div>'
        '<div class="answer"><span class="big">{}</span><span class="unit">{}</span></div>'
        '<div class="shares">{}</div><p class="keep">{}</p></div></div>'
    ).format(secrets.token_hex(4), thumbnail(picture.rgb, 160), big, unit, bars, keep)


def report(lesson: Lesson) -> Markup:
    """How well it does on films that were left out, and which pictures stand in its way."""
    found = lesson.learned
    if found is None:
        return Markup("")
    said = markup.join(Markup("<li>{}</li>").format(text) for text in findings(lesson, found))
    offenders = markup.join(_offender(lesson, one) for one in found.wrong[:OFFENDERS])
    worst = Markup('<h4>Taken for another class</h4><div class="offenders">{}</div>').format(
        offenders
    )
    return Markup('<div class="teach-report"><h4>How good is it?</h4><ul>{}</ul>{}</div>').format(
        said, worst if offenders else ""
    )


def findings(lesson: Lesson, found: Learned) -> list[str]:
    """Sentences on the test, what could not be tested, near-duplicates and imbalance."""
    said = []
    if found.films:
        low, high = found.swing
        said.append(
            f"Left out in turn, {found.right} of {found.films} films or photos are named rightly. "
            f"With so few, anything from {low:.0%} to {high:.0%} would be no surprise."
        )
    for name in found.untested:
        said.append(
            f"“{name}” comes from a single film or photo, so nothing of it can be left out for a "
            "test: film it again, elsewhere."
        )
    for group in found.conflicts:
        names = " and ".join(sorted({f"“{lesson.shots[i].label}”" for i in group}))
        said.append(f"The same picture, or nearly, is in {names}: one of them is wrong.")
    same = [group for group in found.alike if group not in found.conflicts]
    if same:
        count = sum(map(len, same))
        said.append(
            f"{count} pictures are nearly the same as another one and teach little; in the test "
            "they are left out together."
        )
    if found.uneven:
        most, least = (found.labels[f(range(len(found.counts)), key=found.counts.__getitem__)]
                       for f in (max, min))  # fmt: skip
        said.append(
            f"“{most}” has {max(found.counts)} pictures and “{least}” only {min(found.counts)}: "
            "each class counts the same in learning, but add to the small one."
        )
    return said


def _offender(lesson: Lesson, one) -> Markup:
    shot = lesson.shots[one.place]
    return Markup(
        '<figure><img alt="{}" src="{}"><figcaption>in “{}”, looks like <b>{}</b> ({})'
        '<span><button type="button" class="small" data-ask="move" data-id="{}" '
        'data-value="{}">Move there</button> <button type="button" class="small" '
        'data-ask="delete" data-id="{}">Delete'
        "</button></span></figcaption></figure>"
    ).format(shot.name, shot.thumbnail, shot.label, one.said, markup.percent(one.share), shot.id,
             one.said, shot.id)  # fmt: skip


def thumbnail(rgb: np.ndarray, side: int) -> str:
    """A picture as a small `data:` address."""
    from PIL import Image, ImageOps

    small = ImageOps.fit(Image.fromarray(rgb), (side, side), Image.Resampling.BILINEAR)
    content = images.encode(np.asarray(small), "WEBP", quality=70)
    return "data:image/webp;base64," + base64.b64encode(content).decode()
