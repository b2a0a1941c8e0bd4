"""A stand-in for the Hugging Face hub, over HTTP: it creates private repositories, and keeps what is committed to them."""

import base64
import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0" * 40
_REPOSITORY = re.compile(r"/api/(spaces|datasets|models)/(\w+/\w+)(/?[\w-]*)")
_FILE = re.compile(r"/(?:datasets/|spaces/)?(\w+/\w+)/resolve/\w+/(.+)")


class Hub(ThreadingHTTPServer):
    """``created``: the requests for new repositories; ``files``: by repository and path; ``squashed``: histories dropped."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.created: list[Any] = []
        self.files: dict[str, dict[str, bytes]] = {}
        self.squashed = 0

    def environment(self, home: Path) -> dict[str, str]:
        """What makes ``huggingface_hub``, in a process of its own, ask this hub."""
        address = f"http://127.0.0.1:{self.server_address[1]}"
        here = {"HF_ENDPOINT": address, "HF_TOKEN": "hf_x", "HF_HOME": str(home), "HF_HUB_OFFLINE": "0"}
        return {**os.environ, **here}

    def reply(self, path: str, body: bytes) -> dict[str, Any]:
        if path == "/api/repos/create":
            self.created.append(json.loads(body))
            name = f"{self.created[-1].get('organization', 'me')}/{self.created[-1]['name']}"
            return {"url": f"https://huggingface.co/{name}", "name": name, "id": name}
        found = _REPOSITORY.match(path)
        if found is None:
            return {}
        kind, name, what = found.groups()
        if what == "/preupload":
            paths = [file["path"] for file in json.loads(body)["files"]]
            usual = {"uploadMode": "regular", "shouldIgnore": False}
            return {"files": [{"path": path, **usual} for path in paths]}
        if what == "/commit":
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    kept = self.files.setdefault(name, {})
                    kept[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            page = f"https://huggingface.co/{'' if kind == 'models' else f'{kind}/'}{name}/commit/{COMMIT}"
            return {"commitUrl": page, "commitOid": COMMIT}
        self.squashed += what == "/super-squash"
        return {"id": name, "sha": COMMIT, "private": True, "siblings": []}


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.respond()

    def do_GET(self) -> None:
        self.respond()

    def do_POST(self) -> None:
        self.respond()

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        wanted = _FILE.match(self.path)
        if wanted is None:
            data = json.dumps(self.server.reply(self.path, body)).encode()
        else:
            data = self.server.files[wanted[1]][wanted[2]]
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream" if wanted else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub that is reachable until the block ends."""
    with Hub() as hub:
        thread = threading.Thread(target=hub.serve_forever, daemon=True)
        thread.start()
        yield hub
        hub.shutdown()
        thread.join()
