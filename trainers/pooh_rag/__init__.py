"""Trainer of Ask Winnie-the-Pooh: an encoder, indexes over texts, and their evaluation."""
