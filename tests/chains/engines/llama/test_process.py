"""The embedded engine: closed to everyone else, and back after a crash."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from chains.engines.llama import child_process
from chains.engines.llama.chat_model import ChatLlama
from chains.engines.llama.process import LlamaEngine
from chains.engines.llama.restarts import cause_of_death
from chains.engines.llama.server_program import wheel_description
from chains.errors import EnginePaused, ModelUnavailable
from chains.model_files import tiny_gguf


def is_running(pid: int) -> bool:
    """Whether a process runs, a zombie not counted."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_gone(pid: int, seconds: float = 5) -> None:
    """Wait until a process has ended."""
    end = time.monotonic() + seconds
    while is_running(pid):
        assert time.monotonic() < end, f"process {pid} still runs"
        threading.Event().wait(0.02)


STUB = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
settings = json.loads(sys.stdin.readline())
if not os.path.exists(settings["model"]):
    sys.exit("failed to load model")
class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        data = b'{"tokens": [1]}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *_): pass
server = HTTPServer(("127.0.0.1", settings["port"]), Handler)
print(json.dumps({"port": server.server_port}), flush=True)
server.serve_forever()
"""


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A child that answers every request at once, in a process of its own, in place of llama.cpp."""
    (tmp_path / "stub.py").write_text(STUB)
    monkeypatch.setattr(child_process, "CHILD", tmp_path / "stub.py")


def kill_often(engine: LlamaEngine, times: int) -> None:
    """Kill the child so many times, each time once it is ready."""
    for _ in range(times):
        engine.wait_ready(60)
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        engine.settle()


def test_without_the_key_nothing_is_answered(tiny_model: ChatLlama) -> None:
    url = tiny_model.engine.url
    wheel = tiny_model.engine.description == wheel_description()  # llama-server tells anyone the model's name
    for path in ("/slots", "/props", *(("/v1/models",) if wheel else ())):
        assert httpx2.get(url + path).status_code == 401
    asked = {"messages": [{"role": "user", "content": "Hello"}]}
    wrong = {"Authorization": "Bearer wrong"}
    assert httpx2.post(f"{url}/v1/chat/completions", json=asked).status_code == 401
    assert httpx2.post(f"{url}/v1/chat/completions", json=asked, headers=wrong).status_code == 401


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:7860"])
def test_no_page_of_another_origin_may_read_it(tiny_model: ChatLlama, method: str, origin: str) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = httpx2.request(method, f"{tiny_model.engine.url}/v1/models", headers=headers)
    assert answer.headers.get("Access-Control-Allow-Origin", "") not in ("*", origin)
    assert answer.headers.get("Access-Control-Allow-Credentials", "false") == "false"


def test_the_key_is_in_no_process_list(tiny_model: ChatLlama) -> None:
    engine = tiny_model.engine
    for name in ("cmdline", "environ"):
        assert engine.key.encode() not in Path(f"/proc/{engine.pid}/{name}").read_bytes()
    assert engine.key not in repr(engine)


def test_a_killed_engine_restarts_at_the_same_address() -> None:
    with LlamaEngine(tiny_gguf(), n_ctx=512) as engine:
        engine.wait_ready(60)
        before, pid = (engine.url, engine.key), engine.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        engine.settle()
        engine.wait_ready(10)
        assert (engine.url, engine.key) == before
        assert engine.pid not in (None, pid)
        assert engine.post("/tokenize", {"content": "Hello"})["tokens"]
        last = engine.pid
    assert last is not None
    wait_gone(last)
    with pytest.raises(ModelUnavailable, match="closed"):
        engine.wait_ready(1)
    engine.close()


@pytest.mark.usefixtures("stub")
def test_an_engine_that_keeps_being_killed_pauses_and_comes_back() -> None:
    now = [1000.0]
    with LlamaEngine(tiny_gguf(), n_ctx=512, clock=lambda: now[0]) as engine:
        kill_often(engine, 4)
        with pytest.raises(EnginePaused) as first:
            engine.wait_ready(20)
        assert str(first.value) == (
            "The engine was killed (signal 9), probably because memory ran out. Try again in 1 second to "
            "restart it. Free some memory, use a smaller n_ctx, or open a smaller model."
        )
        assert (first.value.reason, first.value.seconds) == (engine.trouble, 1)
        assert engine.pid is None
        now[0] += 0.5
        with pytest.raises(EnginePaused):  # not before the pause is over, whoever asks
            engine.post("/tokenize", {"content": "Hello"})
        now[0] += 0.5
        with ThreadPoolExecutor(8) as pool:  # everybody's next message works
            replies = list(pool.map(lambda _: engine.post("/tokenize", {"content": "Hello"}), range(8)))
        assert all(reply["tokens"] for reply in replies)
        assert engine.trouble == first.value.reason  # it has not lasted yet
        for pause in (2, 4):  # one more kill is enough for a longer pause
            kill_often(engine, 1)
            with pytest.raises(EnginePaused) as longer:
                engine.wait_ready(20)
            assert longer.value.seconds == pause
            now[0] += pause
            engine.wait_ready(60)
        now[0] += 10.0  # it served for ten seconds
        assert engine.trouble == ""
        kill_often(engine, 3)  # restarted at once again
        engine.wait_ready(60)


