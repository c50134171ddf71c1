"""CIFAR-10: the trainer. `python -m trainers.cifar10 --help`."""
