"""Model files from a hub on this machine: broken downloads resume, and what cannot be had gets a sentence."""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CONTENT = b"GGUF" + bytes(range(256)) * 100_000  # 26 MB: the library writes ten at a time
HALF = len(CONTENT) // 2
COMMIT = "0" * 40
ASK = """
import json, sys
from chains.engines.open import _from_hub, _hub_reference
from chains.errors import ModelUnavailable
for spec in sys.argv[1:]:
    try:
        print(json.dumps(["found", str(_from_hub(spec, _hub_reference(spec)))]))
    except ModelUnavailable as error:
        print(json.dumps(["refused", str(error)]))
"""


@dataclass
class Hub:
    """A stand-in for the Hugging Face hub, with one model file, a gated repository and nothing else."""

    breaks: int = 0  # downloads that stop half-way
    ranges: list[str] = field(default_factory=list)  # of each download, empty for all of the file
    url: str = ""

    def handler(hub: Any) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.answer(body=False)

            def do_GET(self) -> None:
                self.answer(body=True)

            def answer(self, body: bool) -> None:
                if self.path.startswith("/api/models/org/good"):
                    self.listed()
                elif self.path == "/org/good/resolve/main/model.gguf":
                    self.file(body)
                elif "/gated/" in self.path:
                    self.refused(403, "GatedRepo")
                elif "/good/" in self.path:
                    self.refused(404, "EntryNotFound")
                else:
                    self.refused(401, "RepoNotFound")

            def listed(self) -> None:
                data = json.dumps(
                    [{"type": "file", "path": "model.gguf", "oid": "1", "size": len(CONTENT)}]
                    if "/tree/" in self.path
                    else {"id": "org/good", "sha": COMMIT, "siblings": [{"rfilename": "model.gguf"}]}
                ).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def file(self, body: bool) -> None:
                start = re.match(r"bytes=(\d+)-", self.headers.get("Range") or "")
                first = int(start[1]) if start else 0
                self.send_response(206 if start else 200)
                self.send_header("ETag", f'"{hashlib.sha256(CONTENT).hexdigest()}"')
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("Accept-Ranges", "bytes")
                self.send_header("Content-Length", str(len(CONTENT) - first))
                if start:
                    self.send_header("Content-Range", f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}")
                self.end_headers()
                if not body:
                    return
                hub.ranges.append(self.headers.get("Range") or "")
                stop = len(CONTENT)
                if hub.breaks > 0:
                    hub.breaks, stop = hub.breaks - 1, max(first, HALF)
                self.wfile.write(CONTENT[first:stop])
                self.close_connection = True

            def refused(self, status: int, code: str) -> None:
                self.send_response(status)
                self.send_header("X-Error-Code", code)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()
    with ThreadingHTTPServer(("127.0.0.1", 0), made.handler()) as server:
        made.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def ask(url: str, cache: Path, *specs: str) -> list[tuple[str, str]]:
    """What a process of its own gets from the hub, since the library reads its settings once."""
    settings = {
        "HF_ENDPOINT": url,
        "HF_HOME": str(cache),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    command = [sys.executable, "-c", ASK, *specs]
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [(kind, text) for kind, text in map(json.loads, done.stdout.splitlines())]


def test_a_file_is_found_by_its_name_and_by_a_tag(hub: Hub, tmp_path: Path) -> None:
    by_name, by_tag, none = ask(hub.url, tmp_path, "org/good/model.gguf", "org/good:MODEL", "org/good:q9")
    assert by_name[0] == "found" and Path(by_name[1]).read_bytes() == CONTENT
    assert by_tag == by_name and hub.ranges == [""]
    assert none == (
        "refused",
        "org/good:q9 matches no GGUF files. Name one as org/repo/file.gguf; available: model.gguf.",
    )


def test_a_broken_download_resumes_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    hub.breaks = 1
    ((kind, path),) = ask(hub.url, tmp_path, "org/good/model.gguf")
    assert kind == "found" and Path(path).read_bytes() == CONTENT
    first, again = hub.ranges
    start = re.fullmatch(r"bytes=(\d+)-", again)
    assert first == "" and start is not None and 0 < int(start[1]) <= HALF


def test_what_cannot_be_had_gets_a_sentence(hub: Hub, tmp_path: Path) -> None:
    specs = ("org/none/model.gguf", "org/gated/model.gguf", "org/good/other.gguf")
    missing, gated, other = ask(hub.url, tmp_path, *specs)
    nowhere = "on this machine or on the Hugging Face hub. Check the name."
    assert missing == ("refused", f"There is no org/none/model.gguf {nowhere}")
    assert gated[1].startswith("org/gated/model.gguf is gated. Accept its terms on the Hugging Face hub")
    assert other == ("refused", f"There is no org/good/other.gguf {nowhere}")


@pytest.mark.slow  # the library tries five times
def test_a_hub_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    ((kind, text),) = ask("http://127.0.0.1:9", tmp_path, "org/good/model.gguf")
    assert kind == "refused" and "the Hugging Face hub cannot be reached. Check the network" in text
