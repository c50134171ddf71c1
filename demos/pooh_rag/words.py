"""Words as search and the check of support compare them: lower case, without their endings."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_STOP = """
a an the and or but if then so as at by for from in into of off on onto out over to up with
about after before during while until than that this these those there here it its he him
his she her they them their we us our you your i me my is am are was were be been being do
does did done have has had having will would shall should can could may might must not no
nor very just only also too which who whom whose what when where why how all any both each
some such own same again once what's it's don't didn't isn't wasn't
"""
STOP = frozenset(_STOP.split())  # words that say nothing by themselves
# Forms that no rule finds.
_FORMS = {
    "ate": "eat", "eaten": "eat", "began": "begin", "begun": "begin", "blew": "blow",
    "blown": "blow", "bought": "buy", "broke": "break", "broken": "break", "brought": "bring",
    "built": "build", "burst": "burst", "came": "come", "caught": "catch", "climbed": "climb",
    "drank": "drink", "drunk": "drink", "dug": "dig", "fell": "fall", "fallen": "fall",
    "felt": "feel", "flew": "fly", "flown": "fly", "found": "find", "gave": "give",
    "given": "give", "gone": "go", "got": "get", "heard": "hear", "held": "hold", "hid": "hide",
    "hidden": "hide", "hung": "hang", "kept": "keep", "knew": "know", "known": "know",
    "left": "leave", "lost": "lose", "made": "make", "men": "man", "met": "meet", "mice": "mouse",
    "ran": "run", "rode": "ride", "said": "say", "sang": "sing", "sung": "sing", "sat": "sit",
    "saw": "see", "seen": "see", "sent": "send", "shook": "shake", "shot": "shoot", "sold": "sell",
    "slept": "sleep", "spoke": "speak", "spoken": "speak", "stood": "stand", "stole": "steal",
    "stolen": "steal", "stuck": "stick", "swam": "swim", "taken": "take", "taught": "teach",
    "threw": "throw", "thrown": "throw", "thought": "think", "told": "tell", "took": "take",
    "tore": "tear", "torn": "tear", "understood": "understand", "went": "go", "woke": "wake",
    "woken": "wake", "won": "win", "wore": "wear", "worn": "wear", "written": "write",
    "wrote": "write", "feet": "foot", "teeth": "tooth", "better": "good", "best": "good",
    "worse": "bad", "worst": "bad", "children": "child", "animals": "animal",
}  # fmt: skip


def stem(word: str) -> str:
    """A word without its ending, near enough to its lemma to compare two of them."""
    word = word.lower().replace("’", "'")
    word = re.sub(r"'s?$", "", word)
    word = _FORMS.get(word, word)
    for ending, least, instead in (
        ("ies", 4, "y"), ("ied", 4, "y"), ("ing", 5, ""), ("ed", 4, ""), ("ly", 5, ""),
        ("es", 4, ""), ("s", 4, ""), ("er", 6, ""),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) >= least and not word.endswith("ss"):
            word = word.removesuffix(ending) + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def words(text: str) -> list[str]:
    """All words of a text, as they are written."""
    return WORD.findall(text)


def content(text: str) -> list[str]:
    """The stems of the words that say something, repetitions included."""
    return [stem(w) for w in words(text) if w.lower().replace("’", "'") not in STOP]


_WAYS = (
    ("how many", r"how (?:many|much|long|old|far|high|often|tall|big)"), ("who", r"who(?:m|se)?"),
    ("what", r"what|which"), ("when", r"when"), ("where", r"where"), ("why", r"why"),
    ("how", r"how"),
)  # fmt: skip


def way(question: str) -> str:
    """The word that a question asks with, of the first that it has; empty without one."""
    found = [(m.start(), name) for name, pattern in _WAYS
             for m in [re.search(rf"\b(?:{pattern})\b", question, re.IGNORECASE)] if m]  # fmt: skip
    return min(found, key=lambda f: f[0])[1] if found else ""
