"""Small edits of a text, each to ask the network again: what changes its mind?"""

from __future__ import annotations

import random

# Each word with its opposite; both ways are tried.
OPPOSITES = tuple(
    tuple(pair.split())
    for pair in (
        "good bad", "great terrible", "best worst", "better worse", "funny unfunny",
        "fresh stale", "smart stupid", "clever dumb", "moving boring", "warm cold",
        "beautiful ugly", "brilliant awful", "fun dull", "exciting tedious", "strong weak",
        "bright dark", "fascinating boring", "perfect flawed", "original derivative",
        "wonderful horrible", "charming annoying", "memorable forgettable", "engaging dreary",
        "rich poor", "deep shallow", "loved hated", "love hate", "loves hates", "enjoyed endured",
        "enjoy endure", "happy sad", "fine poor", "intelligent silly", "subtle obvious",
        "superb dreadful", "entertaining tiresome", "thrilling lifeless", "success failure",
        "win lose", "masterpiece mess", "delightful unpleasant", "lively lifeless", "easy hard",
        "nice nasty", "sharp blunt", "interesting uninteresting", "convincing unconvincing",
        "more less", "hilarious humorless", "like dislike", "liked disliked", "long short",
        "slow fast", "old new", "hot cold", "excellent awful", "amazing disappointing",
    )
)  # fmt: skip
_OPPOSITE: dict[str, str] = {}
for _one, _other in OPPOSITES:
    _OPPOSITE.setdefault(_one, _other)
    _OPPOSITE.setdefault(_other, _one)
# Verbs that take “not” after them.
_AUXILIARIES = frozenset(
    ("is", "are", "was", "were", "am", "be", "been", "'s", "'re", "'m", "do", "does", "did", "has",
     "have", "had", "can", "could", "will", "would", "should", "may", "might", "must")
)  # fmt: skip


def negated(words: list[str]) -> list[str]:
    """The text with its first negation taken out, or with “not” after its first auxiliary verb,
    or before everything."""
    for i, word in enumerate(words):
        if word in ("not", "n't", "never"):
            left = words[:i] + words[i + 1 :]
            if i and left[i - 1] in ("ca", "wo"):
                left[i - 1] = {"ca": "can", "wo": "will"}[left[i - 1]]
            return left
    for i, word in enumerate(words):
        if word in _AUXILIARIES:
            return [*words[: i + 1], "not", *words[i + 1 :]]
    return ["not", *words]


def opposite(words: list[str], strongest_first: list[int]) -> list[str] | None:
    """The text with one word exchanged for its opposite: the strongest that has one, or None."""
    for i in strongest_first:
        if words[i] in _OPPOSITE:
            return [*words[:i], _OPPOSITE[words[i]], *words[i + 1 :]]
    return None


def shuffled(words: list[str]) -> list[str]:
    """The same words in another order, always the same one."""
    left = list(words)
    random.Random(0).shuffle(left)
    return left


def without(words: list[str], index: int) -> list[str]:
    """The text without one word."""
    return [*words[:index], *words[index + 1 :]]
