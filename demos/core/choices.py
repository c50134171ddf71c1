"""What one click chooses on a page: a step of the tour, an example, a model."""

from __future__ import annotations

from markupsafe import Markup

from demos.core import markup
from demos.core.demo import Demo

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
    return Markup(
        '<div class="tour" role="group" aria-label="Tour"><ol>{}</ol>'
        '<p data-caption="0">A tour in {} steps. Each fills in the page and runs.</p>'
        '<div class="captions" aria-live="polite">{}</div></div>'
    ).format(buttons, len(demo.tour), captions)


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
