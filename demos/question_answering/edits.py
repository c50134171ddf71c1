"""Other questions about the same paragraph, and other paragraphs: what does a reader need?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from demos.question_answering.result import Found

if TYPE_CHECKING:
    from demos.question_answering.predict import Predictor

AUXILIARIES = {"is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "can", "will"}
MOST = 20  # words of a question that are left out one by one; a longer one takes too long
# What a made-up sentence answers to each kind of question; nothing of it is in the paragraph.
MADE_UP = (
    ("how many", "77"), ("how much", "77"), ("who", "Walter Higgs"), ("whom", "Walter Higgs"),
    ("when", "in May 1903"), ("(?:what|which) year", "in May 1903"), ("where", "in Port Alden"),
    ("why", "because of the fog"), ("what|which", "the blue heron"),
)  # fmt: skip
UNITS = {
    "high": "metres", "tall": "metres", "deep": "metres", "wide": "metres", "far": "kilometres",
    "old": "years", "heavy": "kilograms", "fast": "minutes", "long": "minutes",
}  # fmt: skip


def negated(question: str) -> str:
    """The question with “not” after its first auxiliary verb, else with “never” after “who”, else
    with “not” in front."""
    words = question.split()
    for i, word in enumerate(words):
        if word.lower() in AUXILIARIES:
            return " ".join([*words[: i + 1], "not", *words[i + 1 :]])
    if words[:1] and words[0].lower() == "who":
        return " ".join([words[0], "never", *words[1:]])
    return " ".join(["Not:", *words])


def distraction(question: str) -> str:
    """A sentence that looks as if it answered the question, about another place (as Jia and Liang
    2017 made them; theirs were checked by people, this one follows a rule)."""
    asked = re.sub(r"[?.!\s]+$", "", question)
    how = re.match(rf"how ({'|'.join(UNITS)}) \w+ (.+)", asked, re.I | re.S)
    if how:
        return f"In another town, {how[2]}: 41 {UNITS[how[1].lower()]}."
    for kind, said in MADE_UP:
        if re.search(rf"\b(?:{kind})\b", asked, re.I):
            # The words that ask are replaced by what is said; the rest keeps its order.
            told = re.sub(rf"\b(?:{kind})\b", said, asked, count=1, flags=re.I)
            return f"In another town, {told}."
    return f"In another town, the blue heron and {asked}."


def shortest(model: Predictor, found: Found, paragraph: str) -> str | None:
    """A question of few words that keeps the answer (after Feng et al. 2018): the words whose
    loss hurts it least are dropped first; None where nothing can be left out."""
    words = found.question.split()
    if found.answer is None or not 1 < len(words) <= MOST:
        return None
    places = range(len(words))
    alone = model.answers([(_without(words, {i}), paragraph, found.longest) for i in places])
    order = sorted(places, key=lambda i: (not _same(alone[i], found), -alone[i].margin))
    tries = [_without(words, set(order[:n])) for n in range(1, len(words))]
    after = model.answers([(question, paragraph, found.longest) for question in tries])
    kept = [question for question, a in zip(tries, after, strict=True) if _same(a, found)]
    return kept[-1] if kept else None


def _same(after: Found, found: Found) -> bool:
    return after.answer == found.answer


def _without(words: list[str], left: set[int]) -> str:
    return " ".join(word for i, word in enumerate(words) if i not in left)


def all_of(model: Predictor, found: Found) -> list[tuple[str, Found]]:
    """(what was done, the answer then), about the part of the paragraph that holds the answer."""
    paragraph = model.excerpt(found)
    made = [("No question at all", ""), ("Negated", negated(found.question))]
    short = shortest(model, found, paragraph)
    if short is not None:
        made.append(("As few words as keep the answer", short))
    after = model.answers([(question, paragraph, found.longest) for _, question in made])
    return [(name, a) for (name, _), a in zip(made, after, strict=True)]
