"""What the page and the panels of super-resolution draw."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from markupsafe import Markup

from demos.core import markup, plots
from demos.core.checkpoint import Card, Checkpoint, open_checkpoint
from demos.core.errors import CheckpointError
from demos.super_resolution import DEMO
from demos.super_resolution.result import Enlarged
from demos.super_resolution.scale import brightness

BINS = 32  # of the spectrum, up to half a cycle a pixel
SIZE = re.compile(r"\(([\d.]+)([KM])\)$")  # at the end of a reference's name
LATENCY = "latency_p50"
COLOURS = dict(zip(("published", "ours", "bicubic"), plots.SERIES, strict=False))
SETS = {"set5": "Set5", "set14": "Set14", "oxford_pets_256": "pets"}


def spectrum(found: Enlarged, title: str) -> Any:
    """How strong the brightness varies at each frequency, in dB, of all enlargements at hand.

    Half the sampling rate of the small picture is at a quarter of a cycle a pixel, or at an eighth
    after four times: what lies beyond was not in it.
    """
    series = {"Bicubic": found.bicubic, title: found.rgb}
    if found.true is not None:
        series["The truth"] = found.true
    figure = plots.lines(
        {name: power(rgb) for name, rgb in series.items()},
        x="cycles per pixel", y="strength, dB",
    )  # fmt: skip
    figure.add_vline(x=0.5 / found.factor, line={"color": "#888", "dash": "dot", "width": 1})
    figure.update_layout(height=280)
    return figure


def power(rgb: np.ndarray) -> tuple[list[float], list[float]]:
    """Frequencies in cycles a pixel and the mean power there in dB, of the brightness under a Hann
    window."""
    y = brightness(rgb)
    rows, columns = y.shape
    window = np.outer(np.hanning(rows + 2)[1:-1], np.hanning(columns + 2)[1:-1])
    strength = np.abs(np.fft.rfft2((y - y.mean()) * window)) ** 2 / (window**2).sum()
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(columns))
    place = np.minimum((frequency * 2 * BINS).astype(int), BINS)  # the corners are one bin more
    total = np.bincount(place.ravel(), strength.ravel(), BINS + 1)[:BINS]
    count = np.bincount(place.ravel(), minlength=BINS + 1)[:BINS]
    some = count > 0
    level = 10 * np.log10(total[some] / count[some] + 1e-3)
    at = (np.arange(BINS)[some] + 0.5) / (2 * BINS)
    return [round(float(v), 4) for v in at], [round(float(v), 2) for v in level]


def errors(checkpoint: Checkpoint) -> tuple[Any, Markup]:
    """PSNR on Set5 against parameters and against time, and the test pictures one by one."""
    return size_and_time(checkpoint.card), pictures(checkpoint)


def size_and_time(card: Card) -> Any:
    """PSNR on Set5: above against parameters, ours beside the published networks that the card
    names; below against the milliseconds of an answer, ours beside bicubic interpolation, since
    nobody measured the others on this machine."""
    cards = {v.title: c for v in DEMO.variants if (c := _card(v.name))}
    timed = next((m for c in cards.values() if (m := c.metric(LATENCY, "example"))), None)
    figure = plots.figure(height=680 if timed else 360)
    figure.set_subplots(2 if timed else 1, 1, vertical_spacing=0.18)
    _points(figure, 1, "published", published(card), "%{x:,} parameters")
    sizes = [(float(c.architecture.parameters), psnr, title)
             for title, c in cards.items() if (psnr := _value(c, "psnr_y"))]  # fmt: skip
    _points(figure, 1, "ours", sizes, "%{x:,} parameters")
    _axes(figure, 1, "parameters")
    if timed:
        times = [
            (1000 * seconds, psnr, title)
            for title, c in cards.items()
            if (psnr := _value(c, "psnr_y")) and (seconds := _value(c, LATENCY, "example"))
        ]
        _points(figure, 2, "ours", times, "%{x:.1f} ms", names=True)
        plain = [(1000 * seconds, psnr, "Bicubic") for c in cards.values()
                 if (psnr := _value(c, "psnr_y_bicubic"))
                 and (seconds := _value(c, f"{LATENCY}_bicubic", "example"))][:1]  # fmt: skip
        _points(figure, 2, "bicubic", plain, "%{x:.1f} ms", names=True)
        machine = timed.note.partition("(")[2].removesuffix(")")
        _axes(figure, 2, f"ms for 256 × 256, one thread<br><sub>{machine}</sub>")
    return figure


def published(card: Card) -> list[tuple[float, float, str]]:
    """Parameters, PSNR on Set5 and name of the networks that a card refers to."""
    found = []
    for r in card.references:
        size = SIZE.search(r.who)
        if size and r.metric == "psnr_y":
            count = float(size[1]) * {"K": 1e3, "M": 1e6}[size[2]]
            found.append((count, r.value, r.who[: size.start()].strip()))
    return found


def _card(variant: str) -> Card | None:
    try:
        return open_checkpoint(DEMO.name, variant).card
    except CheckpointError:
        return None


def _value(card: Card, name: str, split: str = "test") -> float | None:
    found = card.metric(name, split)
    return found.value if found else None


def _points(
    figure: Any, row: int, name: str, points: list[tuple[float, float, str]], across: str,
    names: bool = False,
) -> None:  # fmt: skip
    """One series of (x, y, label) in a row of the figure, in the same colour in each."""
    if not points:
        return
    x, y, text = zip(*points, strict=True)
    first = not any(trace.name == name for trace in figure.data)
    figure.add_scatter(
        x=x, y=y, text=text, name=name, legendgroup=name, showlegend=first, row=row, col=1,
        mode="markers+text" if names else "markers",
        textposition=f"middle {'right' if name == 'bicubic' else 'left'}",
        marker={"size": 9, "color": COLOURS[name]}, cliponaxis=False,
        hovertemplate=f"%{{text}}: %{{y:.2f}} dB, {across}<extra></extra>",
    )  # fmt: skip


def _axes(figure: Any, row: int, x: str) -> None:
    """The gallery's axes in a row of the figure, x on a logarithmic scale."""
    look = {"gridcolor": "rgba(128,128,120,.25)", "zeroline": False, "ticks": "outside"}
    look |= {"automargin": True, "row": row, "col": 1}
    figure.update_xaxes(title={"text": x}, type="log", dtick="D2", **look)
    figure.update_yaxes(title={"text": "PSNR on Set5, dB"}, **look)