@pytest.mark.usefixtures("stub")
def test_a_pause_can_be_ended_at_once() -> None:
    with LlamaEngine(tiny_gguf(), n_ctx=512, clock=lambda: 0.0) as engine:
        kill_often(engine, 4)
        with pytest.raises(EnginePaused):
            engine.wait_ready(20)
        engine.try_now()
        engine.wait_ready(60)
        assert engine.post("/tokenize", {"content": "Hello"})["tokens"]
        assert "signal 9" in engine.trouble
        engine.try_now()  # harmless where nothing pauses
        assert engine.post("/tokenize", {"content": "Hello"})["tokens"]


@pytest.mark.usefixtures("stub")
def test_a_paused_engine_can_be_closed() -> None:
    with LlamaEngine(tiny_gguf(), n_ctx=512, clock=lambda: 0.0) as engine:
        kill_often(engine, 4)
        with pytest.raises(EnginePaused):
            engine.wait_ready(20)
    with pytest.raises(ModelUnavailable, match="closed"):
        engine.wait_ready(1)


@pytest.mark.usefixtures("stub")
def test_a_model_file_that_vanished_is_named_and_works_again_when_it_is_back(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    shutil.copyfile(tiny_gguf(), file)
    now = [0.0]
    with LlamaEngine(file, n_ctx=512, clock=lambda: now[0]) as engine:
        engine.wait_ready(60)
        file.rename(tmp_path / "elsewhere.gguf")
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        engine.settle()
        with pytest.raises(EnginePaused, match=r"its model file .*model\.gguf is gone.*Put the file back"):
            engine.wait_ready(30)
        (tmp_path / "elsewhere.gguf").rename(file)
        now[0] += 1.0
        assert engine.post("/tokenize", {"content": "Hello"})["tokens"]


@pytest.mark.usefixtures("stub")
def test_running_out_of_memory_is_handled_like_any_other_death(monkeypatch: pytest.MonkeyPatch) -> None:
    spawn = child_process.spawn
    refused: list[int] = []

    def without_memory() -> subprocess.Popen[str]:
        if len(refused) < 3:
            refused.append(1)
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        return spawn()

    now = [0.0]
    with LlamaEngine(tiny_gguf(), n_ctx=512, clock=lambda: now[0]) as engine:
        engine.wait_ready(60)
        monkeypatch.setattr(child_process, "spawn", without_memory)
        kill_often(engine, 1)
        with pytest.raises(EnginePaused, match="memory ran out"):
            engine.wait_ready(20)
        now[0] += 1.0
        engine.wait_ready(60)


@pytest.mark.parametrize(
    ("code", "log", "reason"),
    [
        (-9, "", "was killed (signal 9), probably because memory ran out."),
        (-15, "", "was killed (signal 15)."),
        (-11, "", "crashed (signal 11)."),
        (-6, "failed to allocate buffer", "crashed (signal 6), probably because memory ran out."),
        (3, "", "stopped (status 3)."),
    ],
)
def test_the_reason_names_the_signal(code: int, log: str, reason: str) -> None:
    assert cause_of_death(code, log, Path(__file__), loaded=True).reason == f"The engine {reason}"


def test_a_child_killed_while_it_loads_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dying = tmp_path / "dying.py"
    dying.write_text("import os, signal, sys; sys.stdin.readline(); os.kill(os.getpid(), signal.SIGKILL)")
    monkeypatch.setattr(child_process, "CHILD", dying)
    with LlamaEngine(tiny_gguf()) as engine, pytest.raises(ModelUnavailable, match="memory ran out"):
        engine.wait_ready(20)


def test_a_file_cut_short_is_explained(tmp_path: Path) -> None:
    short = tmp_path / "short.gguf"
    with tiny_gguf().open("rb") as file:
        short.write_bytes(file.read(20_000_000))
    with LlamaEngine(short) as engine, pytest.raises(ModelUnavailable, match="truncated or damaged"):
        engine.wait_ready(20)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_child_ends_with_its_parent(end: signal.Signals) -> None:
    program = (
        "from chains.engines.llama.process import LlamaEngine; from chains.model_files import tiny_gguf;"
        "e = LlamaEngine(tiny_gguf(), n_ctx=512); e.wait_ready(60); print(e.pid, flush=True); input()"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(end)
        parent.wait(10)
    wait_gone(child)


def test_the_console_stays_clean(tiny_model: ChatLlama, capfd: pytest.CaptureFixture[str]) -> None:
    tiny_model.bind(max_tokens=1).invoke("Hello")
    assert capfd.readouterr() == ("", "")
