"""Replaces files atomically: even if the process dies, a reader sees the old file or the new one, never a partial one."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacement(path: Path, suffix: str = ".tmp") -> Iterator[Path]:
    """An empty draft in the file's folder; when the block ends it is synced to disk and takes the file's place.

    Creates missing folders. After an error in the block, or an OSError of its own, the file is as it was and no draft
    is left. ``suffix``: the draft's, for programs that choose a format by it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".draft-", suffix=suffix)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.chmod(0o644)  # temporary files are readable by their owner only
        _sync(draft)
        draft.replace(path)
        _sync_entries(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file by these bytes, or leave it as it is and raise OSError."""
    with replacement(path) as draft:
        draft.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Replace a file by this text in UTF-8, or leave it as it is and raise OSError."""
    write_bytes(path, text.encode())


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Replace a file by lines that include their line breaks, one by one; returns how many there were."""
    count = 0
    with replacement(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        for line in lines:
            file.write(line)
            count += 1
    return count


def _sync(path: Path) -> None:
    """Wait until a file is on disk."""
    opened = os.open(path, os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _sync_entries(folder: Path) -> None:
    """Wait until the entries of a folder are on disk; Windows has no such call."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
