"""Serving the gallery: one FastAPI app with Gradio mounted, and a sentence for each mishap."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Sequence

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from demos.core import health, runtime, shell
from demos.core.demo import ASSETS, Demo
from demos.core.theme import STYLE, theme

MAX_UPLOAD = "20mb"


def application(demos: Sequence[Demo]) -> FastAPI:
    """The whole application: health, example pictures, and the page at `/`."""
    warm = threading.Event()
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.router.on_startup.append(lambda: runtime.warm_up(demos, done=warm.set))
    app.include_router(health.router(demos, warm))
    app.mount("/examples", StaticFiles(directory=ASSETS / "examples"))
    page = shell.build(demos)
    # Only a launched page insists that the files a caller names were uploaded; a mounted one
    # would open any path on this machine.
    page.has_launched = True
    app = gr.mount_gradio_app(
        app,
        page,
        allowed_paths=[str(ASSETS / "examples")],
        path="/",
        max_file_size=MAX_UPLOAD,
        show_error=True,
        theme=theme(),
        css_paths=STYLE,
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=True,
        enable_monitoring=False,
    )
    if not os.environ.get("SPACE_ID"):
        # Behind no known proxy nobody but the visitor could have set these, and Gradio echoes
        # them into the page.
        app.add_middleware(WithoutForwardedHeaders)
    return app


class WithoutForwardedHeaders:
    """Drops X-Forwarded-* from requests (pure ASGI, so streams pass through untouched)."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            kept = [h for h in scope["headers"] if not h[0].lower().startswith(b"x-forwarded-")]
            scope = {**scope, "headers": kept}
        await self.app(scope, receive, send)


def serve(demos: Sequence[Demo]) -> None:
    """Serve until interrupted, where GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say."""
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = int(os.environ.get("GRADIO_SERVER_PORT", "7860"))
    if not _is_free(host, port):
        sys.exit(f"Port {port} is in use on {host}. Choose another one: make demo PORT={port + 1}")
    print(f"The gallery is at {address(host, port)}", flush=True)
    uvicorn.run(
        application(demos),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=2,  # an open page would keep it for ever
    )


def address(host: str, port: int) -> str:
    """What to type into a browser; for a server of the whole room, this machine's address."""
    if host not in ("0.0.0.0", "::"):
        return f"http://{host}:{port}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: this only asks which interface would be used.
            probe.connect(("192.0.2.1", 9))
            found = probe.getsockname()[0]
        except OSError:
            found = socket.gethostname()
    return f"http://{found}:{port} (write it on the board)"


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
