"""What every trainer stands on: command line, data, loops, metrics, cards."""
