"""The trainer of noise: `python -m trainers.noise train | evaluate`."""
