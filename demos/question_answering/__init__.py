"""Question answering: which words of a paragraph answer a question, if any?"""

from demos.core.demo import Demo, Example, Guess, Headline, Input, Step, Variant

LIGHTHOUSE = (
    "The lighthouse on Gull Point was built in 1874 by Ada Thornbury, an engineer from Leeds, "
    "after three ships had run aground there in a single winter. It is 31 metres high and its lamp "
    "can be seen from 24 kilometres away. Until 1962 two keepers lived in the tower; since then "
    "the light has been switched on and off by a clock in the harbour office."
)
RACE = (
    "At the spring race, Mara Lindqvist ran the ten kilometres in 38 minutes and came first among "
    "114 women. Her brother Jonas needed 41 minutes and came ninth among 230 men."
)
MISLED = (
    f"{RACE} At the autumn race, Petra Olsen swam the two kilometres in 36 minutes and came first."
)
FILLER = (
    "The road follows the river for a while and then climbs between fields of barley. "
    "In the village there is a bakery, a school and a small museum of tools. "
    "Most visitors come in summer, when the water is low and the paths are dry. "
)
LONGEST = 30  # words of an answer
LONG = FILLER * 12 + "The stone bridge was paid for by the miller's widow. " + FILLER * 12
# What else might be asked about the examples' paragraphs.
QUESTIONS = {
    LIGHTHOUSE: (
        "How high is it?", "Why was the lighthouse built?", "Who switches the light on today?",
        "When did the last keepers leave?", "Where was the engineer from?",
    ),
    RACE: ("Who won among the women?", "How many men took part?", "How long did Jonas need?"),
    MISLED: ("Who came first in autumn?", "Who swam?", "Who ran ten kilometres?"),
    LONG: ("What grows in the fields?", "When do visitors come?", "What kind of bridge is it?"),
}  # fmt: skip


def _example(
    name: str, title: str, question: str, paragraph: str, truth: str | None = None
) -> Example:
    return Example(name, title, (question, paragraph, LONGEST), truth)


DEMO = Demo(
    name="question_answering",
    slug="question-answering",
    title="Question answering",
    tab="Questions",
    task="Ask a question about a paragraph: the reader points at the words that answer it, or says "
    "that there are none.",
    does="Find the words in an English paragraph that answer a question.",
    endpoint="answer_question",
    inputs=(
        Input(
            "question", "text", label="Question", about="The question, in English", limit=300,
            placeholder="Who …? When …? How many …?",
        ),
        Input(
            "paragraph", "text", label="Paragraph", about="The text that holds the answer",
            limit=20_000, lines=8, placeholder="Paste a paragraph, or a few pages", verbatim=True,
        ),
        Input(
            "longest", "number", label="Longest answer, in words", low=1, high=LONGEST, step=1,
            about="The maximum number of words in the answer", default=LONGEST, optional=True,
        ),
    ),
    variants=(
        Variant(
            "minilm", "MiniLM", "A transformer of six layers that scores every span of the text."
        ),
    ),
    examples=(
        _example("who", "An easy who", "Who built the lighthouse?", LIGHTHOUSE, "Ada Thornbury"),
        _example("how_many", "Two numbers", "How many women took part?", RACE, "114"),
        _example(
            "distraction", "A distraction", "How fast was the woman who won the spring race?",
            MISLED, "38 minutes",
        ),
        _example("shortened", "Hardly a question", "lighthouse?", LIGHTHOUSE),
        _example(
            "nothing", "Not in the text", "Which colour is the door of the lighthouse?", LIGHTHOUSE,
            "no answer",
        ),
        _example("long", "A long text", "Who paid for the bridge?", LONG, "the miller's widow"),
    ),
    tour=(
        Step(
            "who", "minilm",
            "The reader does not write: it scores every pair of a first and a last word, and "
            "points at the best one.",
        ),
        Step(
            "how_many", "minilm",
            "The text has two numbers, one for women and one for men. Which one is right depends "
            "on one word of the question.",
            guess=Guess(
                "The text has two numbers, one for women and one for men. Which will it take?",
                ("The first one", "The one that was asked for", "Both"), 1,
            ),
        ),
        Step(
            "distraction", "minilm",
            "A sentence about another race was added. Sentences like it, made to mislead, halved "
            "the scores of readers in 2017 (Jia and Liang).",
        ),
        Step(
            "shortened", "minilm",
            "Only one word of the question is left. “Does it read the question?” below shows "
            "which words the reader needs at all.",
            guess=Guess(
                "Only one word of the question is left. What will it do?",
                ("Answer as before", "Answer with something else",
                 "Say that there is no answer"), 2,
            ),
        ),
        Step(
            "nothing", "minilm",
            "The paragraph does not say. “No answer” is a candidate like any other: the best span "
            "has to beat it by a margin that was set on held-out questions.",
            guess=Guess(
                "The paragraph does not say. What will the reader do?",
                ("Say so", "Point at a likely name", "Make up an answer"), 0,
            ),
        ),
        Step(
            "long", "minilm",
            "Some 1,200 words, and the reader sees 384 word pieces at a time: it looks through "
            "overlapping windows and compares their best spans.",
        ),
    ),
    headline=Headline(metric="f1", label="F1", low=0.5, high=1.0, percent=True, digits=1),
)  # fmt: skip
