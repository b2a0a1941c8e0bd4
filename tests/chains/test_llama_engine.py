"""The embedded engine: closed to everyone else, and back after a crash."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2
import pytest

from chains import llama_engine
from chains.errors import ModelUnavailable
from chains.llama_engine import LlamaEngine
from chains.llama_model import ChatLlama
from chains.model_files import builtin_gguf


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


def test_without_the_key_nothing_is_answered(builtin_model: ChatLlama) -> None:
    url = builtin_model.engine.url
    for path in ("/v1/models", "/slots", "/props"):
        assert httpx2.get(url + path).status_code == 401
    asked = {"messages": [{"role": "user", "content": "Hello"}]}
    wrong = {"Authorization": "Bearer wrong"}
    assert httpx2.post(f"{url}/v1/chat/completions", json=asked).status_code == 401
    assert httpx2.post(f"{url}/v1/chat/completions", json=asked, headers=wrong).status_code == 401


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:7860"])
def test_no_page_of_another_origin_may_read_it(builtin_model: ChatLlama, method: str, origin: str) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = httpx2.request(method, f"{builtin_model.engine.url}/v1/models", headers=headers)
    assert answer.headers.get("Access-Control-Allow-Origin", "") not in ("*", origin)
    assert answer.headers.get("Access-Control-Allow-Credentials", "false") == "false"


def test_the_key_stands_in_no_list_of_processes(builtin_model: ChatLlama) -> None:
    engine = builtin_model.engine
    for name in ("cmdline", "environ"):
        assert engine.key.encode() not in Path(f"/proc/{engine.pid}/{name}").read_bytes()
    assert engine.key not in repr(engine)


def test_a_killed_engine_is_back_with_the_same_address() -> None:
    with LlamaEngine(builtin_gguf(), n_ctx=512) as engine:
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


def test_it_gives_up_after_repeated_deaths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_engine, "_MAX_EARLY_DEATHS", 2)
    with LlamaEngine(builtin_gguf(), n_ctx=512) as engine:
        for _ in range(2):
            engine.wait_ready(60)
            assert engine.pid is not None
            os.kill(engine.pid, signal.SIGABRT)
            engine.settle()
        with pytest.raises(ModelUnavailable, match="stopped 2 times in a row"):
            engine.wait_ready(10)


def test_a_child_killed_while_it_loads_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dying = tmp_path / "dying.py"
    dying.write_text("import os, signal, sys; sys.stdin.readline(); os.kill(os.getpid(), signal.SIGKILL)")
    monkeypatch.setattr(llama_engine, "_CHILD", dying)
    with LlamaEngine(builtin_gguf()) as engine, pytest.raises(ModelUnavailable, match="memory ran out"):
        engine.wait_ready(20)


def test_a_file_cut_short_is_explained(tmp_path: Path) -> None:
    short = tmp_path / "short.gguf"
    with builtin_gguf().open("rb") as file:
        short.write_bytes(file.read(20_000_000))
    with LlamaEngine(short) as engine, pytest.raises(ModelUnavailable, match="cut short or damaged"):
        engine.wait_ready(20)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_child_ends_with_its_parent(end: signal.Signals) -> None:
    program = (
        "from chains.llama_engine import LlamaEngine; from chains.model_files import builtin_gguf;"
        "e = LlamaEngine(builtin_gguf(), n_ctx=512); e.wait_ready(60); print(e.pid, flush=True); input()"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(end)
        parent.wait(10)
    wait_gone(child)


def test_the_console_stays_clean(builtin_model: ChatLlama, capfd: pytest.CaptureFixture[str]) -> None:
    builtin_model.bind(max_tokens=1).invoke("Hello")
    assert capfd.readouterr() == ("", "")
