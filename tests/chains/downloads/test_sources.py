"""A source package is fetched and unpacked, and none of its code runs."""

import hashlib
import io
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from chains import build_native
from chains.downloads.sources import Source, SourceDownloads, unpack_source
from chains.downloads.wheels import Cause, DownloadFailed
from chains.errors import ModelUnavailable

FILES = {
    "PKG-INFO": "Metadata-Version: 2.4\nName: some-engine\nVersion: 1.0.0\n",
    "pyproject.toml": '[build-system]\nrequires = ["setuptools>=999"]\nbuild-backend = "setuptools.build_meta"\n'
    '[project]\nname = "some-engine"\ndynamic = ["version"]\n',
    "setup.py": "raise RuntimeError('it was run')",
    "llama.cpp/CMakeLists.txt": "project(llama.cpp)",
    "llama.cpp.txt": "not in the folder",
}
# Stands in for CMake: notes what it is asked, and "builds" a server that can be asked for its options.
CMAKE = """#!{python}
import pathlib, sys
with open({log!r}, "a") as log: print(*sys.argv[1:], file=log)
if "--build" in sys.argv:
    if {fails}: sys.exit(3)
    server = pathlib.Path(sys.argv[2], "bin", "llama-server")
    server.parent.mkdir(parents=True, exist_ok=True)
    server.write_text("#!/bin/sh\\necho {options}\\n")
    server.chmod(0o755)
"""


@pytest.fixture
def source(wheels: Path) -> Source:
    """A source package in the folder in which pip looks."""
    path = wheels / "some_engine-1.0.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in FILES.items():
            member = tarfile.TarInfo(f"some_engine-1.0.0/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content.encode()))
    data = path.read_bytes()
    return Source("some-engine", "1.0.0", hashlib.sha256(data).hexdigest(), len(data), "llama.cpp")


def cmake(folder: Path, *, fails: bool = False) -> Path:
    """Put the stand-in for CMake and for a compiler into a folder; returns its log."""
    from chains.engines.llama.server_program import NEEDED

    folder.mkdir(exist_ok=True)
    log = folder / "asked.txt"
    options = " ".join(NEEDED)
    text = CMAKE.format(python=sys.executable, log=str(log), fails=fails, options=options)
    for name in ("cmake", "c++"):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return log


def test_one_folder_of_it_is_unpacked_and_nothing_is_run(source: Source, tmp_path: Path) -> None:
    with SourceDownloads(tmp_path / "work", ()) as downloads:
        archive = downloads.fetch(source)
        folder = unpack_source(archive, source, tmp_path / "unpacked")
    assert [file.name for file in folder.iterdir()] == ["CMakeLists.txt"]
    assert [file.name for file in folder.parent.iterdir()] == ["llama.cpp"]


def test_a_wrong_checksum_is_refused(source: Source, tmp_path: Path) -> None:
    with SourceDownloads(tmp_path / "work", ()) as downloads, pytest.raises(DownloadFailed) as caught:
        downloads.fetch(replace(source, sha256="0" * 64))
    assert caught.value.cause is Cause.WRONG_CHECKSUM


def test_missing_tools_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(
        ModelUnavailable, match=r"needs cmake and a C\+\+ compiler.*apt install cmake ninja-build g\+\+"
    ):
        build_native.check_tools()
    cmake(tmp_path)
    build_native.check_tools()
    (tmp_path / "c++").unlink()
    with pytest.raises(ModelUnavailable, match=r"needs a C\+\+ compiler\."):
        build_native.check_tools()


def test_the_build_is_done_once_and_again_with_other_flags(
    source: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_native, "LLAMA_CPP", source)
    log = cmake(tmp_path / "tools")
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    for flags in ("", "", "-DGGML_CUDA=ON"):
        assert build_native.main([f"--cmake-flags={flags}"]) == 0
        assert "llama-server from make native" in capsys.readouterr().out
    configured = [line for line in log.read_text().splitlines() if line.startswith("-S")]
    assert len(configured) == 2 and "-DGGML_NATIVE=ON" in configured[0]
    assert configured[1].endswith("-DGGML_CUDA=ON") and "CUDA" not in configured[0]
    native = tmp_path / "cache" / "native"
    assert sorted(file.name for file in native.iterdir()) == ["built-with.txt", "llama-server", "lock"]


def test_a_build_that_fails_says_so_and_is_gone_on_with(
    source: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_native, "LLAMA_CPP", source)
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    cmake(tmp_path / "tools", fails=True)
    assert build_native.main([]) == 1
    assert "cmake failed (status 3), and the lines above say why" in capsys.readouterr().err
    assert not (tmp_path / "cache" / "native" / "llama-server").exists()
    cmake(tmp_path / "tools")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "absent"))  # nothing is downloaded again
    assert build_native.main([]) == 0
