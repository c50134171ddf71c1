"""Words: reading, vectors, genres, moods, maps, bias, and what visitors type."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from demos.core.errors import UserError
from demos.word_embeddings import DEMO, GENRE_MODELS, GENRES, MOODS, WINDOWS, bias, maps, queries
from demos.word_embeddings.grams import Features, character_grams, collapsed, word_grams, words
from demos.word_embeddings.space import SLURS, Space
from demos.word_embeddings.style import figures
from demos.word_embeddings.terms import Terms
from demos.word_embeddings.words import Vocabulary

# What people paste that is no word of English.
ODD = (
    "x" * 300, "12345 678", "灯台は白い", "привет мир", "?!…", "٣٤٥", "🎸🎸", "qzxv wvqj",
)  # fmt: skip
VERSE = DEMO.example("country").inputs[0]


@pytest.fixture(scope="module")
def space(predictors) -> Space:
    return predictors["w2v_10"].space


@pytest.fixture
def small() -> Vocabulary:
    names = ("king", "queen", "man", "woman", "dream", "sad", "happy")
    return Vocabulary(names, tuple(range(700, 0, -100)), {"dreams": "dream", "kings": "king"})


@pytest.mark.parametrize("name", ["country", "metal", "hip_hop"])
def test_verses_of_ours_are_told_as_they_were_meant(predictors, name: str):
    example = DEMO.example(name)
    assert predictors["genre_best"].predict(*example.inputs).label == example.truth


@pytest.mark.parametrize("variant", WINDOWS)
def test_sums_leave_out_what_was_given(predictors, variant: str):
    found = predictors[variant].predict("king - man + woman")
    assert found.query.plus == ("king", "woman") and found.query.minus == ("man",)
    near = [n.word for n in found.near]
    assert len(near) == 10 and not {"king", "man", "woman"} & {*near}
    values = [n.similarity for n in found.near]
    assert values == sorted(values, reverse=True) and max(values) <= 1 + 1e-5
    assert all(n.count > 5 and 0 <= n.stability <= 1 for n in found.near)


def test_the_best_windows_put_a_queen_near_a_king_for_a_woman(predictors):
    asked = "king - man + woman"
    assert "queen" in [n.word for name in WINDOWS for n in predictors[name].predict(asked).near]


@pytest.mark.parametrize("variant", WINDOWS)
@pytest.mark.parametrize("text", ["sad ↔ happy", "sad <-> happy", "sad <> happy"])
def test_a_direction_has_two_ends(predictors, variant: str, text: str):
    found = predictors[variant].predict(text)
    assert found.query.kind == "direction"
    assert (found.query.minus, found.query.plus) == (("sad",), ("happy",))
    assert not {n.word for n in found.near} & {n.word for n in found.left}
    space = predictors[variant].space
    away = space.vector("happy") - space.vector("sad")
    leaning = [[float(space.vector(n.word) @ away) for n in side]
               for side in (found.left, found.near)]  # fmt: skip
    assert max(leaning[0]) < 0 < min(leaning[1])


@pytest.mark.parametrize("text", ODD)
def test_what_is_no_word_has_no_neighbours_no_mood_and_no_genre(predictors, text: str):
    for variant in (*WINDOWS, "sentiment_ridge", "sentiment_mlp"):
        with pytest.raises(UserError) as refused:
            predictors[variant].predict(text)
        assert 20 < len(str(refused.value)) < 300
    mood = predictors["sentiment_best"].predict(text)
    assert not mood.familiarity.familiar and mood.to_json()["value"] is None
    try:
        genre = predictors["genre_best"].predict(text)
    except UserError:
        return
    assert not genre.familiarity.familiar and genre.to_json()["value"] is None


def test_unknown_words_get_suggestions_and_never_a_vector(predictors):
    with pytest.raises(UserError, match=r"guitr.*guitar"):
        predictors["w2v_2"].predict("guitr")
    with pytest.raises(UserError, match=r"hapy.*happy"):
        predictors["w2v_2"].predict("sad ↔ hapy")
    found = predictors["w2v_2"].predict("the zzyzx guitar")
    assert found.unknown == ("zzyzx",) and found.to_json()["unknown_words"] == ["zzyzx"]


@pytest.mark.parametrize("form", ["dreams", "Dreams", " DREAMS ", "dreams,", "“dreams”"])
def test_forms_lead_to_their_lemma(small: Vocabulary, form: str):
    assert small.lemma(form) == "dream"


@pytest.mark.parametrize(
    ("text", "plus", "minus"),
    [
        ("king - man + woman", ("king", "woman"), ("man",)),
        ("king − man + woman", ("king", "woman"), ("man",)),
        ("- sad + happy", ("happy",), ("sad",)),
        ("kings+queen", ("king", "queen"), ()),
    ],
)
def test_sums_as_people_write_them(small: Vocabulary, text, plus, minus):
    found = queries.read(text, small)
    assert (found.kind, found.plus, found.minus) == ("sum", plus, minus)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" + ".join(["king"] * 100), "100 words"),
        ("king + ", "sign without a word"),
        ("king - + man", "sign without a word"),
        ("sad ↔", "two ends"),
        ("sad ↔ happy ↔ king", "two ends"),
        ("sad ↔ sad", "the same"),
        ("king - xyzzy + woman", "xyzzy"),
        ("the", "stop word"),
        ("", "no word"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(small: Vocabulary, text: str, said: str):
    with pytest.raises(UserError, match=said) as refused:
        queries.read(text, small)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("seed", range(4))
def test_the_words_that_decided_add_up_to_the_margin(predictors, seed: int):
    """Of any text, what words and style add is the logit over the mean of all, to the digit."""
    model, rng = predictors["genre_best"], np.random.default_rng(seed)
    parts = [*VERSE.split(), "fuck", "rock'n'roll", "(oh", "oh)", "née", "–", "42", "yeah!", "灯台"]
    text = " ".join(rng.choice(parts, int(rng.integers(3, 60))))
    for genre in range(len(GENRES)):
        found, logits = model.explain(text, genre), model.logits(text)
        total = found.values.sum() + found.rest
        assert total == pytest.approx(float(logits[genre] - logits.mean()), abs=2e-3)
        assert len(found.words) == len(found.values) == len(words(collapsed(text)))


@pytest.mark.parametrize("seed", range(4))
def test_grams_stand_where_they_are_said_to(seed: int):
    rng = np.random.default_rng(seed)
    text = "".join(rng.choice(list("ab c'é?–  "), 60))
    text = collapsed(text)
    for gram, start, end in character_grams(text, 2, 5):
        assert gram.strip() == text[start:end] and 2 <= len(gram) <= 5
    for gram, start, end in word_grams(text, 1, 3):
        assert gram.split()[0] == text[start : start + len(gram.split()[0])]
        assert text[start:end].endswith(gram.split()[-1])


def test_line_breaks_case_and_quotes_change_nothing(predictors):
    broken = VERSE.replace(", ", ",\n").replace("'", "’").upper()
    for variant in GENRE_MODELS:
        one, other = (predictors[variant].logits(t) for t in (VERSE, broken))
        assert np.allclose(one, other, atol=1e-4), variant
    assert collapsed(broken) == collapsed(VERSE)


def test_counts_become_numbers_as_scikit_learn_has_them():
    from sklearn.feature_extraction.text import TfidfTransformer

    rng = np.random.default_rng(0)
    counts = rng.integers(1, 9, (6, 5)).astype(float)
    theirs = TfidfTransformer(sublinear_tf=True).fit(counts)
    features = Features("words", 1, 1, "log")
    for row in counts:
        ours = features.numbers(row, theirs.idf_)
        assert np.allclose(ours, theirs.transform([row]).toarray()[0])
    assert Features("words", 1, 1, "once").numbers(np.array([3.0, 5.0]), np.ones(2)) == (
        pytest.approx([0.5**0.5] * 2)
    )


def test_style_knows_repetition_and_survives_anything():
    repeated, varied = (figures(t) for t in ("la la la la la la la la", "one two three four five"))
    assert repeated[0] < varied[0] * 2 and repeated[4] > varied[4] == 0
    for text in ("", *ODD):
        assert np.isfinite(figures(collapsed(text))).all()


def test_ranks_are_scikit_learn_s(space: Space):
    """The nearest words are those that a brute-force search of scikit-learn finds."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=30, metric="cosine", algorithm="brute").fit(space.unit)
    for word in ("love", "guitar", "money"):
        found = search.kneighbors(space.vector(word)[None], return_distance=False)[0]
        theirs = [space.vocabulary.words[i] for i in found]
        theirs = [w for w in theirs if w not in (word, *SLURS)]
        assert [n.word for n in space.nearest(space.vector(word), (word,))] == theirs[:10]


