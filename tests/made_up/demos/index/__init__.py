"""A document and a choice in; an index without a network answers."""

from demos.core.demo import ASSETS, Demo, Example, Headline, Input, Step, Variant

DOCUMENT = str(ASSETS / "examples" / "index" / "lines.txt")

DEMO = Demo(
    name="index", slug="index", title="Index", tab="Index",
    task="Find the longest line of a document, or the shortest.",
    does="Find a line of a document.", endpoint="find_line",
    inputs=(
        Input("document", "document", "Document", "A text of lines as a file or an address", 1000),
        Input("which", "choice", "Which line", "Which line is meant", default="longest",
              choices=("longest", "shortest")),
    ),
    variants=(Variant("best", "Best", "Of all lines."),),
    examples=(Example("longest", "The longest", (DOCUMENT, "longest")),
              Example("shortest", "The shortest", (DOCUMENT, "shortest"))),
    tour=(Step("longest", "best", "The longest line of the document."),
          Step("shortest", "best", "The shortest line of the document."),
          Step("longest", "best", "And the longest one again.")),
    headline=Headline("accuracy", "accuracy", low=0, high=1),
)  # fmt: skip
