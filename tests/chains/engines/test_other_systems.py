"""What only Linux has is taken away: there is another way, or nothing is claimed."""

import ast
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chains.engines import free_memory, memory, processors
from chains.engines.llama import child, child_process, restarts
from files import atomic, locking
from files.append_only import open_to_append
from files.errors import BadFile

ROOT = Path(__file__).parents[3]
# Names that Windows or macOS lack → the modules that use them, with another way tested below.
ONLY_SOMEWHERE = {
    "fcntl": {"files/locking.py"},
    "msvcrt": {"files/locking.py"},
    "prctl": {"chains/engines/llama/child.py"},
    "sched_getaffinity": {"chains/engines/processors.py"},
    "select": {"chains/engines/llama/child.py"},
    "preexec_fn": set(),
    "pass_fds": set(),
    "killpg": set(),
    "fork": set(),
    "getuid": set(),
    "SIGKILL": set(),
    "SIGALRM": set(),
    "SIGHUP": set(),
    "statvfs": set(),
    "uname": set(),
    "O_DIRECTORY": {"files/atomic.py"},
}
SHIPPED = (
    "app.py",
    "chains",
    "cli",
    "conversations",
    "database",
    "estimators",
    "evaluation",
    "files",
    "plugin",
)


def sources() -> Iterator[Path]:
    for name in (*SHIPPED, "service", "study", "training", "ui"):
        place = ROOT / name
        yield from [place] if place.is_file() else sorted(place.rglob("*.py"))


@pytest.mark.repository
def test_no_other_module_uses_what_only_some_systems_have() -> None:
    found: dict[str, set[str]] = {name: set() for name in ONLY_SOMEWHERE}
    for file in sources():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.attr] if isinstance(node, ast.Attribute) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.arg or ""] if isinstance(node, ast.keyword) else []
            for name in names:
                if name in found:
                    found[name].add(file.relative_to(ROOT).as_posix())
    assert found == ONLY_SOMEWHERE


class FakeWindows:
    """Locks as Windows has them: a byte of a file belongs to one handle."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.held: set[int] = set()

    def locking(self, handle: int, mode: int, count: int) -> None:
        place = os.lseek(handle, 0, os.SEEK_CUR)
        assert place == 1 << 40 and mode == self.LK_NBLCK and count == 1
        inode = os.fstat(handle).st_ino
        if inode in self.held:
            raise PermissionError("locked")
        self.held.add(inode)


def test_without_fcntl_files_are_locked_as_on_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = FakeWindows()
    monkeypatch.setattr(locking, "fcntl", None)
    monkeypatch.setattr(locking, "msvcrt", windows)
    path = tmp_path / "run.jsonl"
    with open_to_append(path) as growing:
        growing.add({"n": 1})
        with pytest.raises(BadFile, match="is being written by another run"), open_to_append(path):
            pass
    windows.held.clear()  # the file is closed
    with open_to_append(path) as growing:
        growing.add({"n": 2})
    assert path.read_text() == '{"n": 1}\n{"n": 2}\n'


def test_a_lock_that_is_waited_for_is_taken_when_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = FakeWindows()
    monkeypatch.setattr(locking, "fcntl", None)
    monkeypatch.setattr(locking, "msvcrt", windows)
    monkeypatch.setattr(time, "sleep", lambda _: windows.held.clear())
    with (tmp_path / "lock").open("a") as file:
        windows.held.add(os.fstat(file.fileno()).st_ino)
        assert locking.lock(file, wait=True)


def test_without_folders_that_can_be_synced_files_are_still_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_DIRECTORY")
    atomic.write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"


def test_without_an_affinity_all_processors_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    assert processors.usable_processors() == processors.physical_cores() == os.cpu_count()


VM_STAT = """Mach Virtual Memory Statistics: (page size of 4096 bytes)
Pages free:                               1000.
Pages active:                             9000.
Pages inactive:                           2000.
Pages speculative:                         300.
Pages throttled:                             0.
Pages wired down:                         5000.
Pages purgeable:                            40.
"Translation faults":                999999999.
"""


def test_without_proc_macos_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_memory, "MEMINFO", tmp_path / "none")
    monkeypatch.setattr(sys, "platform", "darwin")
    told = subprocess.CompletedProcess([], 0, VM_STAT, "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: told)
    assert free_memory.free_memory() == 3340 * 4096
    told.stdout = "something else"
    assert memory.available_memory() is None


def test_without_proc_windows_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Kernel:
        def GlobalMemoryStatusEx(self, pointer: Any) -> int:
            pointer._obj.free = 5_000_000_000
            return int(pointer._obj.length == 64)

    monkeypatch.setattr(free_memory, "MEMINFO", tmp_path / "none")
    monkeypatch.setattr(sys, "platform", "win32")
    assert free_memory.free_memory() is None  # nobody knows
    memory.check_memory(Path("big.gguf"), 10**15)  # so nothing is refused
    monkeypatch.setattr(ctypes, "windll", type("Windll", (), {"kernel32": Kernel()}), raising=False)
    assert free_memory.free_memory() == 5_000_000_000


def test_without_descriptors_that_have_names_the_key_is_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_DESCRIPTORS", "/dev/none")
    undo: list[Any] = []
    monkeypatch.setattr(child, "_AT_END", undo)
    with child._key_file("secret") as (path, options):
        assert Path(path).read_text() == "secret\n" and options == {}
        assert Path(path).stat().st_mode & 0o077 == 0
    assert Path(path).exists()  # the server reads it while it starts
    undo[0]()
    assert not Path(path).exists()


def test_with_descriptors_the_key_is_in_a_pipe() -> None:
    with child._key_file("secret") as (path, options):
        assert Path(path).read_text() == "secret\n"
        (reading,) = options["pass_fds"]
        assert path == f"/dev/fd/{reading}"


def test_where_a_pipe_cannot_be_waited_for_reading_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "select")
    monkeypatch.setattr(os, "name", "nt")
    assert child._input_waits()


def test_a_system_that_does_not_name_the_signal_is_told_its_number() -> None:
    assert restarts.KILL == child._KILL == getattr(signal, "SIGKILL", 9)


def test_a_child_starts_in_a_group_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 512, raising=False)
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: given.update(options))
    child_process.spawn()
    assert given["creationflags"] == 512 and given["start_new_session"]
