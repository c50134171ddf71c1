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
from demos.sst2 import DEMO, edits, page
from demos.sst2.normalise import normalise
from demos.sst2.predict import Predictor
from demos.sst2.reading import LENGTH, UNKNOWN, WordReader, wordpieces

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
def predictors() -> dict[str, Predictor]:
    return {v.name: Predictor(open_checkpoint(DEMO.name, v.name)) for v in DEMO.variants}


@pytest.fixture(scope="module")
def phrases() -> tuple[list[str], np.ndarray]:
    """GLUE's 872 validation sentences and their labels."""
    if not os.environ.get("GALLERY_DATA"):
        pytest.skip("needs data: name its folder in $GALLERY_DATA")
    from trainers.sst2.data import read

    return read("validation")


@pytest.mark.parametrize(("raw", "tokenised"), PAIRS)
def test_text_gets_the_form_of_the_data(raw: str, tokenised: str):
    assert normalise(raw) == tokenised
    assert normalise(tokenised) == tokenised


def test_the_data_keeps_its_form(phrases):
    changed = [p for p in phrases[0] if normalise(p) != p]
    assert len(changed) <= len(phrases[0]) // 500


def test_raw_and_tokenised_forms_get_the_same_answer(predictors):
    for predictor in predictors.values():
        raw, tokenised = (
            predictor.probabilities(list(texts)) for texts in zip(*PAIRS, strict=True)
        )
        assert np.abs(raw - tokenised).max() < 0.02


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
    encode = wordpieces(predictor.checkpoint.read("tokenizer.json").decode())
    for _, text in PAIRS:
        assert list(predictor.reader.read(text).ids) == encode([text])[0]
    long = predictor.reader.read("word " * 600)
    assert len(long.ids) == 512 and long.cut == 600 - 510 and 599 in long.unseen


def test_what_is_not_known_is_marked(predictors):
    found = predictors["bilstm_seed"].predict("A qwertyish film").reading
    assert found.words == ("a", "qwertyish", "film") and found.unknown == {1}
    assert predictors["minilm"].predict("A 🤯 film").reading.unknown == {1}
    assert not predictors["minilm"].predict("A qwertyish film").reading.unknown


def test_torch_equals_tensorflow(predictors, phrases, tmp_path: Path):
    """Two processes exchange arrays: the 872 sentences, the shipped file, both frameworks."""
    predictor = predictors["bilstm_seed"]
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
        [sys.executable, "-c", program, predictor.checkpoint.path("model.keras"), str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
        capture_output=True,
    )
    expected = np.load(tmp_path / "out.npy")
    assert len(expected) == 872
    assert np.abs(predictor.probabilities(phrases[0]) - expected).max() < 1e-4


def test_answers_do_not_depend_on_company_or_threads(predictors, phrases):
    texts = phrases[0][:60]
    for predictor in predictors.values():
        together = predictor.probabilities(texts)
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        alone = [predictor.predict(t).probability for t in texts]
        torch.set_num_threads(before)
        assert np.abs(together - alone).max() < 1e-4


def test_attributions_add_up(predictors):
    """Integrated gradients are complete: they sum to the change of the logit from blanks."""
    for predictor in predictors.values():
        found = predictor.explain("A dull story, but superb actors.")
        assert found.values.shape == (len(found.reading.words),)
        ids = torch.tensor([found.reading.ids])
        blank = torch.where(torch.tensor([found.reading.owners]) >= 0, predictor.blank, ids)
        with torch.no_grad():
            change = float(predictor.net(ids) - predictor.net(blank))
        assert found.values.sum() == pytest.approx(change, abs=0.15 * abs(change) + 0.2)


