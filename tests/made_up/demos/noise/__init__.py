"""Noise: the record says what the demo is and takes, and imports nothing heavy."""

from demos.core.demo import ASSETS, Demo, Example, Guess, Headline, Input, Step, Variant

FINE, COARSE = (ASSETS / "examples" / "noise" / name for name in ("fine.png", "coarse.png"))

DEMO = Demo(
    name="noise", slug="noise", title="Fine or coarse noise", tab="Noise",
    task="Two layers tell fine noise from coarse.",
    does="Say whether the noise in a picture is fine or coarse.", endpoint="judge_noise",
    inputs=(Input("picture", "picture", "Picture", "A picture as a file or an address", 24),),
    variants=(Variant("best", "Best", "32 hidden units."), Variant("small", "Small", "8 units.")),
    examples=(Example("fine", "Fine grain", (str(FINE),), "fine", picture=FINE),
              Example("coarse", "Coarse grain", (str(COARSE),), "coarse", picture=COARSE)),
    tour=(Step("fine", "best", "Here each pixel is a number of its own."),
          Step("coarse", "best", "Here four neighbours share a number.",
               Guess("What is this noise?", ("Fine", "Coarse", "No noise at all"), 1)),
          Step("coarse", "small", "A quarter of the hidden units see the same.")),
    headline=Headline("accuracy", "accuracy", low=0.5, high=1, percent=True),
)  # fmt: skip
