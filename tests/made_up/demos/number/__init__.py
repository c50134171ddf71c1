"""A number in. While the gate is closed (`tests.made_up.gate`) no answer is finished."""

from demos.core.demo import Demo, Example, Headline, Input, Step, Variant

DEMO = Demo(
    name="number", slug="number", title="Number", tab="Number",
    task="A number times itself.", does="Raise a number to a power.", endpoint="raise_number",
    inputs=(Input("number", "number", "Number", "The number that is raised", default=2.0,
                  high=10, step=0.5),),
    variants=(Variant("square", "Square", "The second power."),
              Variant("cube", "Cube", "The third power."),
              Variant("fourth", "Fourth", "The fourth power."),
              Variant("fifth", "Fifth", "The fifth power.")),
    examples=(Example("three", "Three", (3.0,), "9 is its square"), Example("half", "½", (0.5,))),
    tour=(Step("three", "square", "Three times three is nine."),
          Step("three", "cube", "Three times three times three."),
          Step("half", "square", "A half of a half is a quarter.")),
    headline=Headline("accuracy", "accuracy", low=0, high=1),
)  # fmt: skip
