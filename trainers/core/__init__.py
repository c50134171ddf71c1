"""What every trainer is built on: command line, data, loops, metrics, cards."""
