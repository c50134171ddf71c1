"""The page: the frame does all that is not particular to this demo."""

from demos.core import markup
from demos.core.frame import Asked, Frame
from demos.noise.result import Grain, GrainAnswer


def build(frame: Frame) -> None:
    frame.connect(answer=answer, api=GrainAnswer, button="Fine or coarse?")
    frame.panels()


def answer(asked: Asked[Grain]) -> markup.Answer:
    return markup.Answer(asked.result.grain, markup.percent(asked.result.probability))
