"""A study server in its own process, and simulated participants who answer over HTTP like the page."""

import http.client
import json
import multiprocessing
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
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from study.__main__ import main as study_main
from study.design.reader import read_design
from study.store.database import Store, open_store
from study.store.location import storage
from tests.study.studies import write_study

STUDY = "small"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An answer that the server acknowledged as stored."""

    participant: str
    screen: str
    submission: str
    values: Mapping[str, Any]


class Server:
    """The study server in its own process, as started by ``python -m study serve``.

    ``ready_made`` forks it from a process that has already imported the app, which saves seconds at every start; the
    program is the same.
    """

    def __init__(self, design: Path, environ: Mapping[str, str], ready_made: bool = False) -> None:
        self.design = design
        self.environ = {**os.environ, **environ}
        self._forking = multiprocessing.get_context("forkserver") if ready_made else None
        if self._forking:
            self._forking.set_forkserver_preload(["app", "ui.study.serve", __name__])
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.pid: int | None = None
        self._wait: Callable[[float], object] = lambda patience: None

    @property
    def url(self) -> str:
        """The address it listens on."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, patience: float = 600.0) -> None:
        """Start it and wait until it answers."""
        arguments = ["serve", str(self.design), "--port", str(self.port)]
        if self._forking:
            forked = self._forking.Process(target=_serve, args=(arguments, self.environ), daemon=True)
            forked.start()
            self.pid, self._wait = forked.pid, forked.join
            ended: Callable[[], int | None] = lambda: forked.exitcode  # noqa: E731
        else:
            process = subprocess.Popen(
                [sys.executable, "-m", "study", *arguments], env=self.environ, stdout=subprocess.DEVNULL
            )
            self.pid, self._wait = process.pid, process.wait
            ended = process.poll
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if ended() is not None:
                raise RuntimeError(f"the server ended with code {ended()}")
            try:
                with urllib.request.urlopen(f"{self.url}/", timeout=30):  # nosec B310 # our own server
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not answer in time")

    def kill(self) -> None:
        """End it abruptly: kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Shut it down cleanly."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.pid is not None:
            os.kill(self.pid, how)
            self._wait(60)
            self.pid = None

    def store(self) -> Store:
        """A second connection to its database."""
        return open_store(storage(read_design(self.design).design.study, self.environ).url)


def _serve(arguments: list[str], environ: Mapping[str, str]) -> None:
    """Run ``python -m study`` in a forked process."""
    os.environ.clear()
    os.environ.update(environ)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(study_main(arguments))


@dataclass
class Person(threading.Thread):
    """One participant; while the server is down, retries the same submission, like the page."""

    url: str
    query: Mapping[str, str]
    seed: int
    patience: float = 900.0  # seconds for one request, including retries
    think: float = 0.0  # maximum seconds before an answer
    values: Callable[[Mapping[str, Any], random.Random], dict[str, Any]] | None = None
    acknowledged: list[Acknowledged] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)  # seconds of each answer that needed no retry
    retries: int = 0
    code: str = ""
    error: str = ""
    busy: bool = False  # a request is in flight
    stop: threading.Event = field(default_factory=threading.Event)

    __hash__ = object.__hash__  # compare threads by identity

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.chance = random.Random(self.seed)
        self._connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=60)
        self._cookie = ""

    def run(self) -> None:
        """From the link to the completion code."""
        try:
            self._send("GET", "/", None)
            screen = self._send("POST", "/api/enter", {"query": dict(self.query)})["screen"]
            while screen["kind"] != "end" and not self.stop.is_set():
                if self.think:
                    time.sleep(self.chance.uniform(0, self.think))
                screen = self._answer(screen)
            self.code = screen.get("code", "")
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
        finally:
            self._connection.close()

    def _answer(self, screen: Mapping[str, Any]) -> Mapping[str, Any]:
        values = (self.values or any_values)(screen, self.chance)
        submission = {
            "participant": screen["participant"], "screen": screen["id"], "submission": str(uuid.uuid4()),
            "values": values, "client_time": "2026-01-01T00:00:00.000Z",
            "events": [
                {"id": str(uuid.uuid4()), "kind": kind, "screen": screen["id"], "data": {"n": number}}
                for number, kind in enumerate(("click", "change", "focus-lost"))
            ],
        }  # fmt: skip
        before, start = self.retries, time.monotonic()
        next_screen = self._send("POST", "/api/answer", submission)["screen"]
        if self.retries == before:
            self.waits.append(time.monotonic() - start)
        self.acknowledged.append(
            Acknowledged(submission["participant"], submission["screen"], submission["submission"], values)
        )
        return dict(next_screen)

    def _send(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """Retry until there is a reply; keeps the cookie, like a browser."""
        end = time.monotonic() + self.patience
        while True:
            self.busy = True
            try:
                headers = {
                    "Content-Type": "application/json",
                    **({"Cookie": self._cookie} if self._cookie else {}),
                }
                self._connection.request(method, path, json.dumps(body) if body else None, headers)
                reply = self._connection.getresponse()
                text = reply.read().decode()
                self._cookie = (reply.getheader("Set-Cookie") or self._cookie).partition(";")[0]
                if reply.status == 200:
                    return dict(json.loads(text)) if path != "/" else {}
                last = f"{path}: {reply.status} {text[:300]}"
                if reply.status < 500:
                    raise RuntimeError(last)
            except (OSError, http.client.HTTPException) as error:
                last = f"{path}: {error!r}"
                self._connection.close()
            finally:
                self.busy = False
            if time.monotonic() > end:
                raise RuntimeError(last)
            self.retries += 1
            time.sleep(self.chance.uniform(0.05, 0.3))


def any_values(screen: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """Valid values for a form."""
    values: dict[str, Any] = {}
    for form_field in screen["fields"]:
        match form_field["kind"]:
            case "yes-no":
                values[form_field["name"]] = True
            case "choice":
                values[form_field["name"]] = chance.choice(form_field["options"])
            case "slider":
                values[form_field["name"]] = chance.randint(int(form_field["min"]), int(form_field["max"]))
            case _:
                values[form_field["name"]] = f"answer {chance.random()}"
    return values


def make_study(folder: Path, text: str) -> Path:
    """Write a design with frozen answers; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    file, _ = write_study(folder, text)
    return file.path


