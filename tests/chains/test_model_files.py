"""Fetching the embedded models: checked, completely or not at all, and only once."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chains import model_files
from chains.engines.llama.gguf_header import read_gguf_header
from chains.engines.memory import available_memory, check_memory
from chains.errors import ModelUnavailable
from chains.model_files import TINY_SHA256, file_sha256, tiny_gguf


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


def test_the_smaller_model_is_the_pinned_one() -> None:
    path = tiny_gguf()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == TINY_SHA256
    header = read_gguf_header(path)
    # 30 layers of 3 key-value heads of 64 keys and 64 values, two bytes each
    assert header.kv_bytes == 30 * 3 * (64 + 64) * 2
    assert (header.context, header.size) == (8192, 98_362_432)


@pytest.mark.parametrize(
    ("environment", "kinds"),
    [
        ({"MODEL": "tiny"}, ["chat model", "embedding model"]),
        ({"MODEL": "scripted"}, ["embedding model"]),
        ({"ADAPTER": "runs/doubt"}, ["embedding model"]),
    ],
)
def test_the_command_fetches_what_the_chat_needs(environment: dict[str, str], kinds: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chains.fetch_models"], env={**os.environ, **environment}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert "Warning" not in done.stderr
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == kinds
    assert all(Path(line.partition(": ")[2]).exists() for line in lines)


def test_too_little_memory_is_reported_with_numbers() -> None:
    free = available_memory()
    assert free is None or free > 1_000_000
    with pytest.raises(ModelUnavailable, match=r"big.gguf needs about 1000000.0 GB of memory"):
        check_memory(Path("big.gguf"), 10**15)
