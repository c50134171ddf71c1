"""SST-2: the data's form, how texts are read, networks, explanations, edits, bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from demos.core.checkpoint import open_checkpoint
from demos.core.errors import UserError
from demos.core.word_pieces import wordpieces
from demos.sst2 import DEMO, edits, page
from demos.sst2.normalise import normalise
from demos.sst2.reading import LENGTH, UNKNOWN, WordReader
from tests import shipped

# Raw sentences of ours, and the form that the data would have them in.
PAIRS = (
    ("I don't like it.", "i do n't like it ."),
    ("It's great!", "it 's great !"),
    ("You can't miss this one.", "you ca n't miss this one ."),
    ("I won't see it again", "i wo n't see it again"),
    ("A smart, funny film.", "a smart , funny film ."),
    ("Slow... and long.", "slow ... and long ."),
    ("“Brilliant” is too weak a word.", "`` brilliant '' is too weak a word ."),
    ('They call it "art".', "they call it `` art '' ."),
    ("‘Fine’ is all I can say.", "` fine ' is all i can say ."),
    ("Is it any good?", "is it any good ?"),
    ("The actors’ faces say it all.", "the actors ' faces say it all ."),
    ("Mr. Hall's best role.", "mr. hall 's best role ."),
    ("It cost $20 million (really).", "it cost $ 20 million ( really ) ."),
    ("I've seen it 1,000 times.", "i 've seen it 1,000 times ."),
    ("We're bored. We'd rather sleep.", "we 're bored . we 'd rather sleep ."),
    ("I'm sure they'll laugh.", "i 'm sure they 'll laugh ."),
    ("Loud; dumb; fun.", "loud ; dumb ; fun ."),
    ("One word: no.", "one word : no ."),
    ("An old-fashioned thriller—and a good one.", "an old-fashioned thriller -- and a good one ."),
    ("A film for the '90s.", "a film for the '90s ."),
    ("WHAT A MESS", "what a mess"),
    ("  too   much   space  ", "too much space"),
    ("Set in the U.S. of today, it works.", "set in the u.s. of today , it works ."),
    ("I cannot stand it.", "i can not stand it ."),
    ("You're gonna cry…", "you 're gon na cry ..."),
    ("A rom-com & a tragedy", "a rom-com & a tragedy"),
    ("Café noir, déjà vu.", "café noir , déjà vu ."),
    ("Great!!!", "great ! ! !"),
    ("It is what it is: dull", "it is what it is : dull"),
    ("Didn't we see this already?", "did n't we see this already ?"),
)  # fmt: skip


@pytest.fixture(scope="module")
def phrases(data: Path) -> tuple[list[str], np.ndarray]:
    """GLUE's 872 validation sentences, which report here, and their labels."""
    from trainers.sst2.data import read

    return read("validation")


@pytest.fixture(scope="module")
def probabilities(predictors, phrases) -> dict[str, np.ndarray]:
    """What each variant says of the 872."""
    return {name: model.probabilities(phrases[0]) for name, model in predictors.items()}


@pytest.mark.parametrize(("raw", "tokenised"), PAIRS)
def test_text_gets_the_form_of_the_data(raw: str, tokenised: str):
    assert normalise(raw) == tokenised
    assert normalise(tokenised) == tokenised


def test_the_data_keeps_its_form(phrases):
    changed = [p for p in phrases[0] if normalise(p) != p]
    assert len(changed) <= len(phrases[0]) // 500


def test_raw_and_tokenised_forms_are_read_alike(predictors):
    for predictor in predictors.values():
        for raw, tokenised in PAIRS:
            assert predictor.predict(raw).reading == predictor.predict(tokenised).reading


def test_the_seed_s_reader_is_keras_tokenizer():
    """Two is the first word, one is unknown, zero pads behind; punctuation is no word."""
    reader = WordReader(["the", "film", "n't", "well", "made"])
    found = reader.read("the well-made film , does n't")
    assert found.ids[:7] == (2, 5, 6, 3, UNKNOWN, 4, 0) and len(found.ids) == LENGTH
    assert found.owners[:6] == (0, 1, 1, 2, 4, 5)
    assert found.unknown == {4} and found.unseen == {3} and found.cut == 0
    assert reader.encode(["film"]).tolist() == [[3, *[0] * 49]]


def test_the_seed_s_reader_cuts_the_beginning():
    found = WordReader(["a", "b"]).read(" ".join(["a"] * 5 + ["b"] * 48))
    assert found.ids == (2,) * 2 + (3,) * 48
    assert found.cut == 3 and found.unseen == {0, 1, 2}


