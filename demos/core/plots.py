"""Plotly figures in the gallery's theme. Colours are Okabe–Ito, safe for colour-blind eyes.

Plotly is imported on first use: the page does not wait for it. Text and grid take their colours
from style.css, so that one figure serves light and dark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from demos.core import images

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Okabe & Ito (2008): blue, orange, green, vermilion, purple, sky blue.
SERIES = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9")
BELOW = {"yref": "container", "y": 0, "yanchor": "bottom", "x": 0, "xanchor": "left"}  # a legend
_TRANSPARENT = "rgba(0,0,0,0)"


def figure(
    *, height: int = 320, x: str = "", y: str = "", title: str = "", rows: int = 1
) -> Figure:
    """An empty figure with the gallery's axes; `x` and `y` are axis titles with their units. It
    may have several `rows` of axes, one below the other."""
    import plotly.graph_objects as go

    empty = go.Figure()
    if rows > 1:
        empty.set_subplots(rows, 1, vertical_spacing=0.36 / rows)
    empty.update_layout(
        template="none",
        height=height,
        margin={"l": 56, "r": 16, "t": 40 if title else 16, "b": 48},
        paper_bgcolor=_TRANSPARENT,
        plot_bgcolor=_TRANSPARENT,
        colorway=SERIES,
        font={"family": "system-ui, sans-serif", "size": 14},
        title={"text": title, "x": 0, "font": {"size": 15}} if title else None,
        legend={  # to the right, where a title leaves room
            "orientation": "h",
            "y": 1.02,
            "x": 1,
            "xanchor": "right",
            "yanchor": "bottom",
        },
        hoverlabel={"namelength": -1},
        dragmode=False,
    )
    axis = {
        "gridcolor": "rgba(128,128,120,.25)",
        "zeroline": False,
        "ticks": "outside",
        "automargin": True,
    }
    empty.update_xaxes(title={"text": x}, **axis)
    empty.update_yaxes(title={"text": y}, **axis)
    return empty


def lines(
    series: dict[str, tuple[Any, Any]], *, x: str, y: str, title: str = "", markers: bool = False
) -> Figure:
    """Named lines: {name: (x values, y values)}."""
    drawn = figure(x=x, y=y, title=title)
    for name, (xs, ys) in series.items():
        mode = "lines+markers" if markers else "lines"
        drawn.add_scatter(x=list(xs), y=list(ys), name=name, mode=mode)
    return drawn


def curves(history: list[dict[str, float]], title: str = "Training") -> Figure | None:
    """The losses (left) of a training history, one line each; None without a history."""
    if not history:
        return None
    names = [k for k in history[-1] if k == "loss" or k.endswith("_loss") or "mae" in k]
    if not names:
        names = [k for k in history[-1] if "accuracy" in k]
    series = {n.replace("_", " "): _column(history, n) for n in names}
    return lines(series, x="epoch", y="loss / error", title=title)


def confusion(labels: list[str], matrix: list[list[int]], title: str = "") -> Figure:
    """A confusion matrix: rows are the truth, columns the prediction, text is the count."""
    counts = np.asarray(matrix)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    drawn = figure(height=460, x="predicted", y="true", title=title)
    drawn.add_heatmap(
        z=shares,
        x=labels,
        y=labels,
        text=counts,
        texttemplate="%{text}",
        colorscale=[[0, "rgba(0,114,178,0)"], [1, "rgba(0,114,178,.75)"]],
        showscale=False,
        hovertemplate="true %{y}, predicted %{x}: %{text}<extra></extra>",
    )
    drawn.update_yaxes(autorange="reversed", title=None)
    drawn.update_xaxes(tickangle=-35, title=None)
    drawn.update_layout(margin={"l": 92, "b": 84})
    return drawn


def reliability(bins: list[dict[str, float]], title: str = "") -> Figure | None:
    """A reliability diagram: the share of right answers over the confidence with which they were
    given, larger dots for more answers (Guo et al. 2017, arXiv 1706.04599); None without `bins`."""
    found = [row for row in bins if row["n"]]
    if not found:
        return None
    drawn = figure(height=400, x="confidence", y="share that is right", title=title)
    drawn.add_scatter(
        x=[0, 1], y=[0, 1], name="perfectly calibrated", mode="lines",
        line={"color": "#8f8b7e", "dash": "dot"}, hoverinfo="skip",
    )  # fmt: skip
    most = max(row["n"] for row in found)
    drawn.add_scatter(
        x=[row["confidence"] for row in found],
        y=[row["right"] if "right" in row else row["accuracy"] for row in found],
        text=[f"{row['n']:,} answers" for row in found],
        name="measured", mode="lines+markers", line={"color": SERIES[0]}, cliponaxis=False,
        marker={"size": [6 + 18 * (row["n"] / most) ** 0.5 for row in found]},
        hovertemplate="confidence %{x:.3f}, right %{y:.3f}, %{text}<extra></extra>",
    )  # fmt: skip
    drawn.update_xaxes(range=[0, 1.02], tickformat=".0%")
    drawn.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return drawn.update_layout(legend=BELOW)


def over_picture(rgb: np.ndarray, height: int = 420) -> Figure:
    """A figure with a picture (height, width, 3) as its ground, in pixel coordinates."""
    drawn = figure(height=height)
    rows, columns = rgb.shape[:2]
    drawn.add_layout_image(
        source=images.data_uri(rgb), x=0, y=0, sizex=columns, sizey=rows,
        xref="x", yref="y", sizing="stretch", layer="below",
    )  # fmt: skip
    drawn.update_xaxes(visible=False, range=[0, columns], constrain="domain")
    drawn.update_yaxes(visible=False, range=[rows, 0], scaleanchor="x", constrain="domain")
    drawn.update_layout(margin={"l": 0, "r": 0, "t": 0, "b": 0}, showlegend=False)
    return drawn


def _column(history: list[dict[str, float]], name: str) -> tuple[list[float], list[float]]:
    some = [row for row in history if name in row]
    return [row["epoch"] for row in some], [row[name] for row in some]
