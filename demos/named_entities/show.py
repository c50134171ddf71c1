"""What the page shows of a text's names: marks, tables, files to take away."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from markupsafe import Markup, escape

from demos.core import markup, text
from demos.core.familiarity import is_familiar
from demos.named_entities.labels import NAMES, TYPES, entities
from demos.named_entities.result import Context, Found, Piece, utf16

UNSURE = 0.5  # confidence below which a name is marked with dots
MOST = 12  # names in a cell
SHARES = 3  # labels of a word piece that are shown
HEAD = ("text", "kind", "start", "end", "start_utf16", "end_utf16", "confidence")


def marked(
    whole: str, spans: Iterable[tuple[int, int, str]], unsure: Collection[int] = (),
    differs: Collection[int] = (), missed: Iterable[tuple[int, int]] = (),
) -> Markup:  # fmt: skip
    """A text with (start, end, kind) marked in place; `unsure` and `differs` are starts, `missed`
    places where another model has a name and this one none."""
    parts = [(a, b, k) for a, b, k in spans] + [(a, b, "") for a, b in missed]
    out, here = [], 0
    for start, end, kind in sorted(parts):
        if start < here:
            continue
        out.append(escape(whole[here:start]))
        if kind:
            more = " unsure" * (start in unsure) + " differs" * (start in differs)
            out.append(
                Markup('<mark class="{}{}" data-kind="{}">{}</mark>').format(
                    kind.lower(), more, kind, whole[start:end]
                )
            )
        else:
            out.append(Markup('<span class="missed">{}</span>').format(whole[start:end]))
        here = end
    out.append(escape(whole[here:]))
    return Markup('<p class="names" dir="auto">{}</p>').format(markup.join(out))


def names(found: Found) -> Markup:
    """The text with its names, and a tick for each kind."""
    counts = Counter(n.kind for n in found.names)
    ticks = markup.join(
        Markup('<label class="{}"><input type="checkbox" checked><b>{}</b> {} · {}</label>').format(
            kind.lower(), kind, NAMES[kind], counts[kind]
        )
        for kind in TYPES
        if counts[kind]
    )
    spans = [(n.start, n.end, n.kind) for n in found.names]
    unsure = {n.start for n in found.names if n.confidence < UNSURE}
    notes = []
    if unsure:
        notes.append("Dotted: it is not sure of these.")
    if found.read < found.of:
        notes.append(
            f"It read {found.read:,} of {found.of:,} word pieces: of a word of more than 24, the "
            "rest is left out."
        )
    return Markup(
        '<div class="found"><fieldset class="filter" aria-label="Kinds that are marked">{}'
        "</fieldset>{}{}</div>"
    ).format(
        ticks, marked(found.text, spans, unsure), markup.note(" ".join(notes)) if notes else ""
    )


def kind_tag(kind: str) -> Markup:
    """A kind in its colour."""
    return Markup('<span class="kind {}">{}</span>').format(kind.lower() or "none", kind or "O")


def table(found: Found) -> Markup:
    """The names in a table, with files to take away."""
    if not found.names:
        return markup.note("No names were found.")
    units = utf16(found.text)
    known = is_familiar(found.familiarity)
    rows = [
        (n.text, kind_tag(n.kind), markup.percent(n.confidence) if known else markup.UNSURE,
         f"{n.start}–{n.end}", f"{units[n.start]}–{units[n.end]}")
        for n in found.names
    ]  # fmt: skip
    saved = found.to_json()["names"]
    lines = [[name[key] for key in HEAD] for name in saved]
    links = Markup("").join([
        markup.download("names.json", "application/json",
                        json.dumps(saved, ensure_ascii=False, indent=1).encode(), "JSON"),
        markup.download("names.csv", "text/csv", text.write_csv(HEAD, lines), "CSV"),
    ])  # fmt: skip
    head = ("Name", "Kind", "Confidence", "Characters", "UTF-16 units")
    return Markup('{}<p class="save">Save as {}</p>').format(
        markup.table(head, rows, text_columns=2), links
    )


def part(title: str, content: Markup, note: str = "") -> Markup:
    """A part of the page under a heading of its own."""
    return Markup('<section class="part"><h3>{}</h3>{}{}</section>').format(
        title, markup.note(note) if note else "", content
    )


def pieces(found: Found, read: Sequence[Piece], labels: Sequence[str]) -> Markup:
    """Words, word pieces and labels: what training saw (−100: nothing) and what is said."""
    tokens, rows, before = found.tokens, [], -1
    for p in read:
        order = sorted(range(len(labels)), key=lambda i: -p.shares[i])[:SHARES]
        says = ", ".join(f"{labels[i]} {markup.percent(p.shares[i])}" for i in order[:2])
        label = found.labels[p.word] if p.first else Markup('<span class="ignored">−100</span>')
        rows.append((tokens[p.word] if p.word != before else "", p.text, label, says))
        before = p.word
    return markup.table(("Word", "Word piece", "Label", "What the network says"), rows,
                        text_columns=4)  # fmt: skip


def pooled(read: Sequence[Piece], labels: Sequence[str]) -> Markup:
    """The first piece of a word, the average of all and the strongest of them: what each says."""
    shares = [p.shares for p in read]
    n = len(shares)
    ways = (
        ("The first piece, as trained", shares[0]),
        (f"The average of all {n}", [sum(s[i] for s in shares) / n for i in range(len(labels))]),
        ("The strongest of each label", [max(s[i] for s in shares) for i in range(len(labels))]),
    )
    rows = []
    for name, row in ways:
        order = sorted(range(len(labels)), key=lambda i: -row[i])[:SHARES]
        rows.append((name, labels[order[0]], ", ".join(
            f"{labels[i]} {markup.percent(row[i])}" for i in order)))  # fmt: skip
    return markup.table(("Taken", "Label", "Probabilities"), rows, text_columns=3)


def context(found: Context) -> Markup:
    """A word's probabilities with less and less around it, as stacked bars."""
    rows = []
    for n, (hidden, shares) in enumerate(found.steps):
        bars = markup.join(
            Markup('<i class="{}" style="--share:{:.1f}%" title="{} {}"></i>').format(
                kind.lower() if kind != "O" else "none", 100 * share, kind, markup.percent(share)
            )
            for kind, share in shares.items()
        )
        best = max(shares, key=lambda k: shares[k])
        name = "nothing hidden" if n == 0 else f"… and without “{hidden}”"
        stack = Markup('<span class="stack">{}</span>').format(bars)
        said = kind_tag("" if best == "O" else best)
        rows.append((name, stack, said, markup.percent(shares[best])))
    return markup.table((f"“{found.word}” with", "", "Says", "Share"), rows, text_columns=3)


