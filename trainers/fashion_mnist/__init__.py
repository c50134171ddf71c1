"""Fashion-MNIST: the trainer. `python -m trainers.fashion_mnist --help`."""
