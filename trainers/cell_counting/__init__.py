"""Cell counting: the trainer. `python -m trainers.cell_counting --help`."""
