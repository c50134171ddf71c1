"""Training of `field`, which counts synthetic cells and photographs of nuclei alike.

It starts from the shipped `best` (the same network with one channel less), so that one core
learns the photographs in about an hour.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from safetensors.torch import load

from demos.cell_counting.model import UNet
from demos.cell_counting.predict import SYNTHETIC
from demos.core.checkpoint import Architecture, Checkpoint, Data, open_checkpoint
from trainers.cell_counting import data, field_data, nuclei
from trainers.cell_counting.field_calibrate import calibrate
from trainers.cell_counting.train import CARD
from trainers.core import torch_loop
from trainers.core.publish import Trained
from trainers.core.run import Run

ARGUMENTS = {"channels": 2, "widths": [16, 32, 64, 128], "fold": 1, "floor": 0.0005}
BATCH = 4
DECAY = 1e-4
COUNT = 0.05  # weight of the crop's count in the loss beside its density
LIMITS = (
    "Trained on synthetic fluorescence cells and on photographs of stained nuclei, bright on dark. "
    "Tissue, bright field, whole cells with visible bodies and electron microscopy are outside "
    "its training data; one size of cells is assumed, so very mixed sizes are counted less well."
)


@dataclass(frozen=True)
class Stage:
    """One cycle of the rate over `epochs` of `batches` batches drawn by `mix`."""

    epochs: int
    rate: float
    mix: field_data.Mix
    freeze: float  # the share of the epochs after which batch norms use their running statistics
    batches: int = 20
    bf16: bool = False


# From hard to mild: the last stage learns pictures that are changed less.
STAGES = (
    Stage(400, 1.5e-3, field_data.FIRST, 0.5, bf16=True),
    Stage(100, 7e-4, field_data.LAST, 0.0),
)


def start(checkpoint: Checkpoint) -> UNet:
    """The network with a checkpoint's weights; the channel that `best` lacks starts at 0."""
    net = UNet(**ARGUMENTS)
    weights = load(checkpoint.read("model.safetensors"))
    first = weights["encoder.0.body.0.weight"]
    lacks = net.encoder[0].body[0].in_channels - first.shape[1]
    weights["encoder.0.body.0.weight"] = torch.cat([first, torch.zeros_like(first[:, :lacks])], 1)
    net.load_state_dict(weights)
    return net.to(memory_format=torch.channels_last)


def loss(net: torch.nn.Module, batch: Any) -> torch.Tensor:
    """Squared errors of the density where it is known, and of the crop's count."""
    given, true, weight = batch
    found = net(given)
    pixels = ((found - true) * 100).square() * weight
    missed = ((found - true) * weight).sum((1, 2)) / (true.sum((1, 2)) + 4).sqrt()
    return pixels.sum() / weight.sum() + COUNT * missed.clamp(-3, 3).square().mean()


def train(a: argparse.Namespace, run: Run) -> Trained:
    """Train on the pool and on the photographs that are not held out."""
    if a.dry_run:
        cells = data.generated(size=128)
        stages = (Stage(1, 1e-3, field_data.FIRST, 0.0, 2, bf16=True),)
        photographs, held = nuclei.generated(cells.rgb, cells.dots), np.arange(2)
    else:
        cells, stages = data.pool(data.read(a.data)), STAGES
        photographs = nuclei.read("train", a.nuclei)
        held = nuclei.held_out(photographs)
    kept = [p for i, p in enumerate(photographs) if i not in set(held.tolist())]
    fields = field_data.fields(cells, kept)
    net = start(Checkpoint(a.init) if a.init else open_checkpoint("cell_counting", "best"))
    for number, stage in enumerate(stages):
        last = number == len(stages) - 1
        part = run if last else Run(run.folder / f"stage{number}", resume=run.resume)
        net = fit(net, stage, a.seed + number, fields, part)
    measured = {} if a.dry_run else calibrate(net, cells, photographs, held)
    return trained(net, run, cells, photographs, held, measured)


def fit(net: UNet, stage: Stage, seed: int, fields: list[field_data.Field], run: Run) -> UNet:
    """One stage; returns the averaged network."""
    synthetic = [f for f in fields if f.synthetic]
    photographs = [f for f in fields if not f.synthetic]
    optimizer = torch.optim.AdamW(net.parameters(), lr=stage.rate, weight_decay=DECAY)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, stage.rate, total_steps=stage.epochs * stage.batches, pct_start=0.1,
        final_div_factor=100,
    )  # fmt: skip

    def batches(epoch: int) -> Iterator[Any]:
        rng = torch_loop.epoch_generator(seed, epoch)
        return field_data.batches(rng, synthetic, photographs, stage.mix, stage.batches, BATCH)

    return torch_loop.fit(
        run, net, epochs=stage.epochs, loss=loss, optimizer=optimizer, scheduler=scheduler,
        clip=1.0, batches=batches, average=torch_loop.average_of(net, 0.99),
        freeze_norm_at=int(stage.epochs * stage.freeze), bf16=False,
        processor_bf16=stage.bf16,
    )  # fmt: skip


def trained(
    net: torch.nn.Module,
    run: Run,
    cells: data.Cells,
    photographs: list[nuclei.Photograph],
    held: np.ndarray,
    measured: dict[str, Any],
) -> Trained:
    """What is published of a trained network, with what was measured of it."""
    best = open_checkpoint("cell_counting", "best")
    return Trained(
        uses={SYNTHETIC: "cell_counting/best"},
        architecture=Architecture(
            name="UNet",
            arguments={**ARGUMENTS, "input": "field", "sigma": field_data.SIGMA},
            parameters=torch_loop.parameters(net) + best.card.architecture.parameters,
        ),
        data=Data(
            name="VGG synthetic cells and nuclei of the Data Science Bowl 2018",
            origin="Lempitsky & Zisserman (2010), VGG Oxford; BBBC038, Caicedo et al. (2019), "
            "masks as corrected by K. Lopuhin",
            licence="synthetic cells: no explicit licence, research use; nuclei: CC0",
            splits={
                "train": len(cells) + len(photographs) - len(held),
                "validation": len(held),
                "test": 216,
            },
            protocol="Pool ids 1–100 and the training photographs, less whole groups held out; "
            "test: ids 101–200 and the 116 photographs of test.",
        ),
        references=CARD["references"],
        epochs=sum(stage.epochs for stage in STAGES),
        chosen_on="photographs of held-out groups and the pool, as they are and changed",
        metrics=[],
        files={"model.safetensors": torch_loop.weights(net)},
        evaluation={
            "curves": run.history,
            "train_ids": cells.ids.tolist(),
            "held_out": [photographs[i].id for i in held],
            **measured,
        },
        licence="The synthetic cells have no explicit licence: research use. The photographs are "
        "CC0.",
        limits=LIMITS,
        notes="A picture that `best` finds familiar is counted by it, any other by this network. "
        "AdamW, one-cycle rate, started from the weights of `best`, averaged weights; exposure, "
        "background, contrast curve, size, blur, noise, JPEG and labels changed at random.",
    )
