"""The window of the paragraph with most words of the question."""

import numpy as np

from demos.core.familiarity import Familiarity
from tests.made_up.plain import Rule, Said


class Predictor(Rule):
    def predict(self, question: str, paragraph: str) -> Said:
        (found,) = self.outputs([(question, paragraph)])
        start, score = int(found["start"].argmax()), float(found["start"].max())
        words = " ".join(paragraph.split()[start : start + self.number])
        return Said(words, score, Familiarity(score / self.number))

    def outputs(self, asked):
        """`start` and `end`: how many words of the question stand from, and up to, each word."""
        found = []
        for question, paragraph in asked:
            known = set(question.lower().strip("?").split())
            hits = [word.lower().strip(".") in known for word in paragraph.split()]
            sums = np.convolve(hits, np.ones(self.number))
            found.append({"start": sums[self.number - 1 :], "end": sums[: len(hits)]})
        return found
