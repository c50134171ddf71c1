"""Learns which texts are opinions like SST-2's: `python -m trainers.sst2.familiarity CHECKPOINT …`.

Every training of a variant does so too. The command writes demos/sst2/familiar.py's file into each
checkpoint's folder and prints how well it tells outsiders.txt, of which every other line teaches
and the others report, from the held-out sentences.
"""

from __future__ import annotations

import argparse
import sysconfig
from pathlib import Path

import numpy as np
from safetensors.numpy import save
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from demos.core.checkpoint import Checkpoint
from demos.core.familiarity import Scale
from demos.sst2.familiar import BUCKETS, FILE, Model, buckets, figures, hashed
from demos.sst2.normalise import normalise
from trainers.core.data import DataError, Source, load
from trainers.core.publish import record
from trainers.sst2 import additions, data, transfer

OUTSIDERS = Path(__file__).with_name("outsiders.txt")
PHRASES, OTHER, ASKED, NEWS = 25_000, 10_000, 6_000, 4_000
CODE, FOREIGN, LETTERS = 3_000, 3_000, 1_000
CONLL = Source("conll2003", hub="eriktks/conll2003")
# Opinions are opinions of other things too.
THINGS = ("the food", "the service", "the hotel", "the room", "this phone", "this book", "this app",
          "the staff", "the game", "this album", "the concert", "the pizza", "the battery",
          "my new laptop", "the coffee", "this product", "the show", "this purchase")  # fmt: skip
# Frequent words of German, French, Spanish, Italian, Dutch, Portuguese, Swedish, Polish; some are
# English words too, and a known word among them does not make a text English.
LANGUAGES = (
    "der die das und ist war ein eine nicht sehr schön film ich es mit auf für von was wir hat so "
    "gut schlecht haben heute morgen aber auch nur wie mein kein",
    "le la les un une et est était pas très bien film je il elle avec sur pour de que nous a ce "
    "bon mauvais mais aussi plus dans mon c'est au",
    "el la los una y es era no muy bien película yo me con en para de que nos ha este bueno malo "
    "pero también más mi por como todo a su",
    "il lo la gli un una e è era non molto bene film io mi con su per di che noi ha questo buono "
    "brutto ma anche più mio come sono",
    "de het een en is was niet heel goed film ik met op voor van dat wij heeft dit slecht maar ook "
    "meer mijn als in we zijn die",
    "o a os uma e é era não muito bem filme eu me com em para de que nós tem este bom mau mas "
    "também mais meu por como um do",
    "en ett och är var inte mycket bra film jag det med på för av att vi har den dålig men också "
    "mer min som i om till hon",
    "i w na z nie to jest był bardzo dobry film ja się do za od że my ma ten zły ale też więcej "
    "mój jak po ale są tak o",
)
STRENGTH = 30.0  # of the regression, as scikit-learn's C; weights of texts below
OWN, SPOKEN = 10.0, 3.0  # an outsider that teaches, a short opinion: how often each counts
QUESTIONS = (
    (Source("squadshifts", hub="squadshifts", config="reddit", hub_split="test"), "reddit"),
    (Source("fairytale_qa", hub="GEM/FairytaleQA"), "train"),
)


def outsiders() -> tuple[list[str], list[str]]:
    """Texts that are not opinions, or not in English: those that teach, and those that report."""
    lines = OUTSIDERS.read_text(encoding="utf-8").splitlines()
    return lines[::2], lines[1::2]


def asked(rng: np.random.Generator, n: int) -> list[str]:
    """Questions about texts."""
    found: set[str] = set()
    for source, split in QUESTIONS:
        try:
            found |= set(load(source, split)["question"])
        except DataError as error:
            print(f"Familiarity is learned without the questions of {source.name}: {error}")
    return _some(sorted(found), rng, n)


def news(rng: np.random.Generator, n: int) -> list[str]:
    """Sentences of news."""
    try:
        rows = load(CONLL, "train")
    except DataError as error:
        print(f"Familiarity is learned without news: {error}")
        return []
    found = {" ".join(tokens) for tokens in rows["tokens"] if 3 <= len(tokens) <= 40}
    return _some(sorted(found), rng, n)


def foreign(rng: np.random.Generator, n: int) -> list[str]:
    """Two to nine frequent words of one other language."""
    words = [np.array(language.split()) for language in LANGUAGES]
    return [
        " ".join(rng.choice(words[int(rng.integers(len(words)))], count))
        for count in rng.integers(2, 10, n)
    ]


def code(rng: np.random.Generator, n: int) -> list[str]:
    """Lines of Python's own library."""
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))[:80]
    lines = {
        line.strip()
        for file in files
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
        if 8 < len(line.strip()) < 90 and not line.strip().startswith("#")
    }
    return _some(sorted(lines), rng, n)


def letters(rng: np.random.Generator, n: int) -> list[str]:
    """Words of letters drawn at random."""
    alphabet = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    return [
        " ".join("".join(rng.choice(alphabet, rng.integers(2, 9))) for _ in range(count))
        for count in rng.integers(1, 8, n)
    ]


def parts(texts: list[str], rng: np.random.Generator) -> list[str]:
    """A run of three to eight words of each text: so that its length does not give it away."""
    found = []
    for words in (text.split() for text in texts):
        length = int(rng.integers(3, 9))
        start = int(rng.integers(0, max(1, len(words) - length + 1)))
        found.append(" ".join(words[start : start + length]))
    return found