def test_word_pieces_are_read_as_in_training(predictors):
    predictor = predictors["minilm"]
    tokenizer = open_checkpoint(DEMO.name, "minilm").read("tokenizer.json")
    encode = wordpieces(tokenizer.decode())
    for _, text in PAIRS:
        assert list(predictor.reader.read(text).ids) == encode([text])[0]
    long = predictor.reader.read("word " * 600)
    assert len(long.ids) == 512 and long.cut == 600 - 510 and 599 in long.unseen


def test_what_is_not_known_is_marked(predictors):
    found = predictors["bilstm_seed"].predict("A qwertyish film").reading
    assert found.words == ("a", "qwertyish", "film") and found.unknown == {1}
    assert predictors["minilm"].predict("A ꙮ film").reading.unknown == {1}
    assert not predictors["minilm"].predict("A qwertyish film").reading.unknown


def test_torch_equals_tensorflow(predictors, phrases, probabilities, tmp_path: Path):
    """Two processes exchange arrays: the 872 sentences, the shipped file, both frameworks."""
    predictor = predictors["bilstm_seed"]
    path = open_checkpoint(DEMO.name, "bilstm_seed").path("model.keras")
    ids = predictor.reader.encode([normalise(p) for p in phrases[0]])
    np.save(tmp_path / "ids.npy", ids)
    program = (
        "import sys, numpy as np, keras\n"
        "assert keras.backend.backend() == 'tensorflow'\n"
        "net = keras.saving.load_model(sys.argv[1], compile=False)\n"
        "ids = np.load(sys.argv[2] + '/ids.npy')\n"
        "np.save(sys.argv[2] + '/out.npy', net.predict(ids, verbose=0)[:, 0])\n"
    )
    subprocess.run(
        [sys.executable, "-c", program, path, str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
        capture_output=True,
    )
    expected = np.load(tmp_path / "out.npy")
    assert len(expected) == 872
    found = probabilities["bilstm_seed"]
    assert shipped.close(expected, found, shipped.tolerance(DEMO, "bilstm_seed"))


def test_attributions_add_up(predictors):
    """Integrated gradients are complete: they sum to the change of the logit from blanks."""
    for name, predictor in predictors.items():
        found = predictor.explain("A dull story, but superb actors.")
        assert found.values.shape == (len(found.reading.words),)
        ids = torch.tensor([found.reading.ids])
        blank = torch.where(torch.tensor([found.reading.owners]) >= 0, predictor.blank, ids)
        with torch.no_grad():
            change = float(predictor.net(ids) - predictor.net(blank))
        assert found.values.sum() == pytest.approx(change, rel=0.02, abs=0.02), name


def test_prefixes_end_with_the_answer(predictors):
    text = "The actors are superb, but the story falls apart."
    for name, predictor in predictors.items():
        found = predictor.prefixes(text, 60)
        assert [w for w, _ in found] == normalise(text).split()
        last = predictor.predict(text).probability
        assert shipped.close(last, found[-1][1], shipped.tolerance(DEMO, name))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("it is good", "it is not good"),
        ("it is n't good", "it is good"),
        ("you ca n't miss it", "you can miss it"),
        ("not bad", "bad"),
        ("what a film", "not what a film"),
    ],
)
def test_negation(before: str, after: str):
    assert " ".join(edits.negated(before.split())) == after


def test_other_edits():
    words = ["a", "good", "film", "with", "a", "bad", "end"]
    assert " ".join(edits.opposite(words, [0, 5, 1])) == "a good film with a good end"
    assert edits.opposite(words, [0, 2]) is None
    assert sorted(edits.shuffled(words)) == sorted(words) and edits.shuffled(words) != words
    assert edits.without(words, 1) == ["a", "film", "with", "a", "bad", "end"]


ODD = {
    "one emoji": "😀",
    "emoji of several parts": "👩‍💻 👍🏽",
    "mixed scripts": "Этот film ist 素晴らしい مدهش",
    "right to left": "הסרט הזה נפלא",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)> great",
    "one letter": "x",
    "only punctuation": "?!... -- \"' ''",
    "one long word": "a" * 900,
    "control characters": "go\x00od\x1b[31m \u202efilm",
    "braces": "{0} {name} %s %d {{origin}} ${value}",
}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("variant", [v.name for v in DEMO.variants])
def test_odd_texts_are_judged_and_escaped(kind: str, variant: str):
    asked = shipped.ask(DEMO, variant, ODD[kind])
    assert 0 <= asked.result.probability <= 1
    json.dumps(asked.result.to_json(), allow_nan=False)
    parts = page.Parts("reading", "curve", "compare", "edited")
    shown = {}
    for update in page.details(asked, parts):
        shown |= update
    assert set(shown) == set(parts)
    for name in ("reading", "edited"):
        assert "<script" not in shown[name] and "<img" not in shown[name]


