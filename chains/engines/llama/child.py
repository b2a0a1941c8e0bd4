"""The child process of the embedded engine: serves a model with llama.cpp until its parent exits.

It runs as a script, imports none of our modules, and reads its settings (with the key) as one line
of JSON from standard input, so that the key never appears in a process list. llama.cpp is either that
of the Python package, in this process, or a llama-server, which this process starts and watches.
"""

import contextlib
import ctypes
import http.client
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TextIO

_LISTENING = re.compile(rb"listening on http://127\.0\.0\.1:(\d+)")
_SILENT = 30.0  # seconds that a server may listen without answering as llama-server does
_DESCRIPTORS = "/dev/fd"
_KILL = getattr(signal, "SIGKILL", 9)  # Windows does not name it
_AT_END: list[Callable[[], object]] = []
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


def main() -> None:
    """Serve; print one line of JSON with the port when ready; exit when standard input closes."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # llama.cpp may print to standard output, which is reserved for that line
    settings = json.loads(sys.stdin.readline())
    parent = os.getppid()
    if settings["command"]:
        _run_program(settings, parent, report)
    threading.Thread(target=_end_with_parent, args=(parent, lambda: None), daemon=True).start()
    server = _serve(settings)
    _tell(report, int(server.listening_address.rsplit(":", 1)[1]))
    threading.Event().wait()


def _serve(settings: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    params.model_alias = {settings["name"]}  # otherwise the server would reveal the path of the file
    params.hostnames, params.port = ["127.0.0.1"], settings["port"]
    params.api_keys = [settings["key"]]
    # An empty list of origins: no web page from another address may read an answer.
    params.cors_origins, params.cors_origins_explicit, params.cors_credentials = "", True, False
    params.cors_methods = params.cors_headers = ""
    params.ui = False
    params.n_ctx, params.n_parallel = settings["n_ctx"], settings["n_parallel"]
    params.kv_unified = True  # otherwise the context is divided among the slots
    # At 0.5 an own-turn prompt reuses its slot and a third-person prompt takes another one, while
    # overwritten prefixes stay in memory (measured: docs and tests/chains).
    params.slot_prompt_similarity, params.cache_ram_mib = 0.5, settings["cache_mib"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    none = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
    params.reasoning_format = none  # reasoning stays in the text, with all its tokens
    # Sample from the whole distribution; only options sent with a message may change it.
    params.sampling.top_k, params.sampling.top_p, params.sampling.min_p = 0, 1.0, 0.0
    return xllamacpp.Server(params)


def _run_program(settings: dict[str, Any], parent: int, report: TextIO) -> NoReturn:
    """Run a llama-server, pass its log on, and exit with its status."""
    with _key_file(settings["key"]) as (key_file, more):
        command = [*settings["command"], "--port", str(settings["port"]), "--api-key-file", key_file]
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=settings["environment"], **more,
        )  # fmt: skip
    signal.signal(signal.SIGTERM, lambda *_: _stop(server))
    threading.Thread(target=_end_with_parent, args=(parent, server.kill), daemon=True).start()
    assert server.stdout is not None
    waiting = False
    for line in server.stdout:
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
        if not waiting and (listening := _LISTENING.search(line)):
            waiting = True
            arguments = (server, int(listening[1]), report)
            threading.Thread(target=_tell_when_ready, args=arguments, daemon=True).start()
    _end_like(server.wait())


@contextlib.contextmanager
def _key_file(key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A file with the key, and the options with which a process can read it until the block ends.

    It is a pipe, since command lines and environments can be read by others. Windows has none with a name:
    there it is a file that only this user can read, deleted when this process ends.
    """
    if os.path.isdir(_DESCRIPTORS):
        reading, writing = os.pipe()
        os.write(writing, f"{key}\n".encode())
        os.close(writing)
        try:
            yield f"{_DESCRIPTORS}/{reading}", {"pass_fds": (reading,), "preexec_fn": _bound_to(os.getpid())}
        finally:
            os.close(reading)
        return
    handle, path = tempfile.mkstemp(prefix="credence-key-")
    os.write(handle, f"{key}\n".encode())
    os.close(handle)
    _AT_END.append(lambda: os.unlink(path))
    yield path, {}


def _exit(code: int) -> NoReturn:
    for undo in _AT_END:
        with contextlib.suppress(OSError):
            undo()
    os._exit(code)


def _tell_when_ready(server: subprocess.Popen[bytes], port: int, report: TextIO) -> None:
    """Report the port once the server has loaded its model."""
    heard = time.monotonic()
    while server.poll() is None:
        status = _status(port, "/health")
        if status == 200 and _status(port, "/props") != 401:
            print("the server answers without its key", file=sys.stderr, flush=True)
            server.terminate()
            return
        if status == 200:
            _tell(report, port)
            return
        if status == 503:  # still loading
            heard = time.monotonic()
        elif time.monotonic() - heard > _SILENT:
            print("the server listens but does not answer", file=sys.stderr, flush=True)
            server.terminate()
            return
        time.sleep(0.05)


def _status(port: int, path: str) -> int | None:
    """The HTTP status of a request without the key; None if there is no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
        connection.request("GET", path)
        return connection.getresponse().status
    return None


def _tell(report: TextIO, port: int) -> None:
    print(json.dumps({"port": port}), file=report, flush=True)


def _bound_to(parent: int) -> Callable[[], None]:
    """What a new process calls first, so that it ends with its parent, however that ends (on Linux)."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None).prctl

    def bind() -> None:
        prctl(_DIE_WITH_PARENT, _KILL)
        if os.getppid() != parent:  # it ended before the call
            os._exit(1)

    return bind


def _stop(server: subprocess.Popen[bytes]) -> NoReturn:
    server.kill()
    _exit(0)


def _end_like(code: int) -> NoReturn:
    """End with the exit status of the server (negative: a signal)."""
    if code < 0:
        if -code != _KILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    _exit(code)


def _end_with_parent(parent: int, end: Callable[[], object]) -> None:
    """Exit when standard input closes or the parent process changes, which means that it died."""
    while os.getppid() == parent:
        if _input_waits() and not os.read(0, 1):
            break
    end()
    _exit(0)


def _input_waits() -> bool:
    """Whether standard input can be read now, after a second at most; on Windows reading waits instead."""
    if os.name == "nt":
        return True
    readable, _, _ = select.select([sys.stdin], [], [], 1.0)
    return bool(readable)


if __name__ == "__main__":
    main()
