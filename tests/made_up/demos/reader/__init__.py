"""Two texts in (question and paragraph), two arrays out (where an answer starts and ends)."""

from demos.core.demo import Demo, Example, Headline, Input, Step, Variant

PARAGRAPH = "The owl sleeps by day. The lark sings at dawn. The nightingale sings after dusk."

DEMO = Demo(
    name="reader", slug="reader", title="Reader", tab="Reader",
    task="Ask a question about a paragraph.", does="Find the words that answer a question.",
    endpoint="read_paragraph",
    inputs=(
        Input("question", "text", "Question", "A question about the paragraph.", 100),
        Input("paragraph", "text", "Paragraph", "The text that holds the answer", 400, lines=6),
    ),
    variants=(Variant("best", "Best", "Answers with three words."),
              Variant("long", "Long", "Answers with five words.")),
    examples=(Example("lark", "The lark", ("Which bird sings at dawn?", PARAGRAPH), "the lark"),
              Example("owl", "The owl", ("Which bird sleeps by day?", PARAGRAPH))),
    tour=(Step("lark", "best", "Three words of the paragraph."),
          Step("lark", "long", "Five words of the paragraph."),
          Step("owl", "best", "Another question.")),
    headline=Headline("accuracy", "accuracy", low=0, high=1),
)  # fmt: skip
