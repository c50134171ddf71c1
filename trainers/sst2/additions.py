"""What visitors type and SST-2 lacks: emoji, short opinions, single words, text without opinion.

Texts are in SST-2's form (`demos.sst2.normalise`). Where the answer is known, a target stands
beside the text: the logit that the net is to learn instead of a teacher's.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from demos.sst2.normalise import normalise
from trainers.sst2 import data

SURE = 4.0  # the logit of a plain emoji, and about half of a teacher's for a plain sentence
NEUTRAL = 0.0
TIMES = 12  # that each single word is included
GLAD = "🙂😀😃😄😁😊😍🥰😘😎🤩🥳👍👏🙌💯❤️💖🏆🎉😂🤣😻💪🔥⭐🌟✨👌😇😋"
SAD = "😡😠🤬👎😞😢😭😩😫😒🙄😤🤮🤢💩😴🥱☹️🙁😖😣😕💔🤦😑😱😨😾😿😓"
_FUNCTION = """
    a an the this that these those it its he she they we i you his her their our my your him them
    us me one some any each every all both another such of in on at by for with from to into onto
    over under about after before between through during as than and or if while when where who
    whom whose which what how there here is are was were be been being am has have had having do
    does did will would can could may might shall should must 's 're 've 'd 'm 'll also then now
    so more most other same own very just even still yet again
"""

# Nouns that every review has, praise or blame; and marks.
_SUBJECT = """
    film movie story picture director director's actor actors cast scene scenes screen plot
    character characters script audience audiences music camera people man woman life time world
    work book show series year years way thing things day , . -- : ; `` '' -lrb- -rrb-
"""

FUNCTION, SUBJECT = frozenset(_FUNCTION.split()), frozenset(_SUBJECT.split())
THINGS = ("it", "this", "this movie", "this film", "the film", "the movie", "the acting",
          "the story", "the plot", "the ending", "the music", "the script", "the cast",
          "this one", "that", "everything", "the dialogue", "the first half")  # fmt: skip
SAID = ("i loved {}", "i liked {}", "i really enjoyed {}", "i hated {}", "i did n't like {}",
        "could n't stand {}", "{} was great", "{} was ok", "{} is amazing", "{} was awful",
        "{} was terrible", "{} was so good", "{} was so bad", "{} bored me", "{} made me cry",
        "{} is not bad", "{} was not good", "{} is a waste of time", "do n't bother with {}",
        "go see {}", "would watch {} again", "would not recommend {}", "i fell asleep during {}",
        "not a fan of {}", "best part : {}", "worst part : {}", "{} could have been better",
        "{} exceeded my expectations", "i wanted to like {} but could n't", "{} , wow", "{} , meh",
        "sick of {}", "{} left me cold", "can not get enough of {}", "{} deserves an award",
        "nothing about {} works", "{} is fun", "{} is boring", "what was {} thinking",
        "{} is pure joy", "{} is a disaster", "{} dragged on and on")  # fmt: skip
ALONE = ("what a mess", "so good", "so bad", "wow", "meh", "boring", "brilliant", "awful",
         "loved it", "hated it", "not bad", "not good", "not bad at all", "not good at all",
         "two thumbs up", "thumbs down", "five stars", "one star", "zero stars", "10/10",
         "1/10", "a masterpiece",
         "a waste of money", "best movie ever", "worst movie ever", "highly recommended", "avoid",
         "skip it", "must see", "a must-see", "do n't watch it", "i want my money back", "yawn",
         "it was fine", "great fun", "no fun", "never again", "perfect", "terrible", "amazing",
         "disappointing", "what a ride", "what a waste", "so funny", "not funny", "hilarious",
         "i walked out", "i laughed", "i cried", "pure gold", "pure garbage")  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "friday", "saturday", "march", "october", "noon")
OBJECTS = ("keys", "umbrella", "laptop", "blue folder", "bicycle", "passport", "charger", "milk")
PLACES = ("london", "the station", "room 12", "the office", "chicago", "berlin", "the school")
PLAIN = ("tomorrow is {day}", "the shop opens on {day}", "the meeting is on {day} in {place}",
         "we will be in {place} on {day}", "the {thing} is in {place}", "where is my {thing} ?",
         "please bring the {thing} to {place}", "i have a {thing}",
         "she put the {thing} on the table", "the next bus to {place} leaves on {day}",
         "call me on {day}", "send the {thing} to {place}",
         "the {thing} costs 20 dollars", "he works in {place}", "there is a {thing} on the chair",
         "how do i get to {place} ?", "turn left at {place}", "my name is on the {thing}",
         "open the door of {place}", "the number of the {thing} is 4711", "i live in {place}",
         "return the {thing} by {day}", "is {place} open on {day} ?")  # fmt: skip


def opinions() -> list[str]:
    """Short opinions as visitors write them, for a teacher to judge."""
    said = [pattern.format(thing) for pattern, thing in product(SAID, THINGS)]
    ended = (f"{text} ." for text in said)
    return list(dict.fromkeys([*said, *ALONE, *ended, *(f"{text} !" for text in ALONE)]))


def fragments(phrases: Sequence[str]) -> list[str]:
    """Runs of one to four words of the phrases without anything that could be an opinion."""
    words = FUNCTION | SUBJECT
    found = {
        span
        for phrase in phrases
        for span in data.spans(phrase)
        if span.count(" ") < 4 and all(w in words for w in span.split())
    }
    return sorted(found)


def plain() -> list[str]:
    """Statements, requests and questions without an opinion, with and without a full stop."""
    found = sorted(
        {
            pattern.format(day=day, thing=thing, place=place)
            for pattern in PLAIN
            for day, thing, place in product(DAYS, OBJECTS[:4], PLACES[:4])
        }
    )
    return [*found, *(f"{text} ." for text in found if text[-1] != "?")]


def neutral(phrases: Sequence[str]) -> list[str]:
    """Texts that say neither: single words many times, fragments, plain statements."""
    return [*sorted(FUNCTION | SUBJECT) * TIMES, *fragments(phrases), *plain()]


def emoji_names() -> tuple[list[str], np.ndarray]:
    """The names of emoji that are glad or sad, once to three times, and their targets (n,)."""
    texts, targets = [], []
    for symbols, target in ((GLAD, SURE), (SAD, -SURE)):
        for symbol in symbols.replace("\ufe0f", ""):
            for times in (1, 2, 3):
                texts.append(normalise(symbol * times))
                targets.append(target)
    return texts * TIMES, np.array(targets * TIMES, np.float32)


def with_emoji(
    texts: Sequence[str], targets: np.ndarray, rng: np.random.Generator, n: int
) -> tuple[list[str], np.ndarray]:
    """`n` of the texts followed by an emoji of the same mood, and their targets (n,)."""
    chosen = rng.integers(0, len(texts), n)
    found = [
        normalise(f"{texts[i]} {rng.choice(list(GLAD if targets[i] > 0 else SAD))}") for i in chosen
    ]
    return found, targets[chosen] + np.sign(targets[chosen]).astype(np.float32)
