"""`/healthz`: the process is alive. `/readyz`: which variants are loaded, present or broken."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from demos.core import runtime
from demos.core.demo import Demo


def router(demos: Sequence[Demo], warm: threading.Event) -> APIRouter:
    """Both routes. /readyz answers 503 until the default variants have been warmed up."""
    routes = APIRouter()

    @routes.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @routes.get("/readyz")
    def readyz() -> JSONResponse:
        variants = {
            f"{demo.name}/{v.name}": runtime.state(demo.name, v.name)
            for demo in demos
            for v in demo.variants
        }
        ready = warm.is_set()
        content = {"ready": ready, "variants": variants}
        return JSONResponse(content, status_code=200 if ready else 503)

    return routes
