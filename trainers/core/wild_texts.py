"""Changes to an English text that leave its meaning as it is: other ways people would type it.

For text with or without spaces before its punctuation; what a demo's data looks like does not
matter here.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable

import numpy as np

from trainers.core.wild import Change

LONG = 4  # letters that a word has at least, for a slip of the finger in it
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
EMOJI = ("🎬", "📌", "👀", "🗓️", "🍿", "✍🏽", "📝", "🎞️")  # that say nothing
BEFORE = ("Just got home.", "So, last night.", "Hi all.", "A short note from me.")
AFTER = ("That is all for today.", "Written on my phone.", "See you on Monday.", "Your thoughts?")
OPENING = re.compile(r'(^|[\s(])"(?=\S)')

Rng = np.random.Generator


def _pick(rng: Rng, among: list | tuple | str):
    return among[int(rng.integers(len(among)))]


def upper(text: str, rng: Rng) -> str:
    """THE WHOLE TEXT IN CAPITALS."""
    return text.upper()


def title(text: str, rng: Rng) -> str:
    """Every Word With A Capital."""
    return string.capwords(text)


def sentence_case(text: str, rng: Rng) -> str:
    """A capital at the beginning."""
    return text[:1].upper() + text[1:]


def closed_up(text: str, rng: Rng) -> str:
    """No space before punctuation or inside brackets, as people type."""
    text = re.sub(r"\s+([.,:;!?)\]%]|n't\b|'(?:s|re|ve|d|m|ll)\b)", r"\1", text)
    return re.sub(r"([(\[])\s+", r"\1", text)


def spaced_out(text: str, rng: Rng) -> str:
    """Spaces and line breaks at the ends and, here and there, more than one between two words."""
    words = text.split()
    gaps = [_pick(rng, (" ", " ", "  ", "\n", "\t", "\u00a0")) for _ in words[1:]]
    inner = "".join(w + g for w, g in zip(words, [*gaps, ""], strict=True)) if words else text
    return f"  {inner} \n"


def typographic(text: str, rng: Rng) -> str:
    """Quotes, apostrophes, dots and dashes as a word processor sets them."""
    text = text.replace("``", "“").replace("''", "”").replace("...", "…").replace("--", "—")
    return OPENING.sub(r"\1“", text).replace('"', "”").replace("`", "‘").replace("'", "’")


def no_stop(text: str, rng: Rng) -> str:
    """Without the full stop at its end."""
    return re.sub(r"(?<!\.)\s*\.\s*$", "", text)


def _in_words(text: str, rng: Rng, n: int, change: Callable[[str, Rng], str]) -> str:
    """`n` of the words that are long enough, changed; fewer where there are fewer."""
    parts = re.split(r"(\s+)", text)
    able = [i for i, p in enumerate(parts) if p.isalpha() and p.isascii() and len(p) >= LONG]
    for i in rng.permutation(able)[:n] if able else ():
        parts[i] = change(parts[i], rng)
    return "".join(parts)


def _slip(word: str, rng: Rng) -> str:
    """One slip of the finger after the first letter: a letter left out, typed twice, swapped
    with the next one, or replaced by its neighbour on the keyboard."""
    at = int(rng.integers(1, len(word) - 1))
    kind = rng.integers(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    row = next((r for r in KEYBOARD if word[at].lower() in r), KEYBOARD[0])
    place = max(row.find(word[at].lower()), 0)
    return word[:at] + row[place - 1 if place else 1] + word[at + 1 :]


def typo(text: str, rng: Rng) -> str:
    """One slip of the finger in one word."""
    return _in_words(text, rng, 1, _slip)


def typos(text: str, rng: Rng) -> str:
    """One slip of the finger in each of three words."""
    return _in_words(text, rng, 3, _slip)


def _lengthen(word: str, rng: Rng) -> str:
    vowels = [i for i, c in enumerate(word) if c in "aeiou"]
    at = _pick(rng, vowels) if vowels else len(word) - 1
    return word[:at] + word[at] * int(rng.integers(3, 6)) + word[at + 1 :]


def lengthened(text: str, rng: Rng) -> str:
    """One word with a letter repeated three to five times: “loooong”."""
    return _in_words(text, rng, 1, _lengthen)


def lengthened_more(text: str, rng: Rng) -> str:
    """Three such words."""
    return _in_words(text, rng, 3, _lengthen)


def emoji_after(text: str, rng: Rng) -> str:
    """Followed by an emoji that says nothing."""
    return f"{text} {_pick(rng, EMOJI)}"


def sentence_before(text: str, rng: Rng) -> str:
    """Another sentence in front that says nothing about the matter."""
    return f"{_pick(rng, BEFORE)} {text}"


def sentence_after(text: str, rng: Rng) -> str:
    """Another sentence at the end that says nothing about the matter."""
    return f"{text} {_pick(rng, AFTER)}"


CHANGES: tuple[Change[str], ...] = (
    Change("case", "a capital at the beginning", "moderate", sentence_case),
    Change("case", "every word with a capital", "moderate", title),
    Change("case", "all capitals", "strong", upper),
    Change("spacing", "no space before punctuation", "moderate", closed_up),
    Change("spacing", "more spaces and line breaks", "strong", spaced_out),
    Change("quotes", "typographic quotes and dashes", "moderate", typographic),
    Change("full stop", "no full stop at the end", "moderate", no_stop),
    Change("doubled letters", "one lengthened word", "moderate", lengthened),
    Change("doubled letters", "three lengthened words", "strong", lengthened_more),
    Change("typos", "one typo", "moderate", typo),
    Change("typos", "three typos", "strong", typos),
    Change("emoji", "an emoji that says nothing", "moderate", emoji_after),
    Change("company", "a sentence in front", "moderate", sentence_before),
    Change("company", "a sentence behind", "moderate", sentence_after),
)
