"""The sentences for a download that failed; each says what is wrong and what to do next."""

import contextlib
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from errno import EDQUOT, ENOSPC
from pathlib import Path

from chains.downloads.wheels import Cause, DownloadFailed
from chains.errors import DiskFull, ModelUnavailable

MEGABYTE = 1_000_000


@contextlib.contextmanager
def explained(name: str, folder: Path, advice: str, needed: Callable[[], int]) -> Iterator[None]:
    """Turn what can go wrong while ``name`` is written below ``folder`` into a ModelUnavailable.

    ``advice`` ends each sentence ("or …"); ``needed`` tells how many bytes of free disk the rest takes.
    """
    try:
        yield
    except DownloadFailed as failure:
        if failure.cause is Cause.DISK_FULL:
            raise _disk_full(name, folder, advice, needed()) from failure
        raise ModelUnavailable(f"{name} cannot be downloaded: {failure.cause.value}, {advice}.") from failure
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise _disk_full(name, folder, advice, needed()) from error
        raise ModelUnavailable(_unwritable(name, folder, error, advice)) from error
    except (zipfile.BadZipFile, tarfile.TarError) as error:
        raise ModelUnavailable(_unwritable(name, folder, error, advice)) from error


def check_room(name: str, folder: Path, advice: str, needed: int) -> None:
    """Raise DiskFull if the disk of a folder has less than ``needed`` bytes free."""
    if shutil.disk_usage(folder).free < needed:
        raise _disk_full(name, folder, advice, needed)


def _disk_full(name: str, folder: Path, advice: str, needed: int) -> DiskFull:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        free = 0
    # A quota or a reserve can stop a download although the disk has enough blocks.
    missing = f"{_megabytes(needed - free)} MB more is needed, so " if needed > free else ""
    reason = f"{_megabytes(needed)} MB is needed in {folder}, and {_megabytes(free)} MB is free"
    return DiskFull(
        f"The disk is full: {missing}{name} cannot be written ({reason}). Free some space, or set CREDENCE_CACHE to a "
        f"folder on another disk, {advice}.",
        reason,
    )


def _unwritable(name: str, folder: Path, error: Exception, advice: str) -> str:
    return (
        f"{name} cannot be written to {folder} ({error}): free some space, or set CREDENCE_CACHE to another folder, "
        f"{advice}."
    )


def _megabytes(count: int) -> str:
    return f"{max(1, -(-count // MEGABYTE)):,}"
