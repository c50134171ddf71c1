"""A local stand-in for the Hugging Face Hub: what loading a data set, uploading to a repository of
models and fetching it again ask of its API."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"
LARGE = ".safetensors"  # what goes to the large file storage
TOKEN = "hf_a_token_for_the_tests"


class FakeHub:
    """Serves the files below `folder` as the repository `name` at `url`, and takes new ones."""

    def __init__(self, name: str, folder: Path, kind: str = "datasets"):
        self.name, self.folder, self.kind = name, folder, kind
        self.asked: list[str] = []
        self.large: dict[str, bytes] = {}  # by sha256
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None: ...

            def do_HEAD(self) -> None:
                hub.answer(self, body=False)

            def do_GET(self) -> None:
                hub.answer(self, body=True)

            def do_POST(self) -> None:
                hub.take(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            do_PUT = do_POST

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

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
        """What is read."""
        path = unquote(urlsplit(request.path).path)
        self.asked.append(path)
        kind = "" if self.kind == "models" else f"/{self.kind}"
        api, resolve = f"/api/{self.kind}/{self.name}", f"{kind}/{self.name}/resolve/"
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
            every = "recursive=true" in request.path.lower()
            self.send_json(request, self.files() if every else self.tree(below), body)
        elif path.startswith(f"{api}/paths-info/"):
            self.send_json(request, self.files(), body)
        elif path == api or path.startswith(f"{api}/revision/"):
            siblings = [{"rfilename": f["path"]} for f in self.files()]
            info = {"id": self.name, "sha": SHA, "siblings": siblings, "private": False,
                    "tags": [], "downloads": 0, "gated": False, "disabled": False}  # fmt: skip
            self.send_json(request, info, body)
        else:
            self.send(request, 404, b"{}", body, {})

    def take(self, request: http.server.BaseHTTPRequestHandler, content: bytes) -> None:
        """What is written, for whoever has the token; data sets are asked about by POST, too."""
        path = unquote(urlsplit(request.path).path)
        api = f"/api/{self.kind}/{self.name}"
        if path.startswith("/large/"):  # the address itself allows it
            self.asked.append(path)
            oid = path.removeprefix("/large/")
            assert hashlib.sha256(content).hexdigest() == oid
            self.large[oid] = content
            self.send(request, 200, b"", True, {})
        elif path.startswith(f"{api}/paths-info/"):
            self.answer(request, body=True)
        elif request.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.asked.append(path)
            self.send(request, 401, b'{"error": "Invalid credentials"}', True, {})
        elif path == "/api/validate-yaml":
            assert json.loads(content)["content"].startswith("---\n")
            self.send_json(request, {"errors": [], "warnings": []}, True)
        elif path == "/api/repos/create":
            self.asked.append(path)
            self.send_json(request, {"url": f"{self.url}/{self.name}", "name": self.name}, True)
        elif path.startswith(f"{api}/preupload/"):
            self.asked.append(path)
            names = [f["path"] for f in json.loads(content)["files"]]
            modes = {True: "lfs", False: "regular"}
            found = [{"path": n, "uploadMode": modes[n.endswith(LARGE)], "shouldIgnore": False}
                     for n in names]  # fmt: skip
            self.send_json(request, {"files": found}, True)
        elif path == f"/{self.name}.git/info/lfs/objects/batch":
            self.asked.append(path)
            objects = json.loads(content)["objects"]
            actions = [
                {**o, "actions": {"upload": {"href": f"{self.url}/large/{o['oid']}"}}}
                for o in objects
            ]
            self.send_json(request, {"transfer": "basic", "objects": actions}, True)
        elif path.startswith(f"{api}/commit/"):
            self.asked.append(path)
            for line in content.splitlines():
                self.commit(json.loads(line))
            said = {"commitUrl": f"{self.url}/{self.name}/commit/{SHA}", "commitOid": SHA}
            self.send_json(request, said, True)
        else:
            self.answer(request, body=True)

    def commit(self, operation: dict) -> None:
        """Write one file of a commit."""
        value = operation["value"]
        if operation["key"] == "file":
            assert value["encoding"] == "base64"
            content = base64.b64decode(value["content"])
        elif operation["key"] == "lfsFile":
            content = self.large[value["oid"]]
        else:
            return
        file = self.folder / value["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

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
