"""Serving the gallery: one FastAPI app with Gradio mounted, and a sentence for each mishap."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Sequence

import gradio as gr
import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles

from demos.core import health, runtime, sessions, shell, uploads
from demos.core.demo import ASSETS, Demo
from demos.core.events import sentence
from demos.core.theme import theme

MAX_UPLOAD = "20mb"
# Of any request: a picture of 20 MB as a `data:` address, and what stands around it.
MAX_BODY = 28 * 2**20
# Gradio would fetch any public address for whoever asks, print what is asked of components that
# nobody has here, and write a file for every link to a state of the page.
REFUSED = (
    "/gradio_api/file=http{_:path}",
    "/gradio_api/file/http{_:path}",
    "/gradio_api/custom_component/{_:path}",
    "/gradio_api/deep_link",
)
# glibc gives every thread a heap of its own, and what the networks leave lying in each of them adds
# up to gigabytes within minutes: two heaps are enough for two cores.
ALLOCATOR = {
    runtime.M_ARENA_MAX: 2,
    runtime.M_TRIM_THRESHOLD: 2**26,
    runtime.M_MMAP_THRESHOLD: 2**25,
}
GIVE_BACK = 10  # seconds between two returns of free memory to the system
LAST_ANSWERS = 60  # seconds that running answers get to finish after a signal to stop


def application(demos: Sequence[Demo]) -> FastAPI:
    """The whole application: health, example pictures, and the page at `/`."""
    warm = threading.Event()
    # Counted while it arrives: Gradio itself limits files only, and keeps all else in memory.
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, max_body_size=MAX_BODY)
    app.router.on_startup.append(lambda: runtime.warm_up(demos, done=warm.set))
    app.include_router(health.router(demos, warm))
    app.mount("/examples", StaticFiles(directory=ASSETS / "examples"))
    for route in REFUSED:
        app.add_api_route(route, refused, methods=["GET", "HEAD"])
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
        css_paths=shell.styles(demos),
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        mcp_server=True,
        enable_monitoring=False,
        app_kwargs={
            "exception_handlers": {Exception: failed},
            "dependencies": [Depends(page.check_call)],
        },
    )
    sessions.keep(page)
    app.state.queue = page._queue
    app.add_middleware(WithoutTracebacks)
    if not os.environ.get("SPACE_ID"):
        # Behind no known proxy nobody but the visitor could have set these, and Gradio echoes
        # them into the page. One that serves the gallery at a path of its own may speak https.
        kept = {b"x-forwarded-proto"} if os.environ.get("GRADIO_ROOT_PATH") else set()
        app.add_middleware(WithoutForwardedHeaders, kept=kept)
    return app


def refused() -> PlainTextResponse:
    return PlainTextResponse("Only files of this gallery are served here.", 403)


def failed(_: Request, error: Exception) -> PlainTextResponse:
    """The answer to a request that failed outside a handler: bad names and numbers, a full disk."""
    error.answered = True
    return PlainTextResponse(sentence(error), 500)


class WithoutTracebacks:
    """Drops what `failed` has answered; uvicorn would log the message and the visitor's values."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        started = False

        async def watched(message):
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if not started:  # FastAPI has yet to answer, as to a body that is too large
                raise
            if not getattr(error, "answered", False):
                sentence(error)  # it broke off in the middle of an answer


class WithoutForwardedHeaders:
    """Drops X-Forwarded-* but `kept` from requests (pure ASGI: streams pass through untouched)."""

    def __init__(self, app, kept: set[bytes]):
        self.app, self.kept = app, kept

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            headers = [h for h in scope["headers"] if self._passes(h[0].lower())]
            scope = {**scope, "headers": headers}
        await self.app(scope, receive, send)

    def _passes(self, name: bytes) -> bool:
        return name in self.kept or not name.startswith(b"x-forwarded-")


def serve(demos: Sequence[Demo]) -> None:
    """Serve until interrupted, where GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say."""
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = int(os.environ.get("GRADIO_SERVER_PORT", "7860"))
    if not _is_free(host, port):
        sys.exit(f"Port {port} is in use on {host}. Choose another one: make demo PORT={port + 1}")
    uploads.check()
    _only_our_log()
    runtime.set_malloc(ALLOCATOR)
    runtime.give_back_memory(GIVE_BACK)
    print(f"The gallery is at {address(host, port)}", flush=True)
    app = application(demos)
    examples = [path for demo in demos for path in demo.examples_folder.glob("*")]
    uploads.keep_clean(lambda: uploads.named(app.state.queue), examples, uploads.EVERY, uploads.AGE)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=2,  # an open page would keep it up for ever
    )
    server = Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(1)


class Server(uvicorn.Server):
    """Lets running answers finish before connections get their two seconds; then no file stays."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()  # nobody new
        running = self.config.app.state.queue.active_jobs
        end = time.monotonic() + LAST_ANSWERS
        while any(running) and time.monotonic() < end and not self.force_exit:
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)
        uploads.clear()


def address(host: str, port: int) -> str:
    """What to type into a browser; for a server open to the room, this machine's address."""
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


def _only_our_log() -> None:
    """Libraries log what callers send (names of tools, headers); our own loggers do not."""
    logging.getLogger().setLevel(logging.CRITICAL)
    for name in ("gallery", "demos"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
