"""Locks on open files, which the system frees when a process ends, however it ends."""

import time
from typing import IO, Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
try:
    import msvcrt
except ImportError:  # everywhere else
    msvcrt = None  # type: ignore[assignment]

_PLACE = 1 << 40  # of the one byte that Windows locks: beyond what anybody reads or writes
_PAUSE = 0.05  # seconds between two attempts on Windows, where no lock waits for long


def lock(file: IO[Any], *, wait: bool) -> bool:
    """Lock an open file until it is closed; returns False if another process holds it and ``wait`` is off."""
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except (BlockingIOError, PermissionError):
            return False
        return True
    while not _lock_byte(file):
        if not wait:
            return False
        time.sleep(_PAUSE)
    return True


def _lock_byte(file: IO[Any]) -> bool:
    windows: Any = msvcrt
    before = file.tell()
    try:
        file.seek(_PLACE)
        windows.locking(file.fileno(), windows.LK_NBLCK, 1)
    except OSError:
        return False
    finally:
        file.seek(before)
    return True
