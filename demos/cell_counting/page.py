import gradio as gr

from demos.core import images, markup
from demos.core.frame import First, Frame
from demos.core.inputs import PictureInput
from demos.core.panels import Parameter
from demos.core.runtime import Timed


def build(frame: Frame) -> None:
    with frame.inputs:
        picture = PictureInput("Microscopy image")
    with frame.results:
        heat = gr.Plot(show_label=False, container=False)
        table = gr.HTML()

    def first(variant, path):
        p = images.decode(path)
        return First(markup.Answer("210", "cells", ("a",)), Timed(1, variant, 0.04, 0), p)

    def second(kept):
        from demos.core import plots

        yield {heat: plots.over_picture(kept.rgb)}
        yield {table: markup.table(("Model", "Count"), [("Best", 3)])}

    frame.connect(
        inputs=[picture],
        first=first,
        second=second,
        outputs=[heat, table],
        run_on=[picture.upload],
        button="Count",
    )

    def count_cells(picture: str, variant: str) -> dict:
        """Count the cells in a fluorescence image.

        Args:
            picture: The image, as a file or an address.
            variant: Which model answers.
        """
        return {"count": 3}

    frame.endpoint(count_cells, [picture])
    frame.panels(
        call=[
            Parameter("picture", "examples/cell_counting/typical.png", True),
            Parameter("variant", "best"),
        ]
    )
