"""Files of JSON lines that only grow: what was appended survives a kill, and the same command resumes."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from files.errors import BadFile
from files.json_lines import is_whole, json_line
from files.locking import lock
from files.text import GZIP


@dataclass(frozen=True, slots=True)
class GrowingFile:
    """A file that is open to append objects."""

    path: Path
    file: BinaryIO

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been appended yet."""
        return not self.path.stat().st_size

    def add(self, *rows: Mapping[str, Any]) -> None:
        """Append objects, one per line; they are on disk before this returns."""
        self.file.write("".join(map(json_line, rows)).encode())
        self.file.flush()
        os.fsync(self.file.fileno())


@contextmanager
def open_to_append(path: Path, *, wait: bool = False) -> Iterator[GrowingFile]:
    """Open a file for appending, creating it and its folders if necessary; a last line that a kill cut off is removed.

    The file is locked: while another process writes to it, ``wait`` for that process, or raise BadFile. Raises BadFile
    for a gzipped file, too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        if not lock(file, wait=wait):
            raise BadFile(f"{path} is being written by another run: wait for it, or choose another --out.")
        file.seek(0)
        if file.read(len(GZIP)) == GZIP:
            raise BadFile(
                f"{path} is gzipped, so nothing can be added to it: unpack it, or choose another --out."
            )
        _end_last_line(file)
        yield GrowingFile(path, file)


def _end_last_line(file: BinaryIO) -> None:
    if not file.seek(0, os.SEEK_END):
        return
    file.seek(-1, os.SEEK_END)
    if file.read() == b"\n":
        return
    file.seek(0)
    data = file.read()
    end = data.rfind(b"\n") + 1
    if is_whole(data[end:]):
        file.write(b"\n")
    else:
        file.truncate(end)
