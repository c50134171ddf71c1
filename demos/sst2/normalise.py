"""From text as people type it to the form that SST-2 has it in.

The data is lower case and cut into tokens as the Penn Treebank cuts them: “I don't like it.” is
written `i do n't like it .` there, and “don't” does not occur at all. A network that was trained
on that form must be given it. Text that has the form already stays as it is. An emoji becomes
its name, as Unicode has it: 😡 is “enraged face”, words that a network may know.
"""

from __future__ import annotations

import re
from typing import Any

from emoji import replace_emoji

QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "“": " `` ", "”": " '' ",
                        "„": " `` ", "…": " ... ", "—": " -- ", "–": " -- ",
                        "‐": "-", "‑": "-"})  # fmt: skip
# A full stop stays with these; elsewhere it is a token of its own.
ABBREVIATIONS = frozenset(
    ("mr.", "mrs.", "ms.", "dr.", "jr.", "sr.", "st.", "vs.", "etc.", "inc.", "co.", "bros.",
     "prof.", "al.", "a.m.", "p.m.", "wash.", "sept.", "dept.")
)  # fmt: skip
_SKIN_TONE = re.compile(r"_?(?:medium-)?(?:light|medium|dark)_skin_tone")
_LEFT_OVER = str.maketrans(dict.fromkeys("\u200d\ufe0e\ufe0f"))  # joiners and choices of style
_INITIALS = re.compile(r"(?:[a-z]\.)+")

_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r'(^|[\s(\[{])"(?=\S)', r"\1 `` "),  # an opening double quote, then a closing one
        (r'"', " '' "),
        (r"\.{2,}", " ... "),
        (r"-{2,}", " -- "),
        (r"([;?!()\[\]{}%]|\*+)", r" \1 "),
        (r"(\$|#)(?=\d)", r" \1 "),
        (r"(?<!\d)([,:])|([,:])(?!\d)", r" \1\2 "),  # but 10,000 and 9:30
        (r"(?<=\s)'(?=(?!(?:s|re|ve|d|m|ll|em|til|n|t)\b)[a-z])", r" ` "),  # an opening quote
        (r"(?<=[a-z])n't\b", r" n't"),
        (r"(?<=[a-z0-9.])'(s|re|ve|d|m|ll)\b", r" '\1"),
        (r"(?<=\w)(?<!\s'n)'(?=\s)", r" ' "),  # a closing quote, or a possessive
        (r"(?<=[^\s'])''(?=\s)", r" '' "),
        (r"\bcannot\b", "can not"),
        (r"\b(gon|wan)(na)\b", r"\1 \2"),
    )
)


def normalise(text: str) -> str:
    """The text in SST-2's form: lower case, tokens with one space between them."""
    text = replace_emoji(text, _emoji_name).translate(_LEFT_OVER)
    text = f" {text.translate(QUOTES).lower()} "
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return " ".join(_stops(text.split()))


def _emoji_name(symbol: str, about: dict[str, Any]) -> str:
    """The English name of an emoji, without the colour of a skin unless it is one."""
    name = about["en"].strip(":")
    name = (_SKIN_TONE.sub("", name) or name).removeprefix("keycap_")
    return f" {name.replace('_', ' ')} "


def _stops(tokens: list[str]) -> list[str]:
    """The tokens with the full stops that end sentences set apart."""
    out = []
    for token in tokens:
        if (
            len(token) > 1
            and token.endswith(".")
            and token != "..."
            and token not in ABBREVIATIONS
            and not _INITIALS.fullmatch(token)
        ):
            out += [token[:-1], "."]
        else:
            out.append(token)
    return out
