"""Each demo's variants, loaded once a process as the gallery loads them."""

from __future__ import annotations

from typing import Any

import pytest

from tests import shipped


@pytest.fixture(scope="module")
def predictors(request) -> dict[str, Any]:
    """All variants of the demo that the module's `DEMO` names."""
    return shipped.predictors(request.module.DEMO)
