"""Trainer of the named entities demo."""
