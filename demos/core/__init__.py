"""What every demo stands on. Nothing here knows a particular demo."""
