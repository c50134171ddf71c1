"""Changes of texts: they change what they name and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from demos.sst2.normalise import normalise
from trainers.core.wild_texts import CHANGES, lengthened, no_stop, typo

TEXTS = [
    "it 's a `` fine '' film , warm and funny , and i did n't want it to end .",
    "dull", "a . b", "...", "", "not bad at all !", "one 's own -- truly -- best ...",
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.name)
def test_a_change_is_the_same_every_time(change):
    for index, text in enumerate(TEXTS):
        assert change(text, index) == change(text, index)
    assert any(change(text, 0) != text for text in TEXTS)


@pytest.mark.parametrize("kind", ["case", "spacing", "quotes"])
def test_the_normaliser_undoes_how_a_text_is_written(kind):
    text = TEXTS[0]
    for change in CHANGES:
        if change.kind == kind:
            assert normalise(change(text, 3)) == normalise(text), change.name


def test_a_typo_is_in_one_word_and_spares_its_first_letter():
    rng = np.random.default_rng(0)
    for _ in range(200):
        before, after = TEXTS[0].split(), typo(TEXTS[0], rng).split()
        changed = [(b, a) for b, a in zip(before, after, strict=True) if b != a]
        assert len(changed) <= 1  # two like letters exchanged are as before
        assert all(b[0] == a[0] and abs(len(b) - len(a)) <= 1 for b, a in changed)


def test_a_lengthened_word_has_a_run_of_three():
    for index in range(50):
        found = lengthened("a wonderful film", np.random.default_rng(index))
        assert any(c * 3 in found for c in "aeiou")


def test_only_the_last_full_stop_goes():
    rng = np.random.default_rng(0)
    assert no_stop("no. 9 is fine .", rng) == "no. 9 is fine"
    assert no_stop("and so on ...", rng) == "and so on ..."
