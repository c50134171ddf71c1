"""SST-2 sentiment: the trainer. `python -m trainers.sst2 --help`."""
