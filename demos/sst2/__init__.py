"""SST-2: is a sentence about a film positive or negative?"""

from demos.core.demo import Demo, Example, Guess, Headline, Input, Step, Variant


def _example(name: str, title: str, text: str, truth: str | None) -> Example:
    return Example(name, title, (text,), truth)


DEMO = Demo(
    name="sst2",
    slug="sst2",
    title="SST-2 sentiment",
    tab="Sentiment",
    task="Praise or blame? Write a sentence about a film and watch the answer change word by word.",
    does="Say whether an English sentence about a film is praise or blame.",
    endpoint="judge_sentiment",
    inputs=(
        Input(
            "text",
            "text",
            label="Text",
            about="The sentence",
            limit=1000,
            placeholder="A sentence about a film, in English",
        ),
    ),
    variants=(
        Variant(
            "bilstm_distilled",
            "BiLSTM, distilled",
            "A bidirectional LSTM over word pieces that learned from a language model's answers.",
        ),
        Variant(
            "bilstm_seed",
            "Original",
            "The original Keras BiLSTM over 10,000 words with its own settings, to the letter.",
        ),
        Variant(
            "minilm",
            "MiniLM",
            "A transformer of six layers that learned from the answers of a language model.",
        ),
    ),
    examples=(
        _example("praise", "Praise", "A warm, funny and surprisingly moving film.", "positive"),
        _example("blame", "Blame", "Two hours of my life that I will never get back.", "negative"),
        _example("not_bad", "Not bad", "Not bad at all.", "positive"),
        _example(
            "mixed",
            "Mixed",
            "The actors are superb, but the story falls apart in the second half.",
            None,
        ),
        _example(
            "sarcasm",
            "Sarcasm",
            "Oh great, another sequel. Just what the world was waiting for.",
            "negative",
        ),
        _example("film", "A film", "This film is totally unpredictable.", "positive"),
        _example("phone", "A phone", "This phone is totally unpredictable.", "negative"),
        _example("angry", "An angry emoji", "😡", "negative"),
        _example("french", "In French", "C'est nul.", None),
        _example("no_review", "Not a review", "The train to Berlin leaves at nine.", None),
        _example(
            "long",
            "A long one",
            "I came in expecting very little. The first half hour is slow, the jokes are old, and "
            "the music never knows when to stop. Then something happens that I did not see coming: "
            "the two leads begin to talk, really talk, and the whole silly machine turns into a "
            "small, quiet and honest story about growing old together. I left the cinema with wet "
            "eyes and called my parents.",
            "positive",
        ),
    ),
    tour=(
        Step(
            "sarcasm",
            "bilstm_distilled",
            "Sarcasm praises in words and blames through the situation. From “great” on, the "
            "network reads praise; it changes its mind only near the end, at “waiting”.",
            guess=Guess(
                "“Oh great, another sequel. Just what the world was waiting for.” What will it "
                "say?",
                ("Praise", "Blame", "It cannot decide"),
                1,
            ),
        ),
        Step(
            "not_bad",
            "bilstm_distilled",
            "“Not” is a bad beginning and “bad” is a bad word, but “not bad” is praise: the curve "
            "turns at the second word, because the network reads in order.",
            guess=Guess(
                "“Not bad at all.” What will it say?", ("Praise", "Blame", "It cannot decide"), 0
            ),
        ),
        Step(
            "mixed",
            "bilstm_distilled",
            "Praise, then blame. There is no “mixed” to choose: the curve stays high until the "
            "story “falls”, and the second half decides.",
        ),
        Step(
            "no_review",
            "bilstm_seed",
            "This is not a review at all. The original network says praise at over 90 %; it has no "
            "way to say “neither”. A separate score says that the text is unlike the training "
            "data, so no percentage is shown.",
            guess=Guess(
                "“The train to Berlin leaves at nine.” What will the page say?",
                (
                    "Neither praise nor blame",
                    "That this is unlike its training data",
                    "Praise, at over 90 %",
                ),
                1,
            ),
        ),
        Step(
            "phone",
            "bilstm_distilled",
            "Unpredictable is praise for a film and blame for a phone. This network blames both, "
            "the phone more (try the example “A film”), as MiniLM does; the original praises both.",
        ),
        Step(
            "blame",
            "bilstm_seed",
            "The original network scored 92.0 % on phrases held out at random and 82.9 % on whole "
            "new sentences: phrases of one sentence were on both sides of the split, so it leaked.",
        ),
    ),
    headline=Headline(
        metric="accuracy",
        label="accuracy",
        low=0.78,
        high=0.96,
        percent=True,
        digits=1,
    ),
)
