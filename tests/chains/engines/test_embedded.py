"""Which embedded model answers: the larger one where it fits, else the smaller one, and why."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chains import open_chat_model
from chains.engines import embedded, memory
from chains.engines.embedded import embedded_model, embedded_path, embedded_sha256, spec_of
from chains.engines.memory import available_memory
from chains.engines.scripted import ScriptedChatModel
from chains.errors import DiskFull, ModelUnavailable
from chains.identity import model_note
from chains.model_files import BUILTIN_NAME, BUILTIN_SHA256, TINY_NAME, TINY_SHA256

GB = 1_000_000_000


@pytest.fixture(autouse=True)
def both_are_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 16 GB of memory and both files."""
    monkeypatch.setattr(embedded, "available_memory", lambda: 16 * GB)
    monkeypatch.setattr(embedded, "builtin_gguf", lambda: Path("larger.gguf"))
    monkeypatch.setattr(embedded, "tiny_gguf", lambda: Path("smaller.gguf"))


def test_each_spec_opens_its_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert embedded_model("builtin") == embedded.Embedded(BUILTIN_NAME, BUILTIN_SHA256, Path("larger.gguf"))
    assert embedded_model("tiny") == embedded.Embedded(TINY_NAME, TINY_SHA256, Path("smaller.gguf"))
    assert capsys.readouterr().err == ""
    assert [spec_of(embedded_sha256(spec)) for spec in ("builtin", "tiny", "org/name")] == [
        "builtin",
        "tiny",
        None,
    ]


@pytest.mark.parametrize(("engine", "free"), [("llama.cpp", 2.9 * GB), ("transformers", 7.9 * GB)])
def test_too_little_memory_opens_the_smaller_one_and_says_so(
    engine: str, free: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(embedded, "available_memory", lambda: free)
    opened = embedded_model("builtin", engine)
    assert (opened.name, opened.sha256, opened.path) == (TINY_NAME, TINY_SHA256, Path("smaller.gguf"))
    assert f"{free / GB:.1f} GB is free" in opened.note
    assert capsys.readouterr().err == f"{opened.note}.\n"


def test_memory_that_is_unknown_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "available_memory", lambda: None)
    assert embedded_model("builtin").name == BUILTIN_NAME


def raising(error: Exception) -> Callable[[], Path]:
    def refuse() -> Path:
        raise error

    return refuse


def test_a_full_disk_opens_the_smaller_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        embedded, "builtin_gguf", raising(DiskFull("The disk is full …", "1,500 MB are needed"))
    )
    opened = embedded_model("builtin")
    assert opened.name == TINY_NAME and opened.note.endswith("(the disk is full: 1,500 MB are needed)")


def test_without_a_network_nothing_else_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "builtin_gguf", raising(ModelUnavailable("no network")))
    with pytest.raises(ModelUnavailable, match="no network"):
        embedded_model("builtin")


def test_an_adapter_never_gets_another_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "available_memory", lambda: GB)
    assert [embedded_path(spec) for spec in ("builtin", "tiny", "org/name")] == [
        "larger.gguf", "smaller.gguf", "org/name",
    ]  # fmt: skip


def test_the_note_comes_with_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(path: Path, **options: Any) -> ScriptedChatModel:
        return ScriptedChatModel()

    monkeypatch.setattr("chains.engines.llama.chat_model.ChatLlama.open", opened)
    assert model_note(open_chat_model("builtin")) == ""
    monkeypatch.setattr(embedded, "available_memory", lambda: GB)
    assert "1.0 GB is free" in model_note(open_chat_model("builtin"))


def group(folder: Path, names: tuple[str, str], values: tuple[int | str, int], stat: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in zip(names, values, strict=True):
        (folder / name).write_text(f"{value}\n")
    (folder / "memory.stat").write_text(stat)


@pytest.mark.parametrize(
    ("own", "folder", "names", "stat"),
    [
        ("0::/\n", "", ("memory.max", "memory.current"), "active_file 300\ninactive_file 200\n"),
        ("0::/a/b\n", "a", ("memory.max", "memory.current"), "active_file 300\ninactive_file 200\n"),
        (
            "4:memory:/a\n", "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes"),
            "active_file 1\ntotal_active_file 300\ntotal_inactive_file 200\n",
        ),
    ],
)  # fmt: skip
def test_the_limit_of_a_container_counts(
    own: str, folder: str, names: tuple[str, str], stat: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").write_text(own)
    monkeypatch.setattr(memory, "_OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path / "groups")
    group(tmp_path / "groups" / folder, names, (10_000, 4_000), stat)
    assert available_memory() == 10_000 - 4_000 + 500
    group(tmp_path / "groups" / folder, names, ("max", 4_000), stat)
    free = available_memory()
    assert free is None or free > 1_000_000
