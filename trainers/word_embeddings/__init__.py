"""Word embeddings: the trainer. `python -m trainers.word_embeddings --help`."""