def test_moods_order_words_as_people_do(predictors):
    pairs = (("wonderful", "terrible"), ("love", "hate"), ("best day", "no hope"))
    for variant in MOODS:
        for glad, sad in pairs:
            score = {t: predictors[variant].predict(t).score for t in (glad, sad)}
            assert score[glad] > score[sad], (variant, glad, sad)
    known = predictors["sentiment_best"].lexicon
    terms = [t for t in known if t.isalpha()][::40]
    found = predictors["sentiment_best"].scores(terms)
    assert spearmanr(found, [known[t] for t in terms])[0] > 0.8


@pytest.mark.parametrize(
    ("written", "read"),
    [("#bestdayever", "best day ever"), ("sooooo happy", "soo happy"), ("NO HOPE", "no hope"),
     ("can’t", "can't"), ("xqzvw", "xqzvw")],
)  # fmt: skip
def test_terms_are_taken_apart(predictors, written: str, read: str):
    assert predictors["sentiment_best"].terms.read(written) == read


def test_an_unseen_word_has_a_mood_and_a_made_up_one_has_none(predictors):
    model = predictors["sentiment_best"]
    for word in ("heartwarming", "serendipity", "gruesome"):
        assert word not in model.lexicon and model.predict(word).familiarity.familiar
    assert model.predict("heartwarming").score > 0.2 > -0.2 > model.predict("gruesome").score
    assert not model.predict("a " * 30 + "sad story").familiarity.familiar


