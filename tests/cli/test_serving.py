"""`credence serve` and `credence chat` as processes: they answer over HTTP, and a taken port is a sentence."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from gradio_client import Client

from tests.chains.script import QUESTION
from tests.ports import free_port

ROOT = Path(__file__).parents[2]


@contextmanager
def started(command: str, tmp_path: Path) -> Iterator[str]:
    """The address of a process that serves the scripted model."""
    port = free_port()
    environment = {**os.environ, "CREDENCE_DATA": str(tmp_path), "PORT": str(port), "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-m", "cli", command, "--model", "scripted"]
    with subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().startswith(f"Credence is ready at http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(60)


def test_the_service_runs_without_a_page(tmp_path: Path) -> None:
    with started("serve", tmp_path) as url:
        reply = httpx2.post(f"{url}/v1/credence/ask", json={"question": QUESTION}, timeout=60)
        assert "Canberra" in reply.json()["answer"] and reply.json()["confidence"] > 0.5
        assert httpx2.get(url, timeout=60).status_code == 404


def test_the_service_runs_beside_the_page(tmp_path: Path) -> None:
    with started("chat", tmp_path) as url:
        assert "Credence" in httpx2.get(url, timeout=60).text
        assert httpx2.get(f"{url}/v1/credence/health", timeout=60).json()["model"] == "scripted"
        chat = {"messages": [{"role": "user", "content": QUESTION}]}
        reply = httpx2.post(f"{url}/v1/chat/completions", json=chat, timeout=60).json()
        assert (
            "Canberra" in reply["choices"][0]["message"]["content"] and reply["credence"]["confidence"] > 0.5
        )
        client = Client(url, verbose=False)
        record = client.predict(question=QUESTION, api_name="/assess")
        client.close()
        assert record["schema"] == "credence.assessment/1"


def test_a_taken_port_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        arguments = ["serve", "--model", "scripted", "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(
            [sys.executable, "-m", "cli", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=100
        )
    assert ended.returncode == 2 and "serve: cannot listen on 127.0.0.1" in ended.stderr


@pytest.mark.parametrize("command", ["ask", "check", "chat", "serve", "mcp"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    from cli.__main__ import main

    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0 and "--model" in capsys.readouterr().out


def test_a_model_that_cannot_be_is_a_sentence_before_anything_is_loaded(tmp_path: Path) -> None:
    environment = {**os.environ, "CREDENCE_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "-m", "cli", "chat", "--model", "./missing.gguf"]
    done = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "credence: There is no file ./missing.gguf. Check the path.\n"


def test_what_a_start_needs_is_said_before_it_is_ready(tmp_path: Path) -> None:
    environment = {**os.environ, "CREDENCE_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    (tmp_path / "model.txt").write_text("scripted\n")  # as if it had been chosen in the page
    environment.pop("MODEL", None)
    arguments = [sys.executable, "-m", "cli", "chat", "--port", str(free_port())]
    with subprocess.Popen(
        arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().startswith("Credence is ready at http://127.0.0.1:")
        process.terminate()
        lines = process.stderr.read().splitlines()
    assert "chat model: scripted" in lines
    assert any(line.startswith("embedding model: ") for line in lines)
