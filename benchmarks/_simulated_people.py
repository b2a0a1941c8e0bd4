"""A study served by a real process, and people who take part over HTTP as the page does."""

import json
import os
import platform
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from study.design_file import read_design
from study.storage import storage
from study.store import Store, open_store
from tests.study.studies import write_study

STUDY = "small"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An answer of which the server said that it is stored."""

    participant: str
    screen: str
    submission: str
    values: Mapping[str, Any]


class Server:
    """``python -m study serve`` as a process of its own."""

    def __init__(self, design: Path, environ: Mapping[str, str]) -> None:
        self.design = design
        self.environ = {**os.environ, **environ, "PYTHONUNBUFFERED": "1"}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, patience: float = 120.0) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "study", "serve", str(self.design), "--port", str(self.port)],
            env=self.environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(
                    f"the server ended: {self.process.stderr.read() if self.process.stderr else ''}"
                )
            try:
                if httpx2.get(f"{self.url}/", timeout=5).status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.05)
        raise RuntimeError("the server did not answer in time")

    def kill(self) -> None:
        """End it as a power cut would: kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(60)
            if self.process.stderr:
                self.process.stderr.close()
            self.process = None

    def store(self) -> Store:
        """Its database, opened beside it."""
        return open_store(storage(read_design(self.design).design.study, self.environ).url)


@dataclass
class Person(threading.Thread):
    """One participant; tries again while the server is away, with the same submission, as the page does."""

    url: str
    query: Mapping[str, str]
    seed: int
    patience: float = 180.0  # seconds for one request, tries and pauses together
    think: float = 0.0  # seconds before an answer, at most
    values: Callable[[Mapping[str, Any], random.Random], dict[str, Any]] | None = None
    acknowledged: list[Acknowledged] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)  # seconds of each answer that came through at once
    tries_again: int = 0
    code: str = ""
    error: str = ""
    busy: bool = False  # a request is on its way
    stop: threading.Event = field(default_factory=threading.Event)

    __hash__ = object.__hash__  # a thread is itself

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.chance = random.Random(self.seed)

    def run(self) -> None:
        """From the link to the completion code."""
        try:
            with httpx2.Client(base_url=self.url, timeout=60) as client:
                self._send(client, "GET", "/", None)
                screen = self._send(client, "POST", "/api/enter", {"query": dict(self.query)})["screen"]
                while screen["kind"] != "end" and not self.stop.is_set():
                    if self.think:
                        time.sleep(self.chance.uniform(0, self.think))
                    screen = self._answer(client, screen)
                self.code = screen.get("code", "")
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"

    def _answer(self, client: httpx2.Client, screen: Mapping[str, Any]) -> Mapping[str, Any]:
        values = (self.values or any_values)(screen, self.chance)
        sent = {
            "participant": screen["participant"], "screen": screen["id"], "submission": str(uuid.uuid4()),
            "values": values, "client_time": "2026-01-01T00:00:00.000Z",
            "events": [
                {"id": str(uuid.uuid4()), "kind": kind, "screen": screen["id"], "data": {"n": number}}
                for number, kind in enumerate(("click", "change", "focus-lost"))
            ],
        }  # fmt: skip
        before, start = self.tries_again, time.monotonic()
        following = self._send(client, "POST", "/api/answer", sent)["screen"]
        if self.tries_again == before:
            self.waits.append(time.monotonic() - start)
        self.acknowledged.append(
            Acknowledged(sent["participant"], sent["screen"], sent["submission"], values)
        )
        return dict(following)

    def _send(self, client: httpx2.Client, method: str, path: str, body: Any) -> dict[str, Any]:
        end = time.monotonic() + self.patience
        while True:
            self.busy = True
            try:
                reply = client.request(method, path, json=body)
                if reply.status_code == 200:
                    return dict(reply.json()) if path != "/" else {}
                if reply.status_code < 500:
                    raise RuntimeError(f"{path}: {reply.status_code} {reply.text[:300]}")
                last = f"{reply.status_code} {reply.text[:200]}"
            except httpx2.TransportError as error:
                last = repr(error)
            finally:
                self.busy = False
            if time.monotonic() > end:
                raise RuntimeError(f"{path}: {last}")
            self.tries_again += 1
            time.sleep(self.chance.uniform(0.05, 0.3))


def any_values(screen: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """Values that a form takes."""
    found: dict[str, Any] = {}
    for one in screen["fields"]:
        match one["kind"]:
            case "yes-no":
                found[one["name"]] = True
            case "choice":
                found[one["name"]] = chance.choice(one["options"])
            case "slider":
                found[one["name"]] = chance.randint(int(one["min"]), int(one["max"]))
            case _:
                found[one["name"]] = f"answer {chance.random()}"
    return found


def make_study(folder: Path, text: str) -> Path:
    """The path of a design, its answers frozen beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    file, _ = write_study(folder, text)
    return file.path


@dataclass(frozen=True, slots=True)
class Tally:
    """Acknowledged answers against stored ones."""

    acknowledged: int
    lost: int  # acknowledged, and not in the database with the same values
    doubled: int  # answers that stand there more than once
    stored: int

    @property
    def whole(self) -> bool:
        """Whether every acknowledged answer is stored, exactly once."""
        return not self.lost and not self.doubled


def tally(store: Store, acknowledged: list[Acknowledged], study: str = STUDY) -> Tally:
    """Hold what people were told against what the database has."""

    stored: dict[str, Any] = {}
    screens: Counter[tuple[str, str]] = Counter()
    submissions: Counter[str] = Counter()
    for row in store.events(study, kinds=("answer",)):
        stored[row.submission] = (row.participant, row.screen, json.loads(row.payload)["values"])
        screens[row.participant, row.screen] += 1
        submissions[row.submission] += 1
    lost = sum(
        stored.get(one.submission) != (one.participant, one.screen, one.values) for one in acknowledged
    )
    doubled = sum(count > 1 for count in (*screens.values(), *submissions.values()))
    return Tally(len(acknowledged), lost, doubled, screens.total())


def machine() -> str:
    """What the figures were measured on, and when."""
    known = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", known.read_text()) if known.exists() else None
    what = f"{model[1] if model else platform.processor()}, {platform.machine()}, {os.cpu_count()} cores"
    return f"{what}, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}"
