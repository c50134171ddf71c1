"""Word embeddings: what the words of 18,000 songs say about each other, about moods and genres."""

from demos.core.demo import Demo, Example, Guess, Headline, Input, Step, Variant

GENRES = ("Country", "Electronic", "Hip-Hop", "Metal", "Pop", "R&B", "Rock")
WINDOWS = ("w2v_2", "w2v_10", "w2v_20")
GENRE_MODELS = ("genre_best", "genre_bow_nb", "genre_avg_w2v", "genre_tfidf_w2v", "genre_cnn")
MOODS = ("sentiment_best", "sentiment_ridge", "sentiment_mlp")

# Verses of our own, each about leaving a town.
DUSTY = (
    "Mama's on the front porch waving at my truck, radio is playing, got a pocketful of luck. "
    "Whiskey in the glovebox and the dust upon my boots, this old dirt road is taking me away from "
    "my own roots. I kissed my girl on Sunday by the river and the pines, now I'm counting all the "
    "miles beside the county lines."
)
STEEL = (
    "Ashes fall upon the throne, the iron gates of sorrow burn, the legions march on broken bone, "
    "into the void and no return. Blood of the fallen stains the ground, eternal darkness fills "
    "the sky, the demons rise without a sound, beneath the blackened sun we die."
)
CORNER = (
    "Yo I left the block at seven with a hundred in my sock, homies on the corner keep on checking "
    "on the clock. Rappers talk that money but they never pay the rent, I'm spitting on this mic "
    "and I mean it every cent. Haters at the window and the cops upon my street, I bounce up out "
    "the city with my name upon the beat."
)
WORDSIM = Headline("wordsim353", "WordSim-353", low=0.3, high=0.8, digits=2)
MOOD = Headline("cv_mse", "squared error of sentiment", low=0.04, high=0.25, digits=3)

DEMO = Demo(
    name="word_embeddings",
    slug="word-embeddings",
    title="Word embeddings",
    tab="Words",
    task="What 18,000 songs say about words: paste a verse for its genre, or write a word, a sum "
    "of words or a direction for what lies near it.",
    does="The genre of a verse (variants genre_…), the words nearest to a word, to a sum such as "
    "king - man + woman, or along a direction such as sad ↔ happy (w2v_…), or the sentiment of a "
    "word or a short phrase (sentiment_…), as songs use words.",
    endpoint="read_words",
    inputs=(
        Input(
            "text", "text", label="Verse, word, sum or direction", limit=5000, lines=5,
            about="A verse, a word, a sum of words (king - man + woman) or a direction (sad ↔ "
            "happy), in English",
            placeholder="A verse, or: sick, or: king - man + woman, or: sad ↔ happy",
        ),
    ),
    variants=(
        Variant(
            "genre_best", "Genre: best",
            "Genre of a verse: one linear layer over pieces of words, words and style.",
        ),
        Variant(
            "w2v_2", "Words: window 2",
            "Nearest words: a word is who stands next to it, two on either side.", WORDSIM,
        ),
        Variant(
            "w2v_10", "Words: window 10",
            "Nearest words: a word is its line, ten words on either side.", WORDSIM,
        ),
        Variant(
            "w2v_20", "Words: window 20",
            "Nearest words: a word is its verse, twenty words on either side.", WORDSIM,
        ),
        Variant(
            "sentiment_best", "Mood: best",
            "Mood of a word, also of one that no song has: MiniLM and a kernel regression.", MOOD,
        ),
        Variant(
            "genre_bow_nb", "Genre: bag of words",
            "Genre by naive Bayes on words and pairs of words, as the original has it.",
        ),
        Variant(
            "genre_avg_w2v", "Genre: mean vector",
            "Genre by logistic regression on the mean of the words' vectors.",
        ),
        Variant(
            "genre_tfidf_w2v", "Genre: weighted mean",
            "The same, with rare words weighing more.",
        ),
        Variant(
            "genre_cnn", "Genre: convolutions",
            "Genre by a network that looks for runs of two to four words.",
        ),
        Variant(
            "sentiment_ridge", "Mood: Ridge",
            "Mood by a linear regression on a word's vector, as the original has it.", MOOD,
        ),
        Variant(
            "sentiment_mlp", "Mood: small network",
            "Mood by a network with one hidden layer on a word's vector.", MOOD,
        ),
    ),
    examples=(
        Example("country", "Leaving town, dusty", (DUSTY,), "Country",
                variant="genre_best"),
        Example("metal", "Leaving town, in steel", (STEEL,), "Metal",
                variant="genre_best"),
        Example("hip_hop", "Leaving town, on beat", (CORNER,), "Hip-Hop",
                variant="genre_best"),
        Example("king", "king − man + woman", ("king - man + woman",), variant="w2v_10"),
        Example("sick", "A word: sick", ("sick",), variant="w2v_10"),
        Example("guitar", "A word: guitar", ("guitar",), variant="w2v_2"),
        Example("direction", "sad ↔ happy", ("sad ↔ happy",), variant="w2v_10"),
        Example("unseen", "A mood: heartwarming story", ("heartwarming story",),
                variant="sentiment_best"),
    ),
    tour=(
        Step(
            "king", "w2v_10",
            "Vectors can be added up: king less man, plus woman. Queen is near the top, and before "
            "it stands Kong, a king whom songs know, too. The three given words are left out, or "
            "king itself would be the answer.",
            guess=Guess(
                "King less man, plus woman: which word do songs put first?",
                ("Queen", "Kong", "Princess"), 1,
            ),
        ),
        Step(
            "guitar", "w2v_2",
            "Window 2 finds words that could stand in the same place, window 20 words of the same "
            "scene. Compare the three columns: same songs, same method, another notion of "
            "likeness.",
            guess=Guess(
                "With a window of two words, which word is nearest to “guitar”?",
                ("Stage", "Music", "Picker"), 2,
            ),
        ),
        Step(
            "sick", "w2v_10",
            "“Sick” is ill, fed up, or excellent. It has one vector, so its neighbours are a "
            "mixture of whatever the songs meant by it.",
            guess=Guess(
                "Which word is nearest to “sick”?",
                ("Flu", "Cool", "Tired"), 0,
            ),
        ),
        Step(
            "hip_hop", "genre_best",
            "A verse of ours on leaving town. The same departure is also there as Country and as "
            "Metal: see below which words decided each time.",
        ),
        Step(
            "country", "genre_bow_nb",
            "Naive Bayes looks better when an artist's songs lie on both sides of the split. “What "
            "the split hid”, below, has the same model on new artists and on new sources.",
        ),
        Step(
            "direction", "w2v_10",
            "A direction of your own: move the slider from one end to the other and see which "
            "words lie there. Then write two other words with ↔ (or <->) between them.",
        ),
    ),
    headline=Headline("accuracy", "accuracy", low=0.4, high=0.75, percent=True, digits=1),
)  # fmt: skip
