"""What one click chooses on a page: a step of the tour, an example, a model."""

from __future__ import annotations

from markupsafe import Markup

from demos.core import markup
from demos.core.demo import Demo, Guess

# The page's own script handles the click as well (address, which step is current); this only
# tells Gradio about it.
SELECT = """
element.addEventListener('click', event => {
  const chosen = event.target.closest('[data-name]');
  if (chosen) trigger('select', {name: chosen.dataset.name});
});
"""


def summary(demo: Demo, variant: str) -> Markup:
    """What the chosen model is."""
    return Markup('<p class="summary controls">{}</p>').format(demo.variant(variant).summary)


def tour(demo: Demo) -> Markup:
    """All steps and captions are there; the script shows the current one's."""
    buttons = markup.join(
        Markup(
            '<li><button type="button" data-name="{}" aria-label="Step {} of {}">{}</button></li>'
        ).format(n, n, len(demo.tour), n)
        for n in range(1, len(demo.tour) + 1)
    )
    captions = markup.join(
        Markup('<p data-caption="{}" hidden>{}</p>').format(n, step.text)
        for n, step in enumerate(demo.tour, 1)
    )
    guesses = markup.join(guess(n, step.guess) for n, step in enumerate(demo.tour, 1) if step.guess)
    return Markup(
        '<div class="tour" role="group" aria-label="Tour"><ol>{}</ol>'
        '<p data-caption="0">A tour in {} steps. Each fills in the page and runs.</p>'
        '<div class="captions" aria-live="polite">{}<p class="guessed" hidden></p>{}</div></div>'
    ).format(buttons, len(demo.tour), guesses, captions)


def guess(n: int, asked: Guess) -> Markup:
    """The question of a step and its three answers; a presentation shows it before the step."""
    answers = markup.join(
        Markup('<button type="button" data-answer="{}"><b>{}</b> {}</button>').format(
            i, i + 1, said
        )
        for i, said in enumerate(asked.answers)
    )
    return Markup(
        '<div class="guess" data-guess="{}" data-right="{}" hidden><p>{}</p><div>{}</div></div>'
    ).format(n, asked.right, asked.question, answers)


def examples(demo: Demo) -> Markup:
    """One tile per example."""
    tiles = []
    for example in demo.examples:
        picture = ""
        if example.picture is not None:
            picture = Markup('<img src="examples/{}/{}" alt="" loading="lazy">').format(
                demo.name, example.picture.name
            )
        tiles.append(
            Markup(
                '<button type="button" class="example" data-name="{}">{}<span>{}</span></button>'
            ).format(example.name, picture, example.title)
        )
    return Markup('<div class="examples" role="group" aria-label="Examples">{}</div>').format(
        markup.join(tiles)
    )
