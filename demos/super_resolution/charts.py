"""What the page and the panels of super-resolution draw."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from markupsafe import Markup

from demos.core import markup, plots
from demos.core.checkpoint import Checkpoint, open_checkpoint
from demos.core.errors import CheckpointError
from demos.super_resolution import DEMO
from demos.super_resolution.result import Enlarged
from demos.super_resolution.scale import brightness

BINS = 32  # of the spectrum, up to half a cycle a pixel
SIZE = re.compile(r"\(([\d.]+)([KM])\)$")  # at the end of a reference's name
SETS = {"set5": "Set5", "set14": "Set14", "oxford_pets_256": "pets"}


def spectrum(found: Enlarged, title: str) -> Any:
    """How strong the brightness varies at each frequency, in dB, of all enlargements at hand.

    Half the sampling rate of the small picture is at a quarter of a cycle a pixel: what lies beyond
    was not in it.
    """
    series = {"Bicubic": found.bicubic, title: found.rgb}
    if found.true is not None:
        series["The truth"] = found.true
    figure = plots.lines(
        {name: power(rgb) for name, rgb in series.items()},
        x="cycles per pixel", y="strength, dB",
    )  # fmt: skip
    figure.add_vline(x=0.25, line={"color": "#888", "dash": "dot", "width": 1})
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
    """PSNR on Set5 against parameters, ours beside the published ones, and the test pictures."""
    figure = plots.figure(
        x="parameters", y="PSNR on Set5, dB", title="Size and PSNR, ours and published", height=360
    )
    theirs = []
    for r in checkpoint.card.references:
        size = SIZE.search(r.who)
        if size and r.metric == "psnr_y":
            count = float(size[1]) * {"K": 1e3, "M": 1e6}[size[2]]
            theirs.append((count, r.value, r.who[: size.start()].strip()))
    ours = []
    for variant in DEMO.variants:
        try:
            card = open_checkpoint(DEMO.name, variant.name).card
        except CheckpointError:
            continue
        found = card.metric("psnr_y", "test")
        if found:
            ours.append((card.architecture.parameters, found.value, variant.title))
    for name, points in (("published", theirs), ("ours", ours)):
        if points:
            x, y, text = zip(*points, strict=True)
            figure.add_scatter(
                x=x, y=y, text=text, name=name, mode="markers", marker={"size": 9},
                hovertemplate="%{text}: %{y:.2f} dB, %{x:,} parameters<extra></extra>",
            )  # fmt: skip
    figure.update_xaxes(type="log")
    return figure, pictures(checkpoint)


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
