"""How well an explanation finds what matters: slow, so `evaluate` measures it on request."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demos.core.checkpoint import Metric
from trainers.core.metrics import bootstrap_interval

IMAGES, STEPS = 200, 14


def deletion(
    probabilities: Callable[[np.ndarray], np.ndarray],
    explain: Callable[[np.ndarray], tuple[int, np.ndarray]],
    images: np.ndarray, split: str, method: str,
) -> Metric:  # fmt: skip
    """The mean probability of the named class while its most salient pixels are blacked out first
    (Petsiuk et al. 2018, arXiv 1806.07421), beside that for a random order.

    probabilities(images (m, H, W) uint8) returns (m, k); explain(image) returns the named class
    and the saliency (H, W).
    """
    rng = np.random.default_rng(0)
    chosen = images[:: max(1, len(images) // IMAGES)][:IMAGES]
    areas: dict[str, list[float]] = {"saliency": [], "random": []}
    for image in chosen:
        label, saliency = explain(image)
        orders = {"saliency": np.argsort(-saliency.ravel()), "random": rng.permutation(image.size)}
        for name, order in orders.items():
            views = np.repeat(image.reshape(1, -1), STEPS + 1, 0)
            for step in range(1, STEPS + 1):
                views[step, order[: step * image.size // STEPS]] = 0
            curve = probabilities(views.reshape(-1, *image.shape))[:, label]
            areas[name].append(float(np.trapezoid(curve, dx=1 / STEPS)))
    return Metric(
        name="deletion", split=split, n=len(chosen), value=float(np.mean(areas["saliency"])),
        higher_is_better=False, interval=bootstrap_interval(np.array(areas["saliency"])),
        note=f"{method}; in random order {np.mean(areas['random']):.3f}",
    )  # fmt: skip
