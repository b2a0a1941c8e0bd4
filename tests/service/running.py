"""A service of a scripted model on a real socket."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import uvicorn
from langchain_core.language_models import BaseChatModel
from starlette.middleware import Middleware

from chains.models.slot import ModelSlot
from service.listening import address, listen
from service.together import services

PATIENCE = 60.0  # seconds that a client waits, on a busy machine


@dataclass
class Running:
    """A service and a client of it."""

    url: str
    model: Any
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=PATIENCE))

    def post(self, path: str, body: Any) -> httpx2.Response:
        """Send JSON to an address below /v1."""
        return self.client.post(f"{self.url}/v1{path}", json=body)

    def get(self, path: str) -> httpx2.Response:
        """Read an address below /v1."""
        return self.client.get(f"{self.url}/v1{path}")


@contextmanager
def running(
    model: BaseChatModel | ModelSlot, key: str | None = None, guards: Sequence[Middleware] = ()
) -> Iterator[Running]:
    """Serve a model until the block ends."""
    with listen("127.0.0.1", 0) as socket:
        config = uvicorn.Config(
            services(model, key=key).app(guards), log_level="warning", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        served = Running(address("127.0.0.1", socket.getsockname()[1]), model)
        yield served
        served.client.close()
        server.should_exit = True
        thread.join(PATIENCE)


def waits_for(condition: Any) -> bool:
    """Whether a condition comes true within the time that a client would wait."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False
