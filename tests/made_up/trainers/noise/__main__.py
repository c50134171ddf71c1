"""`python -m trainers.noise train | evaluate`: what the command line asks of a demo."""

from argparse import Namespace

import torch
from torch.nn.functional import cross_entropy

from demos.core.checkpoint import Architecture, Checkpoint, Data, Metric
from demos.noise import DEMO
from demos.noise.model import SIDE, build
from demos.noise.predict import Predictor
from trainers.core import metrics, torch_loop
from trainers.core.cli import Trainer, main
from trainers.core.evaluation import Report
from trainers.core.publish import Trained
from trainers.core.run import Run

HIDDEN, SEEDS = {"best": 32, "small": 8}, {"validation": 1, "test": 2}


def draw(seed: int, n: int = 2000) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise (n, 8, 8) and its grain (n,): 0 where it is fine, 1 where it is coarse."""
    generator = torch.Generator().manual_seed(seed)
    fine, coarse = (torch.randn(n, side, side, generator=generator) for side in (SIDE, SIDE // 2))
    coarse = coarse.repeat_interleave(2, 1).repeat_interleave(2, 2)
    grain = torch.arange(n) % 2
    return torch.where(grain[:, None, None] == 1, coarse, fine), grain


def measure(net: torch.nn.Module, split: str) -> list[Metric]:
    x, grain = draw(SEEDS[split])
    right = int((net(x).argmax(1) == grain).sum())
    interval = metrics.wilson_interval(right, len(x))
    return metrics.records({"accuracy": right / len(x)}, split, len(x), "", {"accuracy": interval})


def train(a: Namespace, run: Run) -> Trained:
    net, epochs = build(HIDDEN[a.variant]), a.epochs or 10
    torch_loop.fit(
        run, net, epochs=epochs, optimizer=torch.optim.AdamW(net.parameters(), 0.01),
        batches=lambda epoch: zip(*(part.split(50) for part in draw(epoch + 9)), strict=True),
        loss=lambda net, batch: cross_entropy(net(batch[0]), batch[1]),
    )  # fmt: skip
    size, data = torch_loop.parameters(net), {"train": 2000 * epochs, "test": 2000}
    return Trained(
        Architecture(name="build", arguments={"hidden": HIDDEN[a.variant]}, parameters=size),
        Data(name="noise", origin="drawn", licence="none", splits=data, protocol="by seed"),
        epochs, "nothing was chosen", measure(net, "validation"),
        {"model.safetensors": torch_loop.weights(net)}, {"curves": run.history},
        licence="MIT, like the code", limits="It knows noise only.",
    )  # fmt: skip


def evaluate(a: Namespace, checkpoint: Checkpoint) -> Report:
    return Report("noise", a.split, "by seed", 2000, measure(Predictor(checkpoint).net, a.split))


TRAINER = Trainer(DEMO, train, evaluate, "accuracy", splits=tuple(SEEDS))

if __name__ == "__main__":
    main(TRAINER)
