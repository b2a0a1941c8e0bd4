"""The README's commands put what git tracks onto a Space, shown with a stand-in for the Hugging Face hub."""

import base64
import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.repository, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMIT = "0" * 40


class Hub(ThreadingHTTPServer):
    """Creates any repository, and keeps the files that are committed to a Space."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.created: list[Any] = []
        self.files: dict[str, bytes] = {}

    def answer(self, path: str, body: bytes) -> dict[str, Any]:
        if path == "/api/repos/create":
            self.created.append(json.loads(body))
        elif path.startswith("/api/spaces/NAME/credence/preupload/"):
            paths = [file["path"] for file in json.loads(body)["files"]]
            return {
                "files": [{"path": path, "uploadMode": "regular", "shouldIgnore": False} for path in paths]
            }
        elif path.startswith("/api/spaces/NAME/credence/commit/"):
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            return {
                "commitUrl": f"https://huggingface.co/spaces/NAME/credence/commit/{COMMIT}",
                "commitOid": COMMIT,
            }
        return {"id": "NAME/credence", "url": "https://huggingface.co/spaces/NAME/credence", "sha": COMMIT}


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = json.dumps(self.server.answer(self.path, body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_commands_of_the_readme_upload_what_git_tracks(hub: Hub, tmp_path: Path) -> None:
    (block,) = re.findall(r"^```\n(git clone .*?)^```$", README, re.MULTILINE | re.DOTALL)
    clone, login, *commands = block.splitlines()
    assert login == ".venv/bin/hf auth login" and len(commands) == 2
    address = f"http://127.0.0.1:{hub.server_address[1]}"
    environment = {
        **os.environ,
        "HF_ENDPOINT": address,
        "HF_TOKEN": "hf_x",
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_OFFLINE": "0",
    }
    for command in (clone, *commands):
        words = shlex.split(command.replace("../credence-space", str(tmp_path / "space")))
        words[0] = words[0].replace(".venv/bin/hf", str(Path(sys.executable).with_name("hf")))
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert [(made["name"], made["type"], made["sdk"]) for made in hub.created[:1]] == [
        ("credence", "space", "gradio")
    ]
    listed = subprocess.run(
        ["git", "ls-tree", "-r", "-z", "--name-only", "HEAD"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert set(hub.files) == set(filter(None, listed.stdout.split("\0")))
    assert hub.files["README.md"].startswith(b"---\ntitle: Credence\n")
