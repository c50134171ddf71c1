"""A message and what was said before."""

from demos.core.demo import Demo, Example, Headline, Input, Step, Variant

SAID = [{"role": "user", "content": "Good day"}, {"role": "assistant", "content": "Good day!"}]

DEMO = Demo(
    name="chat", slug="chat", title="Chat", tab="Chat",
    task="Say something, and it remembers.", does="Answer a message in a conversation.",
    endpoint="answer_message",
    inputs=(
        Input("message", "text", "Message", "What you say.", 100),
        Input("conversation", "conversation", "Conversation", "What was said so far", 6),
    ),
    variants=(Variant("best", "Best", "It counts messages."),),
    examples=(Example("first", "The first", ("Hello", [])),
              Example("second", "The second", ("And you?", SAID))),
    tour=(Step("first", "best", "Nothing was said before this message."),
          Step("second", "best", "Two messages were said before this one."),
          Step("first", "best", "And from the beginning again.")),
    headline=Headline("accuracy", "accuracy", low=0, high=1),
)  # fmt: skip
