"""The trainer of words: groups, lemmas, vectors, linear stacks, sentiment."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from demos.word_embeddings import GENRES
from demos.word_embeddings.files import packed, space, written
from demos.word_embeddings.grams import Features
from demos.word_embeddings.space import Space
from demos.word_embeddings.words import Vocabulary
from trainers.core.run import Run
from trainers.word_embeddings import (
    corpus,
    data,
    genre,
    matrices,
    sentiment,
    tests_of_words,
    vectors,
    wild,
)
from trainers.word_embeddings.data import Song


@pytest.mark.parametrize(
    ("name", "key"),
    [("The Beatles", "beatles"), ("beatles", "beatles"), ("Jay-Z feat. Rihanna", "jayz"),
     ("AC/DC", "ac"), ("Theory", "theory"), ("", "")],
)  # fmt: skip
def test_artists_are_known_by_one_name(name: str, key: str):
    assert data.artist_key(name) == key


def test_an_artist_s_songs_and_near_duplicates_are_one_group():
    long = " ".join(f"word{i}{chr(97 + i % 26)}" for i in range(60))
    letters = " ".join(f"{chr(97 + i % 26)}{chr(97 + i // 26)}x" for i in range(60))
    made = [
        Song("1", "ann", "some words of hers", 0, "s"), Song("2", "ann", "other words", 0, "s"),
        Song("3", "bob", letters, 1, "s"), Song("4", "", letters + " and an end", 1, "t"),
        Song("5", "cy", long, 1, "t"), Song("6", "", "alone here", 1, "t"),
    ]  # fmt: skip
    found = data.groups(made)
    assert found[0] == found[1] and found[2] == found[3]
    assert len({found[0], found[2], found[4], found[5]}) == 4
    # The order of the songs changes nothing.
    assert data.groups(made[::-1])[::-1] == found


def test_no_group_is_on_both_sides():
    given = data.divided(data.generated_songs())
    names = data.groups(given.songs)
    for a in set(names):
        rows = [i for i, n in enumerate(names) if n == a]
        assert len({bool(given.test[i]) for i in rows}) == len({given.folds[i] for i in rows}) == 1


def test_a_song_without_an_artist_is_never_measured():
    songs = [*data.generated_songs(), Song("x", "", "no artist wrote this", 1, "s")]
    given = data.divided(songs)
    assert given.folds[-1] == -1 and not given.test[-1]


def test_both_layouts_are_read():
    ours = data.song(0, {"song_id": "ab-1", "artist": "A", "genre": 2, "lyrics": "X"}, GENRES)
    theirs = data.song(7, {"index": 3, "artist": "a", "genre": "Hip-Hop", "lyrics": "X\n\nY"}, None)
    assert ours.genre == theirs.genre == GENRES.index("Hip-Hop")
    assert (ours.source, ours.id, theirs.id, theirs.text) == ("ab", "ab-1", "3", "x y")
    assert data.song(0, {"genre": "Folk", "lyrics": None}, None).genre is None


def test_lemmas_and_dropped_letters():
    counts = Counter({"dreams": 9, "lovin": 9, "loving": 30, "again": 9, "better": 9, "eyes": 9})
    table = corpus.lemma_table(counts)
    assert table["dreams"] == "dream" and table["eyes"] == "eye" and table["lovin"] == "love"
    assert "again" not in table and "better" not in table


def test_the_pipeline_leaves_out_stop_words_rare_words_and_repeated_lines():
    song = "The nights are cold\nThe nights are cold\n"
    songs, vocabulary = corpus.prepared([song + f"name{chr(97 + i)} tune" for i in range(7)])
    assert vocabulary.words == ("cold", "night", "tune")
    assert vocabulary.counts == (7, 7, 7) and vocabulary.lemma("nights") == "night"
    assert songs[0] == ["night", "cold", "tune"]


def test_the_same_seed_gives_the_same_vectors_also_when_resumed(tmp_path):
    songs, vocabulary = corpus.prepared(data.generated_lyrics())
    recipe = vectors.Recipe(2, epochs=2)

    def run(name: str, recipe=recipe, resume: bool = False) -> np.ndarray:
        return vectors.skip_gram(songs, vocabulary, recipe, 0, Run(tmp_path / name, resume=resume))

    one, other = run("a"), run("b")
    assert np.array_equal(one, other)
    path = tmp_path / "c"

    class Stopped(Exception):
        pass

    import gensim.models

    whole = gensim.models.Word2Vec.train
    calls = []

    def once(self, *values, **options):
        if calls:
            raise Stopped
        calls.append(1)
        return whole(self, *values, **options)

    gensim.models.Word2Vec.train = once
    try:
        with pytest.raises(Stopped):
            vectors.skip_gram(songs, vocabulary, recipe, 0, Run(path))
    finally:
        gensim.models.Word2Vec.train = whole
    assert np.array_equal(run("c", resume=True), one)


def test_vectors_in_eight_bits_are_nearly_the_same(tmp_path):
    rng = np.random.default_rng(0)
    unit = vectors.spread_out(rng.normal(size=(60, 40)).astype(np.float32), 1)
    vocabulary = Vocabulary(tuple(f"w{i}" for i in range(60)), (9,) * 60, {"forms": "w1"})
    stable = vectors.stability(unit, unit)

    class Folder:
        def read(self, name: str) -> bytes:
            return {"vectors.safetensors": packed(unit, stable),
                    "words.json": written(vocabulary)}[name]  # fmt: skip

    found = space(Folder())
    assert (found.unit * unit).sum(1).min() > 0.999 and (found.stability == 1).all()
    assert found.vocabulary.lemma("forms") == "w1"


def test_stability_is_the_share_of_neighbours_found_again():
    rng = np.random.default_rng(1)
    one, other = (vectors.spread_out(rng.normal(size=(300, 20)), 0) for _ in range(2))
    assert vectors.stability(one, one).mean() == 1
    assert vectors.stability(one, other).mean() < 0.2


def test_analogies_leave_the_inputs_out_and_in():
    names = ("boy", "girl", "king", "queen", "tree")
    unit = np.array([[1, 0, 0.2], [0, 1, 0.2], [1, 0, 1], [0, 1, 1], [-1, -1, -1]], float)
    made = Space(Vocabulary(names, (9,) * 5, {}), unit / np.linalg.norm(unit, axis=1)[:, None],
                 np.ones(5))  # fmt: skip
    asked = np.array([[0, 1, 2, 3]])
    assert tests_of_words.ranks(made.unit, asked, without=True)[0] == 0
    found = tests_of_words.analogies(made)
    assert found["analogies"] <= found["analogies_top5"] == 1.0 and found["covered"] > 0


def test_pairs_that_choose_are_never_those_that_did_not():
    for name in tests_of_words.PAIRS:
        parts = [set(tests_of_words.pair_lines(name, p)) for p in ("validation", "unseen", "test")]
        assert not parts[0] & parts[1] and parts[0] | parts[1] == parts[2]
    assert len(tests_of_words.pair_lines("wordsim353", "test")) == 353
    assert len(tests_of_words.pair_lines("simlex999", "test")) == 999


def test_counts_are_scikit_learn_s():
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

    texts = ["night love love", "love of night and day", "day after day night"]
    ours = matrices.count(texts, Features("words", 1, 2), least=1)
    theirs = CountVectorizer(ngram_range=(1, 2), token_pattern=r"[a-z]+").fit(texts)
    order = [ours.vocabulary.index(g) for g in theirs.get_feature_names_out()]
    counts = theirs.transform(texts).toarray()
    assert np.array_equal(ours.matrix.toarray()[:, order], counts)
    numbers = matrices.numbers(ours.matrix, Features("words", 1, 2), matrices.idf(ours.matrix))
    expected = TfidfTransformer(sublinear_tf=True).fit_transform(counts).toarray()
    assert np.allclose(numbers.toarray()[:, order], expected, atol=1e-5)


def test_naive_bayes_is_scikit_learn_s():
    from sklearn.naive_bayes import MultinomialNB

    given = data.divided(data.generated_songs())
    counts = matrices.count(given.texts, genre.BAG, least=1)
    rows = np.arange(len(given.texts))
    ours = genre.fit_bag(counts, given.labels, rows)
    chosen = counts.matrix[:, ours.places]
    theirs = MultinomialNB().fit(chosen, given.labels).predict_proba(chosen)
    assert np.allclose(genre.softmax(ours.scores(counts, genre.BAG, rows)), theirs, atol=1e-6)


def test_the_stack_ships_as_one_layer(tmp_path):
    """What is collapsed answers as parts and stack do, one after the other."""
    given = data.divided(data.generated_songs())
    made = genre.material(given.texts)
    rows = np.flatnonzero(~given.test)
    fitted = [genre.fit_part(p, made.counts[p.grams], given.labels, rows) for p in genre.PARTS]
    scores = [
        f.scores(made.counts[p.grams], p.features, np.arange(len(given.texts)))
        for p, f in zip(genre.PARTS, fitted, strict=True)
    ]
    inputs = np.concatenate([*scores, made.style], 1)
    stack = genre.fit_stack(inputs[rows], given.labels[rows])
    found = genre.collapsed(fitted, stack, made)
    from safetensors.numpy import load

    arrays = load(found.weights)
    total = arrays["bias"] + (made.style - arrays["mean"]) @ arrays["style.weight"].T
    for i, part in enumerate(genre.PARTS):
        chosen = made.counts[part.grams].matrix[:, fitted[i].places]
        numbers = matrices.numbers(chosen, part.features, arrays[f"idf.{i}"].astype(float))
        total = total + numbers @ arrays[f"channels.{i}.weight"].astype(float)
    assert np.abs(total - stack.logits(inputs)).max() < 0.05


def test_answers_out_of_fold_never_saw_the_artist():
    given = data.divided(data.generated_songs())

    def answer(rows: np.ndarray, asked: np.ndarray) -> np.ndarray:
        artists = {given.songs[i].artist for i in rows}
        assert not artists & {given.songs[i].artist for i in asked}
        assert not given.test[rows].any() and not given.test[asked].any()
        return np.zeros((len(asked), 2))

    found = genre.out_of_fold(given, answer)
    assert np.array_equal(np.isnan(found[:, 0]), given.test)


@pytest.mark.parametrize("variant", sentiment.FITS)
def test_regressions_learn_and_are_stored_as_they_answer(variant: str):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 8))
    y = np.tanh(x[:, 0])
    fitted = sentiment.FITS[variant](x, y, 0)
    assert np.corrcoef(fitted.answer(x), y)[0, 1] > 0.8
    fold = sentiment.folds([str(i) for i in range(120)], 0)
    found = sentiment.cross_validated(variant, x, y, fold)
    assert ((found - y) ** 2).mean() < y.var()


def test_terms_of_one_fold_are_distinct_from_the_others(data_folder):
    terms, scores = data.lexicon(str(data_folder))
    assert terms == ["love", "hate"] and scores.tolist() == [0.5, -1.0]


@pytest.fixture
def data_folder(tmp_path):
    (tmp_path / "lexicon.tsv").write_text("term\tscore\nlove\t1.0\nlove\t0.0\nhate\t-1.0\n")
    return tmp_path


@pytest.mark.parametrize("change", wild.CHANGES, ids=lambda c: c.name)
def test_changes_keep_a_text_a_text(change):
    text = "I walked alone, all night; “where are you?” said the moon to me - and that was all."
    assert change(text, 0) == change(text, 0) and change(text, 0).strip()
    if change.kind == "length":
        assert len(change(text, 0).split()) < len(text.split()) or "forty" in change.name
