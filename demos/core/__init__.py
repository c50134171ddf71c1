"""What every demo uses. Nothing here knows a particular demo."""
