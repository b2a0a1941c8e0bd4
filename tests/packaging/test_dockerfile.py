"""The steps of the Dockerfile name files that exist, and do here what they do in an image."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.ports import free_port

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def steps(kind: str) -> list[str]:
    """The arguments of all instructions of a kind, each on one line."""
    return re.findall(rf"^(?:[A-Z]+ .*)?\b{kind} (.+)$", DOCKERFILE, re.MULTILINE)


def test_every_file_that_is_copied_exists() -> None:
    sources = [name for step in steps("COPY") for name in step.split()[:-1]]
    assert sources == ["requirements.txt", "."]
    assert [name for name in sources if not (ROOT / name).exists()] == []


def test_the_steps_are_shell_and_make_the_list_of_what_the_chat_needs(tmp_path: Path) -> None:
    runs = steps("RUN")
    assert len(runs) == 3
    for run in runs:
        subprocess.run(["sh", "-n", "-c", run], check=True)
    shutil.copy(ROOT / "requirements.txt", tmp_path)
    (cut,) = [run for run in runs if run.startswith("sed")]
    subprocess.run(["sh", "-c", cut], cwd=tmp_path, check=True)
    lines = (tmp_path / "core.txt").read_text(encoding="utf-8").splitlines()
    core = {Requirement(line).name.lower() for line in lines if line and not line.startswith("#")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert core == {Requirement(line).name.lower() for line in project["dependencies"]}


def test_the_image_starts_what_make_chat_starts() -> None:
    command, health = json.loads(steps("CMD")[-1]), json.loads(steps("CMD")[0])
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"\t@$(BIN)/{' '.join(command)}\n" in makefile and (ROOT / command[1]).is_file()
    compile(health[2], "health", "exec")
    assert "/v1/credence/health" in health[2]


def test_the_settings_of_the_image_are_read_by_the_code() -> None:
    (settings,) = steps("ENV")
    code = "".join(
        file.read_text(encoding="utf-8")
        for folder in ("chains", "files", "service")
        for file in (ROOT / folder).rglob("*.py")
    ) + (ROOT / "app.py").read_text(encoding="utf-8")
    names = [pair.partition("=")[0] for pair in settings.split()]
    assert [name for name in names if f'"{name}"' not in code] == []


def test_the_python_is_that_of_the_space() -> None:
    card = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    (version,) = re.findall(r"^FROM python:([\d.]+)-slim$", DOCKERFILE, re.MULTILINE)
    assert f'python_version: "{version}"' in card


def test_what_is_ignored_is_not_needed_to_run() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert not {"app.py", "ui", "chains", "service", "requirements.txt"} & set(ignored)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_steps_end_in_a_chat_that_is_healthy(tmp_path: Path) -> None:
    """All steps in a folder of their own, with a new environment as the image's Python."""
    app, python = tmp_path / "app", tmp_path / "python"
    subprocess.run([sys.executable, "-m", "venv", str(python)], check=True)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    ignored = set((ROOT / ".dockerignore").read_text(encoding="utf-8").split())
    for name in filter(None, listed.stdout.split("\0")):
        if name.partition("/")[0] not in ignored and (ROOT / name).is_file():
            (app / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, app / name)
    (settings,) = steps("ENV")
    port = str(free_port())
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= dict(pair.split("=") for pair in settings.split())
    environment |= {
        "PATH": f"{python / 'bin'}:{environment['PATH']}", "CREDENCE_DATA": str(tmp_path / "data"),
        "CREDENCE_CACHE": str(tmp_path / "cache"), "MODEL": "scripted", "PORT": port, "REQUIREMENTS": "core.txt",
    }  # fmt: skip
    for step in steps("RUN")[1:]:  # the first adds a user to the system
        subprocess.run(["sh", "-c", step], cwd=app, env=environment, check=True, stdout=subprocess.DEVNULL)
    health, command = json.loads(steps("CMD")[0]), json.loads(steps("CMD")[-1])
    asked = [word.replace("7860", port) for word in health]
    log = tmp_path / "log.txt"
    with log.open("w") as output:
        chat = subprocess.Popen(command, cwd=app, env=environment, stdout=output, stderr=output)
    try:
        healthy = False
        end = time.monotonic() + 300
        while not healthy and chat.poll() is None and time.monotonic() < end:
            healthy = subprocess.run(asked, env=environment, capture_output=True).returncode == 0
        assert healthy, log.read_text(encoding="utf-8")
    finally:
        chat.terminate()
        chat.wait(timeout=60)
