"""Transfer learning: the trainer. `python -m trainers.transfer_learning --help`."""
