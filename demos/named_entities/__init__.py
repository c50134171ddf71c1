"""Named entities: which words of a text name a person, an organisation or a place?"""

from demos.core.demo import Demo, Example, Guess, Headline, Input, Step, Variant

FIND, GIVEN = "found here", "already apart, by spaces"

LISTS = (
    "Ada Lovett of the Harbour Museum in Oslo now writes for the Bergen Gazette, and Jens Falk "
    "of the Norwegian Film Institute has moved into her house in Tromsø."
)
WASHINGTON = (
    "George Washington never lived in Washington, which was still being built when he died. The "
    "Washington Post was founded there in 1877, and the University of Washington lies 3,700 "
    "kilometres away, in Seattle."
)
LOWER = "last spring ada lovett moved from oslo to port ellen and joined the university of glasgow."
PIECES = "The violin was made for Mieczysława Szczepankowska, who was born in Przemyśl."
GERMAN = (
    "Am Montag traf Frau Keller in Bremen den Leiter der Hafenbehörde, der gerade aus Antwerpen "
    "gekommen war."
)
TWEET = "so proud of @MiraLund!! 3rd at the #Oslo10k today 🎉🎉 next stop: Bergen w/ @nordicrunners"
JOHNS = (
    "John Ekdal was born in Leeds. John Falk moved to Leeds in 1990, and John Moen, who never met "
    "the other two, still lives there."
)


def _example(name: str, title: str, text: str, truth: str | None = None) -> Example:
    return Example(name, title, (text, FIND), truth)


DEMO = Demo(
    name="named_entities",
    slug="named-entities",
    title="Named entities",
    tab="Names",
    task="Mark the names of people, organisations and places in a text, and see how one wrong list "
    "of labels ruins a good model.",
    does="Find the names of people, organisations and places in an English text.",
    endpoint="find_names",
    inputs=(
        Input(
            "text", "text", label="Text", about="The text, in English", limit=5_000, lines=6,
            placeholder="Paste a text with names in it", verbatim=True,
        ),
        Input(
            "words", "choice", label="Its words are …", default=FIND, choices=(FIND, GIVEN),
            about="Whether words are found here, or stand apart already, with spaces between them",
            optional=True,
        ),
    ),
    variants=(
        Variant(
            "wikiann", "WikiANN, best",
            "MiniLM with the letters of each word beside it; the kind of a name is decided for the "
            "name as a whole.",
        ),
        Variant(
            "conll", "CoNLL-2003",
            "Trained on newspaper sentences with nine labels: people, organisations, places, and "
            "other names (MISC).",
        ),
        Variant(
            "mismatched", "WikiANN, wrong list",
            "The CoNLL model, trained on WikiANN for three epochs with its nine-way head: each "
            "label's number is taken at face value.",
        ),
        Variant(
            "aligned", "WikiANN, aligned",
            "The original's recipe: MiniLM with a new head of seven labels, five epochs.",
        ),
    ),
    examples=(
        _example("lists", "Two label lists", LISTS),
        _example("washington", "Washington, three ways", WASHINGTON),
        _example("lower", "No capitals", LOWER),
        _example("pieces", "A name in pieces", PIECES),
        _example("german", "In German", GERMAN),
        _example("tweet", "A tweet", TWEET),
        _example("johns", "Three Johns", JOHNS),
    ),
    tour=(
        Step(
            "lists", "wikiann",
            "Flip the switch on the right. The model is the same; only the list that gives its "
            "numbers their names changes, and a good model becomes a useless one.",
            guess=Guess(
                "Nothing changes but the list of labels. How much of a good score is left?",
                ("About nine tenths", "About a half", "About a twentieth"), 2,
            ),
        ),
        Step(
            "washington", "wikiann",
            "One word, a person, a place and two organisations; this model takes the newspaper for "
            "a place. Below, its context is hidden word by word: watch when the answer changes.",
        ),
        Step(
            "lower", "wikiann",
            "No capital anywhere. The network reads letters beside words, and some training "
            "sentences were put in small letters, so the names survive, if not always their kinds.",
            guess=Guess(
                "There is no capital in this text. Will it find the names?",
                ("Yes, if not always their kinds", "None of them", "Only those of people"), 0,
            ),
        ),
        Step(
            "pieces", "wikiann",
            "The encoder knows neither name and reads them in pieces. Only the first piece of a "
            "word was ever trained; what the others say is a by-product.",
        ),
        Step(
            "german", "wikiann",
            "The networks read English only. German nouns have capitals, too, and the page says "
            "that this text is unlike what they were trained on.",
            guess=Guess(
                "In German every noun has a capital. What will the page say?",
                ("That every noun is a name", "That the text is unlike what it learned",
                 "Nothing: it reads German as well"), 1,
            ),
        ),
        Step(
            "tweet", "wikiann",
            "Hashes, at-signs and emoji are cut off as words of their own, so places in the text "
            "stay exact; what is left is unlike any training sentence.",
        ),
    ),
    headline=Headline(metric="f1", label="F1 of names", low=0.5, high=1.0, percent=True, digits=1),
)  # fmt: skip
