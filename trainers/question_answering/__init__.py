"""Question answering: the trainer. `python -m trainers.question_answering --help`."""
