"""The repository is a Hugging Face Space: README front matter, requirements.txt, app.py."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from tests.ports import free_port

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}  # the Hub allows no other
START_SECONDS = 90


@pytest.fixture
def card() -> dict[str, Any]:
    """The README's front matter."""
    before, front, _ = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    assert before == ""
    data = yaml.safe_load(front)
    assert isinstance(data, dict)
    return data


def test_the_space_runs_the_pinned_gradio(card: dict[str, Any]) -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    (gradio,) = [requirement for requirement in requirements if requirement.name == "gradio"]
    assert card["sdk"] == "gradio"
    assert f"=={card['sdk_version']}" == str(gradio.specifier)
    assert card["python_version"] == "3.11"


def test_the_space_card_is_valid(card: dict[str, Any]) -> None:
    assert card["title"] == "Credence"
    assert card["license"] == "apache-2.0"
    assert {card["colorFrom"], card["colorTo"]} <= COLOURS
    assert 0 < len(card["short_description"]) <= 60
    assert (ROOT / card["app_file"]).is_file()


@pytest.fixture(scope="module")
def python_of_a_space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has requirements.txt and nothing else."""
    folder = tmp_path_factory.mktemp("space")
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(ROOT / "requirements.txt")]
    subprocess.run(install, check=True)
    return python


@dataclass(frozen=True, slots=True)
class RunningApp:
    """``python app.py`` as it runs."""

    address: str
    process: subprocess.Popen[bytes]
    output: Path


@pytest.fixture
def running_app(python_of_a_space: Path, tmp_path: Path) -> Iterator[RunningApp]:
    """``python app.py`` from the root, as a Space starts it."""
    output = tmp_path / "output.txt"
    environment = os.environ | {"MODEL": "scripted", "PORT": str(port := free_port())}
    command = [str(python_of_a_space), "app.py"]
    with (
        output.open("w") as stream,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=stream) as process,
    ):
        yield RunningApp(f"http://127.0.0.1:{port}/", process, output)
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def status_of(app: RunningApp) -> int | None:
    """The status of its first answer, or None if it stopped or did not answer in time."""
    deadline = time.monotonic() + START_SECONDS
    while app.process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(app.address, timeout=10) as response:
                status: int = response.status
                return status
        except urllib.error.URLError:
            time.sleep(0.5)
    return None


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_app_answers_with_nothing_but_its_requirements(running_app: RunningApp) -> None:
    assert status_of(running_app) == 200, running_app.output.read_text(encoding="utf-8")
