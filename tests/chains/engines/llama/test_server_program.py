"""Which llama-server is taken, with which command line, and what is said of one that cannot be used."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from chains.engines.llama.server_arguments import server_command
from chains.engines.llama.server_program import (
    NEEDED,
    ServerProgram,
    Unusable,
    clean_environment,
    examined,
    located,
    native_server,
    usable_server,
    wheel_description,
)
from tests.chains.engines.llama.fake_server import FakeServer

SETTINGS = {"model": "/m.gguf", "name": "A, B", "n_ctx": 2048, "n_parallel": 3, "threads": 2, "cache_mib": 64}


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A server named by LLAMA_SERVER, one built by make native, and one on PATH."""
    found = {name: FakeServer(_folder(tmp_path / name)).path for name in ("named", "cache/native", "path")}
    monkeypatch.setenv("LLAMA_SERVER", str(found["named"]))
    monkeypatch.setenv("CREDENCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"), prepend=os.pathsep)
    return found


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def test_the_order_is_argument_variable_native_path_wheel(
    places: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = FakeServer(_folder(tmp_path / "other")).path
    assert located(str(other), os.environ, native_server()) == (other, "by path")
    assert located(None, os.environ, native_server()) == (places["named"], "from LLAMA_SERVER")
    assert located("wheel", os.environ, native_server()) is None
    monkeypatch.setenv("LLAMA_SERVER", "")
    assert located(None, os.environ, native_server()) == (places["cache/native"], "from make native")
    places["cache/native"].unlink()
    assert located(None, os.environ, native_server()) == (places["path"], "from PATH")
    monkeypatch.setenv("LLAMA_SERVER", "wheel")
    assert located(None, os.environ, native_server()) is None
    assert located(None, {"PATH": str(tmp_path)}, native_server()) is None


def test_a_server_that_can_be_used_is_described(
    places: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    program = usable_server()
    assert program is not None and program.path == places["named"]
    assert program.description == "llama.cpp b10472, llama-server from LLAMA_SERVER"
    assert capsys.readouterr() == ("", "")
    assert usable_server("wheel") is None
    assert wheel_description().startswith("llama.cpp, xllamacpp 2") and capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        (None, 0, "LLAMA_SERVER names {path}, which does not exist"),
        ("", 0o644, "LLAMA_SERVER names {path}, which is not executable (chmod +x makes it so)"),
        ("no program", 0o755, "{path} does not start (Exec format error)"),
        (
            "#!/bin/sh\necho libggml.so is missing >&2; exit 127",
            0o755,
            "{path} does not start (libggml.so is missing)",
        ),
        ("#!/bin/sh\nexit 3", 0o755, "{path} does not start (status 3)"),
        (
            "#!/bin/sh\necho --port --api-key-file",
            0o755,
            "{path} is too old or not a llama-server (it has no --cache-ram): llama.cpp from 2026 or later is needed",
        ),
    ],
)
def test_one_that_cannot_be_used_is_explained_in_one_line(
    content: str | None, mode: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path = tmp_path / "llama-server"
    if content is not None:
        path.write_text(content)
        path.chmod(mode)
    monkeypatch.setenv("LLAMA_SERVER", str(path))
    assert usable_server() is None
    assert capsys.readouterr().err == f"{reason.format(path=path)}. Using {wheel_description()} instead.\n"


def test_a_folder_is_no_server(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="which is a folder"):
        located(None, {"LLAMA_SERVER": str(tmp_path)}, tmp_path / "absent")


def test_a_graphics_card_gets_the_layers(tmp_path: Path) -> None:
    program = examined(FakeServer(tmp_path, devices="CUDA0: NVIDIA L4 (22563 MiB)").path, "from PATH")
    assert program.description == "llama.cpp b10472, llama-server from PATH, CUDA0"
    command = server_command(program, SETTINGS)
    assert command[command.index("--n-gpu-layers") + 1] == "auto"
    older = ServerProgram(program.path, "from PATH", "b1", program.options - {"--fit"}, ("CUDA0",))
    assert server_command(older, SETTINGS)[-1] == "999"


def test_the_command_serves_this_machine_only_and_holds_no_key() -> None:
    program = ServerProgram(Path("/s"), "from PATH", "b1", frozenset({*NEEDED, "--no-ui"}))
    command = server_command(program, SETTINGS)
    pairs = dict(pairwise(command))
    assert pairs["--host"] == "127.0.0.1" and pairs["--cors-origins"] == "" and pairs["--alias"] == "A  B"
    assert (pairs["--ctx-size"], pairs["--parallel"], pairs["--threads"]) == ("2048", "3", "2")
    assert pairs["--slot-prompt-similarity"] == "0.5" and pairs["--cache-ram"] == "64"
    assert {"--kv-unified", "--no-cors-credentials", "--no-ui"} <= set(command)
    assert not {"--api-key", "--port", "--n-gpu-layers"} & set(command)


def test_a_persons_own_settings_do_not_reach_the_server() -> None:
    own = {"LLAMA_ARG_HOST": "0.0.0.0", "LLAMA_API_KEY": "k", "LLAMA_CACHE": "/c", "HOME": "/h"}
    assert clean_environment(own) == {"LLAMA_CACHE": "/c", "HOME": "/h", "XDG_CONFIG_HOME": "/dev/null"}
