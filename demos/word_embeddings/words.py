"""How a text becomes words: lower case, no punctuation, no stop words, lemmas, known ones only.

Training and serving take the same way; nothing here needs torch. A form is led back to its lemma
by a table that was made when the vectors were trained, so that serving needs no lemmatiser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

LONGEST = 40  # letters of a word; what is longer is none
# Function words, and the contractions that lyrics are full of, without their apostrophes.
_STOP = """
    a an the this that these those i me my mine myself you your yours yourself yourselves ya he him
    his himself she her hers herself it its itself we us our ours ourselves they them their theirs
    themselves who whom whose which what where when why how and or but nor so yet if then than
    because as until while of at by for with about against between into through during before after
    above below to from up down in out on off over under again further once here there all any both
    each few more most other some such no not only own same too very just now also
    am is are was were be been being have has had having do does did doing done will would shall
    should can could may might must ought
    im ive id ill youre youve youd youll hes shes theyre theyve theyd theyll weve wed hed shed itll
    isnt arent wasnt werent hasnt havent hadnt dont doesnt didnt wont wouldnt shant shouldnt cant
    cannot couldnt mustnt aint thats whats heres theres wheres whos lets gonna gotta wanna em til
    till cause cuz coz imma ima s t d ll m re ve y
"""
STOP = frozenset(_STOP.split())
_WORD = re.compile(r"[^\W\d_]+(?:['’`´][^\W\d_]+)*")
_TAIL = re.compile(r"['’`´]s$")
_APOSTROPHES = re.compile(r"['’`´]")


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation, figures and apostrophes."""
    found = (_APOSTROPHES.sub("", _TAIL.sub("", w)) for w in _WORD.findall(text.lower()))
    return [w for w in found if len(w) <= LONGEST]


def content(text: str) -> list[str]:
    """The words of a text without stop words."""
    return [w for w in tokens(text) if w not in STOP and len(w) > 1]


@dataclass(frozen=True)
class Word:
    """One word of a visitor's text: as it was written, and its lemma if that is known."""

    written: str
    lemma: str | None


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words that have vectors.

    words: (n,) lemmas, the most frequent first; counts: how often each occurs in the lyrics;
    forms: the lemma of each form that is not one itself.
    """

    words: tuple[str, ...]
    counts: tuple[int, ...]
    forms: Mapping[str, str]
    places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", {w: i for i, w in enumerate(self.words)})

    def __contains__(self, word: str) -> bool:
        return word in self.places

    def lemma(self, written: str) -> str | None:
        """The lemma of one word as it was written; None where it has no vector."""
        found = tokens(written)
        if len(found) != 1:
            return None
        word = found[0]
        for lemma in (self.forms.get(word, word), word):
            if lemma in self.places:
                return lemma
        return None

    def read(self, text: str) -> list[Word]:
        """The words of a text that are no stop words, in their order."""
        return [Word(w, self.lemma(w)) for w in content(text)]

    def known(self, text: str) -> list[str]:
        """The lemmas of a text that have vectors."""
        return [w.lemma for w in self.read(text) if w.lemma is not None]

    def all_lemmas(self, text: str) -> list[str]:
        """The lemmas of all words of a text that are no stop words, also of those without a
        vector."""
        return [self.forms.get(w, w) for w in content(text)]

    def count(self, word: str) -> int:
        """How often a lemma occurs in the lyrics; 0 if it has no vector."""
        place = self.places.get(word)
        return 0 if place is None else self.counts[place]

    def suggestions(self, written: str, most: int = 3) -> list[str]:
        """Known words that are spelt alike, the most alike first; none for a long or odd word."""
        word = "".join(tokens(written))
        if not 2 < len(word) <= 20 or not word.isascii():
            return []
        near = [w for w in self.words if abs(len(w) - len(word)) <= 2 and w[0] == word[0]]
        return get_close_matches(word, near, most, cutoff=0.75)
