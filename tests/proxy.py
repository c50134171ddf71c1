"""A small proxy in the test process."""

from __future__ import annotations

import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Headers of one connection, which a proxy does not hand on.
HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}


class Proxy(BaseHTTPRequestHandler):
    """Hands on what is asked below `path`, without it, with the host the visitor named."""

    path_of_gallery, target = "", ""
    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        below = self.path.startswith(f"{self.path_of_gallery}/")
        if not below:
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
        address = self.path[len(self.path_of_gallery) :]
        answer = self.ask(address, body, headers)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        while part := answer.read1(65536):  # events as they come
            self.wfile.write(part)
            self.wfile.flush()
        self.close_connection = True

    def ask(self, address: str, body: bytes, headers: dict[str, str]) -> http.client.HTTPResponse:
        """What the gallery behind answers."""
        behind = http.client.HTTPConnection(self.target, timeout=300)
        behind.request(self.command, address, body or None, headers)
        return behind.getresponse()

    do_GET = do_POST = do_HEAD = handle_any

    def log_message(self, *_: object) -> None:
        pass


class Threaded(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a room that asks at once; the default of 5 resets connections

    def handle_error(self, *_: object) -> None:
        pass  # a page that was closed
