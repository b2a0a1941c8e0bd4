"""An opener of models that waits until a test lets it go on, and models that note when they are closed."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from chains.engines.scripted import ScriptedChatModel
from chains.opening import Step, report

PATIENCE = 30.0  # seconds that a test waits for another thread, on a busy machine


def come_true(condition: Callable[[], bool]) -> None:
    """Wait until another thread has made a condition true."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


class ClosingModel(ScriptedChatModel):
    """Notes when it is closed; it can be held after the first token of each reply."""

    _closed: threading.Event = PrivateAttr(default_factory=threading.Event)
    _held: threading.Event | None = PrivateAttr(default=None)

    def hold(self) -> threading.Event:
        """From now on the model waits after the first token until the event is set."""
        self._held = threading.Event()
        return self._held

    def _stream(self, *args: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*args, **options):
            yield chunk
            if self._held is not None:
                assert self._held.wait(PATIENCE)

    @property
    def closed(self) -> threading.Event:
        return self._closed

    def close(self) -> None:
        self._closed.set()


def named(name: str) -> ClosingModel:
    """A scripted model with this name."""
    return ClosingModel(metadata={"credence": {"model": name, "engine": "script", "model_sha256": None}})


@dataclass
class Opener:
    """Opens a model with the name of its spec once the gate of that spec is open; a spec may fail instead."""

    failures: dict[str, Exception] = field(default_factory=dict)
    opened: list[ClosingModel] = field(default_factory=list)
    gates: dict[str, threading.Event] = field(default_factory=dict)
    begun: dict[str, threading.Event] = field(default_factory=dict)

    def gate(self, spec: str) -> threading.Event:
        """The model of this spec waits until the gate is set."""
        self.begun[spec] = threading.Event()
        self.gates[spec] = threading.Event()
        return self.gates[spec]

    def __call__(self, spec: str) -> ClosingModel:
        if spec in self.gates:
            report(Step(f"downloading {spec}", 430_000_000, 1_093_000_000, 30_000_000))
            self.begun[spec].set()
            assert self.gates[spec].wait(PATIENCE)
            report(Step(f"starting {spec}"))
        if spec in self.failures:
            raise self.failures[spec]
        self.opened.append(named(spec))
        return self.opened[-1]
