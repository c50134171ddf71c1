"""Super-resolution: the trainer. `python -m trainers.super_resolution --help`."""
