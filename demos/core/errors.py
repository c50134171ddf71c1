"""Errors whose text a visitor may read."""


class UserError(Exception):
    """Something a person can fix. Its text is one sentence: what is wrong and what to do."""


class CheckpointError(UserError):
    """A checkpoint is missing, half-written, altered or of an unknown format."""