@pytest.mark.parametrize("seed", range(3))
def test_taking_apart_loses_no_letter(predictors, seed: int):
    reader: Terms = predictors["sentiment_best"].terms
    rng = np.random.default_rng(seed)
    known = sorted(reader.costs)
    for _ in range(40):
        word = "".join(rng.choice(known, 3)) if rng.random() < 0.7 else "".join(
            rng.choice(list("abcdefgh"), 12))  # fmt: skip
        assert "".join(reader.parts(word)) == word


def test_a_map_is_the_same_every_time_and_says_what_it_hides(space: Space):
    text = "love hate night day sun moon guitar drum car truck king queen dog cat xyzzy"
    one, other = maps.drawn(space, text), maps.drawn(space, text)
    assert np.array_equal(one.places, other.places) and one.missing == ("xyzzy",)
    assert one.places.shape == (len(one.words), 2) and 0 < one.kept < 1
    assert maps.drawn(space, text, 3).kept > one.kept
    unit = space.vectors(one.words)
    for i, row in enumerate(one.neighbours):
        scores = unit @ unit[i]
        scores[i] = -2
        assert list(row) == np.argsort(-scores, kind="stable")[:3].tolist()


def test_a_map_needs_four_words(space: Space):
    assert len(maps.drawn(space, "love night sun king").words) == 4
    for text in ("love night sun", "love love love love", "12 34 56 78", "xyzzy plugh foo qux"):
        with pytest.raises(UserError, match="at least 4"):
            maps.drawn(space, text)


def test_bias_has_its_number_and_its_words(space: Space):
    found = bias.weat(space, bias.EXAMPLE)
    assert -2 <= found.effect <= 2 and 0 < found.p <= 1 and not found.missing
    assert len(found.leans) == len(found.used[0]) + len(found.used[1])
    # With the lists of words exchanged the effect changes its sign.
    turned = bias.weat(space, (bias.EXAMPLE[1], bias.EXAMPLE[0], *bias.EXAMPLE[2:]))
    assert turned.effect == pytest.approx(-found.effect)


def test_bias_of_words_against_themselves_is_found_by_permutation():
    """Made-up vectors that lean as strongly as can be, and ones that do not lean at all."""
    names = tuple("abcdefghijkl")
    words = tuple(f"word{c}" for c in names)
    vocabulary = Vocabulary(words, (9,) * 12, {})
    axis = np.repeat([[1, 0], [0, 1], [1, 0], [0, 1]], 3, 0).astype(np.float32)
    lists = [" ".join(words[i : i + 3]) for i in range(0, 12, 3)]
    leaning = bias.weat(Space(vocabulary, axis, np.ones(12)), lists)
    assert leaning.effect > 1.7 and leaning.p == pytest.approx(1 / 20) and leaning.tried == 20
    flat = bias.weat(Space(vocabulary, np.ones((12, 2), np.float32), np.ones(12)), lists)
    assert flat.effect == pytest.approx(0) and flat.p == 1


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        (("xyzzy, plugh, foobarx, man, boy", *bias.EXAMPLE[1:]), None),
        (("xyzzy, plughx, quxq, man", "woman, girl, wife", "work, money, job",
          "home, family, baby"), "more than a fifth"),
        (("man, boy", *bias.EXAMPLE[1:]), "at least 3"),
        (("man, boy, home", *bias.EXAMPLE[1:]), "two lists"),
        (("", *bias.EXAMPLE[1:]), "at least 3"),
        ((", ".join(["man"] + [f"w{c}" for c in "abcdefghijklmnopqrstuvwxyz"]),
          *bias.EXAMPLE[1:]), "at most 25"),
    ],
)  # fmt: skip
def test_bias_is_refused_with_the_reason_and_no_number(space: Space, lists, said: str | None):
    if said is None:
        with pytest.raises(UserError):
            bias.weat(space, lists)
        return
    with pytest.raises(UserError, match=said):
        bias.weat(space, lists)


def test_asking_leaves_the_vectors_unchanged(space: Space):
    before = space.unit.copy()
    space.nearest(space.vector("love"), ("love",))
    bias.weat(space, bias.EXAMPLE)
    maps.drawn(space, VERSE)
    assert np.array_equal(before, space.unit)


def test_familiarity_tells_verses_from_other_texts(predictors):
    from trainers.word_embeddings.outsiders import TEXTS

    lyrical = predictors["genre_best"].lyrical
    ours = [lyrical.score(DEMO.example(n).inputs[0]) for n in ("country", "hip_hop", "metal")]
    theirs = np.nan_to_num([lyrical.score(t) for t in TEXTS], nan=-20)
    assert min(ours) > np.median(theirs)
    assert not lyrical("sick").familiar