@pytest.mark.parametrize("given", [None, "", "   \n", "\x00"])
def test_nothing_is_a_sentence(given):
    with pytest.raises(UserError, match="no text yet"):
        shipped.ask(DEMO, DEMO.default, given)


def test_too_much_is_a_sentence():
    for given in ("word " * 300, "x" * 200_000):
        with pytest.raises(UserError, match="at most"):
            shipped.ask(DEMO, DEMO.default, given)


def test_a_batch_shows_progress_a_table_and_a_harmless_file():
    import base64

    lines = ["=cmd()", "<b>A warm film</b>", *["fine"] * 60]
    *progress, last = page.judge_many(DEMO.default, "\n".join(lines), None)
    assert len(progress) == 3 and all("<progress" in p for p in progress)
    assert "62 are positive" in last or "of 62" in last
    assert "<b>A warm" not in last and "&lt;b&gt;A warm film" in last
    content = base64.b64decode(last.split("base64,")[1].split('"')[0]).decode("utf-8-sig")
    assert content.splitlines()[0] == "label,probability_positive,familiar,text"
    assert ",'=cmd()" in content.splitlines()[1]


@pytest.mark.parametrize(("lines", "sentence"), [(None, "no text yet"), ("a\n" * 501, "501 texts")])
def test_a_bad_batch_is_one_sentence(lines, sentence: str):
    (only,) = page.judge_many(DEMO.default, lines, None)
    assert sentence in only and "error" in only


def test_the_card_agrees_with_the_predictions(probabilities, phrases):
    for name, shares in probabilities.items():
        checkpoint = open_checkpoint(DEMO.name, name)
        found = checkpoint.evaluation["confusion"]["matrix"]
        named = shares >= 0.5
        true = phrases[1] > 0.5
        counted = [[(~true & ~named).sum(), (~true & named).sum()],
                   [(true & ~named).sum(), (true & named).sum()]]  # fmt: skip
        assert np.array_equal(found, counted), name
        accuracy = checkpoint.card.metric("accuracy", "test").value
        assert accuracy == pytest.approx(np.trace(counted) / 872)


def test_the_tour_says_what_happens(predictors):
    """What each step claims of its example, by example and variant."""

    def share(example: str, variant: str = DEMO.default) -> float:
        return predictors[variant].predict(*shipped.asked(DEMO, example)).probability

    def familiar(example: str, variant: str) -> bool:
        return predictors[variant].predict(*shipped.asked(DEMO, example)).familiarity.familiar

    def curve(example: str) -> dict[str, float]:
        return dict(predictors[DEMO.default].prefixes(DEMO.example(example).inputs[0], 60))

    def leaks(variant: str) -> bool:
        card = open_checkpoint(DEMO.name, variant).card
        scores = [card.metric("accuracy", split).value for split in ("validation", "test")]
        return scores[0] > scores[1] + 0.05

    films = {v: (share("film", v), share("phone", v)) for v in predictors}
    claims = {
        ("sarcasm", DEMO.default): lambda: (
            min(curve("sarcasm")[w] for w in ("great", "sequel", "world")) > 0.5
            and curve("sarcasm")["waiting"] < 0.5 > share("sarcasm")
        ),
        ("not_bad", DEMO.default): lambda: curve("not_bad")["not"] < 0.5 < curve("not_bad")["bad"],
        ("mixed", DEMO.default): lambda: (
            curve("mixed")["superb"] > 0.5 and curve("mixed")["falls"] < 0.5 > share("mixed")
        ),
        ("no_review", "bilstm_seed"): lambda: (
            share("no_review", "bilstm_seed") > 0.9 and not familiar("no_review", "bilstm_seed")
        ),
        ("phone", DEMO.default): lambda: (
            all(0.5 > films[v][0] > films[v][1] for v in (DEMO.default, "minilm"))
            and min(films["bilstm_seed"]) > 0.5
        ),
        ("blame", "bilstm_seed"): lambda: leaks("bilstm_seed"),
    }
    assert set(claims) == {(step.example, step.variant) for step in DEMO.tour}
    for step, holds in claims.items():
        assert holds(), step
