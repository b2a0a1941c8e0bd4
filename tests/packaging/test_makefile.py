"""make installs once, and says in one sentence what is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "cksum", "tr", "cat", "rm", "touch", "mkdir", "find")

# Stands in for Python: notes what it is asked, and makes a venv that holds itself.
PYTHON = """#!{sh}
case "$*" in
  *version_info*) exit {too_old} ;;
  *ensurepip*) exit {no_venv} ;;
  "-m venv "*) mkdir -p "$3/bin"; cat "$0" > "$3/bin/python"; chmod +x "$3/bin/python" ;;
esac
echo "$*" >> "{log}"
"""


class Folder:
    """A copy of the Makefile with a stand-in for Python and nothing else on the path."""

    def __init__(self, path: Path) -> None:
        self.path, self.log, self.bin = path, path / "asked.txt", path / "tools"
        self.log.touch()
        self.bin.mkdir()
        for name in ("Makefile", "requirements.txt", "requirements-mcp.txt", "requirements-dev.txt"):
            shutil.copy(ROOT / name, path)
        for name in (*TOOLS, "chmod"):
            tool = shutil.which(name)
            assert tool is not None
            (self.bin / name).symlink_to(tool)

    def add_python(self, name: str = "python3.11", *, too_old: bool = False, no_venv: bool = False) -> None:
        script = PYTHON.format(sh=self.bin / "sh", log=self.log, too_old=int(too_old), no_venv=int(no_venv))
        (self.bin / name).write_text(script)
        (self.bin / name).chmod(0o755)

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        make = shutil.which("make")
        assert make is not None
        environment = {"PATH": str(self.bin)}
        return subprocess.run(
            [make, f"SHELL={self.bin / 'sh'}", *arguments],
            cwd=self.path,
            env=environment,
            capture_output=True,
            text=True,
        )

    def asked(self) -> list[str]:
        """What Python was asked since the last time."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return lines


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


INSTALL = "-m pip install --disable-pip-version-check -r requirements-mcp.txt"
INSTALL_DEV = "-m pip install --disable-pip-version-check -r requirements-dev.txt"
CHAT = ["app.py"]


def test_chat_installs_once_and_then_only_starts(folder: Folder) -> None:
    folder.add_python()
    assert folder.make("chat").returncode == 0
    assert folder.asked() == ["-m venv .venv", INSTALL, *CHAT]
    assert folder.make("chat").returncode == 0
    assert folder.asked() == CHAT


def test_changed_requirements_are_installed_and_a_new_date_is_not_a_change(folder: Folder) -> None:
    folder.add_python()
    folder.make("install")
    folder.asked()
    os.utime(folder.path / "requirements.txt", (2e9, 2e9))
    folder.make("install")
    assert folder.asked() == []
    with (folder.path / "requirements.txt").open("a") as file:
        file.write("# more\n")
    folder.make("install")
    assert folder.asked() == [INSTALL]


def test_the_tests_requirements_hold_the_apps(folder: Folder) -> None:
    folder.add_python()
    folder.make("test")
    make_venv, install, test = folder.asked()
    assert (make_venv, install) == ("-m venv .venv", INSTALL_DEV)
    assert test.startswith("-m pytest -n logical ")
    folder.make("chat")
    assert folder.asked() == CHAT


def test_a_python_that_is_too_old_is_passed_over(folder: Folder) -> None:
    folder.add_python("python3.11", too_old=True)
    folder.add_python("python3")
    assert folder.make("install").returncode == 0
    assert folder.asked() == ["-m venv .venv", INSTALL]


def test_no_python_is_said_in_one_sentence(folder: Folder) -> None:
    folder.add_python(too_old=True)
    result = folder.make("chat")
    assert result.returncode == 2
    assert result.stderr.splitlines()[0] == (
        "Credence needs Python 3.11 or newer and found none: "
        "install it, or name it, as in: make chat PYTHON=/path/to/python3"
    )


def test_a_python_without_venv_is_said_in_one_sentence(folder: Folder) -> None:
    folder.add_python("python3", no_venv=True)
    result = folder.make("chat")
    assert result.returncode == 2
    assert result.stderr.splitlines()[0] == (
        "python3 cannot make a virtual environment: install its venv module "
        "(on Debian or Ubuntu: apt install python3-venv) and try again."
    )


def test_flags_for_cmake_reach_the_build(folder: Folder) -> None:
    folder.add_python()
    folder.make("install")
    folder.asked()
    assert folder.make("native", "CMAKE_FLAGS=-DGGML_CUDA=ON -DX=1").returncode == 0
    assert folder.asked() == ["-m chains.build_native --cmake-flags=-DGGML_CUDA=ON -DX=1"]


def test_the_model_and_port_reach_the_app(folder: Folder) -> None:
    folder.add_python()
    folder.make("install")
    shown = folder.path / "shown.txt"
    (folder.path / ".venv/bin/python").write_text(f'#!{folder.bin / "sh"}\necho "$MODEL $PORT" > "{shown}"\n')
    folder.make("chat", "MODEL=scripted", "PORT=7861")
    assert shown.read_text() == "scripted 7861\n"
