"""The embedded engine: llama.cpp in a supervised child process, on this machine only.

If the engine crashes or memory runs out, only the child ends, not the application. The supervisor
restarts it on the same port with the same key, so that clients keep working. An engine that keeps
dying stays stopped for a pause that doubles each time, and restarts with the next request after it.
"""

import atexit
import contextlib
import json
import os
import secrets
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from errno import ENOMEM
from pathlib import Path
from typing import Any, Self

import httpx2

from chains.engines.llama import child_process
from chains.engines.llama.gguf_header import read_gguf_header
from chains.engines.llama.restarts import EARLY, Death, Pause, cause_of_death, pause_after
from chains.engines.llama.server_arguments import server_command
from chains.engines.llama.server_program import (
    announce,
    clean_environment,
    usable_server,
    wheel_description,
)
from chains.engines.memory import check_memory
from chains.engines.processors import usable_processors
from chains.errors import CredenceError, EngineStopped, ModelUnavailable

_DEFAULT_CONTEXT = 8192


class LlamaEngine:
    """One model served by llama.cpp. Use it as a context manager, or call close()."""

    def __init__(
        self,
        model: Path | str,
        *,
        name: str = "",
        n_ctx: int | None = None,
        n_parallel: int = 4,
        threads: int | None = None,
        cache_mib: int = 512,
        server: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Check the file and the memory, then start the child; wait_ready() waits for it.

        Parameters
        ----------
        n_ctx : context in tokens; by default what the model was trained on, at most 8,192
        n_parallel : number of requests answered at the same time; they share the context
        threads : by default one per processor that this process may use
        cache_mib : mebibytes for prefixes that are no longer in a slot
        server : path of a llama-server, or "wheel"; by default LLAMA_SERVER, ``make native``, PATH, the wheel
        clock : clock in seconds for the pauses of an engine that keeps dying

        Raises ModelUnavailable if the file is not a model or does not fit into memory.
        """
        self.path = Path(model).expanduser()
        header = read_gguf_header(self.path)
        self.n_ctx, self.n_parallel = n_ctx or min(header.context, _DEFAULT_CONTEXT), n_parallel
        room = self.n_ctx * max(
            1, n_parallel // 2
        )  # shared by all requests: half of them may be as long as the context
        self._program = usable_server(server)
        if self._program is None or not self._program.devices:  # a graphics card has its own memory
            check_memory(self.path, header.memory(room))
        self.name = name or header.name
        self._key = secrets.token_urlsafe(32)
        self._settings: dict[str, Any] = {
            "model": str(self.path.resolve()),
            "name": self.name,
            "n_ctx": room,
            "n_parallel": n_parallel,
            "threads": threads or usable_processors(),
            "cache_mib": cache_mib,
            "port": 0,  # the child chooses a free port; a restart keeps it
            "key": self._key,
        }
        self._settings["command"] = server_command(self._program, self._settings) if self._program else None
        self._settings["environment"] = clean_environment(os.environ)
        self._state = threading.Condition()
        self._process: subprocess.Popen[str] | None = None
        self._ready = self._closed = False
        self._failure = ""
        self._clock, self._ready_at = clock, 0.0
        self._death: Death | None = None  # the last one, until a later run has lasted
        self._pause: Pause | None = None
        self._log: deque[str] = deque(maxlen=200)
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._http = httpx2.Client(trust_env=False, timeout=600, limits=limits)
        self._supervisor = threading.Thread(target=self._supervise, name="llama-supervisor", daemon=True)
        self._supervisor.start()
        atexit.register(self.close)

    def __repr__(self) -> str:
        return f"LlamaEngine({self.name!r}, n_ctx={self.n_ctx}, pid={self.pid})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the child; None while no child is running."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def native(self) -> bool:
        """Whether a llama-server of this machine serves the model; final once it has been ready."""
        return self._program is not None

    @property
    def description(self) -> str:
        """Which llama.cpp serves the model, in one line; final once it has been ready."""
        return self._program.description if self._program else wheel_description()

    @property
    def url(self) -> str:
        """Address of the server, known once it has been ready."""
        return f"http://127.0.0.1:{self._settings['port']}"

    @property
    def key(self) -> str:
        """The key for every request; never show or log it."""
        return self._key

    @property
    def trouble(self) -> str:
        """Why the engine last stopped; empty once it has run for a while since."""
        with self._state:
            if self._alive() and self._clock() - self._ready_at >= EARLY:
                self._death = None
            return self._death.reason if self._death else ""

    def wait_ready(self, timeout: float = 10.0) -> None:
        """Wait until the engine answers; restarts it if its pause is over.

        Raises ModelUnavailable if it is closed or never started, EnginePaused if it keeps stopping, and
        EngineStopped if it is not ready in time.
        """
        with self._state:
            if self._pause is not None and self._clock() >= self._pause.until:
                self.try_now()
            self._state.wait_for(
                lambda: self._alive() or self._closed or bool(self._failure) or self._pause is not None,
                timeout,
            )
            if self._closed:
                raise ModelUnavailable(f"The engine of {self.name} is closed. Open the model again.")
            if self._failure:
                raise ModelUnavailable(self._failure)
            if self._pause is not None:
                raise self._pause.error(self._clock())
            if not self._alive():
                raise EngineStopped(
                    f"The engine is still starting after {timeout:.0f} seconds. Try again in a moment."
                )

    def try_now(self) -> None:
        """End a pause: start the engine at once."""
        with self._state:
            self._pause = None
            self._state.notify_all()

    def settle(self) -> None:
        """After a lost connection, wait briefly for a dying child to exit: it loses its sockets first."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
            with self._state:  # until the supervisor has noticed
                self._state.wait_for(lambda: not self._ready or self._process is not process, 5)

    def lost(self) -> CredenceError:
        """The error for a message whose connection broke off; waits for a dying child to exit."""
        process = self._process
        self.settle()
        with self._state:
            if self._pause is not None:
                return self._pause.error(self._clock())
            if self._alive() and self._process is process:
                return EngineStopped("The connection to the engine broke off. Try again.")
            reason = self._death.reason if self._death else "The engine stopped."
        return EngineStopped(f"{reason} It is restarting. Try again.")

    def _alive(self) -> bool:
        """Whether the child is serving; checks the process too, as a death is noticed a moment later."""
        return self._ready and self.pid is not None

    def post(self, path: str, body: dict[str, Any], timeout: float = 600) -> dict[str, Any]:
        """Send one request to a native endpoint, such as /tokenize; raises EngineStopped if it fails."""
        self.wait_ready()
        headers = {"Authorization": f"Bearer {self._key}"}
        try:
            answer = self._http.post(self.url + path, json=body, headers=headers, timeout=timeout)
            answer.raise_for_status()
            return dict(answer.json())
        except (httpx2.HTTPError, ValueError) as error:
            if isinstance(error, httpx2.TransportError):
                raise self.lost() from error
            raise EngineStopped(f"The engine did not answer {path}. Try again.") from error

    def close(self) -> None:
        """Stop the child and the supervisor; safe to call twice."""
        with self._state:
            self._closed, self._ready = True, False
            self._state.notify_all()
            process = self._process
        if process is not None:
            child_process.end(process)
        self._supervisor.join(10)
        self._http.close()
        atexit.unregister(self.close)

    def _supervise(self) -> None:
        early_deaths, loaded = 0, False
        while not self._closed:
            self._log.clear()
            code, lived = self._run()
            loaded = loaded or lived is not None
            if not loaded and self._fall_back(code):
                continue
            early_deaths = 1 if lived is not None and lived >= EARLY else early_deaths + 1
            with self._state:
                self._ready = False
                death = self._death = cause_of_death(code, "\n".join(self._log), self.path, loaded=loaded)
                if not loaded:
                    self._failure = f"{death.reason} {death.advice}."
                elif pause := pause_after(early_deaths):
                    self._pause = Pause(death, self._clock() + pause)
                self._state.notify_all()
                if self._failure:
                    return
                if self._pause is None:
                    self._state.wait_for(lambda: self._closed, 0.1 * 2 ** (early_deaths - 1))
                self._state.wait_for(lambda: self._closed or self._pause is None)

    def _fall_back(self, code: int) -> bool:
        """Replace a llama-server that never served by the wheel; False if it was the wheel."""
        if self._program is None or self._closed:
            return False
        death = cause_of_death(code, "\n".join(self._log), self.path, loaded=False)
        announce(f"{self._program.path} cannot be used: {death.reason.rstrip('.')}")
        self._program = self._settings["command"] = None
        return True

    def _run(self) -> tuple[int, float | None]:
        """Run one child until it exits; returns its exit status and how long it served (None: never)."""
        with self._state:
            if self._closed:
                return 0, None
            try:
                process = self._process = child_process.spawn()
            except OSError as error:  # no memory or no process for a child
                self._log.append(f"out of memory: {error.strerror}" if error.errno == ENOMEM else str(error))
                return 1, None
        reader = threading.Thread(target=self._keep_log, args=(process,), daemon=True)
        reader.start()
        served = self._start(process)
        code = process.wait()
        lived = self._clock() - self._ready_at if served else None
        reader.join(5)
        child_process.close_pipes(process)
        return code, lived

    def _start(self, process: subprocess.Popen[str]) -> bool:
        """Send the child its settings and wait for its line with the port; False if it died first."""
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(self._settings) + "\n")
            process.stdin.flush()
            port = json.loads(process.stdout.readline())["port"]
        except (OSError, ValueError):
            return False
        with self._state:
            self._settings["port"] = port
            self._ready, self._ready_at = not self._closed, self._clock()
            self._state.notify_all()
        return True

    def _keep_log(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            self._log.append(line.rstrip())
