from tests.made_up.plain import build

__all__ = ["build"]
