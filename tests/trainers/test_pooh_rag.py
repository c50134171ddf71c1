"""The trainer of Ask Winnie-the-Pooh: questions, measures, rules, and that no book text is kept."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from demos.core import runtime
from demos.pooh_rag import DEMO, book, index
from demos.pooh_rag.answering import Rules
from demos.pooh_rag.predict import Predictor
from trainers.core import cli
from trainers.core.data import DataError
from trainers.pooh_rag import calibrate, data, measure
from trainers.pooh_rag.__main__ import TRAINER
from trainers.pooh_rag.data import Question
from trainers.pooh_rag.experiments import experiments
from trainers.pooh_rag.train import SAMPLE

GRAM = 8  # words in a row that would be a piece of a sentence


@pytest.fixture(scope="module")
def model() -> Predictor:
    return runtime.predictor(DEMO.name, DEMO.default)


@pytest.fixture(scope="module")
def text(data: Path) -> str:
    return book.body((data / "winnie_the_pooh" / "winnie_the_pooh.txt").read_bytes())


def grams(content: str) -> set[tuple[str, ...]]:
    said = re.findall(r"[a-z']+", content.lower().replace("’", "'").replace("_", ""))
    return {tuple(said[i : i + GRAM]) for i in range(len(said) - GRAM + 1)}


def test_what_is_ours_holds_no_sentence_of_the_book(text: str):
    notes = json.loads(data.NOTES.read_text())["notes"]
    ours = {
        "companion": data.COMPANION.read_text(),
        "summaries": " | ".join(n["summary"] for n in notes),
        "questions": "\n".join(q for n in notes for q, _ in n["questions"]),
    }
    for name, content in ours.items():
        assert not grams(text) & grams(content), name


def test_the_companion_has_ten_stories_of_about_600_words():
    stories = data.COMPANION.read_text().split("\n# ")
    assert len(stories) == 10
    assert all(550 <= len(s.split()) <= 660 for s in stories)


def test_notes_fit_the_text_and_come_before_the_evaluation(text: str):
    notes, about = data.notes()
    assert about == book.digest(text) and len(notes) > 200
    for note in notes:
        assert text[note.start : note.end].strip()
        for question, (start, end) in note.questions:
            assert note.start <= start < end <= note.end and question.endswith("?")
    asked = {q.question.lower() for q in data.read_questions(data.QUESTIONS["book"], text)}
    same = asked & {q.lower() for note in notes for q, _ in note.questions}
    assert len(same) <= 0.03 * len(asked), same


def test_our_questions_are_of_all_kinds_and_halved(text: str):
    found = data.read_questions(data.QUESTIONS["book"], text)
    assert len(found) >= 200
    share = {kind: np.mean([q.kind == kind for q in found]) for kind in data.KINDS}
    assert share["paraphrase"] >= 0.24 and share["unanswerable"] >= 1 / 6 and share["injection"] > 0
    halves = [data.half(found, split) for split in ("validation", "test")]
    assert abs(len(halves[0]) - len(halves[1])) <= 3
    assert {q.question for q in halves[0]}.isdisjoint(q.question for q in halves[1])


def test_evidence_is_found_however_its_lines_are_broken(tmp_path: Path):
    text = "One. The _fox_ sold\n    bread, to “geese”. End. The fox ran."
    assert [text[a:b] for a, b in data.find("The fox sold bread, to “geese”.", text)] == [
        "The _fox_ sold\n    bread, to “geese"
    ]
    assert data.find("the fox", text) == [(5, 13), (48, 55)] and data.find("—", text) == []
    rows = [{"question": "What was sold?", "answers": ["bread"], "evidence": ["sold bread"],
             "kind": "fact"}, {"question": "Who?", "answers": [], "evidence": [],
             "kind": "unanswerable"}]  # fmt: skip
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    first, second = data.read_questions(path, text)
    assert text[slice(*first.places[0])].startswith("sold") and not second.answerable
    assert data.half([first, second], "test") == [first, second]
    for bad in ('{"question": 5}', "no json", '{"about": "0"}\n{"question": "a?"}'):
        path.write_text(bad)
        with pytest.raises(DataError):
            data.read_questions(path, text)


def test_a_hit_needs_half_of_the_evidence():
    question = Question("?", ("a",), ((100, 140),), "fact")
    assert measure.holds(0, 120, question) and not measure.holds(0, 119, question)
    assert measure.holds(120, 300, question) and not measure.holds(141, 300, question)


def test_measures_count_abstentions(model: Predictor):
    asked = [Question("Who found Eeyore's tail?", ("Pooh",), ((0, 10),), "fact"),
             Question("How do I bake a cake?", (), (), "unanswerable")]  # fmt: skip
    found = measure.ask(model, model.index, asked)
    each = measure.values(found)
    assert each["abstention"].tolist() == [float(not found[1].said)]
    assert len(each["answer_f1"]) == 1 and len(each["supported"]) == sum(a.said for a in found)
    if not found[0].said:
        assert each["answer_f1"][0] == 0
    names = {m.name for m in measure.metrics(found, "validation")}
    assert {"hit_at_1", "hit_at_5", "abstention", "latency_p50"} <= names


def test_the_experiments_are_one_table(model: Predictor):
    small = index.build(SAMPLE, model.encode, size=20)
    asked = [Question("What did the fox sell?", ("bread",), ((0, len(SAMPLE)),), "fact"),
             Question("Who left?", (), (), "unanswerable")]  # fmt: skip
    rows = experiments(model, small, asked)
    assert {r["n"] for r in rows} == {1} and len(rows) >= 14
    assert {r["experiment"] for r in rows} >= {
        "one way of searching",
        "all ways",
        "context",
        "chunks",
    }
    assert all(0 <= r["hit_at_1"] <= r["mrr"] <= r["hit_at_5"] <= 1 for r in rows)


def test_a_reader_reads_nothing_twice(tmp_path: Path, model: Predictor):
    calls = []

    class Counting:
        def answers(self, asked):
            calls.append(len(asked))
            return model.reader.answers(asked)

    asked = [("Who ground it?", "A fox ground the corn.", 30), ("Who?", "Ada left.", 30)]
    first = calibrate.Remembering(Counting(), tmp_path / "reads.json")
    found = first.answers([*asked, asked[0]])
    again = calibrate.Remembering(Counting(), tmp_path / "reads.json").answers(asked)
    assert calls == [2, 0] and found[0] == again[0] == found[2]
    assert asked[0][1][found[0].spans[0].start : found[0].spans[0].end].endswith("fox")


def test_the_rules_refuse_as_many_as_they_may():
    rng = np.random.default_rng(0)

    def answered(able: bool, value: float) -> measure.Answered:
        reply = type("Reply", (), {"features": {"margin": value, "nearest": rng.random()}})()
        return measure.Answered(Question("?", ("a",) if able else (), (), ""), reply, (), 0.0)

    asked = [answered(True, v) for v in rng.normal(1, 1, 200)]
    asked += [answered(False, v) for v in rng.normal(-1, 1, 60)]
    rules = calibrate.regression(asked, ("margin", "nearest"), Rules())
    sure = np.array([rules.certainty(a.reply.features) >= 0.5 for a in asked])
    assert 1 - sure[:200].mean() == pytest.approx(calibrate.FALSE, abs=0.02)
    assert sure[200:].mean() < 0.4
    assert Rules.of(rules.to_json()) == rules


def test_a_text_of_ones_own_becomes_a_checkpoint(tmp_path: Path, capsys):
    """The way of any text: train, then questions of one's own."""
    source, asked = tmp_path / "mill.md", tmp_path / "asked.jsonl"
    source.write_text(SAMPLE)
    row = {"question": "What did the fox sell?", "answers": ["bread"], "kind": "fact",
           "evidence": ["the fox sold bread to the geese"]}  # fmt: skip
    asked.write_text(json.dumps(row))
    out = tmp_path / "pooh_rag" / "own"
    options = ["--variant", "companion", "--threads", "1"]
    cli.main(TRAINER, ["train", *options, "--data", str(source), "--out", str(out)])
    capsys.readouterr()
    cli.main(TRAINER, ["evaluate", "--threads", "1", "--checkpoint", str(out), "--data", str(asked),
                       "--json"])  # fmt: skip
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 1 and found["metrics"]["hit_at_5"] == 1


@pytest.mark.parametrize("variant", ["companion", "book"])
def test_a_dry_run_goes_the_whole_way(variant: str, tmp_path: Path, capsys):
    cli.main(TRAINER, ["train", "--variant", variant, "--dry-run", "--threads", "1"])
    assert "parameters" in capsys.readouterr().out
