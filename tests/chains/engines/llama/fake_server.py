"""A program that answers like a llama-server, and notes how it was started."""

import json
import sys
from pathlib import Path
from typing import Any

from chains.engines.llama.server_program import NEEDED

OPTIONS = (*NEEDED, "--fit", "--no-webui")
_SOURCE = """#!{python}
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
if "--help" in sys.argv: sys.exit(print({help!r}))
if "--version" in sys.argv: sys.exit(print("version: 0.1.1-dev (build 10472, commit abc)", file=sys.stderr))
if "--list-devices" in sys.argv: sys.exit(print({devices!r}))
{first}
options = dict(zip(sys.argv[1:], sys.argv[2:]))
with open(options["--api-key-file"]) as file: key = file.read().strip()
with open({notes!r}, "w") as file: json.dump(dict(pid=os.getpid(), argv=sys.argv, environ=dict(os.environ)), file)
class Handler(BaseHTTPRequestHandler):
    def do_GET(self): self.answer(200 if self.path == "/health" or {open} else 401)
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200 if self.headers["Authorization"] == "Bearer " + key else 401)
    def answer(self, status):
        data = b'{{"tokens": [1]}}'
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *_): pass
server = HTTPServer(("127.0.0.1", int(options["--port"])), Handler)
print("srv: listening on http://127.0.0.1:%d" % server.server_port, flush=True)
server.serve_forever()
"""


class FakeServer:
    """A llama-server of a few lines in a folder."""

    def __init__(
        self,
        folder: Path,
        *,
        options: tuple[str, ...] = OPTIONS,
        devices: str = "(none)",
        first: str = "",
        open: bool = False,
    ) -> None:
        """``first`` is what it does before it serves, as Python; ``open``: it ignores the key."""
        self.path, self.notes = folder / "llama-server", folder / "notes.json"
        self.path.write_text(
            _SOURCE.format(
                python=sys.executable, help="\n".join(options), devices=f"Available devices:\n  {devices}",
                first=first, open=open, notes=str(self.notes),
            )
        )  # fmt: skip
        self.path.chmod(0o755)

    @property
    def started(self) -> dict[str, Any]:
        """Process id, arguments and environment of the last start."""
        notes: dict[str, Any] = json.loads(self.notes.read_text())
        return notes
