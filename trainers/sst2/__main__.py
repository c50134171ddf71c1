"""`python -m trainers.sst2 train | evaluate`."""

from __future__ import annotations

from demos.sst2 import DEMO
from trainers.core.cli import Trainer, main
from trainers.sst2.evaluate import evaluate
from trainers.sst2.train import train
from trainers.sst2.wild import wild

TRAINER = Trainer(DEMO, train, evaluate, "accuracy", wild=wild, hub_task="text-classification")

if __name__ == "__main__":
    main(TRAINER)
