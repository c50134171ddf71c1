"""Questions that lean on what was said before, made to stand alone by a rule that can be read.

“When was he born?” after a question about Piglet becomes “When was Piglet born?”. Nothing is
rewritten that stands alone, and what was done is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from demos.pooh_rag import words

Turn = tuple[str, str]  # role, what was said
_PERSON = re.compile(r"\b(he|she|they|him|them|his|hers|her|their)\b", re.IGNORECASE)
_THING = re.compile(r"\b(it|its|this|that one|those|these)\b", re.IGNORECASE)
_OWN = {"his", "her", "hers", "their", "its"}
_BARE = re.compile(r"^(why|how|when|where|who|what)( not| exactly| else)?\s*\?*$", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:and|but|what about|how about|and what about)\s+(.{2,60}?)\s*\?*$", re.I)
_LEADING = re.compile(r"^(?:and|but|so|then)\s+(?=(?:who|what|when|where|why|how)\b)", re.I)
_NOUN = re.compile(r"\b(?:the|a|an)\s+((?:[a-z-]+\s+){0,2}[a-z-]{3,})", re.IGNORECASE)


def subject(text: str, known: Sequence[str]) -> str | None:
    """The name that a question is about: the first of the known names in it, longest first."""
    places = [(m.start(), -len(n), n) for n in known for m in [_whole(n).search(text)] if m]
    return min(places)[2] if places else None


def rewrite(question: str, before: Sequence[Turn], known: Sequence[str]) -> str:
    """The question as it stands alone. known: names of the text."""
    asked = [said for role, said in before if role == "user"]
    if not asked:
        return question
    answered = [said for role, said in before if role == "assistant"]
    last = asked[-1]
    if _BARE.match(question.strip()):
        return f"{question.strip(' ?').capitalize()}: {last}"
    about = _ABOUT.match(question.strip())
    old = subject(last, known)
    if about and not re.search(r"\b(is|are|was|were|did|do|does|has|had)\b", about[1]):
        return _whole(old).sub(about[1].strip(), last) if old else f"{last} {about[1]}"
    found = _LEADING.sub("", question.strip())
    found = found[:1].upper() + found[1:]
    if subject(found, known) is None and _PERSON.search(found):
        who = _person(last, asked, answered, known)
        found = _PERSON.sub(lambda m: _in_place(m[0], who), found) if who else found
    elif _THING.search(found) and not re.search(
        r"\b(is|was|does|did)\s+it\b.*\b(rain|snow)", found
    ):
        what = _thing(last, answered)
        found = _THING.sub(lambda m: _in_place(m[0], what), found, count=1) if what else found
    return found if found != question.strip() else question


def _person(
    last: str, asked: Sequence[str], answered: Sequence[str], known: Sequence[str]
) -> str | None:
    """Whom a pronoun means: the subject of the last question, or its answer if that was a name."""
    if re.match(r"\s*(who|whom|whose)\b", last, re.IGNORECASE) and answered:
        named = subject(_plain(answered[-1]), known)
        if named:
            return named
    for said in reversed(asked):
        named = subject(said, known)
        if named:
            return named
    return None


def _thing(last: str, answered: Sequence[str]) -> str | None:
    """What “it” means: a noun of the last question, else a short answer."""
    nouns = _NOUN.findall(last)
    if nouns:
        return f"the {nouns[-1]}"
    short = _plain(answered[-1]) if answered else ""
    return short if 0 < len(short.split()) <= 4 else None


def _plain(answer: str) -> str:
    return re.sub(r"\s*\[\d+\]", "", answer).strip(" .")


def _in_place(pronoun: str, who: str) -> str:
    return f"{who}'s" if pronoun.lower() in _OWN else who


def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(name)}\b")


def exchanged(question: str, cast: Sequence[str]) -> list[str]:
    """The question about each of the others of the cast: the first of them that it names is
    replaced. Nothing where it names none."""
    there = [n for n in cast if _whole(n).search(question)]
    if not there:
        return []
    first = min(there, key=lambda n: _whole(n).search(question).start())
    return [_whole(first).sub(other, question) for other in cast if other not in there]


def named(text: str, known: Sequence[str]) -> set[str]:
    """Which of the known names a text has, in lower case; part of a longer one does not count."""
    left, found = text, set()
    for name in sorted(known, key=len, reverse=True):
        if _whole(name).search(left):
            found.add(words.stem(name.split()[0]))
            left = _whole(name).sub(" ", left)
    return found