def pictures(checkpoint: Checkpoint) -> Markup:
    """Set5 and Set14 picture by picture, beside bicubic interpolation."""
    rows = [
        (
            SETS.get(p["data"], p["data"]), p["name"], f"{p['psnr_y']:.2f}",
            markup.signed(p["psnr_y"] - p["psnr_y_bicubic"], 2), f"{p['ssim_y']:.4f}",
        )
        for p in checkpoint.evaluation.get("pictures_test", [])
        if p["data"] in ("set5", "set14")
    ]  # fmt: skip
    if not rows:
        return Markup("")
    head = ("Data", "Picture", "PSNR, dB", "over bicubic", "SSIM")
    return markup.table(head, rows, text_columns=2, caption="Test pictures, one by one")


def fails(checkpoint: Checkpoint) -> Any:
    """What is left of the gain over bicubic interpolation when the small picture was changed."""
    found = checkpoint.evaluation.get("wild")
    if not found:
        return None
    rows = found["rows"]
    figure = plots.figure(
        y="dB over bicubic", height=320,
        title=f"{checkpoint.card.title}: what is won when the small picture was changed",
    )  # fmt: skip
    won = [round(row["changed"] - row["bicubic"], 3) for row in rows]
    figure.add_bar(x=[row["name"] for row in rows], y=won, name="dB over bicubic")
    figure.update_xaxes(tickangle=-30, title=None)
    figure.update_layout(margin={"b": 96})
    return figure