def test_prefixes_end_with_the_answer(predictors):
    text = "The actors are superb, but the story falls apart."
    for predictor in predictors.values():
        found = predictor.prefixes(text, 60)
        assert [w for w, _ in found] == normalise(text).split()
        assert found[-1][1] == pytest.approx(predictor.predict(text).probability, abs=1e-4)


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
    found = page.judge(variant, ODD[kind])
    assert 0 <= found.timed.result.probability <= 1
    json.dumps(found.timed.result.to_json(), allow_nan=False)
    parts = page.Parts("reading", "curve", "compare", "edited")
    shown = {}
    for update in page.details(found.kept, parts):
        shown |= update
    assert set(shown) == set(parts)
    for name in ("reading", "edited"):
        assert "<script" not in shown[name] and "<img" not in shown[name]


@pytest.mark.parametrize("given", [None, "", "   \n", "\x00"])
def test_nothing_is_a_sentence(given):
    with pytest.raises(UserError, match="no text yet"):
        page.judge(DEMO.default, given)


def test_too_much_is_a_sentence():
    for given in ("word " * 300, "x" * 200_000):
        with pytest.raises(UserError, match="at most"):
            page.judge(DEMO.default, given)


def test_a_batch_shows_progress_a_table_and_a_harmless_file():
    import base64

    lines = ["=cmd()", "<b>A warm film</b>", *["fine"] * 60]
    *progress, last = page.judge_many(DEMO.default, "\n".join(lines), None)
    assert len(progress) == 3 and all("<progress" in p for p in progress)
    assert "62 are positive" in last or "of 62" in last
    assert "<b>A warm" not in last and "&lt;b&gt;A warm film" in last
    content = base64.b64decode(last.split("base64,")[1].split('"')[0]).decode("utf-8-sig")
    assert content.splitlines()[0] == "label,probability_positive,text"
    assert ",'=cmd()" in content.splitlines()[1]


@pytest.mark.parametrize(("lines", "sentence"), [(None, "no text yet"), ("a\n" * 501, "501 texts")])
def test_a_bad_batch_is_one_sentence(lines, sentence: str):
    (only,) = page.judge_many(DEMO.default, lines, None)
    assert sentence in only and "error" in only


def test_the_card_agrees_with_the_predictions(predictors, phrases):
    for name, predictor in predictors.items():
        found = predictor.checkpoint.evaluation["confusion"]["matrix"]
        named = predictor.probabilities(phrases[0]) >= 0.5
        true = phrases[1] > 0.5
        counted = [[(~true & ~named).sum(), (~true & named).sum()],
                   [(true & ~named).sum(), (true & named).sum()]]  # fmt: skip
        assert np.array_equal(found, counted), name
        accuracy = predictor.checkpoint.card.metric("accuracy", "test").value
        assert accuracy == pytest.approx(np.trace(counted) / 872)


def test_the_tour_says_what_happens(predictors):
    """Each step's claim, in the order of the steps."""

    def share(example: str, variant: str = DEMO.default) -> float:
        return predictors[variant].predict(DEMO.example(example).inputs[0]).probability

    def curve(example: str) -> dict[str, float]:
        return dict(predictors[DEMO.default].prefixes(DEMO.example(example).inputs[0], 60))

    def leaks(step) -> bool:
        card = predictors[step.variant].checkpoint.card
        scores = [card.metric("accuracy", split).value for split in ("validation", "test")]
        return scores[0] > scores[1] + 0.05

    films = {v: (share("film", v), share("phone", v)) for v in predictors}
    claims = (
        lambda step: min(curve("sarcasm").values()) > 0.5,
        lambda step: curve("not_bad")["not"] < 0.5 < curve("not_bad")["bad"],
        lambda step: (
            curve("mixed")["superb"] > 0.9 and curve("mixed")["falls"] < 0.5 > share("mixed")
        ),
        lambda step: (
            share("no_review", step.variant) > 0.9
            and all(0.5 < share("no_review", v) < 0.9 for v in predictors if v != step.variant)
        ),
        lambda step: (
            all(0.5 > films[v][0] > films[v][1] for v in (step.variant, "minilm"))
            and min(films["bilstm_seed"]) > 0.5
        ),
        leaks,
    )
    for step, holds in zip(DEMO.tour, claims, strict=True):
        assert holds(step), step.text