def _some(texts: list[str], rng: np.random.Generator, n: int) -> list[str]:
    return [texts[i] for i in rng.permutation(len(texts))[:n]]


def examples(
    phrases: list[str], own: list[str], small: bool = False
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Texts, whether each is an opinion (n,), and how often it counts (n,); only those that need
    no other data where `small`."""
    rng = np.random.default_rng(11)
    more = [pattern.format(thing) for pattern in additions.SAID for thing in THINGS]
    spoken = [*additions.opinions(), *more, *dict.fromkeys(additions.emoji_names()[0])]
    long = [p for p in dict.fromkeys(phrases) if p.count(" ") >= 2]
    whole = data.sentences(phrases)
    other = [] if small else transfer.others(rng, OTHER)
    questions = [] if small else asked(rng, ASKED)
    newspaper = [] if small else news(rng, NEWS)
    groups = (
        (whole, 1, 2.0), (_some(long, rng, PHRASES), 1, 1.0), (spoken, 1, SPOKEN),
        (other, 0, 1.0), (parts(other, rng), 0, 1.0), (questions, 0, 1.0),
        (newspaper, 0, 1.0), (code(rng, CODE), 0, 1.0), (foreign(rng, FOREIGN), 0, 1.0),
        (letters(rng, LETTERS), 0, 1.0), (additions.plain(), 0, 1.0), (own, 0, OWN),
    )  # fmt: skip
    texts = [normalise(text) for group, _, _ in groups for text in group]
    sizes = [len(group) for group, _, _ in groups]
    return (
        texts,
        np.repeat([y for _, y, _ in groups], sizes),
        np.repeat([w for _, _, w in groups], sizes),
    )


def matrix(texts: list[str], known: set[str]) -> csr_matrix:
    """(n, 65536 + 7) what the regression sees of texts in SST-2's form."""
    found = [buckets(text.split()) for text in texts]
    counts = np.array([len(f) for f in found])
    values = np.repeat(1 / np.sqrt(np.maximum(counts, 1)), counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    hashes = csr_matrix((values, np.concatenate(found), starts), (len(texts), BUCKETS))
    rest = np.stack(
        [figures(w, np.array([p in known for p in w], bool)) for w in map(str.split, texts)]
    )
    return csr_matrix(hstack([hashes, rest]))


def learned(phrases: list[str], own: list[str], held: list[str], small: bool = False) -> bytes:
    """The file of a model that was taught on phrases and outsiders, and scaled on `held`."""
    texts, labels, weights = examples(phrases, own, small)
    spoken = [t for t, y in zip(texts, labels, strict=True) if y]
    known = {word for text in [*phrases, *spoken] for word in text.split()}
    fitted = LogisticRegression(C=STRENGTH, solver="liblinear", tol=1e-3)
    # A word of a phrase is known by itself: some are hidden, so that the figure is learned.
    fitted.fit(matrix(texts, _but(known, phrases)), labels, sample_weight=weights)
    ours = fitted.coef_[0]
    step = np.abs(ours[:BUCKETS]).max() / 127
    arrays = {
        "weights": np.round(ours[:BUCKETS] / step).astype(np.int8),
        "step": np.array([step], np.float32),
        "figures": ours[BUCKETS:].astype(np.float32),
        "bias": fitted.intercept_.astype(np.float32),
        "known": np.unique(hashed(sorted(known))),
        "quantiles": np.array([0.0, 1.0], np.float32),
    }
    scores = scored(Model.read(save(arrays)), held)
    arrays["quantiles"] = np.array(Scale.of(scores).quantiles, np.float32)
    return save(arrays)


def _but(known: set[str], phrases: list[str]) -> set[str]:
    """The words without those that only one whole sentence has: half of such are left out."""
    counts: dict[str, int] = {}
    for sentence in data.sentences(phrases):
        for word in set(sentence.split()):
            counts[word] = counts.get(word, 0) + 1
    once = sorted(word for word, n in counts.items() if n == 1)
    return known - set(once[::2])


def scored(model: Model, texts: list[str]) -> np.ndarray:
    """(n,) scores; the lowest number where no word is known."""
    return np.nan_to_num([model.score(text) for text in texts], nan=-1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", type=Path, nargs="*")
    parser.add_argument("--data", metavar="DIR")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write the file here too")
    a = parser.parse_args()
    phrases, _ = data.read("train", a.data)
    chosen, allowed = data.held_out(phrases)
    held = [p for p, c in zip(phrases, chosen, strict=True) if c]
    teaching, reporting = outsiders()
    content = learned([p for p, c in zip(phrases, allowed, strict=True) if c], teaching, held)
    if a.out:
        a.out.write_bytes(content)
    report(Model.read(content), held, reporting)
    for folder in a.checkpoints:
        record(Checkpoint(folder), [], {}, None, {FILE: content})


def report(model: Model, held: list[str], reporting: list[str]) -> None:
    """Print AUROC and what share of each kind is called unfamiliar."""
    inside, outside = scored(model, held), scored(model, reporting)
    truth = np.repeat([1, 0], [len(inside), len(outside)])
    print(f"AUROC of {len(outside)} reporting outsiders against {len(inside)} held-out "
          f"sentences: {roc_auc_score(truth, np.concatenate([inside, outside])):.4f}")  # fmt: skip
    for name, texts in (("held-out sentences", held), ("outsiders", reporting)):
        share = np.mean([not model(text).familiar for text in texts])
        print(f"unfamiliar among the {name}: {share:.3f}")


if __name__ == "__main__":
    main()
