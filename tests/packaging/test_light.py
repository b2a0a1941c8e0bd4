"""The wheel with its core packages alone, without torch: it answers, compares meanings and serves the page."""

import json
import os
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest

from benchmarks.install_size import declared, pinned
from tests.packaging.test_wheel import Built, built
from tests.ports import free_port

__all__ = ["built"]  # a fixture
pytestmark = [pytest.mark.repository, pytest.mark.slow, pytest.mark.timeout(900)]

HEAVY = ("torch", "transformers", "sentence_transformers", "scipy", "onnxruntime")
ASKS = f"""
import importlib.util, sys
from credence_chat import assess, open_chat_model
from credence_chat.chains.settings import Settings

assert [name for name in {HEAVY} if importlib.util.find_spec(name)] == []
settings = Settings(samples=3, max_tokens=24)
assessment = assess(open_chat_model("tiny"), "What is the capital of Australia?", settings=settings)
values = {{signal.name: signal.confidence for signal in assessment.signals}}
assert assessment.evidence.answer.text and 0 < values["sequence_probability"] < 1
assert 0 <= values["self_consistency"] <= 1, assessment.signals
print(assessment.evidence.answer.text)
"""


@pytest.fixture(scope="module")
def light(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel and the pinned packages of its core."""
    folder = tmp_path_factory.mktemp("light")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, *pinned(declared()[""]), str(built.wheel)], check=True)
    return python


def environment(data: Path, **more: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**inherited, "CREDENCE_DATA": str(data), **more}


def test_a_model_on_llama_cpp_answers_and_its_samples_are_compared(light: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(light), "-c", ASKS], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 0 and "Canberra" in done.stdout, done.stderr[-3000:]


def test_the_chat_starts_and_answers(light: Path, tmp_path: Path) -> None:
    port = free_port()
    theirs = environment(tmp_path, MODEL="tiny", PORT=str(port))
    asked = json.dumps({"question": "What is the capital of Australia?"}).encode()
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [str(light.with_name("credence-chat"))], cwd=tmp_path, env=theirs,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        lines: list[str] = []
        try:
            for line in process.stdout:
                lines.append(line)
                if "Credence is ready at" in line:
                    break
            assert process.poll() is None, "".join(lines)
            with urllib.request.urlopen(f"{address}/", timeout=60) as page:
                assert "Credence" in page.read().decode()
            post = urllib.request.Request(
                f"{address}/v1/credence/ask", asked, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(post, timeout=300) as reply:
                assert "Canberra" in json.load(reply)["answer"]
        finally:
            process.terminate()
            process.stdout.close()
    assert not [line for line in lines if "needs" in line or "Traceback" in line], lines


def test_the_core_names_nothing_heavy() -> None:
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = " ".join(project["dependencies"])
    assert [name for name in HEAVY if name.replace("_", "-") in core] == []
