"""The embedded model, opened once for all tests of the chains, and a small foreign server."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.servers.accepted_options import forget
from chains.model_files import TINY_SHA256, tiny_gguf

Reply = tuple[int, dict[str, Any] | str]  # a text is a stream of events, after which the connection is closed


@pytest.fixture(scope="session")
def tiny_model() -> Iterator[ChatLlama]:
    """The embedded model on a real engine; a test that stops its engine opens its own."""
    model = ChatLlama.open(tiny_gguf(), name="SmolLM2-135M-Instruct", sha256=TINY_SHA256)
    yield model
    model.close()


@pytest.fixture(autouse=True)
def strange_servers() -> Iterator[None]:
    """Forget what the servers of other tests have rejected."""
    forget()
    yield
    forget()


@pytest.fixture
def foreign_server() -> Iterator[Callable[[Callable[[str, dict[str, Any]], Reply]], str]]:
    """Start a plain HTTP server that answers with what a function of path and body returns."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(answer: Callable[[str, dict[str, Any]], Reply]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send(*answer(self.path, {}))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self._send(*answer(self.path, json.loads(body)))

            def _send(self, status: int, body: dict[str, Any] | str) -> None:
                events = isinstance(body, str)
                data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/event-stream" if events else "application/json")
                if not events:
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                """Stay silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/v1"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()
