"""Correcting labels by a click: the page's own script, and the file that it offers."""

from __future__ import annotations

from markupsafe import Markup

from demos.core import markup
from demos.named_entities.result import Found
from demos.named_entities.show import kind_tag

MOST = 300  # words that are offered
FILE = "corrected.txt"
# A click gives a word its next kind; behind a neighbour of that kind it goes on with its name.
SCRIPT = """
element.addEventListener('click', event => {
  const word = event.target.closest('[data-label]');
  if (!word) return;
  const all = [...element.querySelectorAll('[data-label]')];
  const kinds = element.querySelector('[data-kinds]').dataset.kinds.split(' ');
  const at = all.indexOf(word), kind = w => w ? w.dataset.label.slice(2) : '';
  const near = i => all[i] && all[i].dataset.sentence === word.dataset.sentence ? all[i] : null;
  const label = (w, text) => {
    w.dataset.label = text;
    w.className = text.slice(2).toLowerCase();
    w.querySelector('small').textContent = text;
  };
  const next = kinds[(kinds.indexOf(kind(word)) + 1) % kinds.length];
  label(word, next ? (kind(near(at - 1)) === next ? 'I-' : 'B-') + next : 'O');
  const behind = near(at + 1);
  if (behind && behind.dataset.label[0] === 'I' && kind(behind) !== next) {
    label(behind, 'B-' + kind(behind));
  }
  let lines = '', sentence = all[0].dataset.sentence;
  for (const w of all) {
    if (w.dataset.sentence !== sentence) lines += '\\n';
    sentence = w.dataset.sentence;
    lines += w.dataset.word + ' ' + w.dataset.label + '\\n';
  }
  element.querySelector('a').href = 'data:text/plain;charset=utf-8,' + encodeURIComponent(lines);
});
"""


def conll(found: Found) -> str:
    """The text's words with their labels in CoNLL's format, an empty line between sentences."""
    tokens = found.tokens
    return "\n".join(
        "".join(f"{tokens[i]} {found.labels[i]}\n" for i in range(s.start, s.stop))
        for s in found.sentences
    )


def shown(found: Found, kinds: list[str]) -> Markup:
    """Each word as a button with its label, and the link to the file."""
    if not 0 < len(found.words) <= MOST:
        return Markup("")
    tokens = found.tokens
    buttons = markup.join(
        Markup(
            '<button type="button" class="{}" data-label="{}" data-word="{}" data-sentence="{}">'
            "{}<small>{}</small></button>"
        ).format(found.labels[i][2:].lower(), found.labels[i], tokens[i], n, tokens[i],
                 found.labels[i])
        for n, s in enumerate(found.sentences)
        for i in range(s.start, s.stop)
    )  # fmt: skip
    link = markup.download(FILE, "text/plain;charset=utf-8", conll(found).encode(), "Save as CoNLL")
    legend = Markup(" → ").join(kind_tag(k) for k in ("", *kinds))
    return Markup(
        '<section class="part"><h3>Correct it</h3><p class="note">A click gives a word its next '
        "label: {}. The trainer reads the file (<code>--more {}</code>).</p>"
        '<div class="tags" data-kinds="{}" dir="auto">{}</div><p class="save">{}</p></section>'
    ).format(legend, FILE, " ".join(["", *kinds]), buttons, link)