def mentions(found: Found) -> Markup:
    """Names that stand in the text more than once: is each time the same said?"""
    spellings: dict[str, list[str]] = {}
    for n in found.names:
        spellings.setdefault(n.text.casefold(), []).append(n.text)
    tokens = [t.casefold() for t in found.tokens]
    rows = []
    for folded, texts in spellings.items():
        words = [t.casefold() for t in _words_of(found, folded)]
        places = [
            i for i in range(len(tokens) - len(words) + 1) if tokens[i : i + len(words)] == words
        ]
        if len(places) < 2:
            continue
        kinds = Counter(_kind_at(found, i, len(words)) for i in places)
        said = Markup(", ").join(
            Markup("{} ×{}").format(kind_tag(k) if k else "not marked by itself", c)
            for k, c in kinds.most_common()
        )
        rows.append((texts[0], len(places), said, "yes" if len(kinds) == 1 else "no"))
    if not rows:
        return Markup("")
    return markup.table(("Name", "Times", "Said", "Alike?"), rows, text_columns=1)


def _words_of(found: Found, folded: str) -> list[str]:
    name = next(n for n in found.names if n.text.casefold() == folded)
    return found.tokens[name.first : name.last]


def _kind_at(found: Found, at: int, size: int) -> str:
    return next((n.kind for n in found.names if (n.first, n.last) == (at, at + size)), "")


def lane(mine: Found, other: Found) -> Markup:
    """What another model says of the same words; where the two differ is marked."""
    ours, theirs, at = entities(mine.labels), entities(other.labels), other.words
    differs = {at[e.start].start for e in theirs if e not in ours}
    covered = {i for e in theirs for i in range(e.start, e.end)}
    missed = [
        (at[e.start].start, at[e.end - 1].end)
        for e in ours
        if not covered & set(range(e.start, e.end))
    ]
    spans = [(at[e.start].start, at[e.end - 1].end, e.kind) for e in theirs]
    return marked(other.text, spans, differs=differs, missed=missed)


def disagreements(mine: Found, other: Found) -> int:
    """How many names only one of two models has."""
    return len({*entities(mine.labels)} ^ {*entities(other.labels)})


def forms(found: Found, tried: Sequence[tuple[str, Sequence[str], Sequence[str]]]) -> Markup:
    """The text in other capitals: (what was done, the words then, their labels)."""
    before = set(entities(found.labels))
    rows = []
    for name, tokens, labels in tried:
        after = entities(labels)
        lost, new = before - set(after), set(after) - before
        said = Markup(" ").join(
            Markup('<span class="{}">{} {}</span>').format(
                "new" if e in new else "", " ".join(tokens[e.start : e.end]), kind_tag(e.kind)
            )
            for e in after[:MOST]
        )
        changed = "the same" if not (lost or new) else f"{len(lost)} lost, {len(new)} new"
        rows.append((name, said or "no names", changed))
    return markup.table(("Written", "Names", "Changed"), rows, text_columns=3)
