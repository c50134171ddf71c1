"""The measures of the gallery, as defined once for all demos."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from demos.core.checkpoint import Metric

HIGHER_IS_BETTER = {
    "mae": False,
    "mae_relative": False,
    "mae_relative_total": False,
    "bias": False,
    "loss": False,
    "cv_mse": False,
    "false_abstention": False,
    "latency_p50": False,
    "ece": False,
    "deletion": False,
}


def higher_is_better(name: str) -> bool:
    """Whether more of a metric is better (true for all scores and shares not listed)."""
    return HIGHER_IS_BETTER.get(name.removesuffix("_mean"), True)


def records(
    values: Mapping[str, float], split: str, n: int, note: str = "",
    intervals: Mapping[str, tuple[float, float]] | None = None,
) -> list[Metric]:  # fmt: skip
    """The card's entries for values by name, measured on `n` examples; intervals are 95 %."""
    return [
        Metric(name=name, split=split, n=n, value=value, note=note,
               higher_is_better=higher_is_better(name), interval=(intervals or {}).get(name))
        for name, value in values.items()
    ]  # fmt: skip


def of_history(row: Mapping[str, float], n: int, note: str = "") -> list[Metric]:
    """The entries for what an epoch's row of the history measured on `n` validation examples."""
    prefix = "validation_"
    values = {k.removeprefix(prefix): v for k, v in row.items() if k.startswith(prefix)}
    return records(values, "validation", n, note) if n else []


def over_runs(
    runs: Sequence[Mapping[str, float]], split: str, n: int, note: str,
    names: Collection[str] | None = None,
) -> list[Metric]:  # fmt: skip
    """`<name>_mean` with its sd over two or more runs of one recipe; nothing for a single run."""
    if len(runs) < 2:
        return []
    found = {name: spread([run[name] for run in runs]) for name in names or runs[0]}
    return [
        Metric(name=f"{name}_mean", split=split, n=n, value=over.mean, sd=over.sd, runs=over.runs,
               higher_is_better=higher_is_better(name), note=note)
        for name, over in found.items()
    ]  # fmt: skip


def counting(predicted: np.ndarray, true: np.ndarray) -> dict[str, float]:
    """Measures of counts; both arrays are (n,).

    `mae`; `mae_relative`, the mean of each image's share, without images that have no cells;
    `mae_relative_total`, Σ|error| / Σtruth; `within_10`, the share of images that are off by at
    most a tenth; `bias`.
    """
    true = np.asarray(true, float)
    error = np.asarray(predicted, float) - true
    some = true > 0
    return {
        "mae": float(np.abs(error).mean()),
        "mae_relative": float((np.abs(error[some]) / true[some]).mean()),
        "mae_relative_total": float(np.abs(error).sum() / max(true.sum(), 1e-9)),
        "within_10": float((np.abs(error) <= 0.1 * true).mean()),
        "bias": float(error.mean()),
    }


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation over independent runs."""

    mean: float
    sd: float
    runs: int


def spread(values: list[float]) -> Spread:
    """Mean ± sd over runs (sd with n−1; 0 for a single run)."""
    array = np.asarray(values, float)
    return Spread(
        float(array.mean()), float(array.std(ddof=1)) if len(array) > 1 else 0.0, len(array)
    )


def bootstrap_interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean of per-example values (n,)."""
    from scipy.stats import bootstrap

    found = bootstrap(
        (np.asarray(values, float),), np.mean, n_resamples=2000, method="percentile", rng=seed
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def wilson_interval(correct: int, n: int) -> tuple[float, float]:
    """95 % Wilson interval of a share `correct / n` (Wilson 1927)."""
    from scipy.stats import binomtest

    found = binomtest(correct, n).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)
