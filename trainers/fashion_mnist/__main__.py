"""`python -m trainers.fashion_mnist train | evaluate`."""

from demos.fashion_mnist import DEMO
from trainers.core import classifier
from trainers.core.cli import main
from trainers.fashion_mnist.evaluate import evaluate
from trainers.fashion_mnist.train import train
from trainers.fashion_mnist.wild import wild

TRAINER = classifier.trainer(DEMO, train, evaluate, wild, "the last 5,000 training images")

if __name__ == "__main__":
    main(TRAINER)
