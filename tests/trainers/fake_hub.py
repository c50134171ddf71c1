"""A local stand-in for the Hugging Face Hub: what loading one data set asks of its API."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"


class FakeHub:
    """Serves the files below `folder` as the data set `name` at `url`."""

    def __init__(self, name: str, folder: Path):
        self.name, self.folder = name, folder
        self.asked: list[str] = []
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None: ...

            def do_HEAD(self) -> None:
                hub.answer(self, body=False)

            def do_GET(self) -> None:
                hub.answer(self, body=True)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hub.answer(self, body=True)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()

    def files(self) -> list[dict]:
        return [
            {
                "type": "file",
                "path": path.relative_to(self.folder).as_posix(),
                "size": path.stat().st_size,
                "oid": hashlib.sha1(path.read_bytes()).hexdigest(),
            }
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        ]

    def tree(self, below: str) -> list[dict]:
        """What lies right below a folder: its files, and its folders."""
        files = [f for f in self.files() if f["path"].startswith(f"{below}/" if below else "")]
        depth = below.count("/") + 1 if below else 0
        parts = [f["path"].split("/") for f in files]
        folders = {"/".join(p[: depth + 1]) for p in parts if len(p) > depth + 1}
        here = [f for f, p in zip(files, parts, strict=True) if len(p) == depth + 1]
        return here + [{"type": "directory", "path": f, "oid": SHA, "size": 0} for f in folders]

    def answer(self, request: http.server.BaseHTTPRequestHandler, body: bool) -> None:
        path = unquote(urlsplit(request.path).path)
        self.asked.append(path)
        api, resolve = f"/api/datasets/{self.name}", f"/datasets/{self.name}/resolve/"
        if path.startswith(resolve):
            file = self.folder / path.removeprefix(resolve).split("/", 1)[1]
            if file.is_file():
                content = file.read_bytes()
                etag = f'"{hashlib.sha1(content).hexdigest()}"'
                self.send(request, 200, content, body, {"ETag": etag, "X-Repo-Commit": SHA})
                return
            missing = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": SHA}
            self.send(request, 404, b"", body, missing)
        elif path.startswith(f"{api}/tree/"):
            below = path.removeprefix(f"{api}/tree/").partition("/")[2]
            self.send_json(request, self.tree(below), body)
        elif path.startswith(f"{api}/paths-info/"):
            self.send_json(request, self.files(), body)
        elif path == api or path.startswith(f"{api}/revision/"):
            siblings = [{"rfilename": f["path"]} for f in self.files()]
            info = {"id": self.name, "sha": SHA, "siblings": siblings, "private": False,
                    "tags": [], "downloads": 0, "gated": False, "disabled": False}  # fmt: skip
            self.send_json(request, info, body)
        else:
            self.send(request, 404, b"{}", body, {})

    def send_json(self, request, value: object, body: bool) -> None:
        content = json.dumps(value).encode()
        self.send(request, 200, content, body, {"Content-Type": "application/json"})

    @staticmethod
    def send(request, status: int, content: bytes, body: bool, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if body:
            request.wfile.write(content)