@dataclass(frozen=True, slots=True)
class Tally:
    """Acknowledged answers compared with stored ones."""

    acknowledged: int
    lost: int  # acknowledged, but not in the database with the same values
    doubled: int  # answers stored more than once
    stored: int

    @property
    def whole(self) -> bool:
        """Whether every acknowledged answer is stored, exactly once."""
        return not self.lost and not self.doubled


def tally(store: Store, acknowledged: list[Acknowledged], study: str = STUDY) -> Tally:
    """Compare the acknowledged answers with the database."""

    stored: dict[str, Any] = {}
    screens: Counter[tuple[str, str]] = Counter()
    submissions: Counter[str] = Counter()
    for row in store.events(study, kinds=("answer",)):
        stored[row.submission] = (row.participant, row.screen, json.loads(row.payload)["values"])
        screens[row.participant, row.screen] += 1
        submissions[row.submission] += 1
    lost = sum(
        stored.get(answer.submission) != (answer.participant, answer.screen, answer.values)
        for answer in acknowledged
    )
    doubled = sum(count > 1 for count in (*screens.values(), *submissions.values()))
    return Tally(len(acknowledged), lost, doubled, screens.total())


def machine() -> str:
    """Machine and date of the measurement."""
    cpuinfo = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else None
    what = f"{model[1] if model else platform.processor()}, {platform.machine()}, {os.cpu_count()} cores"
    return f"{what}, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}"
